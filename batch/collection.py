"""What partners collect from their mailboxes, and what they leave lying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from batch.config import Workspace
from batch.destinations import destination
from batch.ledger import DeliveryState
from batch.state import State
from batch.tables import deliveries, events
from transports.folder import opened
from transports.mailbox import Mailbox

COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class Collection:
    """What was noticed of one file in a mailbox."""

    merchant: str
    order_source: str
    file_name: str
    what: str


def notice(workspace: Workspace, state: State, merchant: str, order_source: str, now: datetime) -> Iterator[Collection]:
    """Records which files are gone from where they waited; clears away what was collected long ago.

    A file counts as collected if it was removed or moved away, and is as a rule noticed later than that.

    Raises:
        TransportError: the mailbox can't be opened.
    """
    mailbox = destination(workspace, merchant, order_source)
    if not isinstance(mailbox, Mailbox):
        return
    with state.reading() as tx:  # before looking: what is recorded as delivered has been there
        offered = uncollected(tx, merchant, order_source, mailbox.describe())
    with mailbox.open() as place:
        there = set(place.names())
    for row in offered:
        if row.file_name not in there:
            _record(state, row, now)
            yield Collection(merchant, order_source, row.file_name, "was collected")
        elif row.sent_at <= now - timedelta(days=mailbox.overdue_days):
            yield Collection(merchant, order_source, row.file_name, _waits(row))
    _clear(state, mailbox, now)


def uncollected(tx: Connection, merchant: str, order_source: str, place: str) -> list[Row[Any]]:
    """The deliveries whose files still wait in a mailbox as far as is known, oldest first.

    Where several had one name, only the newest file can wait.
    """
    known = select(events.c.delivery_id).where(
        events.c.merchant == merchant, events.c.order_source == order_source, events.c.what == COLLECTED
    )
    of_channel = (deliveries.c.merchant == merchant) & (deliveries.c.order_source == order_source)
    delivered = of_channel & (deliveries.c.state == DeliveryState.DELIVERED) & (deliveries.c.destination == place)
    newest = select(func.max(deliveries.c.id)).where(delivered).group_by(deliveries.c.file_name)
    waiting = deliveries.c.id.in_(newest) & deliveries.c.id.not_in(known)
    return list(tx.execute(select(deliveries).where(waiting).order_by(deliveries.c.id)))


def waiting(
    workspace: Workspace, tx: Connection, merchant: str, order_source: str, now: datetime
) -> tuple[list[str], str]:
    """The files that an order source has not collected, and a sentence about the oldest if that takes too long."""
    mailbox = destination(workspace, merchant, order_source)
    if not isinstance(mailbox, Mailbox):
        return [], ""
    rows = uncollected(tx, merchant, order_source, mailbox.describe())
    late = [row for row in rows if row.sent_at <= now - timedelta(days=mailbox.overdue_days)]
    return [row.file_name for row in rows], f"{late[0].file_name} {_waits(late[0])}" if late else ""


def _waits(row: Row[Any]) -> str:
    return f"waits to be collected since {row.sent_at:%Y-%m-%d %H:%M}"


def _record(state: State, row: Row[Any], now: datetime) -> None:
    with state.writing() as tx:
        tx.execute(
            insert(events).values(
                at=now,
                merchant=row.merchant,
                order_source=row.order_source,
                run_id=row.run_id,
                delivery_id=row.id,
                what=COLLECTED,
                detail=row.destination,
            )
        )


def _clear(state: State, mailbox: Mailbox, now: datetime) -> None:
    """Removes what the partner moved to ``collected`` and has kept there long enough; only files of ours."""
    if not mailbox.collected.is_dir():
        return
    with opened(mailbox.collected) as place:
        if not (names := place.names()):
            return
        with state.reading() as tx:
            when = _collected_at(tx, mailbox.describe(), names)
        for name, at in when.items():
            if at <= now - timedelta(days=mailbox.keep_days):
                place.remove(name)


def _collected_at(tx: Connection, place: str, names: list[str]) -> dict[str, datetime]:
    """When each of these files was last noticed as collected."""
    here = (deliveries.c.id == events.c.delivery_id) & (deliveries.c.destination == place)
    query = select(deliveries.c.file_name, events.c.at).join(deliveries, here).where(events.c.what == COLLECTED)
    return {row.file_name: row.at for row in tx.execute(query.order_by(events.c.id)) if row.file_name in names}
