"""Under which code an order source knows a product, and which products it is told about."""

from __future__ import annotations

import polars as pl

from mappings.rules import Selling

col = pl.col

FILTERED = "filtered"
NO_ALIAS = "no alias"
ALIAS_NOT_UNIQUE = "alias not unique"


def with_codes(skus: pl.DataFrame, products: pl.DataFrame, selling: Selling) -> pl.DataFrame:
    """Adds the order source's code of each SKU, or why it is left out.

    An alias must name one product among all products of the merchant; where it names two, both are left out.

    Args:
        skus: has ``sku``.
        products: ``sku`` and ``alias:NAME`` columns (String; null or empty: no alias).
        selling: names the alias and the SKUs to include or exclude.

    Returns:
        The frame with ``code`` (String) and ``reason`` (String, null where the SKU is sent).
    """
    if selling.alias is None:
        coded = skus.with_columns(code=col("sku"), shared=pl.lit(False))
    else:
        alias = col(f"alias:{selling.alias}")
        known = (
            products.filter(alias.fill_null("") != "")
            .select("sku", code=alias)
            .with_columns(shared=col("sku").n_unique().over("code") > 1)
        )
        coded = skus.join(known, on="sku", how="left", maintain_order="left")
    return coded.with_columns(
        reason=pl.when(_is_filtered(selling))
        .then(pl.lit(FILTERED))
        .when(col("code").is_null())
        .then(pl.lit(NO_ALIAS))
        .when("shared")
        .then(pl.lit(ALIAS_NOT_UNIQUE))
    ).drop("shared")


def _is_filtered(selling: Selling) -> pl.Expr:
    excluded = col("sku").is_in(list(selling.exclude))
    if selling.include is None:
        return excluded
    return excluded | ~col("sku").is_in(list(selling.include))


def with_skus(lines: pl.DataFrame, products: pl.DataFrame, alias: str) -> pl.DataFrame:
    """Adds ``sku`` to lines that call products by an alias (``code``); null where it names none, or several.

    Args:
        lines: have ``code``.
        products: ``sku`` and ``alias:NAME`` columns.
        alias: its name; "sku" means that the codes are SKUs.
    """
    if alias == "sku":
        return lines.with_columns(sku="code")
    named = products.select("sku", code=f"alias:{alias}").filter(col("code").fill_null("") != "").unique()
    return lines.join(named.filter(pl.len().over("code") == 1), on="code", how="left", maintain_order="left")
