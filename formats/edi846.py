"""Feeds as X12 846 Inventory Inquiry/Advice, in the dialect that a profile describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from formats import template
from formats.edi846_tables import (
    SET_FACTS,
    Beginning,
    Description,
    HeaderLocation,
    HeaderSegment,
    ItemId,
    ItemQuantity,
    Location,
    NoLocation,
    SdqLocation,
    Split,
    Totals,
)
from formats.feed_errors import FeedError
from formats.settings import Settings
from formats.template import WAREHOUSE_FACTS, Piece, Values
from formats.writable import Check, require_breakdown, require_writable, unwritable
from formats.x12 import RELEASES, Envelope, Interchange, clock, closing, opening
from formats.x12_syntax import Charset, SegmentFile, Separators, Syntax
from mappings.model import Feed, Warehouse

_LINE = "line"  # the row number within a transaction set
_LARGEST_QUANTITY = 10**15 - 1  # element 380 has 15 digits
_LARGEST_HASH = 10**10 - 1  # element 347 has 10


class Edi846Feed(Settings):
    """A feed as an 846: one interchange, one group, and as many transaction sets as the lines need."""

    type: Literal["846"] = "846"
    release: str = Field(description="Release of the standard, such as 004010.")
    separators: Separators = Field(Separators(), description="The characters that cut the file.")
    envelope: Envelope = Field(Envelope(), description="What the partner wants in ISA and GS.")
    charset: Charset = Field(Charset(), description="The characters that the partner takes.")
    bia: Beginning = Field(Beginning(), description="What kind of report a transaction set is.")
    header: tuple[HeaderSegment, ...] = Field((), description="Segments between BIA and the lines, in order.")
    location: Location = Field(NoLocation(), description="How warehouses are told: none, sdq or header.")
    split: Split = Field(Split(), description="Where a new transaction set begins.")
    line_number: bool = Field(True, description="Whether LIN01 numbers the lines of each transaction set.")
    lin: tuple[ItemId, ...] = Field(description="The ids of the product, in order.", max_length=15)
    description: Description | None = Field(None, description="The product detail that describes it (PID).")
    qty: tuple[ItemQuantity, ...] = Field((), description="The quantity of a line, under each qualifier.")
    totals: Totals = Field(Totals(), description="What the summary repeats.")

    suffix: ClassVar[str] = ".edi"
    needs_interchange: ClassVar[bool] = True

    @field_validator("release")
    @classmethod
    def _known_release(cls, release: str) -> str:
        if release not in RELEASES:
            raise ValueError(f'"{release}" is not a known release; known are: {", ".join(RELEASES)}')
        return release

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not any(item_id.required for item_id in self.lin):
            raise ValueError("one [[format.lin]] at least must be required, since LIN cannot be empty")
        if not self.qty and not isinstance(self.location, SdqLocation):
            raise ValueError("the layout holds no quantity; add a [[format.qty]]")
        said = template.names(*(element for segment in self.header for element in segment.elements))
        if not isinstance(self.location, HeaderLocation) and not said.isdisjoint(WAREHOUSE_FACTS):
            raise ValueError('a header names a warehouse only where [format.location] pattern = "header"')
        try:
            self._heading({**SET_FACTS, **WAREHOUSE_FACTS})
        except FeedError as error:
            raise ValueError(str(error)) from None
        return self

    def details(self) -> frozenset[str]:
        """The product details that the file sends."""
        described = {self.description.detail} if self.description else set()
        return template.details(*(item_id.value for item_id in self.lin)) | described

    @property
    def breaks_down(self) -> bool:
        """Whether the file says what lies in which warehouse."""
        return not isinstance(self.location, NoLocation)

    def check_warehouses(self, order_source: str, warehouses: Sequence[Warehouse]) -> None:
        """Refuse warehouses that the file cannot name.

        Raises:
            FeedError: says which warehouse of which order source, and what its code must be like.
        """
        if isinstance(self.location, NoLocation):
            return
        require_breakdown(order_source, warehouses)
        for warehouse in warehouses:
            try:
                self.location.check(warehouse, self._syntax)
            except FeedError as error:
                raise FeedError(f"{order_source}: warehouse {warehouse.code}: {error}") from None

    def unwritable(self, feed: Feed) -> pl.DataFrame:
        """The lines that the file cannot hold: ``code``, ``column``, ``value``, ``reason`` (String).

        Raises:
            FeedError: a warehouse or a constant cannot be written as this format demands.
        """
        self.check_warehouses(feed.order_source, feed.warehouses)
        self._heading({**SET_FACTS, **WAREHOUSE_FACTS, **template.feed_facts(feed)})
        values = self._values(feed)
        checks = [check for item_id in self.lin for check in item_id.checks(values, self._syntax)]
        checks += self.description.checks(self._syntax) if self.description else []
        if self._syntax.alters:
            same = "becomes the code of another line once its characters are replaced"
            checks.append(Check("code", values["code"].is_duplicated(), same))
        checks.append(Check("quantity", pl.col("quantity") > _LARGEST_QUANTITY, "is longer than 15 digits"))
        return unwritable(feed.lines, checks)

    def write(self, feed: Feed, out: Path, interchange: Interchange | None = None) -> None:
        """Write the whole interchange; equal feeds under equal control numbers give equal bytes.

        Raises:
            FeedError: there is no line, or a line, a warehouse or a constant that cannot be written.
        """
        if interchange is None:
            raise FeedError(f"{feed.order_source}: an 846 needs sender, receiver and control numbers")
        if feed.lines.is_empty():
            raise FeedError(f"{feed.order_source}: an 846 needs one line at least")
        require_writable(feed, self.unwritable(feed))
        head = self._opening(interchange, feed.built_at)
        numbers = {"control_number": interchange.number, "group_number": interchange.group_number}
        values = {**self._values(feed), **numbers}
        part = 0
        with out.open("wb") as raw:
            file = SegmentFile(raw, self._syntax)
            file.segments(head)
            for part, (lines, about) in enumerate(self._transaction_sets(feed), 1):
                of_set = {**values, **about, "part": part, "lines": lines.height}
                self._write_set(file, lines, feed.warehouses, of_set)
            file.segments(closing(interchange, part))

    @cached_property
    def _syntax(self) -> Syntax:
        return Syntax(self.separators, self.charset, repeats=RELEASES[self.release].repeats)

    def _opening(self, interchange: Interchange, at: datetime) -> list[tuple[str, ...]]:
        return opening(
            interchange, group="IB", release=self.release, envelope=self.envelope, separators=self.separators, at=at
        )

    def _values(self, feed: Feed) -> Values:
        """The facts of the feed, and its columns as they are sent."""
        columns = template.line_columns(feed)
        texts = {name: self._syntax.column(columns[name]) for name in template.text_columns(columns)}
        return {**template.feed_facts(feed), **texts}

    def _transaction_sets(self, feed: Feed) -> Iterator[tuple[pl.DataFrame, Values]]:
        """The lines of each transaction set, and what it is about: all warehouses or one."""
        everything: Values = {"quantity": pl.col("quantity")}
        by_warehouse = isinstance(self.location, HeaderLocation)
        for about in map(template.warehouse_values, feed.warehouses) if by_warehouse else [everything]:
            for lines in feed.lines.iter_slices(self.split.lines):
                yield lines, about

    def _write_set(
        self, file: SegmentFile, lines: pl.DataFrame, warehouses: Sequence[Warehouse], values: Values
    ) -> None:
        number, before = f"{values['part']:04d}", file.count
        file.segments([("ST", "846", number), *self._heading(values)])
        template.write_lines(lines.with_row_index(_LINE, offset=1), self._item(warehouses, values), file)
        file.segments(self._summary(lines, values["quantity"]))
        file.segments([("SE", str(file.count - before + 1), number)])

    def _heading(self, facts: Values) -> list[tuple[str, ...]]:
        """The segments from BIA to the first line."""
        segments = [self._beginning(facts)]
        for segment in self.header:
            elements = (template.fill_facts(element, facts) for element in segment.elements)
            segments.append(tuple(self._syntax.constant(element) for element in elements))
        if isinstance(self.location, HeaderLocation):
            segments.append(self.location.segment(facts, self._syntax))
        return segments

    def _beginning(self, facts: Values) -> tuple[str, ...]:
        purpose = {"full": self.bia.full, "delta": self.bia.delta}[facts["kind"]]
        reference = self._syntax.constant(template.fill_facts(self.bia.reference, facts))
        longest = RELEASES[self.release].longest_reference
        if not 1 <= len(reference) <= longest:
            raise FeedError(f"BIA03 {reference!r} does not have 1 to {longest} characters; see [format.bia] reference")
        at = facts["built_at"]
        return "BIA", purpose, self.bia.report, reference, f"{at:%Y%m%d}", clock(at, self.bia.time_digits)

    def _item(self, warehouses: Sequence[Warehouse], values: Values) -> pl.Expr:
        """The segments of one line, in the order of the standard: LIN, PID, SDQ, QTY."""
        syntax = self._syntax
        pieces: list[Piece] = ["LIN", syntax.element, pl.col(_LINE) if self.line_number else ""]
        for item_id in self.lin:
            pieces += item_id.elements(values, syntax)
        pieces.append(syntax.end)
        if self.description:
            pieces.append(self.description.segment(syntax))
        if isinstance(self.location, SdqLocation):
            pieces += self.location.segments(warehouses, syntax)
        for quantity in self.qty:
            pieces += quantity.segment(values["quantity"], syntax)
        return template.concat(pieces)

    def _summary(self, lines: pl.DataFrame, quantity: pl.Expr) -> list[tuple[str, ...]]:
        if self.totals.ctt == "none":
            return []
        count = str(lines.height)
        if self.totals.ctt == "count":
            return [("CTT", count)]
        total = lines.select(quantity.cast(pl.Int128).sum()).item() * len(self.qty)
        return [("CTT", count, str(total % (_LARGEST_HASH + 1)))]
