"""The passes over the rows of a snapshot: a quick one, and a careful one where that is not enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from formats.cells import BLANKS, stripped
from formats.snapshot.as_of import moment
from formats.snapshot.lines import careful_lines, plain_lines
from formats.snapshot.settings import SnapshotSettings
from formats.snapshot.tally import Tally, tally
from formats.snapshot.widened import check_number
from formats.table import Table

col = pl.col

_SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class Pass:
    """A way to read the rows of a snapshot.

    Attributes:
        table: the file.
        settings: how its source writes.
        timezone: of moments without an offset.
        warehouses: that the rows may name.
        careful: by all settings, and with the number of each row; else the quick way.
        as_of: the moment that the quick way expects of every row, if a column holds it.
        as_of_text: how it is written.
    """

    table: Table
    settings: SnapshotSettings
    timezone: ZoneInfo
    warehouses: tuple[str, ...]
    careful: bool
    as_of: datetime | None = None
    as_of_text: str | None = None

    def lines(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """What these rows say, as ``snapshot_lines`` describes, beside the columns that they have."""
        rows = rows.with_columns(parts(self.table, self.settings))
        if self.careful:
            return careful_lines(rows, self.settings, self.warehouses, timezone=self.timezone)
        return plain_lines(rows, self.settings, self.warehouses, as_of=self.as_of_text)

    def tally(self) -> Tally:
        """All rows, summed."""
        if self.careful:
            return tally(self.lines(self.table.numbered_rows()), self.warehouses)
        return tally(self.lines(self.table.rows()).with_columns(hole=self.table.hole()), self.warehouses)


def read_through(
    table: Table, settings: SnapshotSettings, *, warehouses: Sequence[str], timezone: ZoneInfo
) -> tuple[Pass, Tally]:
    """Reads all rows, the quick way if that tells everything.

    Args:
        table: the file.
        settings: how its source writes.
        warehouses: codes known so far; the fewer are missing, the fewer passes it takes.
        timezone: of moments without an offset.

    Raises:
        FileRefused: a column is missing, a quote doesn't close, or the warehouse column names too many.
    """
    quick = _quick_pass(table, settings, warehouses, timezone)
    if quick is not None:
        summed = quick.tally()
        if not table.adds_up(summed.rows, summed.flags["hole"]):
            table = table.proven()
        if not table.copied and _tells_everything(summed):
            return replace(quick, table=table), summed
    table = table.proven()
    careful = Pass(table, settings, timezone, _all_warehouses(table, settings, warehouses), careful=True)
    return careful, careful.tally()


def parts(table: Table, settings: SnapshotSettings) -> list[pl.Expr]:
    """The columns that are read, called by the part that they play."""
    return [col(table.column(header)).alias(part) for part, header in settings.headers().items()]


def _quick_pass(table: Table, settings: SnapshotSettings, known: Sequence[str], timezone: ZoneInfo) -> Pass | None:
    """A quick pass, if the first rows can be read that way."""
    sample = table.rows().head(_SAMPLE).select(parts(table, settings)).collect()
    if settings.words or sample.is_empty():
        return None
    as_of_text = as_of = None
    if settings.columns.as_of:
        as_of_text = sample["as_of"][0] or ""
        as_of = moment(as_of_text, form=settings.as_of_format, timezone=timezone)
    named = settings.columns.warehouse and sample["warehouse"].is_in(known).all()
    warehouses = tuple(dict.fromkeys(known)) if named else _all_warehouses(table, settings, known)
    odd = plain_lines(sample.lazy(), settings, warehouses, as_of=as_of_text).select(col("bad").any()).collect().item()
    if odd or (as_of_text is not None and as_of is None):
        return None
    return Pass(table, settings, timezone, warehouses, careful=False, as_of=as_of, as_of_text=as_of_text)


def _all_warehouses(table: Table, settings: SnapshotSettings, known: Sequence[str]) -> tuple[str, ...]:
    """Every warehouse that the rows may speak of, the known ones first."""
    header = settings.columns.warehouse
    if header is None:
        return tuple(settings.warehouse_columns) or (settings.place,)
    cells = table.rows().select(col(table.column(header)).unique()).collect().to_series().drop_nulls()
    codes = sorted({cell.strip(BLANKS) for cell in cells} - {""})
    check_number(table, header, codes)
    return tuple(dict.fromkeys([*known, *codes]))


def _tells_everything(summed: Tally) -> bool:
    code = stripped("sku")
    bare = summed.frame.select(((code == col("sku")) & (code != "")).all()).item()
    return summed.flags["bad"] == 0 and bool(bare)
