"""The default limits against a year of made-up merchants: how often they hold a normal day, and what they let through.

    .venv/bin/pytest -s tests/test_batch_guards_calibrated.py

prints the counts that docs/guards.md names.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

import polars as pl
import pytest
from merchant_year import DAYS, MerchantYear, extents, lines, merchant_year, unnamed_percents
from shop import NOON

from batch.guards import FeedGuards
from batch.models import OrderSource, SnapshotGuards
from batch.snapshot_guards import Extent, Streak, frozen, suspicious

col = pl.col

MERCHANTS = 200
GUARDS = SnapshotGuards()
FEEDS = FeedGuards(
    OrderSource.model_validate({"profile": "csv", "deliver": {"type": "folder", "path": "web"}}), by_warehouse=True
)


@pytest.fixture(scope="module")
def years() -> list[MerchantYear]:
    return [merchant_year(seed) for seed in range(MERCHANTS)]


def say(text: str) -> None:
    sys.stdout.write(f"\n{text}")


def setting(why: str) -> str:
    """The setting that a reason names."""
    return str(re.findall(r"m(?:ax|in|issing)_\w+", why)[-1])


def holds_of(year: MerchantYear) -> Iterator[str]:
    """What held a snapshot of a normal day; each is approved."""
    sizes, unnamed = year.sizes, unnamed_percents(year.rows)
    history: list[Extent] = []
    for day in sorted(sizes):
        why = suspicious(GUARDS, sizes[day], history, expected=year.warehouses, unnamed=unnamed.get(day, 0.0))
        if why:
            yield setting(why)
        history = [sizes[day], *([] if why else history[: GUARDS.median_of - 1])]


def test_normal_days_are_hardly_ever_held(years: list[MerchantYear]) -> None:
    held = Counter(name for year in years for name in holds_of(year))

    days = MERCHANTS * DAYS
    say(f"normal days: {days} snapshots of {MERCHANTS} merchants, held {held.total()}: {dict(held)}")
    assert held.total() <= 0.005 * days


def doubtful_days(year: MerchantYear) -> list[int]:
    """The days that the guards could hold; on all others less went to 0 than a limit, and nothing rose by so much."""
    sold = year.rows.filter(col("quantity") > 0)
    return sorted({*changed_days(sold, ["sku"], 0.25), *changed_days(sold, ["sku", "warehouse"], 0.45)})


def changed_days(sold: pl.DataFrame, place: list[str], share: float) -> set[int]:
    """The days on which more than a share of what was sellable went, or a quantity rose by more than 9,000."""
    now = sold.group_by("day", *place).agg(col("quantity").sum())
    before = now.with_columns(col("day") + 1)
    both = before.join(now, on=["day", *place], how="full", suffix=":now", coalesce=True).filter(
        col("day").is_between(1, DAYS - 1)
    )
    gone = (col("quantity").is_not_null() & col("quantity:now").is_null()).sum() / col("quantity").count()
    most = (col("quantity:now") - col("quantity").fill_null(0)).max()
    found = both.group_by("day", *place[1:]).agg(gone=gone, most=most)
    return set(found.filter((col("gone") > share) | (col("most") > 9000))["day"])


def test_feeds_of_normal_days_are_hardly_ever_held(years: list[MerchantYear]) -> None:
    held: Counter[str] = Counter()
    for year in years:
        for day in doubtful_days(year):
            now, before = (lines(year.of_day(d), year.warehouses) for d in (day, day - 1))
            if why := FEEDS.harmful(now, before):
                held[setting(why)] += 1

    days = MERCHANTS * DAYS
    say(f"normal days: {days} feeds of {MERCHANTS} merchants, held {held.total()}: {dict(held)}")
    assert held.total() <= 0.005 * days


Fault = Callable[[pl.DataFrame, Random], pl.DataFrame]


def cut(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    """The first 10 to 69 % of the rows: more is lost than max_rows_fallen allows."""
    return rows.head(max(1, int(rows.height * random.uniform(0.1, 0.69))))


def cut_by_sku(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    return cut(rows.sort("sku", "warehouse"), random)


def zeroed_warehouse(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    victim = random.choice(rows["warehouse"].unique().sort().to_list())
    return rows.with_columns(pl.when(col("warehouse") != victim).then("quantity").otherwise(0).alias("quantity"))


def all_zero(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    return rows.with_columns(quantity=pl.lit(0, pl.Int64))


def missing_warehouse(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    victim = random.choice(rows["warehouse"].unique().sort().to_list())
    return rows.filter(col("warehouse") != victim)


def shifted(times: int) -> Fault:
    return lambda rows, random: rows.with_columns(col("quantity") * times)


def divided(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    return rows.with_columns(col("quantity") // 10)


def doubled(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    return pl.concat([rows, rows])


def of_another_merchant(rows: pl.DataFrame, random: Random) -> pl.DataFrame:
    return rows.with_columns(col("sku") + 10_000)


FAULTS: dict[str, Fault] = {
    "cut in the middle, by warehouse": cut,
    "cut in the middle, by SKU": cut_by_sku,
    "all quantities 0": all_zero,
    "quantities of a warehouse 0": zeroed_warehouse,
    "a warehouse missing": missing_warehouse,
    "quantities x 10": shifted(10),
    "quantities x 100": shifted(100),
    "quantities / 10": divided,
    "every row twice": doubled,
    "another merchant's file": of_another_merchant,
}
#: Only what the guards by shares see: they don't look at fewer than 20 SKUs.
BY_SHARES = {"quantities x 10", "quantities x 100", "quantities / 10", "every row twice", "quantities of a warehouse 0"}


def caught(year: MerchantYear, day: int, bad: pl.DataFrame) -> bool:
    """Whether the snapshot or, if it is loaded, the feed is held."""
    good, sizes = year.of_day(day - 1), year.sizes
    named = bad["sku"].unique()
    known = good["sku"].unique()
    unnamed = 100 * known.filter(~known.is_in(named.implode())).len() / known.len()
    history = [sizes[d] for d in range(day - 1, day - 1 - GUARDS.median_of, -1) if d in sizes]
    now = extents(bad.with_columns(day=pl.lit(day)))[day]
    return bool(
        suspicious(GUARDS, now, history, expected=year.warehouses, unnamed=unnamed)
        or FEEDS.harmful(lines(bad, year.warehouses), lines(good, year.warehouses))
    )


def is_judged(name: str, good: pl.DataFrame, year: MerchantYear) -> bool:
    """Whether a fault can do harm to this file, and more of it than the limits allow."""
    if "a warehouse" in name and good["warehouse"].n_unique() < 2:
        return False
    smallest = good.group_by("warehouse").len()["len"].min()
    few = smallest if name == "quantities of a warehouse 0" else good["sku"].n_unique()
    return name not in BY_SHARES or int(str(few)) >= 1.3 * GUARDS.smallest


@pytest.mark.parametrize("name", FAULTS)
def test_broken_files_are_held(name: str, years: list[MerchantYear]) -> None:
    random, held, missed = Random(7), 0, Counter[int]()
    for year in years:
        for day in random.sample(range(20, DAYS), 3):
            good = year.of_day(day)
            if good["sku"].n_unique() < 5 or not is_judged(name, good, year):
                continue
            if caught(year, day, FAULTS[name](good, random)):
                held += 1
            else:
                missed[year.skus] += 1

    total = held + missed.total()
    say(f"{name}: {held} of {total} held; missed by size: {dict(missed)}")
    assert total >= 100
    assert held >= 0.99 * total


# Frozen exports


def frozen_days(random: Random, *, stuck_on: int | None = None) -> list[int]:
    """The days on which an export is taken for frozen; each time a person approves.

    Four snapshots a day. Half of the merchants count stock down when they ship, which is at 17:00 and not at weekends.
    """
    per_day, at_once = random.choice((0.1, 0.3, 1.0, 3.0, 10.0)), random.random() < 0.5
    held: list[int] = []
    since, runs, said, shipped, waiting = NOON, 0, -1, 0, 0
    ordered: list[datetime] = []
    for step in range(4 * DAYS):
        now, day = NOON + timedelta(hours=6 * step), step // 4
        new = sum(random.random() < per_day / 40 for _ in range(10))
        waiting += new
        ordered += [now] * new
        if at_once or (step % 4 == 1 and now.weekday() < 5):
            shipped, waiting = shipped + waiting, 0
        if said == shipped or (stuck_on is not None and day >= stuck_on):
            runs += 1
        else:
            said, since, runs = shipped, now, 0
        late = sum(since < moment <= now - GUARDS.frozen_for for moment in ordered[-200:])
        if frozen(GUARDS, Streak(runs, since), late, now):
            held.append(day)
            since, runs = now, 0
    return held


def test_exports_that_rest_are_hardly_ever_taken_for_frozen() -> None:
    held = sum(len(frozen_days(Random(seed))) for seed in range(MERCHANTS))

    say(f"exports that change when they should: held {held} of {MERCHANTS * DAYS} days")
    assert held <= 0.005 * MERCHANTS * DAYS


def test_exports_that_got_stuck_are_held() -> None:
    late = [(frozen_days(Random(seed), stuck_on=200) or [DAYS]) for seed in range(MERCHANTS)]
    found = sum(any(day >= 200 for day in days) for days in late)

    say(f"exports that got stuck: {found} of {MERCHANTS} held")
    assert found >= 0.99 * MERCHANTS
