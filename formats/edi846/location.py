"""How a file tells warehouses apart by what repeats: a transaction set or a LIN for each."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from formats.edi846.elements import constant
from formats.edi846.segments import HeaderSegment, ItemSegment
from formats.feed.template import Values
from formats.settings import Settings
from formats.x12.interchange import Qualifier
from formats.x12.lines import Part
from formats.x12.syntax import Syntax

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")]
Unit = Annotated[str, StringConstraints(pattern=r"^([A-Z0-9]{2})?$")]
#: What there is one of for each warehouse: nothing, a transaction set, a LIN, or a place inside the LIN.
Repeats = Literal["nothing", "set", "line", "place"]


class NamedLocation(Settings):
    """What every way to tell warehouses apart has in common."""

    repeats: ClassVar[Repeats]

    @property
    def deviation(self) -> frozenset[str]:
        """What it does against the standard, by the names of ``tallyfeed verify``."""
        return frozenset()


class NoLocation(NamedLocation):
    """``[format.location]`` pattern "none": one total per line."""

    pattern: Literal["none"] = "none"

    repeats: ClassVar[Repeats] = "nothing"


class HeaderLocation(NamedLocation):
    """``[format.location]`` pattern "header": one transaction set per warehouse, which its header names by N1."""

    pattern: Literal["header"]
    entity: Code = Field("WH", description="N101: WH warehouse, SF ship from.")
    qualifier: Code = Field("92", description="N103, who assigned the code: 92 buyer, 91 seller.")
    name: bool = Field(True, description="Whether N102 holds the name of the warehouse.")

    repeats: ClassVar[Repeats] = "set"

    @property
    def header(self) -> HeaderSegment:
        """The segment that names the warehouse."""
        name = "{warehouse_name}" if self.name else ""
        return HeaderSegment(elements=("N1", self.entity, name, self.qualifier, "{warehouse}"))

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that N1 cannot name (FeedError)."""
        self.header.filled(facts, syntax)


class HeaderReference(NamedLocation):
    """``[format.location]`` pattern "header-ref": one transaction set per warehouse, which its header names by REF."""

    pattern: Literal["header-ref"]
    qualifier: Code = Field("LU", description="REF01: LU location number, WS warehouse storage location.")

    repeats: ClassVar[Repeats] = "set"

    @property
    def header(self) -> HeaderSegment:
        """The segment that names the warehouse."""
        return HeaderSegment(elements=("REF", self.qualifier, "{warehouse}"))

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that REF cannot name (FeedError)."""
        self.header.filled(facts, syntax)


class ItemReference(NamedLocation):
    """``[format.location]`` pattern "item-ref": one LIN per product and warehouse, which a REF names."""

    pattern: Literal["item-ref"]
    qualifier: Code = Field("LU", description="REF01: LU location number, WS warehouse storage location.")

    repeats: ClassVar[Repeats] = "line"

    @property
    def item(self) -> ItemSegment:
        """The segment that names the warehouse."""
        return ItemSegment(elements=("REF", self.qualifier, "{warehouse}"))

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that REF cannot name (FeedError)."""
        self.item.filled(facts, syntax)


class ItemName(NamedLocation):
    """``[format.location]`` pattern "item-name": one LIN per product and warehouse, which an N1 after QTY names."""

    pattern: Literal["item-name"]
    entity: Code = Field("WH", description="N101: WH warehouse, SF ship from.")
    qualifier: Code = Field("92", description="N103, who assigned the code: 92 buyer, 91 seller.")
    name: bool = Field(True, description="Whether N102 holds the name of the warehouse.")

    repeats: ClassVar[Repeats] = "line"

    @property
    def item(self) -> ItemSegment:
        """The segment that names the warehouse."""
        name = "{warehouse_name}" if self.name else ""
        return ItemSegment(elements=("N1", self.entity, name, self.qualifier, "{warehouse}"))

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that N1 cannot name (FeedError)."""
        self.item.filled(facts, syntax)


class LineLocation(NamedLocation):
    """``[format.location]`` pattern "lin": one LIN per product and warehouse, which is the last of its ids."""

    pattern: Literal["lin"]
    qualifier: Qualifier = Field("DV", description="The qualifier in LIN: DV location code.")

    repeats: ClassVar[Repeats] = "line"

    def pair(self, values: Values, syntax: Syntax) -> list[Part]:
        """The qualifier and the warehouse, with a separator before each."""
        return syntax.elements("", self.qualifier, constant("LIN", 3, values["warehouse"], syntax))

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that LIN cannot name (FeedError)."""
        self.pair(facts, syntax)
