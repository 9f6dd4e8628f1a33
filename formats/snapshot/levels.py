"""The levels that the rows of a snapshot add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from formats.errors import FileRefused
from formats.snapshot.chosen import chosen
from formats.snapshot.duplicates import settled
from formats.snapshot.passes import read_through
from formats.snapshot.quarantine import bad_rows, believed, rejects
from formats.snapshot.rejects import Reject, rejects_frame
from formats.snapshot.result import Counts, SnapshotRead
from formats.snapshot.settings import SnapshotSettings
from formats.snapshot.tally import moments_of
from formats.snapshot.widened import widened
from formats.table import Table
from mappings.model import MAX_QUANTITY, warehouse_column, warehouses_of

col = pl.col

#: A code that a spreadsheet has taken for a number and shortened.
_E_NOTATION = r"^[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+$"


def read_levels(
    table: Table, settings: SnapshotSettings, *, warehouses: Sequence[str], as_of: datetime, timezone: ZoneInfo
) -> SnapshotRead:
    """Reads the levels of a snapshot.

    Args:
        table: the file.
        settings: how its source writes.
        warehouses: codes known so far.
        as_of: the moment of all rows, unless a column holds it (UTC).
        timezone: of moments without an offset.

    Raises:
        FileRefused: a column is missing, there is no row, more rows are bad than the source may send, or a level is
            beyond ``MAX_QUANTITY``.
    """
    table, settings = widened(*chosen(table, settings))
    reading, summed = read_through(table, settings, warehouses=warehouses, timezone=timezone)
    result = settled(reading, summed)
    rows, bad = summed.rows + len(reading.table.broken), bad_rows(reading, summed, result)
    rejected = rejects(reading, summed, result, most=settings.tolerated(rows) + 1)
    _check_bad_rows(table, settings, rows, bad, rejected)
    frame = believed(result.frame, rejected)
    available, negatives = _available(table, frame, rejected)
    moments, exceptions = moments_of(frame, warehouses_of(available), reading.as_of or as_of)
    counts = Counts(
        rows=rows,
        bad_rows=bad,
        skus=available.height,
        units=sum(int(available[warehouse_column(w)].sum()) for w in warehouses_of(available)),
        rounded_down=summed.flags.get("rounded", 0),
        negatives_to_zero=negatives,
        folded_duplicates=result.folded,
        refused_skus=result.contradictions["sku"].n_unique(),
        stripped_codes=summed.flags.get("stripped", 0),
    )
    return SnapshotRead(
        available=available,
        as_of=moments,
        as_of_exceptions=exceptions,
        rejects=rejects_frame(rejected, table.width),
        untrusted=tuple(sorted({sku for reject in rejected for sku in reject.skus})),
        counts=counts,
        notes=tuple(_notes(table, available, counts)),
        header=table.header[: table.width],
        delimiter=table.delimiter,
    )


def _check_bad_rows(table: Table, settings: SnapshotSettings, rows: int, bad: int, rejected: Sequence[Reject]) -> None:
    if rows == 0:
        chosen_none = settings.only or settings.skip
        raise FileRefused(
            table.source, "only and skip leave no row to read" if chosen_none else "there is no row below the header"
        )
    if bad == rows:
        raise FileRefused(table.source, f"all {rows} rows are bad; the first: {rejected[0]}")
    if bad > settings.tolerated(rows):
        limit = f"{bad} of {rows} rows are bad, more than max_bad_rows = {settings.max_bad_rows} allows"
        raise FileRefused(table.source, f"{limit}; the first: {rejected[0]}")


def _available(table: Table, frame: pl.DataFrame, rejected: Sequence[Reject]) -> tuple[pl.DataFrame, int]:
    """What can be sold, of the warehouses that the file speaks of, and how many levels were below 0."""
    levels = [level for w in warehouses_of(frame) if frame[level := warehouse_column(w)].count()]
    if not levels:
        first = f"; the first bad row: {rejected[0]}" if rejected else ""
        raise FileRefused(table.source, f"no row says a quantity that can be used{first}")
    available = frame.select("sku", *levels)
    for beyond in available.filter(pl.any_horizontal(col(levels) > MAX_QUANTITY)).head(1)["sku"]:
        raise FileRefused(
            table.source, f"the rows of SKU {beyond} add up to more than {MAX_QUANTITY:,} in one warehouse"
        )
    negatives = available.select(pl.sum_horizontal((col(levels) < 0).sum())).item()
    return available.with_columns(col(levels).clip(0)) if negatives else available, negatives


def _notes(table: Table, available: pl.DataFrame, counts: Counts) -> Iterator[str]:
    yield from table.notes()
    for count, what in (
        (counts.rounded_down, "quantities rounded down to whole units"),
        (counts.negatives_to_zero, "levels below 0 taken as 0"),
        (counts.folded_duplicates, "rows that repeat another"),
        (counts.refused_skus, "SKUs left out because their rows contradict each other"),
        (counts.stripped_codes, "rows with blanks around a code"),
    ):
        if count:
            yield f"{what}: {count}"
    numbers = available.filter(col("sku").str.contains(_E_NOTATION))["sku"].sort()
    if numbers.len():
        yield f"SKUs that a spreadsheet may have shortened: {', '.join(numbers.head(5))}"
