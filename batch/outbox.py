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

A marker file follows its file in the same way, under a temporary name first. It is not written after a crash if the
partner has taken the file meanwhile: no marker is ever there without its file.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from batch.blobs import Blobs
from batch.config import Workspace
from batch.crash import crash_point
from batch.destinations import destination, exit_code_of
from batch.errors import FAILED
from batch.journal import UNSETTLED, Clock, Journal
from batch.ledger import Channel, DeliveryState
from batch.state import State
from transports.base import Place, Rename, Transport, Upload
from transports.errors import NameTaken, Transient, TransportError

#: Seconds to wait before each further try of one command; the next command tries again by itself.
_WAITS = (1.0, 5.0)

__all__ = ["Clock", "Outbox", "Sent"]


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
        self._journal = Journal(state, channel, clock, answers_within)
        self._epoch = channel.epoch
        self._transport: Transport = destination(workspace, channel.merchant, channel.order_source)
        self._artifacts = Blobs(workspace.files / "outbox")

    def settle(self) -> list[Sent]:
        """Finds out what became of files whose arrival was not confirmed, and finishes what still waits.

        Raises:
            TransportError: the place can't be asked; the file may or may not be there.
        """
        unsettled = [row for row in self._journal.undelivered() if row.state in UNSETTLED]
        for row in unsettled:
            with self._transport.open() as place:
                self._settle(place, row)
        return [self._result(row.id) for row in unsettled]

    def deliver(self) -> list[Sent]:
        """Sends every delivery that is due; after one that fails, those behind it wait."""
        sent = []
        for row in self._journal.undelivered():
            result = self._deliver(row)
            sent.append(result)
            if result.state != DeliveryState.DELIVERED:
                break
        return sent

    def _deliver(self, row: Row[Any]) -> Sent:
        if row.state == DeliveryState.HELD:
            return self._result(row.id)
        for wait in (*_WAITS, None):
            try:
                with self._transport.open() as place:
                    self._send(place, self._journal.current(row.id))
                return self._result(row.id)
            except Transient as error:
                self._journal.failed(row.id, error, DeliveryState.RETRY_WAIT)
                last: TransportError = error
            except TransportError as error:
                self._journal.failed(row.id, error, DeliveryState.FAILED)
                last = error
                break
            if wait is not None:
                time.sleep(wait)
        return self._result(row.id, exit_code_of(last))

    def _send(self, place: Place, row: Row[Any]) -> None:
        if row.state in UNSETTLED:
            self._settle(place, row)
            return
        self._clean(place)
        row = self._journal.move(
            row,
            DeliveryState.UPLOADING,
            temp_name=self._temp_name(row.file_name, row.attempt + 1),
            attempt=row.attempt + 1,
            destination=self._transport.describe(),
        )
        crash_point("uploading")
        _need(place.upload([Upload(self._artifacts.path(row.sha256), row.temp_name, row.size)]))
        crash_point("uploaded")
        row = self._journal.move(row, DeliveryState.VERIFIED)
        crash_point("verified")
        self._publish(place, row)

    def _clean(self, place: Place) -> None:
        """Removes what former tries left under temporary names, those of superseded files included."""
        for delivery_id, temp_name in self._journal.leftovers():
            place.remove(temp_name)
            self._journal.forget_temp_name(delivery_id)

    def _publish(self, place: Place, row: Row[Any]) -> None:
        [error] = place.publish([Rename(row.temp_name, row.file_name, row.replace)])
        if isinstance(error, NameTaken):
            self._settle_both(place, row)
            return
        _need([error])
        crash_point("published")
        self._arrived(place, row)

    def _settle(self, place: Place, row: Row[Any]) -> None:
        if row.destination != self._transport.describe():
            gone = f"it was on its way to {row.destination}, which is no longer the destination"
            self._journal.hold(row, f"{gone}; if it did not arrive there, approve it for the new one", temp_name=None)
            return
        temporary, final = place.size(row.temp_name), place.size(row.file_name)
        if row.state == DeliveryState.PUBLISHED:
            self._mark(place, row, taken=final is None)
        elif temporary is None and final is None:
            self._journal.delivered(row)
        elif temporary is None:
            self._arrived(place, row)
        elif final is None or row.replace:
            self._publish(place, row)
        else:
            self._settle_both(place, row)

    def _settle_both(self, place: Place, row: Row[Any]) -> None:
        content = hashlib.sha256()
        place.read(row.file_name, content.update)
        if content.hexdigest() == row.sha256:
            place.remove(row.temp_name)
            self._arrived(place, row)
        else:
            other = f"another file called {row.file_name} is at {row.destination}"
            why = f"{other}; ours waits there as {row.temp_name}: remove the other one, then approve ours"
            self._journal.hold(row, why)

    def _arrived(self, place: Place, row: Row[Any]) -> None:
        """The file has its final name; what is left is its marker, if it has one."""
        if row.marker is not None:
            row = self._journal.move(
                row, DeliveryState.PUBLISHED, temp_name=self._temp_name(row.marker, row.attempt), error=None
            )
            crash_point("unmarked")
            self._mark(place, row, taken=False)
            return
        self._delivered(row)

    def _mark(self, place: Place, row: Row[Any], *, taken: bool) -> None:
        """Writes the marker, unless the partner has taken the file without it."""
        place.remove(row.temp_name)
        if not taken:
            source = self._artifacts.path(self._artifacts.keep(partial(_write_text, row.marker_text)))
            _need(place.upload([Upload(source, row.temp_name, source.stat().st_size)]))
            crash_point("marker uploaded")
            [error] = place.publish([Rename(row.temp_name, row.marker, row.replace)])
            if isinstance(error, NameTaken):  # a former try has written it
                place.remove(row.temp_name)
            else:
                _need([error])
            crash_point("marked")
        self._delivered(row)

    def _delivered(self, row: Row[Any]) -> None:
        self._journal.delivered(row)
        crash_point("delivered")

    def _temp_name(self, name: str, attempt: int) -> str:
        return f".{name}.{self._epoch}-{attempt}.part"

    def _result(self, delivery_id: int, exit_code: int = FAILED) -> Sent:
        row = self._journal.current(delivery_id)
        state = DeliveryState(row.state)
        return Sent(row.id, row.run_id, row.file_name, state, row.lines, row.destination, row.error, exit_code)


def _write_text(text: str, out: Path) -> None:
    out.write_text(text, "utf-8")


def _need(outcomes: list[TransportError | None]) -> None:
    """Make sure that it was done."""
    for error in outcomes:
        if error:
            raise error
