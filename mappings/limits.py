"""Share, buffer, cap and minimum; fixed quantities and discontinued items."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from mappings.breakdown import add_up_to_total
from mappings.model import warehouse_column
from mappings.rules import Selling

col = pl.col
Watch = Callable[[str, pl.DataFrame], None]

#: Rules that a SKU can have of its own. ``fixed`` and ``discontinued`` exist only per SKU.
FIELDS = ("share", "buffer", "cap", "minimum", "fixed", "discontinued")


def with_rules(lines: pl.DataFrame, selling: Selling, sku_rules: pl.DataFrame, order_source: str) -> pl.DataFrame:
    """Adds the rule columns of every line: per SKU and order source, else per SKU, else of the order source.

    Args:
        lines: has ``sku``.
        selling: the rules of the order source.
        sku_rules: see ``SKU_RULES_SCHEMA``; at most one row per SKU and order source.
        order_source: key of the order source.

    Returns:
        The lines with ``share``, ``buffer``, ``cap``, ``minimum``, ``fixed`` (Int64) and ``discontinued`` (Boolean).
    """
    default = {
        "share": pl.lit(selling.share, pl.Int64),
        "buffer": pl.lit(selling.buffer, pl.Int64),
        "cap": pl.lit(selling.cap, pl.Int64),
        "minimum": pl.lit(selling.minimum, pl.Int64),
        "fixed": pl.lit(None, pl.Int64),
        "discontinued": pl.lit(False),
    }
    if sku_rules.is_empty():
        return lines.with_columns(**default)
    here = sku_rules.filter(col("order_source") == order_source).drop("order_source")
    everywhere = sku_rules.filter(col("order_source").is_null()).drop("order_source")
    own = (
        lines.select("sku")
        .join(here, on="sku", how="left", maintain_order="left")
        .join(everywhere, on="sku", how="left", suffix=":everywhere", maintain_order="left")
    )
    chosen = own.select(pl.coalesce(f, f"{f}:everywhere", default[f]).alias(f) for f in FIELDS)
    return pl.concat([lines, chosen], how="horizontal")


def limit(lines: pl.DataFrame, selling: Selling, watch: Watch) -> pl.DataFrame:
    """Applies the rules to the total or to each warehouse, then makes the breakdown add up to the total.

    Args:
        lines: ``quantity``, the ``wh:`` columns and the rule columns of ``with_rules``.
        selling: says which warehouses there are and what the rules apply to.
        watch: is shown the lines after every step.

    Returns:
        The lines with ``quantity`` and ``wh:`` columns limited, and ``status`` (``active`` or ``discontinued``).
    """
    columns = [warehouse_column(w) for w in selling.warehouses]
    per_warehouse = selling.rules_apply == "per_warehouse"
    limited = columns if per_warehouse else ["quantity"]
    overruled = col("fixed").is_not_null() | col("discontinued")
    for step, rule in _RULES.items():
        lines = lines.with_columns(pl.when(overruled).then(c).otherwise(rule(col(c))).alias(c) for c in limited)
        if per_warehouse:
            lines = lines.with_columns(quantity=pl.sum_horizontal(columns))
        watch(step, lines)
    lines = lines.with_columns(
        quantity=pl.when("discontinued").then(0).otherwise(pl.coalesce("fixed", "quantity")),
        status=pl.when("discontinued").then(pl.lit("discontinued")).otherwise(pl.lit("active")),
    )
    watch("fixed", lines)
    lines = add_up_to_total(lines, selling.warehouses)
    watch("breakdown", lines)
    return lines


_RULES: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "share": lambda units: units * col("share") // 100,
    "buffer": lambda units: (units - col("buffer")).clip(lower_bound=0),
    "cap": lambda units: pl.min_horizontal(units, "cap"),
    "minimum": lambda units: pl.when(units < col("minimum")).then(0).otherwise(units),
}
