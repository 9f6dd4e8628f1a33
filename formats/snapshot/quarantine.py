"""The rows of a snapshot that can't be used, and what is left without them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import polars as pl

from formats.snapshot.duplicates import Settled
from formats.snapshot.passes import Pass
from formats.snapshot.rejects import Judge, Reject
from formats.snapshot.tally import Tally
from mappings.model import warehouse_column, warehouses_of

col = pl.col


def bad_rows(reading: Pass, summed: Tally, settled: Settled) -> int:
    """How many rows can't be used."""
    return len(reading.table.broken) + summed.flags["bad"] + settled.contradictions.height


def rejects(reading: Pass, summed: Tally, settled: Settled, *, most: int) -> list[Reject]:
    """The rows that can't be used, in order; of each kind at most so many."""
    judge = Judge(reading.table, reading.settings)
    found = [judge.broken(row) for row in reading.table.broken]
    if summed.flags["bad"]:
        found += _unreadable(reading, judge, most)
    if settled.contradictions.height:
        found += _contradicting(reading, judge, settled.contradictions.head(most))
    return sorted(found, key=lambda reject: reject.row)


def believed(frame: pl.DataFrame, rejected: Sequence[Reject]) -> pl.DataFrame:
    """A tally without every level of which a rejected row may have spoken, and without SKUs that have none left."""
    if not rejected:
        return frame
    doubted: dict[str | None, set[str]] = defaultdict(set)
    for reject in rejected:
        doubted[reject.warehouse].update(reject.skus)
    sku, levels = col("sku"), {w: warehouse_column(w) for w in warehouses_of(frame)}
    frame = frame.with_columns(
        pl.when(~sku.is_in(list(doubted[None] | doubted[w]))).then(level).alias(level) for w, level in levels.items()
    )
    skus = {sku for skus in doubted.values() for sku in skus}
    silent = pl.all_horizontal(col(level).is_null() for level in levels.values())
    return frame.filter(~(silent & ((sku == "") | sku.is_in(list(skus)))))


def _unreadable(reading: Pass, judge: Judge, most: int) -> Iterator[Reject]:
    dated = col("as_of").is_not_null() if reading.settings.columns.as_of else pl.lit(True)
    bad = reading.lines(reading.table.numbered_rows()).filter("bad").head(most)
    facts = bad.select("row", reading.table.place(), dated.alias("dated"), reading.table.cells()).collect()
    for row, place, is_dated, cells in facts.iter_rows():
        yield judge.unreadable(row, place, tuple(cells), dated=is_dated)


def _contradicting(reading: Pass, judge: Judge, contradictions: pl.DataFrame) -> Iterator[Reject]:
    rows = reading.table.numbered_rows().select("row", reading.table.place(), reading.table.cells())
    places = rows.select(other="row", other_place="where")
    found = rows.join(contradictions.lazy(), on="row").join(places, on="other").drop("sku").collect()
    for row, place, cells, level, other, other_place in found.iter_rows():
        yield judge.contradicting(row, place, tuple(cells), level=level, other=other_place or f"row {other}")
