"""Whether a complete snapshot may be loaded, judged by those before it. Decisions alone: nothing is read or written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

import polars as pl

from batch.models import SnapshotGuards, percent
from formats.snapshot.result import SnapshotRead
from mappings.levels import part_of
from mappings.model import Levels, warehouse_column, warehouses_of


class Size(NamedTuple):
    """How much a snapshot says of one warehouse: SKUs with a number, and their units."""

    skus: int
    units: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a snapshot says: rows of the file, SKUs and units in total and of each warehouse."""

    rows: int
    skus: int
    units: int
    warehouses: Mapping[str, Size]


@dataclass(frozen=True, slots=True)
class Streak:
    """How many snapshots in a row said the same as the one before, and since when that has been said."""

    runs: int
    since: datetime


def extent_of(said: SnapshotRead) -> Extent:
    """How much a snapshot says."""
    columns = {w: said.available[warehouse_column(w)] for w in warehouses_of(said.available)}
    sizes = {w: Size(levels.len() - levels.null_count(), int(levels.sum())) for w, levels in columns.items()}
    return Extent(said.counts.rows, said.counts.skus, said.counts.units, sizes)


def suspicious(
    guards: SnapshotGuards, now: Extent, history: Sequence[Extent], *, expected: Collection[str], unnamed: float
) -> str | None:
    """Why a snapshot should not be loaded without a person's word; None where it may.

    Args:
        guards: the limits.
        now: of the snapshot.
        history: of the snapshots loaded before, newest first. Without any, only ``min_skus`` is judged.
        expected: warehouses that are listed and enabled.
        unnamed: how many percent of the SKUs of the last snapshot this one doesn't name.
    """
    return next(_reasons(guards, now, history[: guards.median_of], expected, unnamed), None)


def _reasons(
    guards: SnapshotGuards, now: Extent, history: Sequence[Extent], expected: Collection[str], unnamed: float
) -> Iterator[str]:
    if now.skus < guards.min_skus:
        yield f"it has {now.skus} SKUs; min_skus asks for {guards.min_skus}"
    if not history:
        return
    if guards.missing_warehouse == "hold" and (missing := sorted(_missing(now, history[0], expected))):
        yield f'it says nothing of warehouse {", ".join(missing)}; missing_warehouse = "load" would allow that'
    if median(before.skus for before in history) >= guards.smallest:
        yield from _in_total(guards, now, history, unnamed)
    for warehouse in history[0].warehouses:
        yield from _of_warehouse(guards, warehouse, now, history)


def _missing(now: Extent, last: Extent, expected: Collection[str]) -> Iterator[str]:
    """The expected warehouses of which the last snapshot said something and this one says nothing."""
    for warehouse, size in last.warehouses.items():
        if warehouse in expected and size.skus and not now.warehouses.get(warehouse, Size(0, 0)).skus:
            yield warehouse


def _in_total(guards: SnapshotGuards, now: Extent, history: Sequence[Extent], unnamed: float) -> Iterator[str]:
    if unnamed > percent(guards.max_skus_fallen):
        limit = f"max_skus_fallen allows {guards.max_skus_fallen}"
        yield f"it does not name {unnamed:.0f} % of the SKUs of the last snapshot; {limit}"
    rows, skus, units = ([getattr(e, what) for e in history] for what in ("rows", "skus", "units"))
    yield from _fallen("rows", now.rows, rows, "max_rows_fallen", guards.max_rows_fallen)
    yield from _fallen("SKUs", now.skus, skus, "max_skus_fallen", guards.max_skus_fallen)
    yield from _fallen("units", now.units, units, "max_units_fallen", guards.max_units_fallen)
    yield from _risen("rows", now.rows, rows, "max_rows_rise", guards.max_rows_rise)
    yield from _risen("units", now.units, units, "max_units_rise", guards.max_units_rise)


def _of_warehouse(guards: SnapshotGuards, warehouse: str, now: Extent, history: Sequence[Extent]) -> Iterator[str]:
    before = [e.warehouses[warehouse] for e in history if warehouse in e.warehouses]
    skus, units = [size.skus for size in before], [size.units for size in before]
    if median(skus) < guards.smallest or warehouse not in now.warehouses:
        return
    size, fallen, rise = now.warehouses[warehouse], "max_warehouse_{}_fallen", "max_warehouse_units_rise"
    where = f"in warehouse {warehouse}"
    yield from _fallen(f"SKUs {where}", size.skus, skus, fallen.format("skus"), guards.max_warehouse_skus_fallen)
    yield from _fallen(f"units {where}", size.units, units, fallen.format("units"), guards.max_warehouse_units_fallen)
    yield from _risen(f"units {where}", size.units, units, rise, guards.max_warehouse_units_rise)


def _fallen(what: str, now: int, before: Sequence[int], setting: str, limit: str) -> Iterator[str]:
    usual = median(before)
    if usual and 100 * (usual - now) / usual > percent(limit):
        fell = f"{what} fell by {100 * (usual - now) / usual:.0f} %, to {now} from {usual:.0f}"
        yield f"{fell}, {_median_of(before)}; {setting} allows {limit}"


def _risen(what: str, now: int, before: Sequence[int], setting: str, limit: float) -> Iterator[str]:
    usual = median(before)
    if usual and now > limit * usual:
        rose = f"{what} rose {now / usual:.1f} times, to {now} from {usual:.0f}"
        yield f"{rose}, {_median_of(before)}; {setting} is {limit:g}"


def _median_of(before: Sequence[int]) -> str:
    return "the snapshot before" if len(before) == 1 else f"the median of the last {len(before)} snapshots"


def unnamed_percent(before: Levels | None, said: SnapshotRead) -> float:
    """How many percent of the SKUs that the last snapshot named this one doesn't name; bad rows name theirs."""
    if before is not None and said.of_warehouse:
        before = part_of(before, said.of_warehouse)
    if before is None or "absent" not in before.available.columns:
        return 0.0
    known = before.available.filter(pl.col("absent") == 0).select("sku")
    named = pl.concat([said.available["sku"], pl.Series("sku", said.untrusted, pl.String)])
    return 100 * known.join(named.to_frame(), on="sku", how="anti").height / max(known.height, 1)


def continued(streak: Streak | None, before: Levels | None, after: Levels, now: datetime) -> Streak:
    """How long the levels have been the same, with the ones of a snapshot that is looked at now."""
    if streak is None or before is None:
        return Streak(0, now)
    same = before.drop_absent().available.equals(after.drop_absent().available)
    return replace(streak, runs=streak.runs + 1) if same else Streak(0, now)


def is_long(guards: SnapshotGuards, streak: Streak, now: datetime) -> bool:
    """Whether a source has said the same for so long that its orders should be looked at."""
    return 0 < guards.frozen_runs <= streak.runs and now - streak.since >= guards.frozen_for


def frozen(guards: SnapshotGuards, streak: Streak, orders: int, now: datetime) -> str | None:
    """Why a source seems to repeat an old snapshot; None where it doesn't.

    Args:
        guards: the limits.
        streak: with this snapshot.
        orders: lines for its SKUs that came in since then, ``frozen_for`` ago or earlier.
        now: the clock (UTC).
    """
    if not is_long(guards, streak, now) or orders < guards.frozen_runs:
        return None
    hours, limit = ((time / timedelta(hours=1)) for time in (now - streak.since, guards.frozen_for))
    return (
        f"it says the same as the {streak.runs} before it, for {hours:.0f} h, although {orders} order lines came in "
        f"more than {limit:.0f} h ago; look whether the export is frozen (frozen_runs, frozen_for)"
    )
