from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from batch.schedule import last_due

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("schedule", "now", "due"),
    [
        ("15 * * * *", datetime(2026, 11, 20, 12, 15), datetime(2026, 11, 20, 12, 15)),
        ("15 * * * *", datetime(2026, 11, 20, 12, 14, 59), datetime(2026, 11, 20, 11, 15)),
        ("30 1 * * *", datetime(2026, 11, 20, 12), datetime(2026, 11, 20, 6, 30)),
        ("0 6 * * 1", datetime(2026, 11, 20, 12), datetime(2026, 11, 16, 11)),
        ("0 0 1 1 *", datetime(2026, 11, 20, 12), datetime(2026, 1, 1, 5)),
    ],
)
def test_the_latest_moment_that_a_schedule_names(schedule: str, now: datetime, due: datetime) -> None:
    assert last_due(schedule, NEW_YORK, now.replace(tzinfo=UTC)) == due.replace(tzinfo=UTC)


def test_a_night_with_two_half_past_ones_has_one_run() -> None:
    hours = [datetime(2026, 11, 1, hour, 45, tzinfo=UTC) for hour in (5, 6, 7)]

    found = [last_due("30 1 * * *", NEW_YORK, now) for now in hours]

    assert found == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC)] * 3


def test_a_night_without_half_past_two_has_a_run_all_the_same() -> None:
    before = last_due("30 2 * * *", NEW_YORK, datetime(2027, 3, 14, 6, 59, tzinfo=UTC))
    after = last_due("30 2 * * *", NEW_YORK, datetime(2027, 3, 14, 7, 59, tzinfo=UTC))

    assert before == datetime(2027, 3, 13, 7, 30, tzinfo=UTC)
    assert after == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)


def test_a_moment_more_than_a_year_ago_is_not_looked_for() -> None:
    assert last_due("0 0 29 2 *", NEW_YORK, datetime(2026, 11, 20, tzinfo=UTC)) is None
