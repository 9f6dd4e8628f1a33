"""Holding an order source, and letting it or a snapshot that was set aside go on."""

from __future__ import annotations

from datetime import datetime

from batch import ledger
from batch.config import Workspace
from batch.errors import NotPossible
from batch.intake import Intake, Taken
from batch.ledger import Channel, DeliveryState
from batch.locks import locked
from batch.snapshot_log import SnapshotLog
from batch.state import State


def hold(workspace: Workspace, state: State, target: str, why: str, now: datetime) -> None:
    """Stops an order source; what is built stays where it is.

    Raises:
        NotPossible: there is no such order source.
    """
    merchant, order_source = _named(workspace, target)
    with state.writing() as tx:
        ledger.hold(tx, merchant, order_source, why, now)


def approve(workspace: Workspace, state: State, target: str, now: datetime) -> None:
    """Lets an order source go on: its hold ends and a held file may leave.

    Raises:
        NotPossible: nothing of it is held.
        AlreadyRunning: another process works on it.
    """
    merchant, order_source = _named(workspace, target)
    with locked(workspace.files, f"feed.{merchant}.{order_source}"), state.writing() as tx:
        channel = Channel.taken(tx, merchant, order_source)
        held = [row for row in ledger.undelivered(tx, merchant, order_source) if row.state == DeliveryState.HELD]
        if not held and not channel.row(tx).held:
            raise NotPossible(f"nothing of {target} is held")
        channel.change(tx, held=None, held_since=None)
        for row in held:
            # one that waits at the other side under its temporary name needs only its rename
            state_now = DeliveryState.VERIFIED if row.temp_name else DeliveryState.READY
            ledger.change_delivery(tx, row.id, state=state_now, error=None)
            ledger.change_run(tx, row.run_id, status="running", message=None)
        channel.note(tx, now, "approve")


def approve_snapshot(workspace: Workspace, state: State, target: str, now: datetime) -> Taken | None:
    """Loads the snapshot of a source that a guard has set aside.

    Returns:
        What became of it; None where the target is an order source. If both have this name, the source comes first.

    Raises:
        NotPossible: nothing of the source is held.
        AlreadyRunning: another process takes in this source.
    """
    merchant, _, name = target.partition("/")
    owner = workspace.merchant(merchant)
    if name not in owner.sources:
        return None
    with state.reading() as tx:
        holds = SnapshotLog(merchant, name).held(tx) is not None
    if name in owner.order_sources and not holds:
        return None
    return Intake(workspace, state, merchant, name, now).approve()


def _named(workspace: Workspace, target: str) -> tuple[str, str]:
    merchant, _, order_source = target.partition("/")
    workspace.order_source(merchant, order_source)
    return merchant, order_source
