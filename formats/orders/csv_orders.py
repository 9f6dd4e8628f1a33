"""Order files as CSV, a row per line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field

from formats.cells import stripped
from formats.delimited.careful import proven
from formats.delimited.kinds import Kind, moment_in, optional, text, whole
from formats.delimited.text import CsvText, opened
from formats.errors import FileRefused
from formats.orders.result import FAULTS_SCHEMA, LINES_SCHEMA, ORDER, OrdersRead
from formats.settings import Settings
from formats.table import BrokenRow
from mappings.orders import is_cancelled

col = pl.col

_ROW = "row "  # no header ends in a blank
_Column = Literal["order_id", "line", "sku", "quantity", "ordered_at", "warehouse", "order_source", "status"]
#: What a row of a cancelled line may leave out.
_NOT_NEEDED = ("sku", "quantity", "ordered_at")


class CsvOrders(Settings):
    """Order files as CSV."""

    format: Literal["csv"] = Field(default="csv", description="CSV, with the delimiter that the file has.")
    columns: dict[_Column, str] = Field(
        default={},
        description='Headers other than the usual ones, as in `{ order_id = "PO", quantity = "Units" }`. Usual are '
        "order_id, sku, quantity, ordered_at, and perhaps line, warehouse, order_source, status.",
    )
    encoding: str | None = Field(default=None, description="As in `cp1252`; default: UTF-8.")

    def read_orders(
        self, path: Path, *, timezone: ZoneInfo, order_source: str | None, places: Mapping[str, str]
    ) -> OrdersRead:
        """Reads an order file.

        A row whose ``status`` is cancelled needs no more than its order's number. Rows of one order and ``line`` that
        are alike count once; without ``line`` every row counts.

        Args:
            path: the file.
            timezone: of moments without an offset.
            order_source: of rows that name none.
            places: our warehouse by each code that may name it; a code that is not among them names none.

        Raises:
            FileRefused: a column is missing, no order can be used, or the file can't be read.
        """
        kinds = self._kinds(timezone)
        with opened(path, expected=kinds, encoding=self.encoding) as found:
            file = proven(found)
            kinds = _present(file, kinds, self.columns.values())
            cells = [stripped(file.column(name)).alias(name) for name in kinds]
            texts = file.numbered_rows().select(col("row").alias(_ROW), *cells).collect()
        fields = {header: field for field, header in self._headers().items()}
        values = texts.select(_ROW, *(kind.read(name).alias(fields[name]) for name, kind in kinds.items()))
        missing = [pl.lit(None, pl.String).alias(name) for name in fields.values() if name not in values.columns]
        values = values.with_columns(missing).with_columns(col("order_source").fill_null(pl.lit(order_source)))
        unread = [_unread(texts, values, name, fields[name], kind) for name, kind in kinds.items()]
        return _result(path, values, pl.concat([_broken(file.broken), *unread]), places)

    def _headers(self) -> dict[str, str]:
        usual = ("order_id", "line", "sku", "quantity", "ordered_at", "warehouse", "order_source", "status")
        return {name: name for name in usual} | {str(name): header for name, header in self.columns.items()}

    def _kinds(self, timezone: ZoneInfo) -> dict[str, Kind]:
        kinds = {
            "order_id": text(),
            "line": optional(text()),
            "sku": text(),
            "quantity": whole(0),
            "ordered_at": _latest_in(timezone),
            "warehouse": optional(text()),
            "order_source": optional(text()),
            "status": optional(text()),
        }
        return {header: kinds[name] for name, header in self._headers().items()}


def _result(path: Path, values: pl.DataFrame, faults: pl.DataFrame, places: Mapping[str, str]) -> OrdersRead:
    """The orders without a fault."""
    alike = values.filter(col("line").is_not_null()).unique(pl.exclude(_ROW), keep="first")
    once = pl.concat([values.filter(col("line").is_null()), alike]).sort(_ROW)
    faults = pl.concat([faults, _contradictions(once)]).sort("row", maintain_order=True)
    bad = values.filter(col(_ROW).is_in(faults["row"].implode())).select(ORDER)
    lines = once.join(bad, on=ORDER, how="anti", nulls_equal=True, maintain_order="left").rename({"sku": "code"})
    unknown = sorted(set(lines["warehouse"].drop_nulls()) - places.keys())
    lines = lines.with_columns(
        col("warehouse").replace_strict(dict(places), default=None, return_dtype=pl.String),
        col("quantity").fill_null(0),
    )
    notes = (f"warehouses that are not known, left open: {', '.join(unknown)}",) if unknown else ()
    read = OrdersRead(lines.select(list(LINES_SCHEMA)), faults, notes)
    if lines.is_empty() and faults.height:
        raise FileRefused(path, f"no order of it can be used; the first: {read.first_fault()}")
    return read


def _present(file: CsvText, kinds: Mapping[str, Kind], named: Collection[str]) -> dict[str, Kind]:
    """The kinds of the columns that the file has.

    Raises:
        FileRefused: one is missing that is required, or named by the settings.
    """
    for name in (name for name, kind in kinds.items() if kind.required or name in named):
        file.column(name)
    return {name: kind for name, kind in kinds.items() if name in file.header}


def _latest_in(timezone: ZoneInfo) -> Kind:
    """A moment by ISO 8601; of a date alone the end, since an order may have come at any time of the day."""
    exact = moment_in(timezone)

    def read(name: str) -> pl.Expr:
        is_date = col(name).str.contains(r"^(?:\d{4}-\d\d-\d\d|\d{8})$")
        begins = exact.read(name)
        midnight = begins.dt.convert_time_zone(timezone.key).dt.replace_time_zone(None).dt.offset_by("1d")
        ends = midnight.dt.replace_time_zone(timezone.key, ambiguous="latest", non_existent="null")
        ends = ends.dt.convert_time_zone("UTC").fill_null(begins + pl.duration(days=1))
        return pl.when(is_date).then(ends).otherwise(begins)

    return Kind(read, exact.expected)


def _unread(texts: pl.DataFrame, values: pl.DataFrame, name: str, field: str, kind: Kind) -> pl.DataFrame:
    """The cells of one column that can't be used."""
    rows = texts.select(row=_ROW, value=name).with_columns(values[field].is_null().alias("wrong"))
    rows = rows.with_columns(values.select("order_id", cancelled=is_cancelled()))
    may_be_empty = col("cancelled") if field in _NOT_NEEDED else pl.lit(not kind.required)
    reason = pl.when(col("value") == "").then(pl.lit("is empty")).otherwise(pl.lit(f"is not {kind.expected}"))
    wrong = rows.filter("wrong", (col("value") != "") | ~may_be_empty)
    return wrong.select("row", "order_id", column=pl.lit(name), value="value", reason=reason)


def _broken(rows: Sequence[BrokenRow]) -> pl.DataFrame:
    return pl.DataFrame([(row.row, None, None, None, row.reason) for row in rows], FAULTS_SCHEMA, orient="row")


def _contradictions(values: pl.DataFrame) -> pl.DataFrame:
    """Rows of one order and line that say different things."""
    key = [*ORDER, "line"]
    shared = values.filter(col("line").is_not_null(), pl.len().over(key) > 1)
    reason = pl.lit("is the line of another row of this order too, with other values")
    return shared.select(col(_ROW).alias("row"), "order_id", column=pl.lit("line"), value=col("line"), reason=reason)
