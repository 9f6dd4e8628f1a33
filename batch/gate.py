"""Asks the guards of a source about a snapshot, with what the state remembers of those before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from batch.config import Workspace
from batch.inputs import MerchantTables
from batch.open_orders import ledger_lines
from batch.order_ledger import lines_after, replaced
from batch.snapshot_guards import Streak, extent_of, frozen, is_long, suspicious, unnamed_percent
from batch.snapshot_log import SnapshotLog
from batch.state import State
from formats.snapshot.result import SnapshotRead
from mappings.model import Levels
from mappings.orders import ordered_between


@dataclass(frozen=True, slots=True)
class Gate:
    """The guards of one source. A source that sends changes has none: how many it sends next, nobody knows."""

    workspace: Workspace
    state: State
    log: SnapshotLog
    now: datetime

    def suspicious(self, said: SnapshotRead, before: Levels | None) -> str | None:
        """Why a snapshot should be set aside for what it says; None where it may be loaded."""
        owner = self.workspace.merchant(self.log.merchant)
        source = owner.sources[self.log.source]
        if source.content == "changes":
            return None
        with self.state.reading() as tx:
            history = self.log.history(tx, source.guards.median_of, said.of_warehouse)
        expected = [code for code, warehouse in owner.warehouses.items() if warehouse.enabled]
        unnamed = unnamed_percent(before, said)
        return suspicious(source.guards, extent_of(said), history, expected=expected, unnamed=unnamed)

    def frozen(self, streak: Streak, levels: Levels) -> str | None:
        """Why a snapshot should be set aside for saying the same again; None where it may be loaded.

        Raises:
            ConfigProblem: the orders can't be read.
        """
        owner = self.workspace.merchant(self.log.merchant)
        source = owner.sources[self.log.source]
        if source.content == "changes" or not is_long(source.guards, streak, self.now):
            return None
        tables = MerchantTables(self.workspace, self.log.merchant)
        with self.state.reading() as tx:
            recent = lines_after(tx, self.log.merchant, streak.since)
        received = ledger_lines(self.workspace, self.log.merchant, recent, tables.products(owner.products))
        orders = replaced(tables.orders(owner.orders), received.lines.drop("source"))
        waiting = ordered_between(orders, levels, streak.since, self.now - source.guards.frozen_for)
        return frozen(source.guards, streak, waiting, self.now)
