"""The files of one order source that are built and not delivered: sends them in their order, and tries again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from batch.blobs import Blobs
from batch.circuits import Circuits, NotTried
from batch.config import Workspace
from batch.destinations import destination, exit_code_of
from batch.errors import FAILED
from batch.journal import Clock, Journal
from batch.ledger import Channel, DeliveryState
from batch.passage import Passage, Route
from batch.state import State
from transports.errors import Transient, TransportError

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
        self,
        workspace: Workspace,
        state: State,
        channel: Channel,
        clock: Clock,
        answers_within: timedelta | None,
        *,
        circuits: Circuits | None = None,
    ) -> None:
        self._circuits = circuits or Circuits()
        self._journal = Journal(state, channel, clock, answers_within)
        self._transport = destination(workspace, channel.merchant, channel.order_source)
        self._route = Route(self._journal, Blobs(workspace.files / "outbox"), self._transport)

    def settle(self) -> list[Sent]:
        """Finds out what became of files whose arrival was not confirmed, and finishes what still waits.

        Raises:
            TransportError: the place can't be asked; the file may or may not be there.
        """
        unsettled = [row for row in self._journal.undelivered() if self._route.unsettled(row)]
        for row in unsettled:
            with self._circuits.open(self._transport) as place:
                Passage(self._route, place).settle(row)
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
        last: TransportError
        for wait in (*_WAITS, None):
            try:
                with self._circuits.open(self._transport, last_try=wait is None) as place:
                    Passage(self._route, place).send(self._journal.current(row.id))
                return self._result(row.id)
            except NotTried as error:
                worth_it = isinstance(error.cause, Transient)
                state = DeliveryState.RETRY_WAIT if worth_it else DeliveryState.FAILED
                self._journal.failed(row.id, error, state)
                last = error
                break
            except Transient as error:
                self._journal.failed(row.id, error, DeliveryState.RETRY_WAIT)
                last = error
            except TransportError as error:
                self._journal.failed(row.id, error, DeliveryState.FAILED)
                last = error
                break
            if wait is not None:
                time.sleep(wait)
        return self._result(row.id, exit_code_of(last))

    def _result(self, delivery_id: int, exit_code: int = FAILED) -> Sent:
        row = self._journal.current(delivery_id)
        state = DeliveryState(row.state)
        return Sent(row.id, row.run_id, row.file_name, state, row.lines, row.destination, row.error, exit_code)
