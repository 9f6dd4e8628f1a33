"""Whether an order source is due now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from batch.models import Merchant, OrderSource
from batch.schedule import last_due


@dataclass(frozen=True, slots=True)
class Slot:
    """Why a run happens now. The same reason has the same key, so that a second start joins the first."""

    key: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class NotDue:
    """Why nothing happens now."""

    reason: str


def due(
    owner: Merchant,
    settings: OrderSource,
    *,
    inputs: str,
    last: Row[Any] | None,
    full_at: datetime | None,
    now: datetime,
    full: bool,
    ignore_schedule: bool,
) -> Slot | NotDue:
    """Decides whether an order source is due.

    With a schedule it is due once for every moment that the schedule names, without one whenever something changed;
    in both cases a full feed is due ``at_least_every`` so often.

    Args:
        owner: the merchant, for its time zone.
        settings: of the order source.
        inputs: fingerprint of everything that the numbers and the file are made of.
        last: the newest run that ended well.
        full_at: when the last full feed was delivered.
        now: the clock (UTC).
        full: a full feed was asked for.
        ignore_schedule: don't wait for the schedule.
    """
    if full:
        return Slot(f"full {now.isoformat()}", full=True)
    every = settings.at_least_every
    if every is not None and full_at is not None and now - full_at >= every:
        return Slot(f"full after {every}: {now.isoformat()}", full=True)
    if settings.schedule is not None and not ignore_schedule:
        moment = last_due(settings.schedule, ZoneInfo(owner.timezone), now)
        if moment is None or (last is not None and last.started_at >= moment):
            return NotDue(f"not due: its schedule is {settings.schedule}")
        return Slot(f"at {moment.isoformat()}")
    if last is not None and last.inputs == inputs:
        return NotDue("nothing to do: no new snapshot, order or setting since the last run")
    return Slot(f"after {last.id if last else 0}: {inputs}")
