"""What is recorded of the deliveries of one channel, each step before the next begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from batch import ledger
from batch.ledger import Channel, DeliveryState
from batch.state import State
from transports.errors import TransportError

Clock = Callable[[], datetime]

#: The rename may have happened, or the file is there: only looking at the other side tells.
UNSETTLED = (DeliveryState.VERIFIED, DeliveryState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Journal:
    """The deliveries of a channel in the state's database; nothing is recorded by a process that was overtaken."""

    state: State
    channel: Channel
    clock: Clock
    answers_within: timedelta | None

    def undelivered(self) -> list[Row[Any]]:
        """The deliveries that are not at their end, oldest first."""
        with self.state.reading() as tx:
            return ledger.undelivered(tx, self.channel.merchant, self.channel.order_source)

    def leftovers(self) -> list[tuple[int, str]]:
        """Deliveries that may have left a temporary file at the other side, and its name."""
        with self.state.reading() as tx:
            return ledger.unpublished_temp_names(tx, self.channel)

    def current(self, delivery_id: int) -> Row[Any]:
        """A delivery as it is now."""
        with self.state.reading() as tx:
            return ledger.delivery(tx, delivery_id)

    def forget_temp_name(self, delivery_id: int) -> None:
        """Records that nothing lies under the delivery's temporary name any more."""
        with self.state.writing() as tx:
            ledger.change_delivery(tx, delivery_id, temp_name=None)

    def move(self, row: Row[Any], state: DeliveryState, **values: Any) -> Row[Any]:
        """Records the next state of a delivery; returns it as it is then."""
        with self.state.writing() as tx:
            self.channel.row(tx)
            ledger.change_delivery(tx, row.id, state=state, **values)
            self.channel.note(tx, self.clock(), state, run=row.run_id, delivery=row.id, detail=values.get("error"))
            return ledger.delivery(tx, row.id)

    def hold(self, row: Row[Any], why: str, **values: Any) -> None:
        """Records that a person must decide."""
        self.move(row, DeliveryState.HELD, error=why, **values)
        with self.state.writing() as tx:
            ledger.change_run(tx, row.run_id, status="held", message=why, finished_at=self.clock())

    def failed(self, delivery_id: int, error: TransportError, state: DeliveryState) -> None:
        """Records an error; what may have arrived stays as it is until that is known."""
        row = self.current(delivery_id)
        if row.state in UNSETTLED:
            state = DeliveryState(row.state)
        self.move(row, state, error=str(error), error_class=type(error).__name__)
        with self.state.writing() as tx:
            ledger.change_run(tx, row.run_id, status="failed", finished_at=self.clock(), message=str(error))

    def delivered(self, row: Row[Any]) -> None:
        """Records that a file has arrived: in this transaction the baseline moves."""
        now = self.clock()
        with self.state.writing() as tx:
            baseline = {"baseline": row.baseline, "baseline_settings": row.settings, "baseline_at": now}
            self.channel.change(tx, **baseline, **({"full_at": now} if row.kind == "full" else {}))
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
            self.channel.note(tx, now, "delivered", run=row.run_id, delivery=row.id, detail=row.destination)

    def _awaits(self, now: datetime) -> dict[str, Any]:
        """Until when the order source should have answered, if it is expected to."""
        return {"answer": "awaited", "answer_due": now + self.answers_within} if self.answers_within else {}
