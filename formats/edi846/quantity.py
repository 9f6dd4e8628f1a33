"""Quantities of a line: QTY and what stands below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from formats.edi846.segments import ItemLoop, ItemSegment
from formats.edi846.standard import QUANTITY
from formats.feed import template
from formats.feed.template import FEED_FACTS, LINE_COLUMNS, WAREHOUSE_FACTS, Piece, Values
from formats.feed.writable import Check
from formats.settings import Settings
from formats.x12.interchange import Qualifier
from formats.x12.lines import Part, where
from formats.x12.syntax import Syntax

_QUANTITY: Values = {"quantity": pl.col("quantity")}


class Written(NamedTuple):
    """A quantity as it is written, and as a number for totals: Int128, 0 where a line does not have it."""

    pieces: list[Part]
    qualifier: str
    number: pl.Expr


class ItemQuantity(Settings):
    """``[[format.qty]]``: a quantity of a line under one qualifier."""

    qualifier: Qualifier = Field("33", description="QTY01: 33 available for sale, 17 on hand, 63 on order.")
    value: str = Field(
        "{quantity}",
        description="What can be sold, of the warehouse where the file tells warehouses apart by transaction set or by "
        'line; or a detail such as "{detail:on_order}", without which there is no such QTY.',
    )
    unit: str = Field("EA", description='QTY03, such as EA or "{detail:unit}"; empty leaves it out.')
    stock_type: str = Field(
        "", description="Second component of QTY03, such as 2 for consignment.", pattern=r"^[0-9]{0,15}$"
    )
    segments: tuple[ItemLoop, ...] = Field(
        (), description="Segments below it, such as DTM or SCH, in the order of the standard."
    )

    @field_validator("value", "unit")
    @classmethod
    def _known(cls, text: str) -> str:
        template.check(text, {**FEED_FACTS, **LINE_COLUMNS, **WAREHOUSE_FACTS, **_QUANTITY})
        return text

    @model_validator(mode="after")
    def _unit_first(self) -> Self:
        if self.stock_type and not self.unit:
            raise ValueError("a stock_type needs a unit before it")
        return self

    @property
    def _segment(self) -> ItemSegment:
        required = "quantity" in template.names(self.value)
        return ItemSegment(elements=("QTY", self.qualifier, self.value, self.unit), required=required)

    @property
    def all_segments(self) -> tuple[ItemSegment, ...]:
        """QTY itself and the segments below it."""
        return self._segment, *(inner for segment in self.segments for inner in segment.all_segments)

    def checks(self, values: Values, syntax: Syntax) -> Iterator[Check]:
        """What the lines must obey."""
        yield from self._segment.checks(values, syntax)
        for segment in self.segments:
            yield from segment.checks(values, syntax, self._segment.present(values))

    def written(self, values: Values, syntax: Syntax) -> Written:
        """QTY and the segments below it."""
        qualifier, number, *unit = self._segment.contents(values, syntax)
        if self.stock_type:
            unit = [template.concat([*unit, syntax.separators.component, self.stock_type])]
        pieces = syntax.segment("QTY", qualifier, number, *unit)
        for segment in sorted(self.segments, key=lambda segment: QUANTITY.rank(segment.id)):
            pieces += segment.pieces(values, syntax)
        present = self._segment.present(values)
        return Written(where(present, pieces), self.qualifier, counted(present, number))


def counted(present: pl.Expr | None, number: Piece) -> pl.Expr:
    """A quantity as a number that can be added to others."""
    value = (pl.lit(number) if isinstance(number, str) else number).cast(pl.Int128, strict=False)
    return value if present is None else pl.when(present).then(value).otherwise(pl.lit(0, pl.Int128))


def total(quantities: Sequence[Written], only: str | None) -> pl.Expr:
    """The sum of the quantities of one line, of one qualifier or of all."""
    numbers = [quantity.number for quantity in quantities if only in (None, quantity.qualifier)]
    return pl.sum_horizontal(numbers) if numbers else pl.lit(0, pl.Int128)
