"""What stops a feed that would do harm, before it is built and before it leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from batch.models import Merchant, OrderSource
from batch.profiles import Profile
from mappings.delta import DESTRUCTIVE, zeroed_percent
from mappings.model import FeedKind, Levels, Warehouse


def stale(merchant: Merchant, levels: Levels, warehouses: Sequence[Warehouse], now: datetime) -> str | None:
    """Why these levels are too old to be told; None where they are not."""
    ages: Mapping[str, timedelta] = {w.code: now - levels.as_of[w.code] for w in warehouses if w.code in levels.as_of}
    oldest = max(ages, key=ages.__getitem__, default=None)
    limit = min(source.max_age for source in merchant.sources.values())
    if oldest is None or ages[oldest] <= limit:
        return None
    return (
        f"the levels of warehouse {oldest} are of {levels.as_of[oldest]:%Y-%m-%d %H:%M} UTC, "
        f"{_hours(ages[oldest])} old; max_age allows {_hours(limit)}: send a newer snapshot, or raise it"
    )


def harmful(settings: OrderSource, lines: pl.DataFrame, baseline: pl.DataFrame | None) -> str | None:
    """Why this feed should not leave without a person's word; None where it may."""
    if lines.height < settings.min_lines:
        return f"it offers {lines.height} products; min_lines asks for {settings.min_lines}"
    if baseline is None:
        return None
    zeroed, limit = zeroed_percent(lines, baseline), int(settings.max_zeroed.removesuffix("%"))
    if zeroed <= limit:
        return None
    return f"it would zero {math.ceil(zeroed)} % of the products sellable until now; max_zeroed allows {limit} %"


def losing(profile: Profile, kind: FeedKind, unwritable: pl.DataFrame) -> str | None:
    """Why a full feed would lose products that it can't hold; None where it loses nothing."""
    if kind != "full" or profile.absent not in DESTRUCTIVE or unwritable.is_empty():
        return None
    code, column, value, reason = unwritable.row(0)
    count = unwritable["code"].n_unique()
    return (
        f"{count} of its products can't be written, and the order source takes those that a full file leaves out as "
        f"gone; the first: {code!r}, {column} {value!r} {reason}"
    )


def _hours(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:.0f} h"
