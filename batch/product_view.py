"""The levels of products, as a person looks them up."""

from __future__ import annotations

from typing import Any

import polars as pl

from batch.errors import NotPossible
from batch.inputs import Inputs
from mappings.levels import as_of_each
from mappings.model import WAREHOUSE_PREFIX, warehouse_column

col = pl.col


def product_rows(inputs: Inputs) -> list[dict[str, Any]]:
    """One row a SKU: its total and its level in each warehouse (None where no snapshot has named it)."""
    levels = inputs.levels.available
    columns = [name for name in levels.columns if name.startswith(WAREHOUSE_PREFIX)]
    shown = levels.select("sku", pl.sum_horizontal(columns).alias("total"), *columns).sort("sku")
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
        "details": {name: value for name, value in details.items() if value},
    }
