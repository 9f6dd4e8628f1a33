"""The product codes that a merchant is known to have, by which damaged ones are recognised."""

from __future__ import annotations

import polars as pl

from batch.config import Workspace
from batch.errors import ConfigProblem
from batch.inputs import MerchantTables
from mappings.model import Levels


def known_codes(workspace: Workspace, merchant: str, levels: Levels | None) -> pl.Series:
    """The SKUs of levels and products, and the aliases; a table of products that can't be read adds none."""
    found = [levels.available["sku"]] if levels else []
    try:
        products = MerchantTables(workspace, merchant).products(workspace.merchant(merchant).products)
    except ConfigProblem:  # which whoever needs the table will be told
        products = pl.DataFrame(schema={"sku": pl.String})
    columns = [name for name in products.columns if name == "sku" or name.startswith("alias:")]
    found += [products[name].drop_nulls().alias("sku") for name in columns]
    codes = pl.concat(found)
    return codes.filter(codes != "").unique()
