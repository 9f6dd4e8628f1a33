"""The ledger of recent orders: each order as the last file that spoke of it has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, delete, insert, select

from batch.tables import order_files, order_lines
from formats.orders.result import LINES_SCHEMA, ORDER
from mappings.model import INSTANT
from mappings.orders import is_cancelled

#: A line with the file that it came from, its key below ``[orders]``, and when a file first spoke of its order.
LEDGER_SCHEMA: dict[str, pl.DataType] = {
    "file_id": pl.Int64(),
    "source": pl.String(),
    **LINES_SCHEMA,
    "received_at": INSTANT,
}
_CHUNK = 500  # orders a statement

col = pl.col


def newer_lines(
    known: pl.DataFrame, lines: pl.DataFrame, *, file_id: int, source: str, received_at: datetime
) -> pl.DataFrame:
    """The lines of a file as the ledger has them.

    An order is never later than the first file that spoke of it: a moment that is, or none at all, becomes the
    arrival of that file.

    Args:
        known: what the ledger has of these orders, and perhaps of others (``LEDGER_SCHEMA``).
        lines: of the file (``LINES_SCHEMA``).
        file_id: of the file.
        source: key of its table below ``[orders]``.
        received_at: when it arrived.
    """
    first = known.group_by(ORDER).agg(first=col("received_at").min())
    lines = lines.join(first, on=ORDER, how="left", nulls_equal=True, maintain_order="left").with_columns(
        file_id=pl.lit(file_id, pl.Int64),
        source=pl.lit(source),
        received_at=col("first").fill_null(pl.lit(received_at, INSTANT)),
    )
    return lines.with_columns(ordered_at=pl.min_horizontal("ordered_at", "received_at")).select(list(LEDGER_SCHEMA))


def replaced(known: pl.DataFrame, newer: pl.DataFrame) -> pl.DataFrame:
    """Lines of orders, where an order of which there are newer ones is replaced as a whole."""
    return pl.concat([known.join(newer, on=ORDER, how="anti", nulls_equal=True, maintain_order="left"), newer])


def lines_after(tx: Connection, merchant: str, moment: datetime) -> pl.DataFrame:
    """The lines that were ordered after a moment, cancelled ones too, in the order in which they came."""
    return _frame(tx, _of(merchant).where(order_lines.c.ordered_at > moment))


def enter(
    tx: Connection, merchant: str, lines: pl.DataFrame, *, file_id: int, source: str, received_at: datetime
) -> None:
    """Enters the lines of a file (``LINES_SCHEMA``): each order that it speaks of is replaced as a whole."""
    ids = lines["order_id"].unique(maintain_order=True)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids.slice(start, _CHUNK).to_list()
        known = _frame(tx, _of(merchant).where(order_lines.c.order_id.in_(chunk)))
        mine = lines.filter(col("order_id").is_in(chunk))
        newer = newer_lines(known, mine, file_id=file_id, source=source, received_at=received_at)
        for (order_source,), of_one in mine.group_by("order_source", maintain_order=True):
            here = (order_lines.c.merchant == merchant) & (order_lines.c.order_source == (order_source or ""))
            tx.execute(delete(order_lines).where(here, order_lines.c.order_id.in_(of_one["order_id"].to_list())))
        tx.execute(insert(order_lines), _rows(merchant, newer))


def forget(tx: Connection, merchant: str, source: str, *, before: datetime, ended: datetime | None) -> None:
    """Removes lines that were ordered before a moment, if they are cancelled or have ended.

    Args:
        tx: a transaction.
        merchant: key of the merchant.
        source: key of the table below ``[orders]`` whose files brought them.
        before: the moment.
        ended: when the oldest level is of; what was ordered until then has ended. None: there are no levels.
    """
    its_files = select(order_files.c.id).where(order_files.c.merchant == merchant, order_files.c.source == source)
    old = order_lines.c.file_id.in_(its_files) & (order_lines.c.ordered_at < before)
    rows = tx.execute(select(order_lines.c.id, order_lines.c.ordered_at, order_lines.c.status).where(old)).all()
    frame = pl.DataFrame(
        [tuple(row) for row in rows], {"id": pl.Int64, "at": INSTANT, "status": pl.String}, orient="row"
    )
    over = is_cancelled() | (col("at") <= ended if ended else pl.lit(value=False))
    ids = frame.filter(over)["id"]
    for start in range(0, len(ids), _CHUNK):
        tx.execute(delete(order_lines).where(order_lines.c.id.in_(ids.slice(start, _CHUNK).to_list())))


def _of(merchant: str) -> Select[Any]:
    columns = [order_lines.c[name] for name in LEDGER_SCHEMA if name != "source"]
    joined = order_lines.join(order_files, order_files.c.id == order_lines.c.file_id)
    mine = select(*columns, order_files.c.source).select_from(joined).where(order_lines.c.merchant == merchant)
    return mine.order_by(order_lines.c.id)


def _frame(tx: Connection, query: Select[Any]) -> pl.DataFrame:
    rows = [dict(row) for row in tx.execute(query).mappings()]
    frame = pl.DataFrame(rows, LEDGER_SCHEMA, orient="row")
    return frame.with_columns(order_source=pl.when(col("order_source") != "").then("order_source"))


def _rows(merchant: str, lines: pl.DataFrame) -> list[dict[str, Any]]:
    stored = lines.drop("source").with_columns(col("order_source").fill_null(""), merchant=pl.lit(merchant))
    return stored.to_dicts()
