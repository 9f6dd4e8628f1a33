"""When an order source is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_LOOK_BACK = (timedelta(hours=2), timedelta(days=2), timedelta(days=32), timedelta(days=370))


def last_due(schedule: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The latest moment (UTC) at or before ``now`` that a schedule names; None if there was none within a year.

    Args:
        schedule: five cron fields, in the merchant's time zone; a night with two 1:30s runs once.
        zone: the merchant's time zone.
        now: the clock (UTC).
    """
    from cronsim import CronSim

    for look_back in _LOOK_BACK:
        latest = None
        for moment in CronSim(schedule, (now - look_back).astimezone(zone)):
            if moment.astimezone(UTC) > now:
                break
            latest = moment.astimezone(UTC)
        if latest is not None:
            return latest
    return None
