"""What the state remembers of runs and deliveries, query by query."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from batch.errors import Fenced
from batch.tables import channels, control_numbers, deliveries, events, runs, servers


class DeliveryState(StrEnum):
    """Where a file is on its way; each is durable before the next step begins."""

    HELD = "held"
    READY = "ready"
    UPLOADING = "uploading"
    VERIFIED = "verified"
    PUBLISHED = "published"  # the file is there, its marker perhaps not
    DELIVERED = "delivered"
    RETRY_WAIT = "retry wait"
    FAILED = "failed"
    SUPERSEDED = "superseded"


#: A delivery in one of these states will not change any more.
FINAL = (DeliveryState.DELIVERED, DeliveryState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Channel:
    """One order source of one merchant, taken by this process.

    The epoch rises whenever a process takes the channel; whoever holds an older one has been overtaken and can't
    record anything any more.
    """

    merchant: str
    order_source: str
    epoch: int

    @classmethod
    def taken(cls, tx: Connection, merchant: str, order_source: str) -> Channel:
        """Takes the channel for this process: everyone who had it before is fenced off."""
        key = {"merchant": merchant, "order_source": order_source}
        owner = f"{socket.gethostname()}:{os.getpid()}"
        here = (channels.c.merchant == merchant) & (channels.c.order_source == order_source)
        changed = tx.execute(update(channels).where(here).values(epoch=channels.c.epoch + 1, owner=owner)).rowcount
        if not changed:
            tx.execute(insert(channels).values(**key, epoch=1, owner=owner))
        return cls(merchant, order_source, tx.execute(select(channels.c.epoch).where(here)).scalar_one())

    def row(self, tx: Connection) -> Row[Any]:
        """The channel's baseline and hold.

        Raises:
            Fenced: another process has taken the channel since.
        """
        row = tx.execute(
            select(channels).where(channels.c.merchant == self.merchant, channels.c.order_source == self.order_source)
        ).one()
        if row.epoch != self.epoch:
            raise Fenced(f"{self.merchant}/{self.order_source} was taken over by {row.owner}")
        return row

    def change(self, tx: Connection, **values: Any) -> None:
        """Changes the channel's row, if this process still holds it."""
        self.row(tx)
        tx.execute(
            update(channels)
            .where(channels.c.merchant == self.merchant, channels.c.order_source == self.order_source)
            .values(**values)
        )

    def note(
        self,
        tx: Connection,
        at: datetime,
        what: str,
        *,
        run: int | None = None,
        delivery: int | None = None,
        detail: str | None = None,
    ) -> None:
        """Adds to the record of what happened."""
        tx.execute(
            insert(events).values(
                at=at,
                merchant=self.merchant,
                order_source=self.order_source,
                run_id=run,
                delivery_id=delivery,
                what=what,
                detail=detail,
            )
        )


def hold(tx: Connection, merchant: str, order_source: str, why: str, at: datetime) -> None:
    """Holds an order source from its next run on; a run that is under way now ends as it began."""
    here = (channels.c.merchant == merchant) & (channels.c.order_source == order_source)
    values = {"held": why, "held_since": at}
    if not tx.execute(update(channels).where(here).values(**values)).rowcount:
        tx.execute(insert(channels).values(merchant=merchant, order_source=order_source, epoch=0, **values))
    tx.execute(insert(events).values(at=at, merchant=merchant, order_source=order_source, what="hold", detail=why))


def note_hold(tx: Connection, channel: Channel, why: str | None, at: datetime) -> datetime | None:
    """Notes that a channel is held, or held no longer: once when it begins and once when it ends.

    Args:
        tx: the transaction.
        channel: taken by this process.
        why: the reason; None: nothing holds it.
        at: the clock.

    Returns:
        Since when it is held.
    """
    since: datetime | None = channel.row(tx).held_since
    if (why is None) == (since is None):
        return since
    held_since = None if why is None else at
    channel.change(tx, held_since=held_since)
    channel.note(tx, at, "hold" if why else "hold over", detail=why)
    return held_since


def open_run(tx: Connection, channel: Channel, slot: str, at: datetime) -> Row[Any]:
    """The run of this slot: a new one, or the one that a former process began."""
    key = {"merchant": channel.merchant, "order_source": channel.order_source, "slot": slot}
    here = (runs.c.merchant == channel.merchant) & (runs.c.order_source == channel.order_source)
    if (row := tx.execute(select(runs).where(here, runs.c.slot == slot)).one_or_none()) is None:
        tx.execute(insert(runs).values(**key, started_at=at, status="running"))
        row = tx.execute(select(runs).where(here, runs.c.slot == slot)).one()
    return row


def change_run(tx: Connection, run_id: int, **values: Any) -> None:
    """Changes a run."""
    tx.execute(update(runs).where(runs.c.id == run_id).values(**values))


def last_run(
    tx: Connection, merchant: str, order_source: str, *, statuses: Sequence[str] | None = None
) -> Row[Any] | None:
    """The newest run of an order source, or the newest with one of these statuses."""
    query = select(runs).where(runs.c.merchant == merchant, runs.c.order_source == order_source)
    if statuses:
        query = query.where(runs.c.status.in_(statuses))
    return tx.execute(query.order_by(runs.c.id.desc()).limit(1)).one_or_none()


def undelivered(tx: Connection, merchant: str, order_source: str) -> list[Row[Any]]:
    """The deliveries of an order source that are not at their end, oldest first."""
    return list(
        tx.execute(
            select(deliveries)
            .where(
                deliveries.c.merchant == merchant,
                deliveries.c.order_source == order_source,
                deliveries.c.state.not_in(FINAL),
            )
            .order_by(deliveries.c.id)
        )
    )


def supersede_undelivered(tx: Connection, channel: Channel, at: datetime) -> int | None:
    """Takes back the files of a channel that never left, since a newer one says all of it.

    Returns:
        The last delivery that did leave: the newer one goes after it.
    """
    for row in undelivered(tx, channel.merchant, channel.order_source):
        change_delivery(tx, row.id, state=DeliveryState.SUPERSEDED)
        change_run(tx, row.run_id, status="superseded", finished_at=at)
        channel.note(tx, at, DeliveryState.SUPERSEDED, run=row.run_id, delivery=row.id)
    here = (deliveries.c.merchant == channel.merchant) & (deliveries.c.order_source == channel.order_source)
    left = here & (deliveries.c.state == DeliveryState.DELIVERED)
    return tx.execute(select(deliveries.c.id).where(left).order_by(deliveries.c.id.desc()).limit(1)).scalar()


def unpublished_temp_names(tx: Connection, channel: Channel) -> list[tuple[int, str]]:
    """The deliveries of a channel that may have left a temporary file at the other side, and its name."""
    query = select(deliveries.c.id, deliveries.c.temp_name).where(
        deliveries.c.merchant == channel.merchant,
        deliveries.c.order_source == channel.order_source,
        deliveries.c.state != DeliveryState.DELIVERED,
        deliveries.c.temp_name.is_not(None),
    )
    return [(row.id, row.temp_name) for row in tx.execute(query)]


def run(tx: Connection, run_id: int) -> Row[Any]:
    """One run."""
    return tx.execute(select(runs).where(runs.c.id == run_id)).one()


def add_delivery(tx: Connection, **values: Any) -> int:
    """Records a built file; returns its id."""
    inserted = tx.execute(insert(deliveries).values(**values)).inserted_primary_key
    assert inserted is not None  # noqa: S101  (an integer primary key is always returned)
    return int(inserted[0])


def change_delivery(tx: Connection, delivery_id: int, **values: Any) -> None:
    """Changes a delivery."""
    tx.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


def delivery(tx: Connection, delivery_id: int) -> Row[Any]:
    """One delivery."""
    return tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()


def remember_server(tx: Connection, destination: str, abilities: dict[str, str], at: datetime) -> None:
    """Keeps what a server was found to be able to do."""
    tx.execute(delete(servers).where(servers.c.destination == destination))
    tx.execute(insert(servers).values(destination=destination, probed_at=at, abilities=abilities))


def next_control_number(tx: Connection, pair: str) -> int:
    """The number that the next interchange of this pair will get; it is not taken yet."""
    last = tx.execute(select(control_numbers.c.last).where(control_numbers.c.pair == pair)).scalar()
    return later_number(last or 0, 1)


def later_number(number: int, by: int) -> int:
    """A control number so many further on; after the largest of nine digits comes 1."""
    return (number + by - 1) % 999_999_999 + 1


def take_control_number(tx: Connection, pair: str, number: int) -> bool:
    """Takes a number that ``next_control_number`` named; False if another process was faster."""
    if next_control_number(tx, pair) != number:
        return False
    changed = tx.execute(update(control_numbers).where(control_numbers.c.pair == pair).values(last=number)).rowcount
    if not changed:
        tx.execute(insert(control_numbers).values(pair=pair, last=number))
    return True
