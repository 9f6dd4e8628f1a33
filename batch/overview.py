"""What the state says about sources, order sources, runs and deliveries, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from batch import ledger
from batch.collection import COLLECTED, waiting
from batch.config import Workspace
from batch.output import counted
from batch.snapshot_log import SnapshotLog
from batch.state import State
from batch.tables import channels, deliveries, events, rejections, runs


def sources(workspace: Workspace, state: State) -> Iterator[dict[str, Any]]:
    """What became of the newest file of every source, the snapshot whose levels stand, and the one that is held."""
    with state.reading() as tx:
        for merchant, table in workspace.merchants.items():
            for source in table.sources:
                yield _source(tx, SnapshotLog(merchant, source))


def _source(tx: Connection, log: SnapshotLog) -> dict[str, Any]:
    stands, held = log.current(tx), log.held(tx)
    last = held or log.newest(tx)
    return {
        "source": f"{log.merchant}/{log.source}",
        "status": last.status if last else "N/A",
        "file": stands.file_name if stands else None,
        "as_of": stands.as_of if stands else None,
        "loaded_at": stands.loaded_at if stands else None,
        "skus": stands.skus if stands else None,
        "units": stands.units if stands else None,
        "held_file": held.file_name if held else None,
        "held_since": held.held_since if held else None,
        "message": "no snapshot yet" if last is None else "" if last.status == "loaded" else last.message,
    }


def order_sources(
    workspace: Workspace, state: State, now: datetime, targets: tuple[str, ...] = ()
) -> Iterator[dict[str, Any]]:
    """The last run of every order source, what it received last, and what is on its way."""
    with state.reading() as tx:
        for merchant, order_source in workspace.chosen(targets):
            left, late = waiting(workspace, tx, merchant, order_source, now)
            shown = _order_source(tx, merchant, order_source, now)
            yield {**shown, "uncollected": left, "message": shown["message"] or late}


def _order_source(tx: Connection, merchant: str, order_source: str, now: datetime) -> dict[str, Any]:
    here = (channels.c.merchant == merchant) & (channels.c.order_source == order_source)
    channel = tx.execute(select(channels).where(here)).one_or_none()
    last = ledger.last_run(tx, merchant, order_source)
    pending = ledger.undelivered(tx, merchant, order_source)
    return {
        "order_source": f"{merchant}/{order_source}",
        "status": "held" if channel and channel.held else _status(last),
        "last_run": last.started_at if last else None,
        "told_at": channel.baseline_at if channel else None,
        "held_since": channel.held_since if channel else None,
        "answer": _answer(tx, merchant, order_source, now),
        "pending": [f"{row.file_name} ({row.state})" for row in pending],
        "left_out": (last.counts or {}) if last else {},
        "message": (channel.held if channel and channel.held else last.message if last else None) or "",
    }


def _status(last: Any) -> str:
    if last is None:
        return "N/A"
    if last.status == "running":
        return f"running since {last.started_at:%Y-%m-%d %H:%M:%S}"
    return "success" if last.status == "nothing" else str(last.status)


def overdue(state: State, targets: list[tuple[str, str]], now: datetime) -> list[dict[str, Any]]:
    """The delivered files that should have been answered by now."""
    late = select(deliveries).where(deliveries.c.answer == "awaited", deliveries.c.answer_due < now)
    with state.reading() as tx:
        rows = tx.execute(late.order_by(deliveries.c.id)).all()
    return [
        {"order_source": f"{r.merchant}/{r.order_source}", "file": r.file_name, "sent": r.sent_at, "due": r.answer_due}
        for r in rows
        if (r.merchant, r.order_source) in targets
    ]


def _answer(tx: Connection, merchant: str, order_source: str, now: datetime) -> str | None:
    """What the newest answer says, or that it is overdue; with the first SKU that was rejected."""
    here = (deliveries.c.merchant == merchant) & (deliveries.c.order_source == order_source)
    sent = select(deliveries).where(here, deliveries.c.answer.is_not(None)).order_by(deliveries.c.id.desc()).limit(1)
    row = tx.execute(sent).one_or_none()
    if row is None:
        return None
    if row.answer == "awaited":
        return "overdue" if row.answer_due < now else f"awaited until {row.answer_due:%Y-%m-%d %H:%M}"
    wrong = select(rejections).where(rejections.c.delivery_id == row.id)
    most_telling = wrong.order_by(rejections.c.sku.is_(None), rejections.c.value.is_(None), rejections.c.id).limit(1)
    first = tx.execute(most_telling).one_or_none()
    if first is None:
        return str(row.answer)
    about = f"SKU {first.sku}: " if first.sku else ""
    return f"{row.answer}: {about}{first.where} {first.value or ''}: {first.reason}"


def history(workspace: Workspace, state: State, targets: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    """The newest runs of the chosen order sources with the file that each delivered, newest first."""
    chosen = set(workspace.chosen(targets))
    query = (
        select(
            runs,
            deliveries.c.file_name,
            deliveries.c.state,
            deliveries.c.control_number,
            deliveries.c.sent_at,
            events.c.at.label("collected_at"),
        )
        .outerjoin(deliveries, deliveries.c.run_id == runs.c.id)
        .outerjoin(events, (events.c.delivery_id == deliveries.c.id) & (events.c.what == COLLECTED))
        .order_by(runs.c.id.desc(), deliveries.c.id.desc())
    )
    with state.reading() as tx:
        rows = (row for row in tx.execute(query) if (row.merchant, row.order_source) in chosen)
        return [_past(row) for row, _ in zip(rows, range(limit), strict=False)]


def _past(row: Any) -> dict[str, Any]:
    sent: datetime | None = row.sent_at
    return {
        "run": row.id,
        "order_source": f"{row.merchant}/{row.order_source}",
        "started_at": row.started_at,
        "status": row.status,
        "feed": f"{row.kind}, {counted(row.lines, 'line')}" if row.file_name else None,
        "file": row.file_name,
        "control_number": row.control_number,
        "delivery": COLLECTED if row.collected_at else row.state,
        "delivered_at": sent,
        "collected_at": row.collected_at,
        "message": row.message,
    }
