"""The levels of products, as a person looks them up."""

from __future__ import annotations

from typing import Any

import polars as pl

from batch.errors import NotPossible
from batch.inputs import Inputs
from mappings.levels import as_of_each
from mappings.model import WAREHOUSE_PREFIX, warehouse_column
from mappings.orders import recent_lines

col = pl.col


def product_rows(inputs: Inputs) -> list[dict[str, Any]]:
    """One row a SKU: its total and its level in each warehouse (None where no snapshot has named it).

    Where there are open orders, ``ordered`` is how many units of them the levels don't reflect yet.
    """
    levels, orders = inputs.levels.available, _open_orders(inputs)
    columns = [name for name in levels.columns if name.startswith(WAREHOUSE_PREFIX)]
    shown = levels.select("sku", pl.sum_horizontal(columns).alias("total"), *columns).sort("sku")
    if orders.height:
        units = orders.group_by("sku").agg(ordered=col("quantity").sum())
        shown = shown.join(units, on="sku", how="left", maintain_order="left").with_columns(col("ordered").fill_null(0))
    return shown.rename({name: name.removeprefix(WAREHOUSE_PREFIX) for name in columns}).to_dicts()


def product(inputs: Inputs, merchant: str, sku: str) -> dict[str, Any]:
    """The levels of one SKU with the moments they are true for, and its details and aliases.

    Raises:
        NotPossible: no snapshot has named it.
    """
    row = inputs.levels.available.filter(col("sku") == sku)
    if row.is_empty():
        raise NotPossible(f"no snapshot of {merchant} has named SKU {sku!r}")
    warehouses = inputs.levels.warehouses
    pairs = pl.DataFrame({"sku": [sku] * len(warehouses), "warehouse": warehouses})
    as_of = dict(as_of_each(inputs.levels, pairs).select("warehouse", "as_of").iter_rows())
    known = inputs.products.filter(col("sku") == sku).drop("sku")
    details = known.row(0, named=True) if known.height else {}
    levels = [
        {"warehouse": w, "available": row[warehouse_column(w)][0], "as_of": as_of.get(w)}
        for w in warehouses
        if row[warehouse_column(w)][0] is not None
    ]
    return {
        "sku": sku,
        "total": sum(level["available"] for level in levels),
        "levels": levels,
        "orders": _open_orders(inputs).filter(col("sku") == sku).drop("sku").to_dicts(),
        "details": {name: value for name, value in details.items() if value},
    }


def _open_orders(inputs: Inputs) -> pl.DataFrame:
    """The order lines that at least one level doesn't reflect yet, earliest first."""
    levels = inputs.levels
    lines = recent_lines(inputs.orders, levels, levels.warehouses, order_source="", subtract="all")
    return lines.select("sku", "order_id", "order_source", "quantity", "warehouse", "ordered_at")
