"""What stops a feed that would do harm, before it is built and before it leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from batch.inputs import Inputs
from batch.models import Merchant, OrderSource, percent
from batch.profiles import Profile
from mappings.delta import DESTRUCTIVE, dropped_lines, risen, zeroed
from mappings.model import WAREHOUSE_PREFIX, FeedKind, Warehouse

#: A warehouse of which fewer products were sellable is not judged by itself: two or three of them are soon half.
FEWEST_SELLABLE = 20


def stale(merchant: Merchant, inputs: Inputs, warehouses: Sequence[Warehouse], now: datetime) -> str | None:
    """Why the levels are too old to be told; None where they are not."""
    levels = inputs.levels
    true_at = {w.code: levels.as_of[w.code] for w in warehouses if w.code in levels.as_of}
    ages: Mapping[str, timedelta] = {
        code: now - max(moment, inputs.confirmed.get(code, moment)) for code, moment in true_at.items()
    }
    oldest = max(ages, key=ages.__getitem__, default=None)
    limit = min(source.max_age for source in merchant.sources.values())
    if oldest is None or ages[oldest] <= limit:
        return None
    return (
        f"the levels of warehouse {oldest} are of {levels.as_of[oldest]:%Y-%m-%d %H:%M} UTC, "
        f"{_hours(ages[oldest])} old; max_age allows {_hours(limit)}: send a newer snapshot, or raise it"
    )


@dataclass(frozen=True, slots=True)
class FeedGuards:
    """What one order source may be told.

    Attributes:
        settings: the limits.
        by_warehouse: whether its files say what lies in which warehouse.
    """

    settings: OrderSource
    by_warehouse: bool

    def harmful(self, lines: pl.DataFrame, baseline: pl.DataFrame | None) -> str | None:
        """Why a feed should not leave without a person's word; None where it may.

        Args:
            lines: all that may be sold now.
            baseline: what was told last; None: only ``min_lines`` is judged.
        """
        if lines.height < self.settings.min_lines:
            return f"it offers {lines.height} products; min_lines asks for {self.settings.min_lines}"
        return None if baseline is None else self._mass_drop(lines, baseline) or self._jump(lines, baseline)

    def passing(self, lines: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
        """The lines at 0 that may be told although the rest is held; none where too many would be."""
        if self.settings.hold == "everything" or self._mass_drop(lines, baseline):
            return lines.clear()
        return dropped_lines(lines, baseline)

    def _mass_drop(self, lines: pl.DataFrame, baseline: pl.DataFrame) -> str | None:
        zeros, what = zeroed(lines, baseline), "the products sellable until now"
        why = _too_many(*zeros.pop("quantity"), what, "max_zeroed", self.settings.max_zeroed)
        setting, limit = "max_zeroed_per_warehouse", self.settings.max_zeroed_per_warehouse
        for column, (count, sellable) in zeros.items():
            if self.by_warehouse and sellable >= FEWEST_SELLABLE:
                where = f"{what} from warehouse {column.removeprefix(WAREHOUSE_PREFIX)}"
                why = why or _too_many(count, sellable, where, setting, limit)
        return why

    def _jump(self, lines: pl.DataFrame, baseline: pl.DataFrame) -> str | None:
        limit = self.settings.max_rise
        jumps = risen(lines, baseline, times=limit.times, units=limit.units)
        if jumps.is_empty():
            return None
        code, quantity, before = jumps.sort("quantity", "code", descending=[True, False]).row(0)
        more = f" and {jumps.height - 1} more" if jumps.height > 1 else ""
        return (
            f"{code}{more} would rise more than {limit.times} times and by more than {limit.units} units, "
            f"from {before} to {quantity}; max_rise holds that"
        )


def _too_many(zeros: int, sellable: int, what: str, setting: str, limit: str) -> str | None:
    if 100 * zeros <= percent(limit) * sellable:
        return None
    return f"it would zero {math.ceil(100 * zeros / sellable)} % of {what}; {setting} allows {percent(limit)} %"


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
