"""Sends what is built: every step is recorded before it begins, so that a process that dies can be followed by another.

What the names on the other side mean after a crash:

======== ======== ==================================================================================
temporary  final    meaning
======== ======== ==================================================================================
there     not      the rename did not happen: rename
not       there    it happened: delivered
not       not      only our rename removes our temporary name: it happened, and the partner took the file
there     there    same content: delivered, the temporary name is removed; other content: held
======== ======== ==================================================================================
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from batch import ledger
from batch.blobs import Blobs
from batch.config import Workspace
from batch.crash import crash_point
from batch.destinations import destination, exit_code_of
from batch.errors import FAILED
from batch.ledger import Channel, DeliveryState
from batch.state import State
from transports.base import Place, Rename, Transport, Upload
from transports.errors import NameTaken, Transient, TransportError

#: Seconds to wait before each further try of one command; the next command tries again by itself.
_WAITS = (1.0, 5.0)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Sent:
    """How one delivery ended; the exit code is that of its error."""

    delivery_id: int
    run_id: int
    file_name: str
    state: DeliveryState
    lines: int
    destination: str
    error: str | None = None
    exit_code: int = FAILED


class Outbox:
    """Delivers the files of one channel, in the order in which they were built, and awaits an answer to each."""

    def __init__(
        self, workspace: Workspace, state: State, channel: Channel, clock: Clock, answers_within: timedelta | None
    ) -> None:
        self._state, self._channel, self._clock = state, channel, clock
        self._transport: Transport = destination(workspace, channel.merchant, channel.order_source)
        self._answers_within = answers_within
        self._artifacts = Blobs(workspace.files / "outbox")

    def settle(self) -> list[Sent]:
        """Finds out what became of files whose rename was not confirmed, and renames those that still wait.

        Raises:
            TransportError: the place can't be asked; the file may or may not be there.
        """
        unconfirmed = [row for row in self._undelivered() if row.state == DeliveryState.VERIFIED]
        for row in unconfirmed:
            with self._transport.open() as place:
                self._settle(place, row)
        return [self._result(row.id) for row in unconfirmed]

    def deliver(self) -> list[Sent]:
        """Sends every delivery that is due; after one that fails, those behind it wait."""
        sent = []
        for row in self._undelivered():
            result = self._deliver(row)
            sent.append(result)
            if result.state != DeliveryState.DELIVERED:
                break
        return sent

    def _undelivered(self) -> list[Row[Any]]:
        with self._state.reading() as tx:
            return ledger.undelivered(tx, self._channel.merchant, self._channel.order_source)

    def _deliver(self, row: Row[Any]) -> Sent:
        if row.state == DeliveryState.HELD:
            return self._result(row.id)
        for wait in (*_WAITS, None):
            try:
                with self._transport.open() as place:
                    self._send(place, self._current(row.id))
                return self._result(row.id)
            except Transient as error:
                self._failed(row.id, error, DeliveryState.RETRY_WAIT)
                last: TransportError = error
            except TransportError as error:
                self._failed(row.id, error, DeliveryState.FAILED)
                last = error
                break
            if wait is not None:
                time.sleep(wait)
        return self._result(row.id, exit_code_of(last))

    def _send(self, place: Place, row: Row[Any]) -> None:
        if row.state == DeliveryState.VERIFIED:
            self._settle(place, row)
            return
        self._clean(place)
        temp_name = f".{row.file_name}.{self._channel.epoch}-{row.attempt + 1}.part"
        self._move(
            row,
            DeliveryState.UPLOADING,
            temp_name=temp_name,
            attempt=row.attempt + 1,
            destination=self._transport.describe(),
        )
        crash_point("uploading")
        [error] = place.upload([Upload(self._artifacts.path(row.sha256), temp_name, row.size)])
        if error:
            raise error
        crash_point("uploaded")
        self._move(row, DeliveryState.VERIFIED)
        crash_point("verified")
        self._publish(place, self._current(row.id))

    def _clean(self, place: Place) -> None:
        """Removes what former tries left under temporary names, those of superseded files included."""
        with self._state.reading() as tx:
            leftovers = ledger.unpublished_temp_names(tx, self._channel)
        for delivery_id, temp_name in leftovers:
            place.remove(temp_name)
            with self._state.writing() as tx:
                ledger.change_delivery(tx, delivery_id, temp_name=None)

    def _publish(self, place: Place, row: Row[Any]) -> None:
        [error] = place.publish([Rename(row.temp_name, row.file_name, row.replace)])
        if isinstance(error, NameTaken):
            self._settle_both(place, row)
            return
        if error:
            raise error
        crash_point("published")
        self._delivered(row)

    def _settle(self, place: Place, row: Row[Any]) -> None:
        if row.destination != self._transport.describe():
            gone = f"it was on its way to {row.destination}, which is no longer the destination"
            self._hold(row, f"{gone}; if it did not arrive there, approve it for the new one", temp_name=None)
            return
        temporary, final = place.size(row.temp_name), place.size(row.file_name)
        if temporary is None:
            self._delivered(row)
        elif final is None or row.replace:
            self._publish(place, row)
        else:
            self._settle_both(place, row)

    def _settle_both(self, place: Place, row: Row[Any]) -> None:
        content = hashlib.sha256()
        place.read(row.file_name, content.update)
        if content.hexdigest() == row.sha256:
            place.remove(row.temp_name)
            self._delivered(row)
        else:
            other = f"another file called {row.file_name} is at {row.destination}"
            self._hold(row, f"{other}; ours waits there as {row.temp_name}: remove the other one, then approve ours")

    def _hold(self, row: Row[Any], why: str, **values: Any) -> None:
        self._move(row, DeliveryState.HELD, error=why, **values)
        with self._state.writing() as tx:
            ledger.change_run(tx, row.run_id, status="held", message=why, finished_at=self._clock())

    def _delivered(self, row: Row[Any]) -> None:
        now = self._clock()
        with self._state.writing() as tx:
            baseline = {"baseline": row.baseline, "baseline_settings": row.settings, "baseline_at": now}
            self._channel.change(tx, **baseline, **({"full_at": now} if row.kind == "full" else {}))
            ledger.change_delivery(
                tx,
                row.id,
                state=DeliveryState.DELIVERED,
                sent_at=now,
                error=None,
                error_class=None,
                **self._awaits(now),
            )
            if not any(other.run_id == row.run_id for other in ledger.undelivered(tx, row.merchant, row.order_source)):
                ledger.change_run(tx, row.run_id, status="success", finished_at=now, message=None)
            self._channel.note(tx, now, "delivered", run=row.run_id, delivery=row.id, detail=row.destination)
        crash_point("delivered")

    def _awaits(self, now: datetime) -> dict[str, Any]:
        """Until when the order source should have answered, if it is expected to."""
        return {"answer": "awaited", "answer_due": now + self._answers_within} if self._answers_within else {}

    def _move(self, row: Row[Any], state: DeliveryState, **values: Any) -> None:
        with self._state.writing() as tx:
            self._channel.row(tx)
            ledger.change_delivery(tx, row.id, state=state, **values)
            self._channel.note(tx, self._clock(), state, run=row.run_id, delivery=row.id, detail=values.get("error"))

    def _failed(self, delivery_id: int, error: TransportError, state: DeliveryState) -> None:
        row = self._current(delivery_id)
        if row.state == DeliveryState.VERIFIED:
            state = DeliveryState.VERIFIED  # the rename may have happened: only looking there can tell
        self._move(row, state, error=str(error), error_class=type(error).__name__)
        with self._state.writing() as tx:
            ledger.change_run(tx, row.run_id, status="failed", finished_at=self._clock(), message=str(error))

    def _current(self, delivery_id: int) -> Row[Any]:
        with self._state.reading() as tx:
            return ledger.delivery(tx, delivery_id)

    def _result(self, delivery_id: int, exit_code: int = FAILED) -> Sent:
        row = self._current(delivery_id)
        state = DeliveryState(row.state)
        return Sent(row.id, row.run_id, row.file_name, state, row.lines, row.destination, row.error, exit_code)
