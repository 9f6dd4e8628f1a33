"""The tables that a merchant keeps as CSV files: products, bundles, orders, rules per SKU.

Each is read into the frame that ``mappings.model`` describes, and a frame of problems: ``row`` (Int64, as a
spreadsheet shows it), ``column`` and ``value`` (null if all of the row is meant), ``reason`` (the end of a sentence
that begins with the value). A row with a problem is not in the first frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from formats.cells import stripped
from formats.delimited.careful import proven
from formats.delimited.kinds import Kind, moment_in, optional, text, whole, yes_or_no
from formats.delimited.text import CsvText, opened
from formats.errors import FileRefused
from formats.table import BrokenRow
from mappings.model import BUNDLES_SCHEMA, ORDERS_SCHEMA, SKU_RULES_SCHEMA

PROBLEMS_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
}

#: The number of a row; no header can have this name, because headers are read without blanks around them.
_ROW = "row "

Tables = tuple[pl.DataFrame, pl.DataFrame]


def read_products(path: Path, *, encoding: str | None = None) -> Tables:
    """Reads products: ``sku``, any details, and a column ``alias:NAME`` per kind of alias; all of it text.

    Of a SKU that two rows describe differently, neither row is used.

    Raises:
        FileRefused: there is no column ``sku``, or the file can't be read.
    """
    return _read(path, {"sku": text()}, others="kept", unique=["sku"], encoding=encoding)


def read_bundles(path: Path, *, encoding: str | None = None) -> Tables:
    """Reads bundles: ``bundle_sku``, ``component_sku``, ``quantity`` (a whole number from 1; ``1.00`` is one).

    Raises:
        FileRefused: a column is missing or unknown, or the file can't be read.
    """
    kinds = {"bundle_sku": text(), "component_sku": text(), "quantity": whole(1)}
    frame, problems = _read(path, kinds, others="refused", encoding=encoding)
    return frame.select(list(BUNDLES_SCHEMA)), problems


def read_orders(path: Path, *, timezone: ZoneInfo, encoding: str | None = None) -> Tables:
    """Reads recent orders, a row per line.

    Columns: ``order_id``, ``sku``, ``quantity`` (a whole number from 1), ``ordered_at`` (ISO 8601) and, if known,
    ``warehouse``, ``order_source``, ``status``; others are not read.

    Args:
        path: the file.
        timezone: of moments without an offset.
        encoding: see :func:`formats.delimited.text.opened`.

    Raises:
        FileRefused: a column is missing, or the file can't be read.
    """
    kinds = {
        "order_id": text(),
        "sku": text(),
        "quantity": whole(1),
        "ordered_at": moment_in(timezone),
        "warehouse": optional(text()),
        "order_source": optional(text()),
        "status": optional(text()),
    }
    frame, problems = _read(path, kinds, others="ignored", encoding=encoding)
    return frame.select(list(ORDERS_SCHEMA)), problems


def read_sku_rules(path: Path, *, encoding: str | None = None) -> Tables:
    """Reads the rules of single SKUs; an empty cell sets nothing.

    Columns: ``sku`` and any of ``order_source``, ``share`` (percent), ``buffer``, ``cap``, ``minimum``, ``fixed``
    (units), ``discontinued`` (yes or no).

    Of a SKU and order source for which two rows say different things, neither row is used.

    Raises:
        FileRefused: there is no column ``sku``, a column is unknown, or the file can't be read.
    """
    kinds = {
        "sku": text(),
        "order_source": optional(text()),
        "share": optional(whole(0, 100)),
        "buffer": optional(whole(0)),
        "cap": optional(whole(0)),
        "minimum": optional(whole(0)),
        "fixed": optional(whole(0)),
        "discontinued": optional(yes_or_no()),
    }
    frame, problems = _read(path, kinds, others="refused", unique=["sku", "order_source"], encoding=encoding)
    return frame.select(list(SKU_RULES_SCHEMA)), problems


def _read(
    path: Path,
    kinds: Mapping[str, Kind],
    *,
    others: Literal["kept", "ignored", "refused"],
    unique: Sequence[str] = (),
    encoding: str | None,
) -> Tables:
    with opened(path, expected=kinds, encoding=encoding) as found:
        file = proven(found)
        kinds = _kinds_of_columns(file, kinds, others)
        bare = [stripped(file.column(name)).alias(name) for name in kinds if name in file.header]
        texts = file.numbered_rows().select(pl.col("row").alias(_ROW), *bare).collect()
    texts = texts.with_columns(pl.lit("").alias(name) for name in kinds if name not in texts.columns)
    values = texts.with_columns(kind.read(name).alias(name) for name, kind in kinds.items())
    problems = pl.concat([_broken(file.broken), *(_unread(texts, values, name, kind) for name, kind in kinds.items())])
    good = values.join(problems, left_on=_ROW, right_on="row", how="anti", maintain_order="left")
    if unique:
        good = good.unique(list(kinds), keep="first", maintain_order=True)
        contradictions = _contradictions(good, unique)
        good = good.join(contradictions, left_on=_ROW, right_on="row", how="anti", maintain_order="left")
        problems = pl.concat([problems, contradictions])
    return good.drop(_ROW), problems.sort("row", maintain_order=True)


def _kinds_of_columns(
    file: CsvText, kinds: Mapping[str, Kind], others: Literal["kept", "ignored", "refused"]
) -> Mapping[str, Kind]:
    """The kinds of the columns that are read.

    Raises:
        FileRefused: a required column is missing, or there is one that should not be there.
    """
    for name in (name for name, kind in kinds.items() if kind.required):
        file.column(name)
    unknown = [name for name in file.header if name and name not in kinds]
    if unknown and others == "refused":
        raise FileRefused(file.source, f'column "{unknown[0]}" is not known; the columns are: {", ".join(kinds)}')
    return {**kinds, **dict.fromkeys(unknown, optional(text()))} if others == "kept" else kinds


def _unread(texts: pl.DataFrame, values: pl.DataFrame, name: str, kind: Kind) -> pl.DataFrame:
    """The problems of one column."""
    value, empty_cell = pl.col(name), pl.col(name) == ""
    reason = pl.when(empty_cell).then(pl.lit("is empty")).otherwise(pl.lit(f"is not {kind.expected}"))
    wrong = texts.filter(values[name].is_null(), kind.required | ~empty_cell)
    return wrong.select(pl.col(_ROW).alias("row"), column=pl.lit(name), value=value, reason=reason)


def _broken(rows: Sequence[BrokenRow]) -> pl.DataFrame:
    return pl.DataFrame([(row.row, None, None, row.reason) for row in rows], PROBLEMS_SCHEMA, orient="row")


def _contradictions(values: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The problems of rows that share their key."""
    first, last = pl.col(_ROW).min().over(key), pl.col(_ROW).max().over(key)
    other = pl.when(pl.col(_ROW) == first).then(last).otherwise(first)
    reason = pl.format("is in row {} too, with other values", other)
    shared = values.with_columns(reason=reason).filter(pl.len().over(key) > 1)
    return shared.select(pl.col(_ROW).alias("row"), column=pl.lit(key[0]), value=pl.col(key[0]), reason="reason")
