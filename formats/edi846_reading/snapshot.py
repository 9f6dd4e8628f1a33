"""Snapshots as EDI 846."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field

from formats.edi846_reading.headings import Headings
from formats.edi846_reading.items import LineReader, Lines
from formats.edi846_reading.levels import summed
from formats.edi846_reading.quantities import Problem
from formats.edi846_reading.settings import Edi846Settings
from formats.errors import Example, FileRefused
from formats.snapshot.archive import unpacked
from formats.snapshot.codes import nothing_known
from formats.snapshot.result import REJECTS_SCHEMA, Counts, SnapshotRead
from formats.snapshot.tally import moments_of
from formats.x12.envelopes import Envelopes
from formats.x12.segments import X12File, line_of
from mappings.model import MAX_QUANTITY, warehouse_column, warehouses_of

col = pl.col

_NO_LINE = "it holds no line (LIN)"


class Edi846Snapshot(Edi846Settings):
    """A source that sends its snapshots as X12 846."""

    format: Literal["846"] = Field(default="846", description="X12 846 Inventory Inquiry/Advice, of any release.")

    def read(
        self,
        path: Path,
        *,
        warehouses: Sequence[str],
        file_time: datetime,
        timezone: ZoneInfo,
        known: Callable[[], pl.Series] = nothing_known,
    ) -> SnapshotRead:
        """Reads a snapshot.

        What breaks the standard but is clear is read and noted. A quantity is never guessed: a line of which one can't
        be read, is missing, or contradicts another, says nothing, and its SKU is untrusted. Rows count segments, ISA
        being the first.

        Args:
            path: the file.
            warehouses: codes known so far; not needed here.
            file_time: when the file was written (aware): the as-of if neither DTM nor BIA holds it.
            timezone: of moments without a time code.
            known: codes known so far; not needed here, where none goes through a spreadsheet.

        Raises:
            FileRefused: nothing of the file can be used, and why.
        """
        del warehouses, known
        with unpacked(path, self.member) as file:
            return _Reading(file, self, timezone).result(file_time.astimezone(UTC))

    def lines(self, path: Path) -> tuple[pl.DataFrame, list[Problem]]:
        """Reads every line for itself, whatever the others say.

        Returns:
            A row per LIN: ``item`` (its segment), ``sku``, ``unplaced`` (what it says of no warehouse) and a ``wh:``
            column per warehouse (Int64; null where it says nothing); and what is wrong with lines, which then say no
            quantity.

        Raises:
            FileRefused: nothing of the file can be used, and why.
        """
        return _Reading(path, self, ZoneInfo("UTC")).lines()


class _Reading:
    """The reading of one file."""

    def __init__(self, path: Path, settings: Edi846Snapshot, timezone: ZoneInfo) -> None:
        self._file = X12File.open(path, encoding=settings.encoding, whole="LIN")
        self._settings = settings
        self._envelopes = Envelopes(self._file)
        self._headings = Headings(self._file, settings, self._envelopes, timezone)
        self._totals: list[tuple[int, str]] = []  # set and text of each CTT
        self._parts: list[Lines] = []

    def result(self, file_time: datetime) -> SnapshotRead:
        """Reads all of it."""
        self._take_all()
        self._check_sets()
        moments = self._headings.moments(file_time)
        for oddity in self._envelopes.oddities.texts() if self._settings.strict else ():
            raise FileRefused(self._file.path, f"{oddity}; strict = false reads it all the same")
        one = moments["as_of"].n_unique() == 1
        found = summed(self._parts, self._settings, moments.clear() if one else moments)
        rejects = self._rejects(found.problems)
        lines = sum(part.frame.height for part in self._parts)
        bad = len({problem.item for problem in found.problems})
        self._check_bad_lines(lines, bad, rejects)
        available, negatives = self._available(found.frame, rejects)
        counts = Counts(
            rows=lines,
            bad_rows=bad,
            skus=available.height,
            units=sum(int(available[warehouse_column(w)].sum()) for w in warehouses_of(available)),
            rounded_down=sum(part.rounded for part in self._parts),
            negatives_to_zero=negatives,
            folded_duplicates=found.folded,
            refused_skus=found.refused,
            stripped_codes=0,
        )
        as_of, exceptions = moments_of(found.frame, warehouses_of(available), moments["as_of"][0].astimezone(UTC))
        return SnapshotRead(
            available=available,
            as_of=as_of,
            as_of_exceptions=exceptions,
            rejects=rejects,
            untrusted=found.untrusted,
            counts=counts,
            notes=tuple(self._notes(counts)),
            header=("segment",),
            delimiter=",",
        )

    def lines(self) -> tuple[pl.DataFrame, list[Problem]]:
        """Every line for itself."""
        self._take_all()
        if not self._parts:
            raise FileRefused(self._file.path, _NO_LINE)
        problems = [problem for part in self._parts for problem in part.problems]
        return pl.concat([part.frame for part in self._parts], how="diagonal").drop("set", "lot", "whole"), problems

    def _take_all(self) -> None:
        """Reads all lines: while a part is cut into segments here, two threads read the lines of those before."""
        reader = LineReader(self._file, self._settings)
        pending: deque[Future[Lines]] = deque()
        with ThreadPoolExecutor(2) as workers:
            for part in self._file.parts():
                inside = self._around_lines(part)
                # The first lines tell which ids count; no others are read before that is known.
                while pending and (len(pending) == 2 or not self._parts):
                    self._parts.append(pending.popleft().result())
                if inside.height:
                    places = self._headings.places(part["set"][0], part["set"][-1])
                    pending.append(workers.submit(reader.read, inside, places))
            self._parts += [last.result() for last in pending]
        self._envelopes.finish()

    def _around_lines(self, part: pl.DataFrame) -> pl.DataFrame:
        """Looks at envelopes, headings and summaries; returns the segments of lines with their ``item``."""
        self._envelopes.take(part)
        segments = self._of_846(part.with_columns(item=line_of()))
        outside = segments.filter(col("item") == 0, col("set") > 0)
        self._headings.take(outside.filter(col("id").is_in(["BIA", "DTM", "REF", "N1"])))
        self._totals += outside.filter(col("id") == "CTT").select("set", "text").iter_rows()
        return segments.filter(col("item") > 0)

    def _check_sets(self) -> None:
        if not any(about.kind == "846" for about in self._envelopes.sets):
            kinds = ", ".join(dict.fromkeys(about.kind for about in self._envelopes.sets))
            raise FileRefused(self._file.path, f"it holds {kinds or 'no transaction set'}, not an 846")
        self._headings.check()
        self._check_totals()
        if not self._parts:
            raise FileRefused(self._file.path, _NO_LINE)

    def _of_846(self, segments: pl.DataFrame) -> pl.DataFrame:
        """The segments without those of other transaction sets."""
        others = [n for n, about in enumerate(self._envelopes.sets, 1) if about.kind != "846"]
        return segments.filter(~col("set").is_in(others)) if others else segments

    def _check_totals(self) -> None:
        """Compares CTT with what was found."""
        counted = pl.concat([part.frame["set"] for part in self._parts] or [pl.Series("set", [], pl.Int64)])
        lines = dict(counted.value_counts().iter_rows())
        for number, text in self._totals:
            said = text.split(self._file.opening.element)[1:2]
            if said != [str(lines.get(number, 0))]:
                name, shown = self._envelopes.sets[number - 1].number, "".join(said)
                oddity = f'CTT01 of set {name} says "{shown}" lines, there are {lines.get(number, 0)}'
                self._envelopes.oddities.add(oddity, kind="CTT01")

    def _rejects(self, problems: Sequence[Problem]) -> pl.DataFrame:
        """The bad rows with their texts, which take another look at the file."""
        if not problems:
            return pl.DataFrame(schema=REJECTS_SCHEMA)
        skus = pl.concat([part.frame.select("item", "sku") for part in self._parts])
        skus = skus.filter(col("item").is_in({problem.item for problem in problems}))
        rows = list({problem.row for problem in problems})
        texts = pl.concat([part.filter(col("row").is_in(rows)).select("row", "text") for part in self._file.parts()])
        found = pl.DataFrame(
            problems, schema=["item", *list(REJECTS_SCHEMA)[:4]], orient="row", infer_schema_length=None
        )
        found = found.cast({"column": pl.String, "value": pl.String})
        found = (
            found.join(texts, on="row", how="left").join(skus, on="item", how="left").sort("row", maintain_order=True)
        )
        found = found.with_columns(cells=pl.concat_list("text"), place=pl.lit(None, pl.String))
        return found.select(list(REJECTS_SCHEMA))

    def _check_bad_lines(self, lines: int, bad: int, rejects: pl.DataFrame) -> None:
        path = self._file.path
        if bad and bad == lines:
            reason = f"all {lines} lines are bad; the first: {_sentence(rejects)}"
            raise FileRefused(path, reason, examples=_examples(rejects))
        if bad > self._settings.tolerated(lines):
            limit = f"more than max_bad_rows = {self._settings.max_bad_rows} allows"
            reason = f"{bad} of {lines} lines are bad, {limit}; the first: {_sentence(rejects)}"
            raise FileRefused(path, reason, examples=_examples(rejects))

    def _available(self, frame: pl.DataFrame, rejects: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """What can be sold, and how many levels were below 0."""
        levels = [level for w in warehouses_of(frame) if frame[level := warehouse_column(w)].count()]
        if not levels:
            raise FileRefused(
                self._file.path, f"no line says a quantity that can be used; the first: {_sentence(rejects)}"
            )
        available = frame.select("sku", *levels)
        for beyond in available.filter(pl.any_horizontal(col(levels) > MAX_QUANTITY)).head(1)["sku"]:
            reason = f"the lines of SKU {beyond} add up to more than {MAX_QUANTITY:,} in one warehouse"
            raise FileRefused(self._file.path, reason)
        negatives = available.select(pl.sum_horizontal((col(levels) < 0).sum())).item()
        return available.with_columns(col(levels).clip(0)) if negatives else available, negatives

    def _notes(self, counts: Counts) -> Iterator[str]:
        yield from self._envelopes.oddities.texts()
        for name in filter(None, dict.fromkeys(opening.unusual_terminator for opening in self._file.openings)):
            yield f"segments end with {name}"
        yield from _ignored(about.kind for about in self._envelopes.sets)
        for count, what in (
            (counts.rounded_down, "quantities rounded down to whole units"),
            (counts.negatives_to_zero, "levels below 0 taken as 0"),
            (counts.folded_duplicates, "lines that repeat another"),
            (sum(part.unread for part in self._parts), "SLN that tell no stock of their line, such as parts, not read"),
            (counts.refused_skus, "SKUs left out because their lines contradict each other"),
        ):
            if count:
                yield f"{what}: {count}"


def _ignored(kinds: Iterable[str]) -> Iterator[str]:
    others = [kind for kind in kinds if kind != "846"]
    if others:
        yield f"transaction sets that are no 846, not read: {len(others)} ({', '.join(sorted(set(others)))})"


def _examples(rejects: pl.DataFrame) -> Iterator[Example]:
    for row, column, value, reason in rejects.select("row", "column", "value", "reason").iter_rows():
        yield Example(f"segment {row}", column, value, reason)


def _sentence(rejects: pl.DataFrame) -> str:
    row, column, value, reason = rejects.select("row", "column", "value", "reason").row(0)
    where = ", ".join(filter(None, (f"segment {row}", column)))
    return f'{where}: "{value}" {reason}' if value is not None else f"{where} {reason}"
