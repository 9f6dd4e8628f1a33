"""The orders that the levels don't reflect yet, of all that the ledger holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from batch.config import Workspace
from batch.errors import ConfigProblem
from batch.models import AnyOrderFiles, Merchant
from batch.output import counted
from mappings.aliases import with_skus
from mappings.model import ORDERS_SCHEMA
from mappings.orders import is_cancelled

col = pl.col


@dataclass(frozen=True, slots=True)
class LedgerLines:
    """The lines of the ledger that may still count.

    Attributes:
        lines: ``ORDERS_SCHEMA`` with ``source``, the key below ``[orders]``; cancelled ones too.
        unknown: ``source``, ``code`` and ``quantity`` of lines whose product is not known; they can't be subtracted.
    """

    lines: pl.DataFrame
    unknown: pl.DataFrame

    def warnings(self) -> Iterator[str]:
        """A sentence for each kind of order file with unknown products."""
        for (source,), lines in self.unknown.group_by("source", maintain_order=True):
            codes = ", ".join(lines["code"].unique(maintain_order=True).head(5))
            yield (
                f"orders.{source}: {counted(lines.height, 'line')} not subtracted, because no product, or more than "
                f"one, has these codes: {codes}; correct the products, or orders.{source}.alias"
            )


def ledger_lines(workspace: Workspace, merchant: str, known: pl.DataFrame, products: pl.DataFrame) -> LedgerLines:
    """Finds the products of lines of the ledger.

    Lines of tables that the configuration no longer has are left out.

    Args:
        workspace: says by which alias files call products.
        merchant: key of the merchant.
        known: ``LEDGER_SCHEMA``.
        products: ``sku`` and ``alias:NAME`` columns.

    Raises:
        ConfigProblem: the products lack the column of an alias.
    """
    owner = workspace.merchant(merchant)
    parts = [
        with_skus(known.filter(col("source") == source), products, _alias(merchant, owner, source, files, products))
        for source, files in owner.orders.items()
        if files.pickup
    ]
    lines = pl.concat(parts) if parts else known.clear().with_columns(sku="code")
    lost = col("sku").is_null() & ~is_cancelled()
    return LedgerLines(
        lines.filter(~lost).select("source", *ORDERS_SCHEMA), lines.filter(lost).select("source", "code", "quantity")
    )


def _alias(merchant: str, owner: Merchant, source: str, files: AnyOrderFiles, products: pl.DataFrame) -> str:
    of_order_source = owner.order_sources[files.order_source].alias if files.order_source else None
    alias = files.alias or (of_order_source if files.format == "850" else None) or "sku"
    if alias != "sku" and f"alias:{alias}" not in products.columns:
        has = f"the products have {', '.join(products.columns)}"
        raise ConfigProblem(
            Path("merchants", f"{merchant}.toml"), [f"orders.{source}: needs column alias:{alias}; {has}"]
        )
    return alias
