"""The levels that the rows of a snapshot add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from formats.cells import stripped
from formats.errors import FileRefused
from formats.snapshot.chosen import chosen
from formats.snapshot.codes import Codes, doubts, looked_at, nothing_known
from formats.snapshot.duplicates import settled
from formats.snapshot.passes import Pass, parts, read_through
from formats.snapshot.quarantine import bad_rows, believed, rejects
from formats.snapshot.rejects import Reject, rejects_frame
from formats.snapshot.result import Counts, SnapshotRead
from formats.snapshot.settings import SnapshotSettings
from formats.snapshot.tally import moments_of
from formats.snapshot.widened import widened
from formats.table import Table
from mappings.model import MAX_QUANTITY, warehouse_column, warehouses_of

col = pl.col

#: Bad rows that are told of a file that is refused for them.
_EXAMPLES = 100


def read_levels(
    table: Table,
    settings: SnapshotSettings,
    *,
    warehouses: Sequence[str],
    as_of: datetime,
    timezone: ZoneInfo,
    known: Callable[[], pl.Series] = nothing_known,
) -> SnapshotRead:
    """Reads the levels of a snapshot.

    Args:
        table: the file.
        settings: how its source writes.
        warehouses: codes known so far.
        as_of: the moment of all rows, unless a column holds it (UTC).
        timezone: of moments without an offset.
        known: gives the codes known before, by which damaged ones are recognised.

    Raises:
        FileRefused: a column is missing, there is no row, more rows are bad than the source may send, or a level is
            beyond ``MAX_QUANTITY``.
    """
    table, settings = widened(*chosen(table, settings))
    reading, summed = read_through(table, settings, warehouses=warehouses, timezone=timezone)
    result = settled(reading, summed)
    rows, bad = summed.rows + len(reading.table.broken), bad_rows(reading, summed, result)
    rejected = rejects(reading, summed, result, most=max(settings.tolerated(rows) + 1, _EXAMPLES))
    _check_bad_rows(table, settings, rows, bad, rejected)
    untrusted = sorted({sku for reject in rejected for sku in reject.skus})
    codes = looked_at(_all_skus(result.frame, untrusted), known, settings.codes)
    doubtful = _doubtful_rows(reading, codes)
    frame = codes.mend(believed(result.frame, rejected))
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
        untrusted=tuple(codes.repaired.get(sku, sku) for sku in untrusted),
        counts=counts,
        notes=(*_notes(table, counts), *codes.notes()),
        header=table.header[: table.width],
        delimiter=table.delimiter,
        doubts=doubtful,
    )


def _all_skus(frame: pl.DataFrame, untrusted: Sequence[str]) -> pl.Series:
    """Every SKU of a file, those of bad rows among them."""
    return pl.concat([frame["sku"], pl.Series("sku", untrusted, pl.String)]).unique() if untrusted else frame["sku"]


def _doubtful_rows(reading: Pass, codes: Codes) -> pl.DataFrame:
    """The rows whose code looks damaged."""
    table, settings = reading.table, reading.settings
    rows = table.numbered_rows().with_columns(parts(table, settings)).with_columns(stripped("sku").alias("sku"))
    return doubts(rows, codes, header=settings.columns.sku, place=table.place())


def _check_bad_rows(table: Table, settings: SnapshotSettings, rows: int, bad: int, rejected: Sequence[Reject]) -> None:
    if rows == 0:
        chosen_none = settings.only or settings.skip
        raise FileRefused(
            table.source, "only and skip leave no row to read" if chosen_none else "there is no row below the header"
        )
    if bad == rows:
        reason = f"all {rows} rows are bad; the first: {rejected[0]}"
        raise FileRefused(table.source, reason, examples=[reject.example for reject in rejected])
    if bad > settings.tolerated(rows):
        limit = f"{bad} of {rows} rows are bad, more than max_bad_rows = {settings.max_bad_rows} allows"
        reason = f"{limit}; the first: {rejected[0]}"
        raise FileRefused(table.source, reason, examples=[reject.example for reject in rejected])


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


def _notes(table: Table, counts: Counts) -> Iterator[str]:
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
