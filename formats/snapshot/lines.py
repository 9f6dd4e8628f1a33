"""What each row of a snapshot says: a SKU, and a quantity per warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import polars as pl

from formats.cells import stripped
from formats.snapshot.as_of import moments
from formats.snapshot.quantities import plain_quantity
from formats.snapshot.settings import SnapshotSettings
from mappings.model import warehouse_column

col = pl.col


def plain_lines(
    rows: pl.LazyFrame, settings: SnapshotSettings, warehouses: Sequence[str], *, as_of: str | None
) -> pl.LazyFrame:
    """Reads rows the quick way: bare codes, digits, one moment throughout, as nearly every file writes them.

    Args:
        rows: a column of text for each part that a column plays (``SnapshotSettings.headers``).
        settings: how the source writes.
        warehouses: that the rows name.
        as_of: the text of that one moment, if a column holds it.

    Returns:
        ``sku``, a ``wh:`` column per warehouse (Int64, null where the row does not speak of it), and ``bad``: whether
        any cell is more than that.
    """
    parts = settings.quantity_parts
    bad = col("sku").is_null() if as_of is None else col("sku").is_null() | col("as_of").ne_missing(as_of)
    rows = rows.with_columns(bad.alias("bad"), *(col(part).alias(f"{part}:text") for part in parts))
    quantities = rows.with_columns(plain_quantity(part).alias(part) for part in parts).drop("as_of", strict=False)
    return _spread(quantities, settings, warehouses)


def careful_lines(
    rows: pl.LazyFrame, settings: SnapshotSettings, warehouses: Sequence[str], *, timezone: ZoneInfo
) -> pl.LazyFrame:
    """Reads rows by all of the source's settings.

    Args:
        rows: a column of text for each part that a column plays (``SnapshotSettings.headers``).
        settings: how the source writes.
        warehouses: that the rows name.
        timezone: of moments without an offset.

    Returns:
        ``sku``, a ``wh:`` column per warehouse, ``bad`` (Boolean: a cell can't be read, and the row says nothing),
        ``stripped`` (Boolean: a code had blanks around it), ``rounded`` (Boolean: a quantity had a fraction) and, if a
        column holds it, ``as_of``.
    """
    codes = ["sku", "warehouse"] if settings.columns.warehouse else ["sku"]
    rows = rows.with_columns(stripped(code).alias(f"{code}:bare") for code in codes)
    blanks = pl.any_horizontal(col(code) != col(f"{code}:bare") for code in codes).fill_null(False)
    bad = col("sku:bare") == ""
    if settings.columns.as_of:
        rows = rows.with_columns(moments("as_of", form=settings.as_of_format, timezone=timezone).alias("as_of"))
        bad |= col("as_of").is_null()
    rows = rows.with_columns(*(col(f"{code}:bare").alias(code) for code in codes), stripped=blanks, bad=bad)
    for part in settings.quantity_parts:
        rows = settings.quantities.read(rows, part, round_up=part == "allocated")
    rounded = pl.any_horizontal(f"{part}:rounded" for part in settings.quantity_parts)
    return _spread(rows, settings, warehouses).with_columns(rounded=rounded & ~col("bad"))


def _spread(rows: pl.LazyFrame, settings: SnapshotSettings, warehouses: Sequence[str]) -> pl.LazyFrame:
    """From the quantities of a row to one column per warehouse; a bad row has none."""
    parts = settings.quantity_parts
    if settings.warehouse_columns:
        unread = (col(part).is_null() & (col(f"{part}:text").fill_null("") != "") for part in parts)
        rows = rows.with_columns(bad=pl.any_horizontal("bad", *unread))
        return rows.with_columns(pl.when(~col("bad")).then(col(part)).alias(part) for part in parts)
    place = col("warehouse").cast(pl.Enum(warehouses), strict=False).to_physical()
    quantity = col(parts[0]) - col(parts[1]) if len(parts) == 2 else col(parts[0])
    rows = rows.with_columns(
        quantity=quantity, place=place if settings.columns.warehouse else pl.lit(0, pl.UInt8)
    ).with_columns(bad=col("bad") | col("quantity").is_null() | col("place").is_null())
    rows = rows.with_columns(quantity=pl.when(~col("bad")).then("quantity"))
    return rows.with_columns(
        pl.when(col("place") == index).then("quantity").alias(warehouse_column(warehouse))
        for index, warehouse in enumerate(warehouses)
    )
