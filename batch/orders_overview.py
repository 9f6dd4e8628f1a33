"""What the ledger of recent orders holds, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from batch.config import Workspace
from batch.errors import BatchError
from batch.inputs import MerchantTables
from batch.level_store import LevelStore
from batch.open_orders import LedgerLines, ledger_lines
from batch.order_ledger import lines_after
from batch.order_log import OrderLog
from batch.state import State
from mappings.levels import combined, oldest
from mappings.orders import recent_lines

col = pl.col


def orders(workspace: Workspace, state: State) -> Iterator[dict[str, Any]]:
    """What became of the newest order file of every kind, and which lines the levels don't reflect yet."""
    for merchant, owner in workspace.merchants.items():
        sources = [source for source, files in owner.orders.items() if files.pickup]
        problem, ledger = "", None
        try:
            ledger = open_lines(workspace, state, merchant) if sources else None
        except BatchError as error:
            problem = str(error)
        for source in sources:
            row = _row(state, merchant, source, ledger)
            yield {**row, "message": row["message"] or problem}


def open_lines(workspace: Workspace, state: State, merchant: str) -> LedgerLines | None:
    """The lines of the ledger that the level of at least one warehouse doesn't reflect; None while there are no levels.

    Raises:
        ConfigProblem: the products can't be read, or lack the column of an alias.
    """
    store, owner = LevelStore(workspace.files), workspace.merchant(merchant)
    with state.reading() as tx:
        known = [levels.drop_absent() for key in owner.sources if (levels := store.of(tx, merchant, key))]
    if not known:
        return None
    levels = combined(known)
    with state.reading() as tx:
        recent = lines_after(tx, merchant, oldest(levels))
    products = MerchantTables(workspace, merchant).products(owner.products)
    found = ledger_lines(workspace, merchant, recent, products)
    still = recent_lines(found.lines, levels, levels.warehouses, order_source="", subtract="all")
    return LedgerLines(still.select(found.lines.columns), found.unknown)


def _row(state: State, merchant: str, source: str, ledger: LedgerLines | None) -> dict[str, Any]:
    with state.reading() as tx:
        last = OrderLog(merchant, source).newest(tx)
    lines = ledger.lines.filter(col("source") == source) if ledger else None
    unknown: list[str] = sorted(set(ledger.unknown.filter(col("source") == source)["code"])) if ledger else []
    remark = "no order file yet" if last is None else ""
    if last is not None and (last.status != "loaded" or last.rejected):
        remark = str(last.message)
    return {
        "orders": f"{merchant}/{source}",
        "status": last.status if last else "N/A",
        "file": last.file_name if last else None,
        "loaded_at": last.loaded_at if last else None,
        "open_lines": None if lines is None else lines.height,
        "open_units": None if lines is None else int(lines["quantity"].sum()),
        "unknown": unknown,
        "message": remark,
    }
