"""Writing an 846: the envelopes, the transaction sets inside, and what must agree between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

import polars as pl

from formats.edi846.item import ROW, Line
from formats.edi846.tables import Control, Totals
from formats.feed.template import Values
from formats.x12.interchange import Envelope, Interchange, group_header, interchange_header
from formats.x12.lines import write_lines
from formats.x12.syntax import SegmentFile, Syntax

_LARGEST_HASH = 10**10 - 1  # element 347 has ten digits


class TransactionSet(NamedTuple):
    """A transaction set to be written: its lines, what is written for each, and its facts."""

    lines: pl.DataFrame
    line: Line
    facts: Values


@dataclass(frozen=True, slots=True)
class InterchangeWriter:
    """Writes one interchange.

    Attributes:
        file: what to write to.
        interchange: the parties and the control numbers.
        syntax: of the file.
        envelope: what the partner wants in ISA and GS.
        control: how control numbers are written.
        totals: what the summary repeats.
        heading: the segments from BIA to the first line, from the facts of a transaction set.
    """

    file: SegmentFile
    interchange: Interchange
    syntax: Syntax
    envelope: Envelope
    control: Control
    totals: Totals
    heading: Callable[[Values], list[tuple[str, ...]]]

    def write(self, sets: Iterable[TransactionSet], facts: Values, sets_per_group: int) -> None:
        """Write the transaction sets, in as many groups as they need.

        Raises:
            FeedError: a party or a control number cannot be written as this format demands.
        """
        header = interchange_header(
            self.interchange,
            release=self.syntax.release,
            envelope=self.envelope,
            separators=self.syntax.separators,
            at=facts["built_at"],
        )
        self.file.segments([header])
        group = 0
        for group, inside in enumerate(_groups(enumerate(sets, 1), sets_per_group), 1):
            self._group(inside, {**facts, "group": group})
        self.file.last(("IEA", str(group), f"{self.interchange.number:09d}"))

    def _group(self, sets: Iterable[tuple[int, TransactionSet]], facts: Values) -> None:
        number, count = self.control.group_number(facts), 0
        header = group_header(
            self.interchange,
            "IB",
            number,
            release=self.syntax.release,
            envelope=self.envelope,
            at=facts["built_at"],
        )
        self.file.segments([header])
        for part, one in sets:
            self._set(one, {**one.facts, "part": part})
            count += 1
        self.file.segments([("GE", str(count), number)])

    def _set(self, one: TransactionSet, facts: Values) -> None:
        number, before = self.control.set_number(facts), self.file.count
        self.file.segments([("ST", "846", number), *self.heading(facts)])
        numbered = one.lines.with_row_index(ROW, offset=1)
        write_lines(numbered, one.line.cells, self.file, self.syntax.element)
        self.file.segments(self._summary(one))
        self.file.segments([("SE", str(self.file.count - before + 1), number)])

    def _summary(self, one: TransactionSet) -> list[tuple[str, ...]]:
        if self.totals.ctt == "none":
            return []
        count = str(one.lines.height * one.line.lins)
        if self.totals.ctt == "count":
            return [("CTT", count)]
        total = one.lines.select(one.line.total.sum()).item()
        return [("CTT", count, str(total % (_LARGEST_HASH + 1)))]


def _groups(sets: Iterator[tuple[int, TransactionSet]], size: int) -> Iterator[Iterable[tuple[int, TransactionSet]]]:
    """The transaction sets of each functional group."""
    for first in sets:
        yield chain([first], islice(sets, size - 1))
