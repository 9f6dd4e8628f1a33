"""The shared words: levels, feeds and the frames that carry them.

A frame of quantities is *wide*: one row per SKU and one Int64 column per warehouse. The column of warehouse EAST is
called ``wh:EAST``, so that no warehouse code can collide with another column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import polars as pl

WAREHOUSE_PREFIX = "wh:"
DETAIL_PREFIX = "detail:"

#: The largest quantity of one level. Sums over millions of rows stay far inside Int64.
MAX_QUANTITY = 10**12

FeedKind = Literal["full", "delta"]

#: All instants are UTC, to the microsecond.
INSTANT = pl.Datetime("us", "UTC")

ORDERS_SCHEMA: dict[str, pl.DataType] = {
    "order_id": pl.String(),
    "sku": pl.String(),
    "quantity": pl.Int64(),
    "ordered_at": INSTANT,
    "warehouse": pl.String(),
    "order_source": pl.String(),
    "status": pl.String(),
}
BUNDLES_SCHEMA: dict[str, pl.DataType] = {
    "bundle_sku": pl.String(),
    "component_sku": pl.String(),
    "quantity": pl.Int64(),
}
SKU_RULES_SCHEMA: dict[str, pl.DataType] = {
    "sku": pl.String(),
    "order_source": pl.String(),
    "share": pl.Int64(),
    "buffer": pl.Int64(),
    "cap": pl.Int64(),
    "minimum": pl.Int64(),
    "fixed": pl.Int64(),
    "discontinued": pl.Boolean(),
}
AS_OF_SCHEMA: dict[str, pl.DataType] = {"sku": pl.String(), "warehouse": pl.String(), "as_of": INSTANT}


def warehouse_column(warehouse: str) -> str:
    """The column of a wide frame that holds the quantities of one warehouse."""
    return WAREHOUSE_PREFIX + warehouse


def warehouses_of(frame: pl.DataFrame) -> list[str]:
    """The warehouse codes of a wide frame, in column order."""
    return [name.removeprefix(WAREHOUSE_PREFIX) for name in frame.columns if name.startswith(WAREHOUSE_PREFIX)]


def empty(schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A frame with these columns and no row."""
    return pl.DataFrame(schema=dict(schema))


@dataclass(frozen=True, slots=True)
class Levels:
    """What can be sold of one merchant's stock, per SKU and warehouse.

    Attributes:
        available: ``sku`` (String, unique, never null) and one ``wh:`` column per warehouse (Int64, units, never
            negative; null where the source has never said anything).
        as_of: the moment the levels of each warehouse are true for (UTC).
        as_of_exceptions: ``sku``, ``warehouse``, ``as_of`` of the levels whose moment differs from their warehouse's.
    """

    available: pl.DataFrame
    as_of: Mapping[str, datetime]
    as_of_exceptions: pl.DataFrame = field(default_factory=lambda: empty(AS_OF_SCHEMA))

    @property
    def warehouses(self) -> list[str]:
        """The warehouse codes, as the snapshot writes them."""
        return warehouses_of(self.available)

    def drop_absent(self) -> Levels:
        """The levels alone, without the count of snapshots that left a SKU out."""
        return replace(self, available=self.available.select("sku", *map(warehouse_column, self.warehouses)))


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse as one feed names it: our code, the order source's code for it, and its name."""

    code: str
    partner_code: str
    name: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What one order source is told now.

    Attributes:
        merchant: key of the merchant.
        merchant_name: its name, for people.
        order_source: key of the order source.
        kind: ``full`` says everything, ``delta`` only what differs from the baseline.
        as_of: the earliest moment that any of the levels is true for (UTC).
        built_at: the run's clock (UTC); every date and time in the file comes from here or from ``as_of``.
        warehouses: of the breakdown, in listed order.
        lines: one row per code, sorted by ``code``: ``sku`` (ours), ``code`` (theirs; unique), ``status`` (``active``,
            ``discontinued`` or ``gone``), ``quantity`` (Int64, the total), one ``wh:`` column per warehouse (Int64,
            they add up to ``quantity``), and the ``detail:`` columns (String, null where unknown) of the format.
        values: what the order source wants to read in its files and only its settings know, by name.
        sequence: of the run; rises from file to file.
        file: number of the file among those of the run, from 1.
        files: how many there are.
        kinds: what the order source calls ``full`` and ``delta``, where it has words of its own.
    """

    merchant: str
    merchant_name: str
    order_source: str
    kind: FeedKind
    as_of: datetime
    built_at: datetime
    warehouses: Sequence[Warehouse]
    lines: pl.DataFrame
    values: Mapping[str, str] = field(default_factory=dict)
    sequence: int = 0
    file: int = 1
    files: int = 1
    kinds: Mapping[FeedKind, str] = field(default_factory=dict)
