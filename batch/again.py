"""Tells an order source again what it was told before: the same bytes, or the same content under new numbers."""

from __future__ import annotations

from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, select

from batch import ledger, resolve
from batch.config import Workspace
from batch.enqueue import enqueue
from batch.errors import NotPossible
from batch.feeding import Feeding
from batch.ledger import Channel, DeliveryState
from batch.locks import locked
from batch.outbox import Clock, Outbox
from batch.run import Report, reported
from batch.state import State
from batch.tables import deliveries
from mappings.model import Feed, warehouses_of

col = pl.col

#: What a delivery that is sent again takes from the one before.
_SAME = (
    "kind",
    "file_name",
    "replace",
    "sha256",
    "size",
    "lines",
    "pair",
    "control_number",
    "told",
    "settings",
    "as_of",
)


def resend(workspace: Workspace, state: State, run_id: int, clock: Clock) -> Report:
    """Sends the file of a run again: same name, same bytes, same control number.

    Raises:
        NotPossible: there is no such run, or it delivered nothing.
        AlreadyRunning: another process works on this order source.
    """
    return _again(workspace, state, run_id, clock, new_numbers=False)


def reissue(workspace: Workspace, state: State, run_id: int, clock: Clock) -> Report:
    """Sends what the file of a run said under a new name and new control numbers.

    Raises:
        NotPossible: there is no such run, or it delivered nothing.
        AlreadyRunning: another process works on this order source.
    """
    return _again(workspace, state, run_id, clock, new_numbers=True)


def _again(workspace: Workspace, state: State, run_id: int, clock: Clock, *, new_numbers: bool) -> Report:
    with state.reading() as tx:
        before = _delivered(tx, run_id)
    feeding = Feeding.of(workspace, state, before.merchant, before.order_source, clock)
    with locked(workspace.files, f"feed.{feeding.merchant}.{feeding.order_source}"):
        with state.writing() as tx:
            channel = Channel.taken(tx, feeding.merchant, feeding.order_source)
            what = "reissue" if new_numbers else "resend"
            run = ledger.open_run(tx, channel, f"{what} {run_id} {clock().isoformat()}", clock())
        (_reissue if new_numbers else _resend)(feeding, channel, run.id, before)
        return reported(feeding, Outbox(workspace, state, channel, clock).deliver())


def _delivered(tx: Connection, run_id: int) -> Row[Any]:
    here = (deliveries.c.run_id == run_id) & (deliveries.c.state == DeliveryState.DELIVERED)
    row = tx.execute(select(deliveries).where(here).order_by(deliveries.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotPossible(f"run {run_id} delivered no file; `tallyfeed history` lists those that did")
    return row


def _resend(feeding: Feeding, channel: Channel, run_id: int, before: Row[Any]) -> None:
    baseline = feeding.baselines.keep(_known(feeding, channel, before).write_parquet)
    with feeding.state.writing() as tx:
        channel.row(tx)
        predecessor = ledger.supersede_undelivered(tx, channel, feeding.clock())
        ledger.add_delivery(
            tx,
            **{name: getattr(before, name) for name in _SAME},
            run_id=run_id,
            merchant=feeding.merchant,
            order_source=feeding.order_source,
            state=DeliveryState.READY,
            baseline=baseline,
            predecessor=predecessor,
            destination=before.destination,
            attempt=0,
            built_at=feeding.clock(),
        )
        ledger.change_run(tx, run_id, kind=before.kind, lines=before.lines)


def _reissue(feeding: Feeding, channel: Channel, run_id: int, before: Row[Any]) -> None:
    told = pl.read_parquet(feeding.told.path(before.told))
    feed = Feed(
        merchant=feeding.merchant,
        merchant_name=feeding.workspace.merchant(feeding.merchant).name,
        order_source=feeding.order_source,
        kind=before.kind,
        as_of=before.as_of,
        built_at=feeding.clock(),
        warehouses=resolve.named_warehouses(
            feeding.workspace, feeding.merchant, feeding.order_source, tuple(warehouses_of(told))
        ),
        lines=told,
    )
    values = {"kind": before.kind, "lines": before.lines}
    enqueue(feeding, channel, run_id, feed, _known(feeding, channel, before), values=values, held=None)


def _known(feeding: Feeding, channel: Channel, before: Row[Any]) -> pl.DataFrame:
    """What the order source knows once it has read the file again: its lines, and what it was told of the others."""
    told = pl.read_parquet(feeding.told.path(before.told))
    with feeding.state.reading() as tx:
        row = channel.row(tx)
    known = told.filter(col("status") != "gone")
    if row.baseline is None or before.kind == "full":
        return known
    others = pl.read_parquet(feeding.baselines.path(row.baseline)).join(told, on="code", how="anti")
    return pl.concat([known, others], how="diagonal").sort("code")
