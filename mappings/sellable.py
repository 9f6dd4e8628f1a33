"""From levels to what one order source may sell: the numbers, top to bottom."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mappings.aliases import with_codes
from mappings.bundles import Recipes, add_bundles
from mappings.errors import QuantityTooLarge
from mappings.limits import Watch, limit, with_rules
from mappings.model import MAX_QUANTITY, Levels, warehouse_column
from mappings.orders import recent_lines, subtract_orders
from mappings.rules import Reserve, Selling

col = pl.col


@dataclass(frozen=True, slots=True)
class Sellable:
    """What one order source may sell.

    Attributes:
        lines: ``sku``, ``code`` (unique), ``status``, ``quantity`` and the ``wh:`` columns of the selected warehouses
            in listed order, which add up to ``quantity``; sorted by ``code``.
        left_out: ``sku`` and ``reason`` of the products that are not sent.
        oversold: ``sku`` and ``quantity`` ordered that no selected warehouse can supply.
    """

    lines: pl.DataFrame
    left_out: pl.DataFrame
    oversold: pl.DataFrame


def _ignore(step: str, lines: pl.DataFrame) -> None:
    """Nobody watches."""


def sellable(
    levels: Levels,
    selling: Selling,
    *,
    order_source: str,
    orders: pl.DataFrame,
    bundles: pl.DataFrame,
    products: pl.DataFrame,
    sku_rules: pl.DataFrame,
    watch: Watch = _ignore,
) -> Sellable:
    """Works out what one order source may sell.

    The steps and their order are described, with examples, in ``docs/numbers.md``.

    Args:
        levels: what the snapshots said.
        selling: the settings of the order source.
        order_source: its key, to tell its own orders from those of others.
        orders: see ``ORDERS_SCHEMA``.
        bundles: see ``BUNDLES_SCHEMA``.
        products: ``sku`` and ``alias:NAME`` columns.
        sku_rules: see ``SKU_RULES_SCHEMA``.
        watch: is shown the name of every step and the frame after it (``sku``, ``wh:`` columns, later ``quantity``).

    Raises:
        BundleCycle: a bundle contains itself.
        QuantityTooLarge: a level is larger than any real stock.
    """
    warehouses, across = selling.warehouses, selling.bundles == "across_warehouses"
    recipes = Recipes.of(bundles)
    stock = select_warehouses(levels, warehouses)
    watch("available", stock)
    stock = keep_back(stock, selling.reserve)
    watch("reserve", stock)
    lines = recent_lines(orders, levels, warehouses, order_source=order_source, subtract=selling.subtract_orders)
    stock, oversold = subtract_orders(stock, lines, recipes, warehouses, across=across)
    watch("orders", stock)
    stock = add_bundles(stock, recipes, warehouses, across=across)
    watch("bundles", stock)
    stock = stock.with_columns(quantity=pl.sum_horizontal(warehouse_column(w) for w in warehouses))
    watch("combine", stock)
    stock = limit(with_rules(stock, selling, sku_rules, order_source), selling, watch)
    coded = with_codes(stock, products, selling)
    return Sellable(
        lines=coded.filter(col("reason").is_null()).select(_line_columns(warehouses)).sort("code"),
        left_out=coded.filter(col("reason").is_not_null()).select("sku", "reason").sort("sku"),
        oversold=oversold,
    )


def select_warehouses(levels: Levels, warehouses: tuple[str, ...]) -> pl.DataFrame:
    """The stock of the selected warehouses: ``sku`` and their ``wh:`` columns; unknown levels count 0.

    Raises:
        QuantityTooLarge: a level is larger than any real stock.
    """
    known = set(levels.available.columns)
    columns = [warehouse_column(w) for w in warehouses]
    stock = levels.available.select(
        "sku",
        *(col(c).fill_null(0) if c in known else pl.lit(0, pl.Int64).alias(c) for c in columns),
    )
    for warehouse, column in zip(warehouses, columns, strict=True):
        largest = stock[column].max()
        if isinstance(largest, int) and largest > MAX_QUANTITY:
            sku = stock.filter(col(column) == largest)["sku"][0]
            raise QuantityTooLarge(sku, warehouse, largest)
    return stock


def keep_back(stock: pl.DataFrame, reserve: dict[str, Reserve]) -> pl.DataFrame:
    """Keeps units, or a percentage rounded up, of each warehouse back; never below 0."""
    return stock.with_columns(
        (col(c) - _kept(col(c), amount)).clip(lower_bound=0)
        for warehouse, amount in reserve.items()
        if (c := warehouse_column(warehouse)) in stock.columns
    )


def _kept(units: pl.Expr, amount: Reserve) -> pl.Expr:
    if isinstance(amount, int):
        return pl.lit(amount, pl.Int64)
    percent = int(amount.removesuffix("%"))
    return (units * percent + 99) // 100


def _line_columns(warehouses: tuple[str, ...]) -> list[str]:
    return ["sku", "code", "status", "quantity", *(warehouse_column(w) for w in warehouses)]
