"""What sets a snapshot aside before it is loaded, and how it goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from looking import command, levels, rows
from shop import Shop

from batch.intake import Taken
from batch.models import SnapshotGuards
from batch.snapshot_guards import Extent, Size, Streak, frozen, suspicious

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def extent(skus: int = 100, units: int = 1000, rows: int | None = None, **warehouses: tuple[int, int]) -> Extent:
    sizes = {code: Size(*size) for code, size in warehouses.items()}
    return Extent(skus if rows is None else rows, skus, units, sizes)


def judged(now: Extent, *before: Extent, unnamed: float = 0.0, **settings: Any) -> str | None:
    guards = SnapshotGuards.model_validate(settings)
    return suspicious(guards, now, before, expected=["EAST", "WEST"], unnamed=unnamed)


# The decisions


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (extent(rows=69), "rows fell by 31 %, to 69 from 100, the median of the last 3 snapshots; max_rows_fallen"),
        (extent(skus=69, rows=100), "SKUs fell by 31 %, to 69 from 100, the median of the last 3 snapshots; max_skus"),
        (extent(units=399), "units fell by 60 %, to 399 from 1000, the median of the last 3 snapshots; max_units_fa"),
        (
            extent(rows=171),
            "rows rose 1.7 times, to 171 from 100, the median of the last 3 snapshots; max_rows_rise is 1.7",
        ),
        (extent(units=4001), "units rose 4.0 times, to 4001 from 1000, the median of the last 3 snapshots; max_units"),
    ],
)
def test_what_is_beyond_a_limit_is_held(now: Extent, why: str) -> None:
    reason = judged(now, extent(), extent(skus=90, units=900), extent(skus=200, units=5000))

    assert reason is not None
    assert reason.startswith(why)


@pytest.mark.parametrize(
    "now",
    [extent(rows=70), extent(skus=70, rows=100), extent(units=400), extent(rows=170), extent(units=4000)],
)
def test_the_limit_itself_is_no_harm(now: Extent) -> None:
    assert judged(now, extent(), extent(skus=90, units=900), extent(skus=200, units=5000)) is None


def test_a_warehouse_is_judged_by_itself() -> None:
    before = extent(EAST=(80, 900), WEST=(20, 100))

    assert judged(extent(EAST=(80, 900), WEST=(9, 90)), before) == (
        "SKUs in warehouse WEST fell by 55 %, to 9 from 20, the snapshot before; max_warehouse_skus_fallen allows 50%"
    )
    assert judged(extent(EAST=(80, 900), WEST=(20, 19)), before) == (
        "units in warehouse WEST fell by 81 %, to 19 from 100, the snapshot before; "
        "max_warehouse_units_fallen allows 80%"
    )
    assert judged(extent(EAST=(80, 900), WEST=(20, 601)), before) == (
        "units in warehouse WEST rose 6.0 times, to 601 from 100, the snapshot before; max_warehouse_units_rise is 6"
    )


def test_an_enabled_warehouse_that_is_missing_is_held_however_small_it_is() -> None:
    before = extent(3, EAST=(2, 9), WEST=(1, 1), NORTH=(1, 1))

    assert judged(extent(3, EAST=(3, 9)), before) == (
        'it says nothing of warehouse WEST; missing_warehouse = "load" would allow that'
    )
    assert judged(extent(3, EAST=(3, 9)), before, missing_warehouse="load") is None


def test_a_warehouse_that_the_last_snapshot_did_not_have_is_not_expected() -> None:
    assert judged(extent(EAST=(9, 9)), extent(EAST=(9, 9)), extent(EAST=(5, 9), WEST=(4, 9))) is None


def test_another_catalogue_of_the_same_size_is_held() -> None:
    assert judged(extent(), extent(), unnamed=97.2) == (
        "it does not name 97 % of the SKUs of the last snapshot; max_skus_fallen allows 30%"
    )


def test_few_skus_are_not_judged_by_shares() -> None:
    assert judged(extent(1, 1), extent(19, 1000), unnamed=95) is None
    assert judged(extent(1, 1), extent(20, 1000), unnamed=95) is not None


def test_a_first_snapshot_is_only_judged_by_min_skus() -> None:
    assert judged(extent(1, 0)) is None
    assert judged(extent(9), min_skus=10) == "it has 9 SKUs; min_skus asks for 10"


sizes = st.integers(1, 10**6)


@given(before=st.lists(sizes, min_size=1, max_size=9), now=sizes, limit=st.integers(0, 100), last=st.integers(1, 9))
def test_what_is_held_fell_below_the_limit_of_the_median(before: list[int], now: int, limit: int, last: int) -> None:
    guards: dict[str, Any] = {
        "max_rows_fallen": f"{limit}%",
        "max_rows_rise": 10**7,
        "median_of": last,
        "smallest": 1,
    }
    counted = sorted(before[:last])
    middle = (counted[(len(counted) - 1) // 2] + counted[len(counted) // 2]) / 2

    is_held = judged(extent(rows=now), *(extent(rows=rows) for rows in before), **guards) is not None

    assert is_held == (100 * (middle - now) / middle > limit)


@given(st.lists(sizes, min_size=1, max_size=9), sizes)
def test_more_is_never_taken_for_less(before: list[int], more: int) -> None:
    now = extent(rows=max(before) + more)

    assert judged(now, *(extent(rows=rows) for rows in before), max_rows_rise=10**7) is None


@pytest.mark.parametrize(
    ("runs", "hours", "orders", "is_held"),
    [(3, 72, 3, True), (2, 72, 3, False), (3, 71, 3, False), (3, 72, 2, False), (90, 900, 0, False)],
)
def test_a_source_is_frozen_when_all_of_runs_time_and_orders_say_so(
    runs: int, hours: int, orders: int, *, is_held: bool
) -> None:
    streak = Streak(runs, NOON - timedelta(hours=hours))

    assert (frozen(SnapshotGuards(), streak, orders, NOON) is not None) == is_held


def test_frozen_says_why() -> None:
    assert frozen(SnapshotGuards(), Streak(5, NOON - timedelta(hours=100)), 12, NOON) == (
        "it says the same as the 5 before it, for 100 h, although 12 order lines came in more than 72 h ago; "
        "look whether the export is frozen (frozen_runs, frozen_for)"
    )
    assert frozen(SnapshotGuards(frozen_runs=0), Streak(5, NOON - timedelta(hours=100)), 12, NOON) is None


# What happens to the file


def stock(skus: int = 40, units: int = 10, *, warehouses: tuple[str, ...] = ("EAST", "WEST")) -> str:
    lines = [f"S{n:03d},{warehouse},{units}" for n in range(skus) for warehouse in warehouses]
    return "\n".join(["Item,Loc,Avail", *lines, ""])


def later(shop: Shop, text: str, name: str = "stock.csv", hours: float = 1) -> Taken:
    shop.later(hours=hours)
    shop.drop(text, name)
    [taken] = shop.ingest()
    return taken


UNNAMED = "it does not name 50 % of the SKUs of the last snapshot; max_skus_fallen allows 30%"


def where(shop: Shop) -> list[tuple[str, str | None]]:
    """Status and folder of every file."""
    return [(row["status"], row["kept_as"] and row["kept_as"].partition("/")[0]) for row in rows(shop, "snapshot")]


def test_a_cut_file_is_set_aside_and_the_last_levels_stand(shop: Shop) -> None:
    later(shop, stock())
    taken = later(shop, stock(20, units=9))

    assert (taken.outcome, taken.message) == ("held", f"{UNNAMED}; `tallyfeed approve acme/wms` loads it")
    assert (len(levels(shop)), levels(shop)["S000"]["total"]) == (40, 20)
    assert where(shop) == [("loaded", "archive"), ("held", "held")]
    held = shop.root / "state" / rows(shop, "snapshot")[1]["kept_as"]
    assert held.read_text() == stock(20, units=9)


def test_a_held_snapshot_can_be_approved_and_is_the_new_measure(shop: Shop) -> None:
    for n in range(5):
        later(shop, stock(units=10 + n))
    later(shop, stock(20, units=9))

    approved = command(shop, "approve", "acme/wms")
    next_one = later(shop, stock(20, units=8))

    assert (approved.code, approved.out) == (0, "acme/wms: stock.csv loaded: 40 rows, 20 SKUs, 360 units\n")
    assert next_one.outcome == "loaded"
    assert levels(shop)["S000"]["total"] == 16
    assert where(shop)[-3:] == [("superseded", None), ("loaded", "archive"), ("loaded", "archive")]


def test_what_is_not_held_cannot_be_approved(shop: Shop) -> None:
    later(shop, stock())

    approved = command(shop, "approve", "acme/wms")

    assert (approved.code, approved.err) == (2, "tallyfeed: nothing of acme/wms is held\n")


def test_a_healthy_snapshot_makes_a_held_one_moot(shop: Shop) -> None:
    later(shop, stock())
    later(shop, stock(20))
    healthy = later(shop, stock(41))

    assert healthy.outcome == "loaded"
    assert where(shop) == [("loaded", "archive"), ("superseded", "archive"), ("loaded", "archive")]
    assert command(shop, "approve", "acme/wms").code == 2


def test_a_healthy_snapshot_of_an_earlier_moment_leaves_a_held_one(shop: Shop) -> None:
    later(shop, stock())
    later(shop, stock(20))
    shop.later(hours=-2)
    late = later(shop, stock(41), hours=1.5)

    assert late.outcome == "loaded"
    assert [row["status"] for row in rows(shop, "snapshot")] == ["loaded", "held", "loaded"]


def test_the_newest_of_several_held_snapshots_waits_and_the_hold_is_as_old_as_the_first(shop: Shop) -> None:
    later(shop, stock())
    later(shop, stock(20), "first.csv")
    later(shop, stock(19), "second.csv")

    first, second = rows(shop, "snapshot")[1:]
    assert (first["status"], second["status"]) == ("superseded", "held")
    assert first["held_since"] == second["held_since"]


def test_status_says_what_is_held_and_since_when(shop: Shop) -> None:
    later(shop, stock())
    later(shop, stock(20, units=9), "cut.csv")
    later(shop, stock(), "again.csv")

    [source] = json.loads(command(shop, "status", "--json").out)["sources"]

    assert (source["status"], source["file"], source["held_file"], source["message"]) == (
        "held",
        "stock.csv",
        "cut.csv",
        UNNAMED,
    )
    assert source["held_since"] == "2026-11-20T14:00:00+00:00"


def test_holding_a_snapshot_ends_with_13_and_order_sources_go_on(shop: Shop) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    later(shop, stock(), hours=0)
    shop.later(minutes=1)
    shop.drop(stock(20))

    finished = command(shop, "run")

    assert finished.code == 13
    assert "acme/web" in finished.out
    assert [file.name for file in shop.delivered()] != []
    shop.later(minutes=1)
    shop.drop(stock(19))
    assert command(shop, "ingest").code == 13
    assert command(shop, "run").code == 0


def test_a_dry_run_says_that_a_snapshot_would_be_held(shop: Shop) -> None:
    later(shop, stock())
    shop.web()
    shop.later(hours=1)
    shop.drop(stock(20), "cut.csv")

    finished = command(shop, "run", "--dry-run")

    assert f"as it was told last; cut.csv would be held: {UNNAMED}" in finished.out


def test_limits_are_settings(shop: Shop) -> None:
    shop.add('\n[sources.wms.guards]\nmax_skus_fallen = "60%"\nmax_rows_fallen = "60%"\n')
    later(shop, stock())

    assert later(shop, stock(20)).outcome == "loaded"


def test_a_source_of_changes_is_not_judged_and_takes_no_guards(shop: Shop) -> None:
    shop.replace('format = "csv"', 'format = "csv"\ncontent = "changes"')
    later(shop, stock())

    assert later(shop, stock(1, warehouses=("EAST",))).outcome == "loaded"
    shop.add("\n[sources.wms.guards]\nmin_skus = 3\n")
    assert command(shop, "check").err.endswith(
        "acme.toml: sources.wms.csv: guards compare whole snapshots, which this source doesn't send "
        '(content = "changes"); max_zeroed and max_rise of the order sources judge what it leads to\n'
    )


# Frozen

ORDERS = "order_id,sku,quantity,ordered_at\n1,S001,1,2026-11-21T13:00Z\n2,S002,1,2026-11-21T13:00Z\n"


def a_week(shop: Shop, orders: str, text: str = stock()) -> list[str]:
    shop.add('\n[orders]\npath = "orders.csv"\n')
    shop.write("orders.csv", orders)
    return [later(shop, text, hours=24).outcome for _ in range(6)]


def test_a_snapshot_that_never_changes_while_orders_come_in_is_held(shop: Shop) -> None:
    outcomes = a_week(shop, ORDERS + "3,S003,1,2026-11-21T23:00Z\n")

    assert outcomes == ["loaded", "duplicate", "duplicate", "duplicate", "held", "held"]
    assert command(shop, "approve", "acme/wms").code == 0
    assert later(shop, stock(), hours=24).outcome == "duplicate"


@pytest.mark.parametrize("third", ["", "3,S003,1,2026-11-21T23:00Z,cancelled\n", "3,OTHER,1,2026-11-23T13:00Z,\n"])
def test_without_orders_for_its_skus_it_is_only_quiet(shop: Shop, third: str) -> None:
    head, *lines = ORDERS.splitlines()
    orders = "\n".join([f"{head},status", *(f"{line}," for line in lines), third])

    assert a_week(shop, orders)[4:] == ["duplicate", "duplicate"]


def test_a_file_that_differs_only_in_its_moment_says_the_same(shop: Shop) -> None:
    shop.replace('available = "Avail" }', 'available = "Avail", as_of = "AsOf" }')
    shop.add('\n[orders]\npath = "orders.csv"\n')
    shop.write("orders.csv", ORDERS + "3,S003,1,2026-11-21T23:00Z\n")
    outcomes = []
    for day in range(6):
        lines = stock().replace("Avail", "Avail,AsOf").replace(",10\n", f",10,2026-11-{21 + day}T12:00Z\n")
        outcomes.append(later(shop, lines, hours=24).outcome)

    assert outcomes == ["loaded", "loaded", "loaded", "loaded", "held", "held"]
    assert rows(shop, "snapshot")[3]["unchanged_runs"] == 3


# A process that dies


@pytest.mark.parametrize("point", ["claimed", "snapshot recorded"])
def test_a_process_that_dies_while_it_sets_a_file_aside_leaves_one_that_can_be_approved(shop: Shop, point: str) -> None:
    shop.now = shop.now.now(shop.now.tzinfo) - timedelta(hours=2)
    later(shop, stock())
    shop.later(hours=1)
    shop.drop(stock(20))
    killed = shop.cli("ingest", TALLYFEED_CRASH_AT=point)
    again = shop.cli("ingest")
    approved = shop.cli("approve", "acme/wms")

    assert (killed.returncode, again.returncode, approved.returncode) == (-9, 13, 0)
    assert [row["status"] for row in rows(shop, "snapshot") if row["kept_as"]] == ["loaded", "loaded"]
    assert levels(shop)["S030"]["total"] == 0


@pytest.mark.parametrize("point", ["levels kept", "snapshot recorded"])
def test_a_process_that_dies_while_it_loads_what_was_approved_loses_nothing(shop: Shop, point: str) -> None:
    shop.now = shop.now.now(shop.now.tzinfo) - timedelta(hours=2)
    later(shop, stock())
    later(shop, stock(20))
    killed = shop.cli("approve", "acme/wms", TALLYFEED_CRASH_AT=point)
    shop.cli("ingest")
    shop.cli("approve", "acme/wms")

    assert killed.returncode == -9
    assert levels(shop)["S030"]["total"] == 0
    kept = [shop.root / "state" / row["kept_as"] for row in rows(shop, "snapshot") if row["kept_as"]]
    assert [file.is_file() for file in kept] == [True, True]
    assert list((shop.root / "state" / "work" / "acme" / "wms").iterdir()) == []
