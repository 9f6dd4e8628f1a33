"""Tells an order source again what it was told before: the same bytes, or the same content under new numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, select

from batch import ledger
from batch.config import Workspace
from batch.enqueue import enqueue
from batch.errors import BatchError, NotPossible
from batch.feeding import Feeding
from batch.ledger import Channel, DeliveryState
from batch.locks import locked
from batch.outbox import Clock, Outbox
from batch.parts import Part, either
from batch.run import Report, reported
from batch.state import State
from batch.tables import deliveries
from batch.told import feed_of, need_kept
from transports.errors import TransportError

col = pl.col

#: What a delivery that is sent again takes from the one before.
_SAME = (
    "kind",
    "file_name",
    "marker",
    "marker_text",
    "replace",
    "sha256",
    "size",
    "lines",
    "pair",
    "control_number",
    "told",
    "as_of",
)


def send_again(workspace: Workspace, state: State, run_id: int, clock: Clock, *, new_numbers: bool) -> Report:
    """Sends the file of a run again: same name, same bytes, same control number; or what it said under new ones.

    Raises:
        NotPossible: there is no such run, it delivered nothing, or its files were cleared away.
        AlreadyRunning: another process works on this order source.
    """
    with state.reading() as tx:
        before = _delivered(tx, run_id)
    feeding = Feeding.of(workspace, state, before[0].merchant, before[0].order_source, clock)
    for row in before:
        need_kept(feeding, row)
    with locked(workspace.files, f"feed.{feeding.merchant}.{feeding.order_source}"):
        with state.writing() as tx:
            channel = Channel.taken(tx, feeding.merchant, feeding.order_source)
        outbox = Outbox(workspace, state, channel, clock, feeding.answers_within)
        _settle(outbox)
        with state.writing() as tx:
            what = "reissue" if new_numbers else "resend"
            run = ledger.open_run(tx, channel, f"{what} {run_id} {clock().isoformat()}", clock())
            baseline = channel.row(tx).baseline
        parts = _parts(feeding, run.id, before, pl.read_parquet(feeding.baselines.path(baseline)))
        if new_numbers:
            enqueue(feeding, channel, run.id, parts, values=_values(before), held=None)
        else:
            _resend(feeding, channel, run.id, before, parts)
        return reported(feeding, outbox.deliver())


def _settle(outbox: Outbox) -> None:
    """A file that may have arrived must not be superseded."""
    try:
        outbox.settle()
    except TransportError as error:
        raise BatchError(f"it isn't known whether the last file arrived: {error}") from error


def _delivered(tx: Connection, run_id: int) -> Sequence[Row[Any]]:
    """The deliveries of a run that has brought all of its files to their place."""
    rows = tx.execute(select(deliveries).where(deliveries.c.run_id == run_id).order_by(deliveries.c.id)).all()
    if not rows or any(row.state != DeliveryState.DELIVERED for row in rows):
        raise NotPossible(f"run {run_id} delivered no file; `tallyfeed history` lists those that did")
    return rows


def _values(before: Sequence[Row[Any]]) -> dict[str, Any]:
    return {"kind": before[0].kind, "lines": sum(row.lines for row in before)}


def _resend(feeding: Feeding, channel: Channel, run_id: int, before: Sequence[Row[Any]], parts: Sequence[Part]) -> None:
    baselines = [feeding.baselines.keep(part.known.write_parquet) for part in parts]
    with feeding.state.writing() as tx:
        channel.row(tx)
        predecessor = ledger.supersede_undelivered(tx, channel, feeding.clock())
        for row, part, baseline in zip(before, parts, baselines, strict=True):
            predecessor = ledger.add_delivery(
                tx,
                **{name: getattr(row, name) for name in _SAME},
                run_id=run_id,
                merchant=feeding.merchant,
                order_source=feeding.order_source,
                state=DeliveryState.READY,
                baseline=baseline,
                settings=part.shape,
                predecessor=predecessor,
                destination=row.destination,
                attempt=0,
                built_at=feeding.clock(),
            )
        ledger.change_run(tx, run_id, **_values(before))


def _parts(feeding: Feeding, run_id: int, before: Sequence[Row[Any]], baseline: pl.DataFrame) -> list[Part]:
    """What each file said, and what the order source knows once it has read it again."""
    now = feeding.clock()
    feeds = [
        replace(
            feed_of(feeding, row), built_at=feeding.profile.local(now), sequence=run_id, file=number, files=len(before)
        )
        for number, row in enumerate(before, 1)
    ]
    if len(before) > 1:  # each says a part of what it knows: a full feed sets that right afterwards
        return [Part(feed, either(baseline, feed.lines), None) for feed in feeds]
    [feed], [row] = feeds, before
    known = feed.lines.filter(col("status") != "gone")
    if row.kind != "full":
        others = baseline.join(feed.lines, on="code", how="anti")
        known = pl.concat([known, others], how="diagonal").sort("code")
    return [Part(feed, known, row.settings)]
