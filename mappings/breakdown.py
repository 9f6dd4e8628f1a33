"""Warehouse quantities that add up to the total after rules."""

from __future__ import annotations

import polars as pl

from mappings.model import warehouse_column

col = pl.col
_INT64_MAX = 2**63 - 1


def add_up_to_total(lines: pl.DataFrame, warehouses: tuple[str, ...]) -> pl.DataFrame:
    """Scales the warehouses of each line so that they add up to its ``quantity`` exactly.

    The largest remainder method: each warehouse gets its proportional share rounded down; what is left over goes one
    unit each to the largest remainders, ties to the warehouse listed first. Where there is no stock at all, the first
    listed warehouse gets everything.

    Args:
        lines: ``quantity`` (the target) and the ``wh:`` columns of ``warehouses`` (Int64, not negative, no nulls).
        warehouses: in listed order.

    Returns:
        The lines with the ``wh:`` columns replaced; the order of the rows is kept.
    """
    columns = [warehouse_column(w) for w in warehouses]
    numbered = lines.with_row_index("row").with_columns(stock=pl.sum_horizontal(columns))
    differs = col("stock") != col("quantity")
    if not (changed := numbered.filter(differs)).height:
        return lines
    whole = pl.concat([numbered.filter(~differs), _scaled(changed, columns)]).sort("row")
    return whole.select(lines.columns)


def _scaled(lines: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    integer = pl.Int64 if _products_fit_int64(lines, len(columns)) else pl.Int128
    no_stock = col("stock") == 0
    weighted = lines.lazy().with_columns(
        pl.when(no_stock).then(1).otherwise(columns[0]).alias(columns[0]),
        stock=pl.when(no_stock).then(1).otherwise("stock"),
    )
    stock, target = col("stock").cast(integer), col("quantity").cast(integer)
    share = {c: col(c).cast(integer) * target for c in columns}
    # a rank is unique within its line: the remainder decides, then the place in the list
    rank = {c: share[c] % stock * len(columns) + (len(columns) - place) for place, c in enumerate(columns, 1)}
    left_over = target - pl.sum_horizontal(share[c] // stock for c in columns)
    last_served = pl.concat_list(rank.values()).list.sort(descending=True).list.get(left_over - 1)
    gets_one = {c: (left_over > 0) & (rank[c] >= last_served) for c in columns}
    return weighted.with_columns((share[c] // stock + gets_one[c]).cast(pl.Int64).alias(c) for c in columns).collect()


def _products_fit_int64(lines: pl.DataFrame, width: int) -> bool:
    largest = int(lines.select(pl.max_horizontal("stock", "quantity").max()).item())
    return largest * max(largest, width) <= _INT64_MAX
