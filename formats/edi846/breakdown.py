"""How a line tells warehouses apart by itself: SDQ, LS … LE, or a QTY for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from formats.edi846.elements import constant
from formats.edi846.location import Code, NamedLocation, Repeats, Unit
from formats.edi846.quantity import Written, counted
from formats.edi846.segments import ItemLoop, ItemSegment
from formats.edi846.standard import LOCATION
from formats.edi846.tables import PAIR_FACTS
from formats.feed import template
from formats.feed.template import FEED_FACTS, Values
from formats.x12.interchange import Qualifier
from formats.x12.lines import Part, Where, where
from formats.x12.syntax import Syntax
from mappings.model import Warehouse, warehouse_column


class _Breakdown(NamedLocation):
    """What all of them can leave out."""

    skip_zero: bool = Field(
        False, description="Whether warehouses without stock are left out; of a product without any, the first stays."
    )

    repeats: ClassVar[Repeats] = "place"

    def places(self, warehouses: Sequence[Warehouse], first: Warehouse) -> Iterator[tuple[Values, pl.Expr | None]]:
        """The facts of each warehouse, and whether a line names it; None: every line does."""
        for warehouse in warehouses:
            quantity = pl.col(warehouse_column(warehouse.code))
            present = (quantity != 0) | (pl.col("quantity") == 0) if warehouse == first else quantity != 0
            yield template.warehouse_values(warehouse), present if self.skip_zero else None


class SdqLocation(_Breakdown):
    """``[format.location]`` pattern "sdq": destination quantities under each line."""

    pattern: Literal["sdq"]
    unit: Qualifier = Field("EA", description="SDQ01.")
    qualifier: Code = Field("92", description="SDQ02, who assigned the codes: 92 buyer, 91 seller, 54 warehouse.")
    pairs: int = Field(10, ge=1, le=10, description="Warehouses per SDQ segment.")
    identifier: str = Field("", description='SDQ23, such as "{value:store}".')

    @model_validator(mode="after")
    def _known(self) -> Self:
        template.check(self.identifier, {**FEED_FACTS, **PAIR_FACTS})
        return self

    def most(self, totals: int) -> int:
        """How many warehouses one LIN can name beside so many totals: it may have 500 SDQ."""
        return 500 * self.pairs

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that SDQ cannot name (FeedError)."""
        constant("SDQ", 3, facts["warehouse"], syntax)

    def segments(self, warehouses: Sequence[Warehouse], values: Values, syntax: Syntax) -> list[Part]:
        """As many SDQ as the warehouses need."""
        pieces: list[Part] = []
        for start in range(0, len(warehouses), self.pairs):
            pieces += self._segment(
                list(self.places(warehouses[start : start + self.pairs], warehouses[0])), values, syntax
            )
        return pieces

    def _segment(self, places: list[tuple[Values, pl.Expr | None]], values: Values, syntax: Syntax) -> list[Part]:
        head = constant("SDQ", 1, self.unit, syntax), constant("SDQ", 2, self.qualifier, syntax)
        pairs = [
            where(present, syntax.elements("", constant("SDQ", 3, facts["warehouse"], syntax), facts["quantity"]))
            for facts, present in places
        ]
        named = [present for _, present in places if present is not None]
        pieces = [*syntax.elements("SDQ", *head), *(piece for pair in pairs for piece in pair)]
        if self.identifier:
            pieces += self._identified(len(places), named, values, syntax)
        return where(pl.any_horizontal(named) if named else None, [*pieces, syntax.end])

    def _identified(self, pairs: int, named: list[pl.Expr], values: Values, syntax: Syntax) -> list[Part]:
        """SDQ23, with a separator for each element that is empty before it."""
        identifier = constant("SDQ", 23, template.fill_facts(self.identifier, values), syntax)
        most = 10 - pairs
        left_out: list[Part] = [Where(~present, syntax.element * 2) for present in named]
        return [*left_out, syntax.element * 2 * most, syntax.element, identifier] if identifier else []


class LoopLocation(_Breakdown):
    """``[format.location]`` pattern "loop": a REF between LS and LE below QTY names each warehouse.

    The standard has no quantity there: with ``quantity = "before"`` each warehouse has a QTY of its own, with its own
    LS and LE; with ``"inside"`` the quantities stand between LS and LE, which the profile must list in ``deviations``.
    """

    pattern: Literal["loop"]
    loop: str = Field("WS", description="LS01 and LE01.", pattern=r"^[A-Z0-9]{1,4}$")
    qualifier: Code = Field("WS", description="REF01: WS warehouse storage location, LU location number.")
    name: bool = Field(False, description="Whether REF03 holds the name of the warehouse.")
    quantity: Literal["before", "inside"] = Field("before", description="Where the quantity of a warehouse stands.")
    quantity_qualifier: Qualifier = Field("33", description="QTY01 of a warehouse.")
    unit: Unit = Field("EA", description="QTY03 of a warehouse; empty leaves it out.")
    segments: tuple[ItemLoop, ...] = Field((), description="Segments after REF: DTM, N1, LM with LQ.")
    single: Code | None = Field(
        None, description="REF01 of the item REF that names the warehouse where there is one alone, instead of LS … LE."
    )

    @property
    def deviation(self) -> frozenset[str]:
        """The standard has no QTY between LS and LE."""
        return frozenset({"qty-inside-ls"} if self.quantity == "inside" else ())

    def most(self, totals: int) -> int:
        """How many warehouses one LIN can name beside so many totals: it may have 99 QTY, but any number of REF."""
        return 99 - totals if self.quantity == "before" else 1_000_000

    @property
    def reference(self) -> ItemSegment:
        """The segment that names a warehouse."""
        name = ("{warehouse_name}",) if self.name else ()
        return ItemSegment(elements=("REF", self.qualifier, "{warehouse}", *name))

    @property
    def item(self) -> ItemSegment | None:
        """The segment that names the only warehouse."""
        return ItemSegment(elements=("REF", self.single, "{warehouse}")) if self.single else None

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that REF cannot name (FeedError)."""
        self.reference.filled(facts, syntax)

    def quantities(self, warehouses: Sequence[Warehouse], values: Values, syntax: Syntax) -> list[Written]:
        """The quantity of each warehouse, with what names it."""
        if self.single and len(warehouses) == 1:
            return []
        written = [
            self._place({**values, **facts}, present, syntax)
            for facts, present in self.places(warehouses, warehouses[0])
        ]
        if self.quantity == "before":
            return written
        opening, closing = (list(syntax.segment(mark, self.loop)) for mark in ("LS", "LE"))
        written[0].pieces[:0] = opening
        written[-1].pieces.extend(closing)
        return written

    def _place(self, values: Values, present: pl.Expr | None, syntax: Syntax) -> Written:
        quantity = syntax.segment("QTY", self.quantity_qualifier, values["quantity"], self.unit)
        named = self.reference.pieces(values, syntax)
        for segment in sorted(self.segments, key=lambda segment: LOCATION.rank(segment.id)):
            named += segment.pieces(values, syntax)
        if self.quantity == "before":
            named = [*syntax.segment("LS", self.loop), *named, *syntax.segment("LE", self.loop)]
        pieces = [*quantity, *named] if self.quantity == "before" else [*named, *quantity]
        return Written(where(present, pieces), self.quantity_qualifier, counted(present, values["quantity"]))


class QuantityLocation(_Breakdown):
    """``[format.location]`` pattern "qty": a QTY per warehouse, which QTY04 names.

    The standard has either QTY02 or QTY04, so the profile must list this in ``deviations``.
    """

    pattern: Literal["qty"]
    qualifier: Qualifier = Field("33", description="QTY01.")
    unit: Unit = Field("EA", description="QTY03; empty leaves it out.")

    @property
    def deviation(self) -> frozenset[str]:
        """The standard has a condition: either QTY02 or QTY04."""
        return frozenset({"qty02-with-qty04"})

    def most(self, totals: int) -> int:
        """How many warehouses one LIN can name beside so many totals: it may have 99 QTY."""
        return 99 - totals

    def check(self, facts: Values, syntax: Syntax) -> None:
        """Refuse a warehouse that QTY04 cannot name (FeedError)."""
        constant("QTY", 4, facts["warehouse"], syntax)

    def quantities(self, warehouses: Sequence[Warehouse], values: Values, syntax: Syntax) -> list[Written]:
        """The quantity of each warehouse."""
        return [
            Written(
                where(
                    present,
                    syntax.segment("QTY", self.qualifier, facts["quantity"], self.unit, facts["warehouse"]),
                ),
                self.qualifier,
                counted(present, facts["quantity"]),
            )
            for facts, present in self.places(warehouses, warehouses[0])
        ]
