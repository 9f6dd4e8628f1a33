"""What must hold before a feed may be written, and which of its lines break it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from formats.feed.errors import FeedError
from mappings.model import Feed, Warehouse, warehouse_column

UNWRITABLE_SCHEMA: dict[str, pl.DataType] = {
    "code": pl.String(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
}


class Check(NamedTuple):
    """A rule of the layout about one column of the lines: where ``wrong`` is true, the line is held for ``reason``."""

    column: str
    wrong: pl.Expr
    reason: str | pl.Expr


def unwritable(lines: pl.DataFrame, checks: Iterable[Check]) -> pl.DataFrame:
    """The lines that break a rule: ``code``, ``column``, ``value``, ``reason`` (all String), sorted by code."""
    held = [pl.DataFrame(schema=UNWRITABLE_SCHEMA)]
    for column, wrong, reason in checks:
        held.append(
            lines.lazy()
            .filter(wrong)
            .select(
                "code",
                pl.lit(column).alias("column"),
                pl.col(column).cast(pl.String).alias("value"),
                (pl.lit(reason) if isinstance(reason, str) else reason).alias("reason"),
            )
            .collect()
        )
    return pl.concat(held).sort("code", maintain_order=True)


def require_writable(feed: Feed, held: pl.DataFrame) -> None:
    """Refuse to write a feed that still holds a line which breaks a rule, or a line without code or quantity.

    Raises:
        FeedError: names the first such line; nothing has been written.
    """
    for code, column, value, reason in held.head(1).iter_rows():
        raise FeedError(f"{feed.order_source}: line {code!r} cannot be written: {column} {value!r} {reason}")
    for column in ["code", "quantity", *(warehouse_column(warehouse.code) for warehouse in feed.warehouses)]:
        if feed.lines[column].null_count():
            raise FeedError(f"{feed.order_source}: a line has nothing in column {column}")


def require_values(feed: Feed, wanted: Iterable[str]) -> None:
    """Refuse to write a feed that lacks values which its profile asks for.

    Raises:
        FeedError: names them.
    """
    if missing := sorted(set(wanted) - feed.values.keys()):
        raise FeedError(f"{feed.order_source}: its profile asks for {', '.join(missing)}: add it to its values")


def require_breakdown(order_source: str, warehouses: Sequence[Warehouse]) -> None:
    """Refuse a breakdown by no warehouse, or one in which two warehouses have the same code.

    Raises:
        FeedError: names the warehouses and the code.
    """
    if not warehouses:
        raise FeedError(f"{order_source}: its files are broken down by warehouse, but no warehouse is selected")
    ours: dict[str, str] = {}
    for warehouse in warehouses:
        other = ours.setdefault(warehouse.partner_code, warehouse.code)
        if other != warehouse.code:
            raise FeedError(
                f"{order_source}: warehouses {other} and {warehouse.code} are both called "
                f"{warehouse.partner_code!r}; give each its own code in warehouse_codes"
            )
