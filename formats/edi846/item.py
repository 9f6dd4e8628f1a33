"""The lines of an 846: what a profile says about them, and all segments of a line at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from formats.edi846.breakdown import LoopLocation, QuantityLocation, SdqLocation
from formats.edi846.lin import ItemId
from formats.edi846.location import (
    HeaderLocation,
    HeaderReference,
    ItemName,
    ItemReference,
    LineLocation,
    NoLocation,
)
from formats.edi846.quantity import ItemQuantity, Written, total
from formats.edi846.segments import ItemLoop, ItemSegment
from formats.edi846.standard import LINE, LOCATION, QUANTITY
from formats.feed import template
from formats.feed.template import WAREHOUSE_FACTS, Piece, Values
from formats.feed.writable import Check
from formats.settings import Settings
from formats.verify.problem import DEVIATIONS
from formats.x12.lines import Part, columns, count
from formats.x12.syntax import Syntax
from mappings.model import Warehouse

Location = Annotated[
    NoLocation
    | HeaderLocation
    | HeaderReference
    | SdqLocation
    | LoopLocation
    | ItemReference
    | ItemName
    | QuantityLocation
    | LineLocation,
    Field(discriminator="pattern"),
]
#: The row number within a transaction set, from 1.
ROW = "row"


class Line(NamedTuple):
    """What is written for one line of the feed."""

    cells: list[pl.Expr]  # the columns that make up its segments
    always: int  # segments that every line has
    others: pl.Expr | None  # and how many all lines of a frame have beside them; None: none
    lins: int  # LIN segments
    total: pl.Expr  # of its quantities, for CTT02

    def segments(self, lines: pl.DataFrame) -> int:
        """How many segments these lines have."""
        return lines.height * self.always + (0 if self.others is None else lines.select(self.others).item())


class LineLayout(Settings):
    """What a profile says about the lines."""

    location: Location = Field(
        NoLocation(), description="How warehouses are told: none, sdq, header, header-ref, loop, item-ref … lin."
    )
    line_number: bool = Field(True, description="Whether LIN01 numbers the LIN of each transaction set.")
    lin: tuple[ItemId, ...] = Field(description="The ids of the product, in order.", max_length=15)
    item: tuple[ItemLoop, ...] = Field(
        (), description="Other segments of a line, such as PID, DTM, CTP, SAC and REF; each is put where it belongs."
    )
    qty: tuple[ItemQuantity, ...] = Field(
        (), description="The quantities of a line; where it lists its warehouses, its totals."
    )
    deviations: frozenset[str] = Field(
        frozenset(),
        description="What the partner wants against the standard, by the names of `tallyfeed verify`, which then lets "
        "it pass: qty-inside-ls, isa-version, misplaced-segment …",
    )

    @field_validator("deviations")
    @classmethod
    def _known(cls, names: frozenset[str]) -> frozenset[str]:
        if unknown := sorted(names - DEVIATIONS.keys()):
            raise ValueError(f"there is no deviation {unknown[0]!r}; there are: {', '.join(DEVIATIONS)}")
        return names

    @model_validator(mode="after")
    def _standard(self) -> Self:
        if not self.lin:
            raise ValueError("the layout names no product; add a [[format.lin]]")
        located = [(LOCATION, self.location.segments)] if isinstance(self.location, LoopLocation) else []
        below = ((QUANTITY, quantity.segments) for quantity in self.qty)
        for place, segments in ((LINE, self.item), *below, *located):
            place.check_loops(segments, others="misplaced-segment" in self.deviations)
        if needed := self.location.deviation - self.deviations:
            raise ValueError(f"this is not in the standard; if the partner wants it, set deviations = {sorted(needed)}")
        return self

    @model_validator(mode="after")
    def _says_quantities(self) -> Self:
        own = isinstance(self.location, SdqLocation | QuantityLocation)
        before = isinstance(self.location, LoopLocation) and self.location.quantity == "before"
        if not self.qty and not own and not before:
            raise ValueError("the layout holds no quantity; add a [[format.qty]]")
        return self

    @model_validator(mode="after")
    def _knows_warehouses(self) -> Self:
        written: tuple[ItemLoop | ItemQuantity, ...] = (*self.item, *self.qty)
        named = any(inner.names & WAREHOUSE_FACTS.keys() for segment in written for inner in segment.all_segments)
        if named and self.location.repeats not in ("set", "line"):
            raise ValueError("a segment of a line names a warehouse only where there is a LIN for each warehouse")
        return self

    @property
    def _written(self) -> tuple[ItemLoop | ItemQuantity, ...]:
        """What the profile writes down after LIN."""
        located = self.location.segments if isinstance(self.location, LoopLocation) else ()
        return *self.item, *self.qty, *located

    def item_segments(self) -> Iterator[ItemSegment]:
        """All segments of a line that the profile writes down."""
        for segment in self._written:
            yield from segment.all_segments

    def line_checks(self, values: Values, syntax: Syntax) -> Iterator[Check]:
        """What the lines of a feed must obey."""
        for item_id in self.lin:
            yield from item_id.checks(values, syntax)
        if not any(item_id.required for item_id in self.lin):
            none = pl.all_horizontal(item_id.missing(values) for item_id in self.lin)
            yield Check(self.lin[0].columns[0], none, "is missing, and so is every other id that LIN could hold")
        for segment in self._written:
            yield from segment.checks(values, syntax)

    def blocks(self, warehouses: Sequence[Warehouse]) -> list[Sequence[Warehouse]]:
        """The warehouses of each LIN of a line."""
        if isinstance(self.location, SdqLocation | LoopLocation | QuantityLocation):
            most = self.location.most(len(self.qty))
            return [warehouses[start : start + most] for start in range(0, len(warehouses), most)]
        return [[warehouse] for warehouse in warehouses] if self.location.repeats == "line" else [()]

    def line(self, warehouses: Sequence[Warehouse], values: Values, syntax: Syntax, hash_of: str | None) -> Line:
        """What is written for one line.

        Args:
            warehouses: of the feed.
            values: the facts of the transaction set; the columns of the line as they are sent.
            syntax: of the file.
            hash_of: the qualifier whose quantities are added up; None: every one.
        """
        parts: list[Part] = []
        quantities: list[Written] = []
        blocks = self.blocks(warehouses)
        for number, block in enumerate(blocks):
            own = template.warehouse_values(block[0]) if self.location.repeats == "line" else {}
            told = self._quantities(block, {**values, **own}, syntax, totals=number == 0 or bool(own))
            parts += self._lin(number - len(blocks) + 1, len(blocks), {**values, **own}, syntax)
            parts += self._segments(block, told, {**values, **own}, syntax)
            quantities += told
        segments = count(syntax.separators.segment, parts)
        return Line(columns(parts, syntax.element), *segments, len(blocks), total(quantities, hash_of))

    def _lin(self, offset: int, blocks: int, values: Values, syntax: Syntax) -> list[Part]:
        number: Piece = ""
        if self.line_number:
            number = pl.col(ROW) if blocks == 1 else pl.col(ROW).cast(pl.Int64) * blocks + offset
        parts: list[Part] = ["LIN", syntax.element, number]
        for item_id in self.lin:
            parts += item_id.elements(values, syntax)
        if isinstance(self.location, LineLocation):
            parts += self.location.pair(values, syntax)
        return [*parts, syntax.end]

    def _quantities(self, block: Sequence[Warehouse], values: Values, syntax: Syntax, *, totals: bool) -> list[Written]:
        told = [quantity.written(values, syntax) for quantity in self.qty if totals]
        if isinstance(self.location, LoopLocation | QuantityLocation):
            told += self.location.quantities(block, values, syntax)
        return told

    def _segments(
        self, block: Sequence[Warehouse], quantities: Sequence[Written], values: Values, syntax: Syntax
    ) -> list[Part]:
        """The segments after LIN, in the order of the standard."""
        placed = [("QTY", quantity.pieces) for quantity in quantities]
        if isinstance(self.location, ItemReference | ItemName):
            placed.append((self.location.item.id, self.location.item.pieces(values, syntax)))
        if isinstance(self.location, LoopLocation) and self.location.item and len(block) == 1:
            only = {**values, **template.warehouse_values(block[0])}
            placed.append(("REF", self.location.item.pieces(only, syntax)))
        if isinstance(self.location, SdqLocation):
            placed.append(("SDQ", self.location.segments(block, values, syntax)))
        placed += [(segment.id, segment.pieces(values, syntax)) for segment in self.item]
        placed.sort(key=lambda segment: LINE.rank(segment[0]))
        return [piece for _, pieces in placed for piece in pieces]
