"""One run: brings one order source up to date, from what is known to what is delivered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import polars as pl
from sqlalchemy import Row

from batch import ledger
from batch.build import offer, told
from batch.crash import crash_point
from batch.destinations import exit_code_of
from batch.due import NotDue, Slot, due
from batch.enqueue import enqueue
from batch.errors import DONE, FAILED, HELD
from batch.feeding import Feeding
from batch.guards import FeedGuards, losing, stale
from batch.inputs import Inputs
from batch.ledger import Channel, DeliveryState
from batch.locks import locked
from batch.outbox import Outbox, Sent
from batch.output import counted
from batch.parts import parts
from mappings.delta import with_lines
from mappings.model import Feed, FeedKind
from transports.errors import TransportError

Status = Literal["success", "nothing", "held", "failed", "running"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, for people and for machines.

    Attributes:
        dropped: products that were told as 0 although the rest is held.
        held_since: when the hold began that this run has met or found.
    """

    merchant: str
    order_source: str
    status: Status
    message: str
    kind: FeedKind | None = None
    lines: int = 0
    file_name: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    dropped: int = 0
    held_since: datetime | None = None
    exit_code: int = DONE


def bring_up_to_date(feeding: Feeding, inputs: Inputs, *, full: bool = False, ignore_schedule: bool = False) -> Report:
    """Builds and delivers what one order source should be told; says so where that is nothing.

    A file that a former run built and did not deliver goes first if nothing has changed since; otherwise a new one
    takes its place.

    Raises:
        AlreadyRunning: another process works on this order source.
        ConfigProblem: the settings and the data don't fit together.
    """
    with locked(feeding.workspace.files, f"feed.{feeding.merchant}.{feeding.order_source}"):
        with feeding.state.writing() as tx:
            channel = Channel.taken(tx, feeding.merchant, feeding.order_source)
            row = channel.row(tx)
        if row.held:
            why = f"on hold: {row.held}; `tallyfeed approve {feeding.name}` lets it go on"
            return _report(feeding, "held", why, held_since=row.held_since)
        outbox = _outbox(feeding, channel)
        try:
            settled = outbox.settle()
        except TransportError as error:
            why = f"it isn't known whether the last file arrived: {error}"
            return _report(feeding, "failed", why, exit_code=exit_code_of(error))
        if full or not _is_built(feeding, inputs):
            slot = _due(feeding, channel, inputs, full=full, ignore_schedule=ignore_schedule)
            if isinstance(slot, NotDue):
                return reported(feeding, settled) if settled else _report(feeding, "nothing", slot.reason)
            return _noted(feeding, channel, _tell(feeding, channel, inputs, slot, outbox))
        return _noted(feeding, channel, reported(feeding, outbox.deliver()))


def deliver_waiting(feeding: Feeding) -> Report | None:
    """Sends what is built and not delivered; None where nothing is.

    Raises:
        AlreadyRunning: another process works on this order source.
    """
    with locked(feeding.workspace.files, f"feed.{feeding.merchant}.{feeding.order_source}"):
        with feeding.state.writing() as tx:
            channel = Channel.taken(tx, feeding.merchant, feeding.order_source)
            on_hold = channel.row(tx).held
        if on_hold:
            return _report(feeding, "held", f"on hold: {on_hold}")
        results = _outbox(feeding, channel).deliver()
        return _noted(feeding, channel, reported(feeding, results)) if results else None


def _outbox(feeding: Feeding, channel: Channel) -> Outbox:
    here = feeding.workspace, feeding.state, channel, feeding.clock
    return Outbox(*here, feeding.answers_within, circuits=feeding.circuits)


def _tell(feeding: Feeding, channel: Channel, inputs: Inputs, slot: Slot, outbox: Outbox) -> Report:
    """Builds and delivers; what dropped to 0 may go ahead of a feed that is held."""
    built = _build(feeding, channel, inputs, slot)
    if built.status != "success":
        return built
    sent = reported(feeding, outbox.deliver())
    if not built.dropped or sent.status != "success":
        return sent
    rest = _tell(feeding, channel, inputs, Slot(f"{slot.key}, the rest", slot.full), outbox)
    also = f"{counted(built.dropped, 'product')} that dropped to 0 {'was' if built.dropped == 1 else 'were'} told"
    return replace(rest, message=f"{rest.message}; {also}", dropped=built.dropped)


def _noted(feeding: Feeding, channel: Channel, report: Report) -> Report:
    """Says since when the order source is held: a hold is noted once, however many runs it meets."""
    if report.status == "failed":
        return report
    with feeding.state.writing() as tx:
        why = report.message if report.status == "held" else None
        return replace(report, held_since=ledger.note_hold(tx, channel, why, feeding.clock()))


def _is_built(feeding: Feeding, inputs: Inputs) -> bool:
    """Whether a file that was made of these very inputs is waiting."""
    with feeding.state.reading() as tx:
        waiting = ledger.undelivered(tx, feeding.merchant, feeding.order_source)
        return bool(waiting) and ledger.run(tx, waiting[-1].run_id).inputs == feeding.fingerprint(inputs.fingerprint)


def _due(feeding: Feeding, channel: Channel, inputs: Inputs, *, full: bool, ignore_schedule: bool) -> Slot | NotDue:
    with feeding.state.reading() as tx:
        last = ledger.last_run(tx, feeding.merchant, feeding.order_source, statuses=("success", "nothing"))
        full_at = channel.row(tx).full_at
    return due(
        feeding.workspace.merchant(feeding.merchant),
        feeding.settings,
        inputs=feeding.fingerprint(inputs.fingerprint),
        last=last,
        full_at=full_at,
        now=feeding.clock(),
        full=full,
        ignore_schedule=ignore_schedule,
    )


def _build(feeding: Feeding, channel: Channel, inputs: Inputs, slot: Slot) -> Report:
    """Builds the file of a slot and puts it into the outbox; success means that there is something to deliver."""
    with feeding.state.writing() as tx:
        run_id = ledger.open_run(tx, channel, slot.key, feeding.clock()).id
    crash_point("planned")
    try:
        report = _offer_and_enqueue(feeding, channel, inputs, run_id, full=slot.full)
    except Exception as error:
        _finish(feeding, run_id, "failed", str(error))
        raise
    if report.status != "success":
        _finish(feeding, run_id, report.status, report.message)
    return report


def _offer_and_enqueue(feeding: Feeding, channel: Channel, inputs: Inputs, run_id: int, *, full: bool) -> Report:
    now = feeding.clock()
    with feeding.state.reading() as tx:
        before = channel.row(tx)
    offered = offer(feeding, inputs, now)
    too_old = stale(feeding.workspace.merchant(feeding.merchant), inputs, offered.feed.warehouses, now)
    baseline = pl.read_parquet(feeding.baselines.path(before.baseline)) if before.baseline else None
    kind = feed_kind(feeding, before, full=full)
    lines, known = told(offered, feeding.profile, kind, baseline)
    guards = FeedGuards(feeding.settings, by_warehouse=feeding.profile.breaks_down)
    danger = too_old or guards.harmful(known, baseline) or losing(feeding.profile, kind, offered.unwritable)
    feed = replace(offered.feed, kind=kind, lines=lines, sequence=run_id)
    if danger and baseline is not None and before.baseline_settings == feeding.shape:
        drops = guards.passing(known, baseline)
        if drops.height:
            return _enqueue_drops(feeding, channel, feed, drops, baseline)
    if too_old:
        return _report(feeding, "held", too_old)
    facts = {"kind": kind, "lines": lines.height, "counts": offered.counts()}
    values = {"inputs": feeding.fingerprint(inputs.fingerprint), **facts}
    if lines.is_empty():
        with feeding.state.writing() as tx:
            ledger.change_run(tx, run_id, **values)
            ledger.supersede_undelivered(tx, channel, now)
        return _report(feeding, "nothing", "nothing to do: every number is as it was told last", **facts)
    enqueue(feeding, channel, run_id, parts(feeding, feed, known, baseline), values=values, held=danger)
    return _report(feeding, "success", "built", **facts)


def _enqueue_drops(
    feeding: Feeding, channel: Channel, feed: Feed, drops: pl.DataFrame, baseline: pl.DataFrame
) -> Report:
    """Builds a file of what dropped to 0 alone; the rest is built when it has arrived, and held.

    The run keeps no fingerprint of its inputs, so that the next one builds the rest if this process dies.
    """
    told = replace(feed, kind="delta", lines=drops)
    known = with_lines(baseline, drops)
    facts = {"kind": told.kind, "lines": drops.height}
    enqueue(feeding, channel, feed.sequence, parts(feeding, told, known, baseline), values=facts, held=None)
    return _report(feeding, "success", "built", dropped=drops.height, **facts)


def feed_kind(feeding: Feeding, channel: Row[Any], *, full: bool) -> FeedKind:
    """Full the first time, after a change of settings or when asked for; else what the order source gets."""
    if full or channel.baseline is None or channel.baseline_settings != feeding.shape:
        return "full"
    return feeding.settings.feed or feeding.profile.feed


def _finish(feeding: Feeding, run_id: int, status: str, message: str) -> None:
    with feeding.state.writing() as tx:
        ledger.change_run(tx, run_id, status=status, message=message, finished_at=feeding.clock())


def reported(feeding: Feeding, results: list[Sent]) -> Report:
    """What became of the newest file of an order source, after its outbox has worked."""
    last = results[-1]
    with feeding.state.reading() as tx:
        run = ledger.run(tx, last.run_id)
    name = last.file_name if len(results) == 1 else f"{len(results)} files, the last {last.file_name}"
    facts = {"kind": run.kind, "lines": run.lines, "file_name": name, "counts": run.counts or {}}
    if last.state == DeliveryState.DELIVERED:
        return _report(feeding, "success", f"delivered to {last.destination}", **facts)
    if last.state == DeliveryState.HELD:
        return _report(feeding, "held", f"{last.error}; `tallyfeed approve {feeding.name}` sends it", **facts)
    return _report(feeding, "failed", str(last.error), exit_code=last.exit_code, **facts)


def _report(feeding: Feeding, status: Status, message: str, **facts: Any) -> Report:
    usual = {"held": HELD, "failed": FAILED}.get(status, DONE)
    return Report(feeding.merchant, feeding.order_source, status, message, **{"exit_code": usual, **facts})
