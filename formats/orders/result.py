"""What an order file says."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mappings.model import INSTANT

#: A line of an order. ``line`` is its number where the file has one, ``code`` what the file calls the product.
#: ``ordered_at`` is the latest moment that the file leaves open (a date alone: the end of the day), null for none.
LINES_SCHEMA: dict[str, pl.DataType] = {
    "order_source": pl.String(),
    "order_id": pl.String(),
    "line": pl.String(),
    "code": pl.String(),
    "quantity": pl.Int64(),
    "ordered_at": INSTANT,
    "warehouse": pl.String(),
    "status": pl.String(),
}
#: What is wrong with a row (of X12: a segment), and which order is set aside because of it; null: none can be named.
FAULTS_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "order_id": pl.String(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
}
#: An order of this name in an order source is one order, whichever file speaks of it.
ORDER = ["order_source", "order_id"]


@dataclass(frozen=True, slots=True)
class OrdersRead:
    """The orders of one file. One with a bad row is set aside whole: half an order is a wrong quantity.

    Attributes:
        lines: see ``LINES_SCHEMA``; all lines of each order that can be used.
        faults: see ``FAULTS_SCHEMA``, by row.
        notes: what else should be known, a sentence each.
        unit: what ``row`` counts.
    """

    lines: pl.DataFrame
    faults: pl.DataFrame
    notes: tuple[str, ...] = ()
    unit: str = "row"

    @property
    def orders(self) -> int:
        """How many orders can be used."""
        return self.lines.select(ORDER).n_unique() if self.lines.height else 0

    @property
    def set_aside(self) -> int:
        """How many orders can't be used; a row that names none counts as one."""
        named = self.faults["order_id"].drop_nulls()
        return named.n_unique() + self.faults.filter(pl.col("order_id").is_null())["row"].n_unique()

    def first_fault(self) -> str:
        """The first fault as a sentence."""
        row, _, column, value, reason = self.faults.row(0)
        where = ", ".join(filter(None, (f"{self.unit} {row}", column)))
        return f'{where}: "{value}" {reason}' if value is not None else f"{where}: {reason}"


def faults_of(rows: list[tuple[int, str | None, str | None, str | None, str]]) -> pl.DataFrame:
    """A frame of faults, by row."""
    return pl.DataFrame(rows, FAULTS_SCHEMA, orient="row").sort("row", maintain_order=True)
