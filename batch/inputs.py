"""Everything that a merchant's numbers are made of, loaded once for all of its order sources."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import func, select

from batch.blobs import sha256_of
from batch.claim import oldest_first
from batch.config import Workspace
from batch.errors import ConfigProblem, NothingKnown
from batch.level_store import LevelStore
from batch.models import AnyOrderFiles, TableFile
from batch.open_orders import ledger_lines
from batch.order_ledger import lines_after, replaced
from batch.state import State
from batch.tables import snapshots, source_levels
from formats.delimited.tables import read_bundles, read_orders, read_products, read_sku_rules
from formats.errors import FileRefused
from mappings.bundles import Recipes
from mappings.errors import BundleCycle
from mappings.levels import combined, oldest
from mappings.model import BUNDLES_SCHEMA, ORDERS_SCHEMA, SKU_RULES_SCHEMA, Levels, empty

_PRODUCTS_SCHEMA: dict[str, pl.DataType] = {"sku": pl.String()}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a merchant's numbers are made of.

    Attributes:
        levels: of all its sources together.
        products: ``sku``, details and ``alias:NAME`` columns (String).
        bundles: see ``BUNDLES_SCHEMA``.
        orders: see ``ORDERS_SCHEMA``.
        sku_rules: see ``SKU_RULES_SCHEMA``.
        fingerprint: changes whenever any of them does.
        warnings: rows that could not be used, one text each.
        confirmed: warehouse -> when its source has last said, by sending the same again, that all of it is still true.
    """

    levels: Levels
    products: pl.DataFrame
    bundles: pl.DataFrame
    orders: pl.DataFrame
    sku_rules: pl.DataFrame
    fingerprint: str
    warnings: tuple[str, ...]
    confirmed: Mapping[str, datetime]


def load_inputs(
    workspace: Workspace,
    state: State,
    merchant: str,
    previews: Mapping[str, Levels | None] | None = None,
    waiting: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> Inputs:
    """Loads the levels and the tables of a merchant.

    Args:
        workspace: says where they lie.
        state: names the levels of each source.
        merchant: key of the merchant.
        previews: levels to take instead of those that the state names, by source.
        waiting: what becomes of the lines of the ledger (``LEDGER_SCHEMA``) by files that are not taken in yet.

    Raises:
        NothingKnown: none of its sources has sent a snapshot yet.
        ConfigProblem: a table is missing, or a row of it that the numbers need can't be used.
    """
    settings = workspace.merchant(merchant)
    tables = MerchantTables(workspace, merchant)
    levels, named = _levels(workspace, state, merchant, previews or {})
    products, bundles = tables.products(settings.products), tables.bundles(settings.bundles)
    with state.reading() as tx:
        recent = lines_after(tx, merchant, oldest(levels))
    ledger = ledger_lines(workspace, merchant, waiting(recent) if waiting else recent, products)
    orders = replaced(tables.orders(settings.orders), ledger.lines.drop("source"))
    sku_rules = tables.sku_rules(settings.rules)
    received = hashlib.sha256(ledger.lines.write_csv().encode()).hexdigest()
    content = json.dumps([named, tables.hashes, received], sort_keys=True)
    return Inputs(
        levels,
        products,
        bundles,
        orders,
        sku_rules,
        hashlib.sha256(content.encode()).hexdigest(),
        (*tables.warnings, *ledger.warnings()),
        _confirmed(workspace, state, merchant),
    )


def _confirmed(workspace: Workspace, state: State, merchant: str) -> dict[str, datetime]:
    """Warehouse -> the time of the last file that said again what its source's snapshot said of it.

    Warehouses that the snapshot itself did not speak of, whose levels are of another moment, are not confirmed by it.
    """
    complete = [key for key, source in workspace.merchant(merchant).sources.items() if source.content == "complete"]
    current = snapshots.alias()
    again = (
        select(source_levels.c.as_of.label("levels"), current.c.as_of, func.max(snapshots.c.as_of).label("moment"))
        .join(current, current.c.id == source_levels.c.snapshot_id)
        .join(snapshots, (snapshots.c.merchant == merchant) & (snapshots.c.source == source_levels.c.source))
        .where(source_levels.c.merchant == merchant, source_levels.c.source.in_(complete))
        .where(snapshots.c.status == "duplicate", snapshots.c.id > source_levels.c.snapshot_id)
        .group_by(source_levels.c.source)
    )
    with state.reading() as tx:
        return {
            code: row.moment
            for row in tx.execute(again)
            for code, moment in row.levels.items()
            if row.moment and datetime.fromisoformat(moment) == row.as_of
        }


def _levels(
    workspace: Workspace, state: State, merchant: str, previews: Mapping[str, Levels | None]
) -> tuple[Levels, list[Any]]:
    store = LevelStore(workspace.files)
    sources = workspace.merchant(merchant).sources
    with state.reading() as tx:
        known = {
            key: levels for key in sources if (levels := previews.get(key) or store.of(tx, merchant, key)) is not None
        }
        rows = tx.execute(select(source_levels).where(source_levels.c.merchant == merchant)).mappings()
        named = [(r["source"], r["levels"], r["as_of"], r["as_of_exceptions"]) for r in rows if r["source"] in sources]
    if missing := [key for key in sources if key not in known]:
        raise NothingKnown(
            f"{merchant}: no snapshot of {', '.join(missing)} has been loaded yet; "
            + "; ".join(f"drop {sources[key].pickup.pattern} into {sources[key].pickup.path}" for key in missing)
        )
    return combined(levels.drop_absent() for levels in known.values()), sorted(named)


class MerchantTables:
    """Reads the CSV tables that a merchant keeps, and collects what could not be used."""

    def __init__(self, workspace: Workspace, merchant: str) -> None:
        self._workspace = workspace
        self._merchant_file = Path("merchants", f"{merchant}.toml")
        self._zone = ZoneInfo(workspace.merchant(merchant).timezone)
        self.hashes: list[tuple[str, str]] = []
        self.warnings: list[str] = []

    def products(self, table: TableFile | None) -> pl.DataFrame:
        """``sku``, details and ``alias:NAME`` columns (String)."""
        return self._read(table, read_products, _PRODUCTS_SCHEMA)

    def bundles(self, table: TableFile | None) -> pl.DataFrame:
        """See ``BUNDLES_SCHEMA``; one bad row makes the table wrong, since a bundle without it would be oversold.

        Raises:
            ConfigProblem: the table is wrong, or a bundle contains itself.
        """
        bundles = self._read(table, read_bundles, BUNDLES_SCHEMA, every_row_counts=True)
        try:
            Recipes.of(bundles)
        except BundleCycle as error:
            raise ConfigProblem(self._merchant_file, [f"{table.path if table else ''}: {error}"]) from None
        return bundles

    def sku_rules(self, table: TableFile | None) -> pl.DataFrame:
        """See ``SKU_RULES_SCHEMA``; one bad row makes the table wrong."""
        return self._read(table, read_sku_rules, SKU_RULES_SCHEMA, every_row_counts=True)

    def orders(self, tables: Mapping[str, AnyOrderFiles]) -> pl.DataFrame:
        """The orders that the merchant keeps as files (``ORDERS_SCHEMA``).

        Of an order (of one order source) that several files name, the newest file counts.
        """
        patterns = [Path(files.path) for files in tables.values() if files.format == "csv" and files.path]
        found = [file for pattern in patterns for file in self._workspace.path(pattern.parent).glob(pattern.name)]
        known = empty(ORDERS_SCHEMA)
        for file in oldest_first(found):
            name = TableFile(path=os.path.relpath(file, self._workspace.root))
            newer = self._read(name, lambda path: read_orders(path, timezone=self._zone), ORDERS_SCHEMA)
            known = replaced(known, newer)
        return known

    def _read(
        self,
        table: TableFile | None,
        reader: Callable[[Path], tuple[pl.DataFrame, pl.DataFrame]],
        schema: Mapping[str, pl.DataType],
        *,
        every_row_counts: bool = False,
    ) -> pl.DataFrame:
        if table is None:
            return empty(schema)
        path = self._workspace.path(table.path)
        if not path.is_file():
            raise ConfigProblem(self._merchant_file, [f"{table.path}: there is no such file"])
        try:
            frame, problems = reader(path)
        except FileRefused as error:
            raise ConfigProblem(self._merchant_file, [str(error)]) from None
        texts = list(_texts(table.path, problems))
        if texts and every_row_counts:
            raise ConfigProblem(self._merchant_file, texts)
        self.hashes.append((table.path, sha256_of(path)))
        self.warnings += texts
        return frame


def _texts(name: str, problems: pl.DataFrame) -> Iterator[str]:
    for row in problems.head(20).iter_rows(named=True):
        where = f"row {row['row']}" + (f", column {row['column']}: {row['value']!r}" if row["column"] else ":")
        yield f"{name}: {where} {row['reason']}"
    if problems.height > 20:
        yield f"{name}: and {problems.height - 20} more rows"
