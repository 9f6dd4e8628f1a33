"""Writing an 846: the envelopes, the transaction sets inside, and what must agree between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from formats.edi846.item import ROW, Line
from formats.edi846.tables import Control, Totals
from formats.feed.template import Values
from formats.x12.interchange import Envelope, Interchange, group_header, interchange_header
from formats.x12.lines import write_lines
from formats.x12.syntax import MARK, SegmentFile, Syntax

_LARGEST_HASH = 10**10 - 1  # element 347 has ten digits


_Segments = Sequence[tuple[str, ...]]


class Run(NamedTuple):
    """Lines that are written alike, in as many transaction sets as they need."""

    lines: pl.DataFrame
    line: Line  # what is written for each of them
    size: int  # how many a set holds
    facts: Values  # of the sets


class _Frame(NamedTuple):
    """What stands around the lines of a transaction set."""

    before: _Segments  # with ISA and GS where they begin here
    after: _Segments  # with GE where it ends here


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

    def write(self, runs: Sequence[Run], facts: Values, sets_per_group: int) -> None:
        """Write the transaction sets, in as many groups as they need.

        All lines of a run go through the writer of Polars at once, however many sets they make: the first line of each
        has a mark, and where a mark comes along, one set is ended and the next begun.

        Raises:
            FeedError: a party or a control number cannot be written as this format demands; nothing has been written.
        """
        frames = list(self._frames(runs, facts, sets_per_group))
        self.file.between = between = self._between(frames)
        for run in runs:
            row = pl.col(ROW) % run.size
            numbered = run.lines.with_row_index(ROW).with_columns((row + 1).alias(ROW))
            write_lines(numbered, _marked(run.line.cells), self.file, self.syntax.element)
        next(between, None)
        groups = -(-len(frames) // sets_per_group)
        self.file.last(("IEA", str(groups), f"{self.interchange.number:09d}"))

    def _between(self, frames: Iterable[_Frame]) -> Iterator[None]:
        """Writes what stands around the lines of each transaction set, which are written at every ``yield``."""
        for frame in frames:
            self.file.segments(frame.before)
            yield
            self.file.segments(frame.after)

    def _frames(self, runs: Iterable[Run], facts: Values, sets_per_group: int) -> Iterator[_Frame]:
        sets = [(run, lines) for run in runs for lines in run.lines.iter_slices(run.size)]
        before = [self._interchange_header(facts)]
        for part, (run, lines) in enumerate(sets, 1):
            group, place = divmod(part - 1, sets_per_group)
            group_number = self.control.group_number({**facts, "group": group + 1})
            before += [self._group_header(group_number, facts)] if place == 0 else []
            after = [("GE", str(place + 1), group_number)] if part == len(sets) or place + 1 == sets_per_group else []
            own = {**run.facts, "part": part, "lines": lines.height}
            number = self.control.set_number(own)
            heading, summary = [("ST", "846", number), *self.heading(own)], self._summary(run.line, lines)
            segments = len(heading) + run.line.segments(lines) + len(summary) + 1
            yield _Frame([*before, *heading], [*summary, ("SE", str(segments), number), *after])
            before = []

    def _interchange_header(self, facts: Values) -> tuple[str, ...]:
        return interchange_header(
            self.interchange,
            release=self.syntax.release,
            envelope=self.envelope,
            separators=self.syntax.separators,
            at=facts["built_at"],
        )

    def _group_header(self, number: str, facts: Values) -> tuple[str, ...]:
        return group_header(
            self.interchange,
            "IB",
            number,
            release=self.syntax.release,
            envelope=self.envelope,
            at=facts["built_at"],
        )

    def _summary(self, line: Line, lines: pl.DataFrame) -> _Segments:
        if self.totals.ctt == "none":
            return []
        count = str(lines.height * line.lins)
        if self.totals.ctt == "count":
            return [("CTT", count)]
        total = lines.select(line.total.sum()).item()
        return [("CTT", count, str(total % (_LARGEST_HASH + 1)))]


def _marked(cells: list[pl.Expr]) -> list[pl.Expr]:
    """The cells of a line, the first with a mark where a transaction set begins."""
    begins = pl.when(pl.col(ROW) == 1).then(pl.lit(MARK.decode()) + cells[0]).otherwise(cells[0])
    return [begins.alias(cells[0].meta.output_name()), *cells[1:]]
