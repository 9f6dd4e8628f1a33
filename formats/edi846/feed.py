"""Feeds as X12 846 Inventory Inquiry/Advice, in the dialect that a profile describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from formats.edi846.breakdown import SdqLocation
from formats.edi846.item import LineLayout
from formats.edi846.location import HeaderLocation, HeaderReference, NoLocation
from formats.edi846.notes import check_elements
from formats.edi846.segments import HeaderSegment
from formats.edi846.standard import check_heading
from formats.edi846.tables import PAIR_FACTS, SET_FACTS, Beginning, Control, Split, Totals
from formats.edi846.write import InterchangeWriter, Run
from formats.feed import template
from formats.feed.errors import FeedError
from formats.feed.template import VALUE_PREFIX, WAREHOUSE_FACTS, Values
from formats.feed.writable import Check, require_breakdown, require_values, require_writable, unwritable
from formats.x12.interchange import Envelope, Interchange
from formats.x12.releases import release
from formats.x12.syntax import Charset, SegmentFile, Separators, Syntax
from mappings.model import DETAIL_PREFIX, Feed, Warehouse

_LARGEST_QUANTITY = 10**15 - 1  # element 380 has 15 digits
_SENT = "sent:"  # begins the names of columns as they are sent


class Edi846Feed(LineLayout):
    """A feed as an 846: one interchange, and as many groups and transaction sets as the lines need."""

    type: Literal["846"] = "846"
    release: str = Field(description="Release of the standard, such as 004010.")
    separators: Separators = Field(Separators(), description="The characters that cut the file.")
    envelope: Envelope = Field(Envelope(), description="What the partner wants in ISA and GS.")
    control: Control = Field(Control(), description="How control numbers are written.")
    charset: Charset = Field(Charset(), description="The characters that the partner takes.")
    codes: dict[str, dict[str, str]] = Field(
        {},
        description='The partner\'s codes for the words of a column: `status`, or a detail such as `"detail:unit"`. An '
        "empty code leaves out what names it.",
    )
    bia: Beginning = Field(Beginning(), description="What kind of report a transaction set is.")
    header: tuple[HeaderSegment, ...] = Field((), description="Segments between BIA and the lines, in order.")
    split: Split = Field(Split(), description="Where a new transaction set or group begins.")
    totals: Totals = Field(Totals(), description="What the summary repeats.")

    suffix: ClassVar[str] = ".edi"
    needs_interchange: ClassVar[bool] = True

    @field_validator("release")
    @classmethod
    def _known_release(cls, name: str) -> str:
        return release(name).name

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.split.lines > self.syntax.release.most_lines:
            raise ValueError(f"release {self.release} has at most {self.syntax.release.most_lines} LIN in a set")
        if self.split.sets < Split().sets and "group" not in template.names(self.control.group):
            raise ValueError('split.sets makes several groups: [format.control] group needs "{group}" to number them')
        check_heading([segment.id for segment in self._header])
        said = frozenset[str]().union(*(segment.names for segment in self.header))
        if self.location.repeats != "set" and not said.isdisjoint(WAREHOUSE_FACTS):
            raise ValueError(
                'a header names a warehouse only where [format.location] pattern = "header" or "header-ref"'
            )
        if unknown := sorted(set(self.codes) - set(self._texts)):
            raise ValueError(f"codes: nothing in the layout names {', '.join(unknown)}")
        try:
            for segment in (*self._header, *self.item_segments()):
                segment.check_constants(self.syntax)
                check_elements(segment.elements, self.release, self.deviations)
        except FeedError as error:
            raise ValueError(str(error)) from None
        return self

    def details(self) -> frozenset[str]:
        """The product details that the file sends."""
        return template.within(DETAIL_PREFIX, self._texts)

    def required_details(self) -> frozenset[str]:
        """Of them, those that every merchant's products must have."""
        return self.details()

    def values(self) -> frozenset[str]:
        """The names of the values that the order source's settings must give."""
        segments = (*self.header, *self.item_segments())
        sdq23 = self.location.identifier if isinstance(self.location, SdqLocation) else ""
        names = self.bia.names.union(*(segment.names for segment in segments), template.names(sdq23))
        return template.within(VALUE_PREFIX, names)

    def rows(self, warehouses: int) -> int:
        """How many lines a product takes."""
        return warehouses if self.location.repeats == "set" else 1

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
                self.location.check(template.warehouse_values(warehouse), self.syntax)
            except FeedError as error:
                raise FeedError(f"{order_source}: warehouse {warehouse.code}: {error}; see warehouse_codes") from None

    def unwritable(self, feed: Feed) -> pl.DataFrame:
        """The lines that the file cannot hold: ``code``, ``column``, ``value``, ``reason`` (String).

        Raises:
            FeedError: a warehouse or a constant cannot be written as this format demands.
        """
        self.check_warehouses(feed.order_source, feed.warehouses)
        facts = {**SET_FACTS, **PAIR_FACTS, **WAREHOUSE_FACTS, **template.feed_facts(feed)}
        self._heading(facts, complete=False)
        values = {**facts, **self._no_values, **self._sent(feed)}
        checks = [*self.line_checks(values, self.syntax), *self._code_checks()]
        if self.syntax.alters:
            same = "becomes the code of another line once its characters are replaced"
            checks.append(Check("code", values["code"].is_duplicated(), same))
        checks.append(Check("quantity", pl.col("quantity") > _LARGEST_QUANTITY, "is longer than 15 digits"))
        return unwritable(feed.lines, checks)

    def replaced(self, feed: Feed) -> pl.DataFrame:
        """The texts that are sent otherwise than they are, by the profile's rules: characters replaced, words cut.

        Returns:
            ``code``, ``column``, ``value``, ``sent`` (String), sorted by code. Capital letters and outer blanks do not
            count.
        """
        sent = self._sent(feed)
        values = {**SET_FACTS, **PAIR_FACTS, **WAREHOUSE_FACTS, **self._no_values, **sent}
        cuts = [cut for segment in self.item_segments() for cut in segment.cuts(values, self.syntax)]
        changes = [(name, self.syntax.as_it_came(self._coded(name)), sent[name]) for name in self._texts]
        changes += [(name, whole, rest) for name, whole, rest in cuts]
        frames = [
            feed.lines.lazy().filter(came != goes).select("code", column=pl.lit(name), value=pl.col(name), sent=goes)
            for name, came, goes in changes
        ]
        return pl.concat(pl.collect_all(frames)).unique(maintain_order=True).sort("code", maintain_order=True)

    def write(self, feed: Feed, out: Path, interchange: Interchange | None = None) -> None:
        """Write the whole interchange; equal feeds under equal control numbers give equal bytes.

        Raises:
            FeedError: there is no line, or a line, a warehouse or a constant that cannot be written.
        """
        if interchange is None:
            raise FeedError(f"{feed.order_source}: an 846 needs sender, receiver and control numbers")
        if feed.lines.is_empty():
            raise FeedError(f"{feed.order_source}: an 846 needs one line at least")
        require_values(feed, self.values())
        require_writable(feed, self.unwritable(feed))
        numbers = {"control_number": interchange.number, "group_number": interchange.group_number}
        facts = {**interchange.pair.facts(), **template.feed_facts(feed), **numbers}
        with out.open("wb") as raw:
            file = SegmentFile(raw, self.syntax)
            writer = InterchangeWriter(
                file, interchange, self.syntax, self.envelope, self.control, self.totals, self._heading
            )
            writer.write(list(self._runs(feed, facts)), facts, self.split.sets)

    def ids(self, feed: Feed) -> Iterator[tuple[str, pl.Series]]:
        """Each id of LIN as it is sent: its qualifier, and its value of every line; empty where a line has none."""
        values = {**PAIR_FACTS, **self._no_values, **self._sent(feed)}
        for item_id in self.lin:
            yield item_id.qualifier, feed.lines.select(item_id.text(values, self.syntax)).to_series()

    @cached_property
    def syntax(self) -> Syntax:
        """How text becomes data."""
        return Syntax(self.separators, self.charset, release(self.release))

    @cached_property
    def _header(self) -> tuple[HeaderSegment, ...]:
        """The segments between BIA and the lines, with the one that names the warehouse."""
        if not isinstance(self.location, HeaderLocation | HeaderReference):
            return self.header
        later = ("LM", "LQ") if isinstance(self.location, HeaderLocation) else ("PER", "MEA", "N1", "LM", "LQ")
        before = list(takewhile(lambda segment: segment.id not in later, self.header))
        return *before, self.location.header, *self.header[len(before) :]

    @cached_property
    def _ids(self) -> list[str]:
        """The columns that are sent as ids of a product."""
        in_lin = {column for item_id in self.lin for column in item_id.columns}
        return sorted(in_lin.union(*(segment.ids for segment in self.item_segments())))

    @cached_property
    def _texts(self) -> list[str]:
        """The columns of text that the file sends."""
        names = frozenset[str]().union(*(segment.names for segment in self.item_segments()))
        return sorted({*self._ids, *template.text_columns(names), *({"status"} & names)})

    @property
    def _no_values(self) -> dict[str, str]:
        """What stands for the values of the order source while they are not known."""
        return {VALUE_PREFIX + name: "" for name in self.values()}

    def _coded(self, name: str) -> pl.Expr:
        """A column in the partner's codes, where it has some."""
        column = pl.col(name)
        return column.replace_strict(self.codes[name], default=column) if name in self.codes else column

    def _sent(self, feed: Feed) -> dict[str, pl.Expr]:
        """The columns of the lines as they are sent, by placeholder."""
        texts = {
            name: (self.syntax.ids if name in self._ids else self.syntax.words)(self._coded(name))
            for name in self._texts
        }
        return {**template.line_columns(feed), "quantity": pl.col("quantity"), **texts}

    def _code_checks(self) -> Iterator[Check]:
        for name, table in self.codes.items():
            if name != "status":
                unknown = (pl.col(name) != "") & ~pl.col(name).is_in(list(table))
                yield Check(name, unknown, f"is not in [format.codes], which has {', '.join(table)}")

    def _runs(self, feed: Feed, facts: Values) -> Iterator[Run]:
        """The lines, once or once per warehouse."""
        sent = self._sent(feed)
        prepared = feed.lines.with_columns(sent[name].alias(_SENT + name) for name in self._texts)
        columns = {**sent, **{name: pl.col(_SENT + name) for name in self._texts}}
        by_warehouse = self.location.repeats == "set"
        for about in map(template.warehouse_values, feed.warehouses) if by_warehouse else [{}]:
            line = self.line(feed.warehouses, {**facts, **columns, **about}, self.syntax, self.totals.hash_of)
            if line.lins > self.split.lines:
                raise FeedError(f"{feed.order_source}: one product has {line.lins} LIN, more than [format.split] lines")
            yield Run(prepared, line, self.split.lines // line.lins, {**facts, **about})

    def _heading(self, facts: Values, *, complete: bool = True) -> list[tuple[str, ...]]:
        """The segments from BIA to the first line; unless complete, without what names values of the order source."""
        known = [segment for segment in self._header if complete or segment.names <= facts.keys()]
        beginning = [self.bia.segment(facts, self.syntax)] if complete or self.bia.names <= facts.keys() else []
        return [*beginning, *(segment.filled(facts, self.syntax) for segment in known)]
