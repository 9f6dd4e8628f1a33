"""What stops a feed that would do harm, beside what every run shows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from looking import command, rows, states
from shop import NOON, STOCK, Shop

from batch.run import Report

GONE = "Item,Loc,Avail\nMUG,EAST,12\nMUG,WEST,4\nBOX,EAST,7\nPEN,WEST,0\n"


def test_a_feed_that_is_too_short_is_held_from_the_first_one_on(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', "min_lines = 4")
    shop.drop()

    report = shop.web()

    assert (report.status, report.exit_code, shop.delivered()) == ("held", 13, [])
    assert report.message == "it offers 3 products; min_lines asks for 4; `tallyfeed approve acme/web` sends it"


def test_exactly_as_many_products_as_asked_for_are_enough(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', "min_lines = 3")
    shop.drop()

    assert shop.web().status == "success"


def test_a_delta_is_shorter_than_the_catalogue_and_not_too_short(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', "min_lines = 3")
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))

    report = shop.web()

    assert (report.status, report.lines) == ("success", 1)


@pytest.mark.parametrize(("limit", "status"), [("32%", "held"), ("33%", "held"), ("34%", "success")])
def test_one_of_three_products_at_zero_is_a_third(shop: Shop, limit: str, status: str) -> None:
    shop.replace('max_zeroed = "50%"', f'max_zeroed = "{limit}"')
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(GONE)

    assert shop.web().status == status


def test_products_that_are_no_longer_offered_count_as_zeroed(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', 'max_zeroed = "30%"')
    shop.drop()
    shop.web()
    shop.replace('feed = "delta"', 'feed = "delta"\nexclude = ["PEN"]')

    report = shop.web()

    assert (report.status, report.message.partition(";")[0]) == (
        "held",
        "it would zero 34 % of the products sellable until now",
    )


def test_a_first_feed_of_zeros_is_no_loss(shop: Shop) -> None:
    shop.drop("Item,Loc,Avail\nMUG,EAST,0\n")

    assert shop.web().status == "success"


def test_a_held_feed_moves_no_baseline(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', 'max_zeroed = "0%"')
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(GONE)
    held = shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("MUG,EAST,12", "MUG,EAST,13"))
    healthy = shop.web()

    assert (held.status, healthy.status, healthy.lines) == ("held", "success", 1)
    assert states(shop) == ["delivered", "superseded", "delivered"]


def test_asking_for_a_full_feed_does_not_go_around_the_guard(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', 'max_zeroed = "0%"')
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(GONE)

    assert shop.web(full=True).status == "held"


def test_only_the_warehouses_that_an_order_source_sells_from_must_be_fresh(shop: Shop) -> None:
    shop.replace('available = "Avail" }', 'available = "Avail", as_of = "AsOf" }')
    shop.replace('feed = "delta"', 'feed = "delta"\nwarehouses = ["WEST"]')
    everywhere = 'profile = "csv"\ndeliver = { type = "folder", path = "all" }'
    shop.add(f"\n[order_sources.all]\n{everywhere}\n")
    (shop.root / "all").mkdir()
    shop.drop("Item,Loc,Avail,AsOf\nMUG,EAST,12,2026-11-17T12:00Z\nMUG,WEST,4,2026-11-20T12:00Z\n")

    reports = shop.run()

    assert reports["web"].status == "success"
    assert (reports["all"].status, reports["all"].message) == (
        "held",
        "the levels of warehouse EAST are of 2026-11-17 12:00 UTC, 72 h old; max_age allows 48 h: "
        "send a newer snapshot, or raise it",
    )


def test_a_fresh_snapshot_ends_the_hold_of_old_levels(shop: Shop) -> None:
    shop.drop()
    shop.ingest()
    shop.later(hours=49)
    held = shop.web()
    shop.drop(STOCK.replace("12", "11"))
    fresh = shop.web()

    assert (held.status, fresh.status) == ("held", "success")


def test_old_levels_cannot_be_approved_away(shop: Shop) -> None:
    shop.drop()
    shop.ingest()
    shop.later(hours=49)
    shop.web()

    approved = command(shop, "approve", "acme/web")

    assert (approved.code, approved.err) == (2, "tallyfeed: nothing of acme/web is held\n")


def test_a_held_order_source_does_not_stop_the_others(shop: Shop) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.replace('max_zeroed = "50%"', "min_lines = 4")
    shop.add('\n[order_sources.all]\nprofile = "csv"\ndeliver = { type = "folder", path = "all" }\n')
    (shop.root / "all").mkdir()
    shop.drop()

    finished = command(shop, "run")

    assert finished.code == 13
    assert (len(shop.delivered()), len(shop.delivered("all"))) == (0, 1)


REPLACING = """\
title = "Own"
evidence = "ours"
source = "us"
feed = "full"
absent = "deleted"
file_name = "all-{sequence}{suffix}"
[format]
type = "csv"
warehouses = "total"
columns = [{ header = "code", value = "{code}" }, { header = "qty", value = "{total}" }]
[format.rules.code]
longest = 3
"""


def test_a_full_file_that_would_delete_what_it_cannot_hold_is_held_until_a_person_says_so(shop: Shop) -> None:
    shop.write("profiles/own.toml", REPLACING)
    shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "own"')
    shop.drop("Item,Loc,Avail\nMUG,EAST,12\nTEAPOT,EAST,3\n")

    report = shop.web()

    assert (report.status, shop.delivered()) == ("held", [])
    assert report.message == (
        "1 of its products can't be written, and the order source takes those that a full file leaves out as gone; "
        "the first: 'TEAPOT', code 'TEAPOT' is longer than 3 characters; `tallyfeed approve acme/web` sends it"
    )
    assert shop.cli("approve", "acme/web").returncode == 0
    assert [file.read_text() for file in shop.delivered()] == ["code,qty\nMUG,12\n"]


def test_a_file_whose_absent_products_are_deleted_is_never_made_of_changes(shop: Shop) -> None:
    shop.write("profiles/own.toml", REPLACING)
    shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "own"')
    shop.replace('format = "csv"', 'format = "csv"\ncontent = "changes"')
    shop.drop()

    assert shop.web().message.endswith(
        "order_sources.web.profile: with own an absent SKU is deleted, so it needs complete snapshots; "
        "source wms sends changes"
    )


# A warehouse of the breakdown


def stock(*warehouses: str, skus: int = 40, units: int = 10, **other: int) -> str:
    """So many SKUs of 10 in each warehouse; ``S003=0`` makes it another number."""
    lines = [f"S{n:03d},{w},{other.get(f'S{n:03d}', units)}" for n in range(skus) for w in warehouses]
    return "\n".join(["Item,Loc,Avail", *lines, ""])


def half_of_west(shop: Shop, skus: int) -> Report:
    """WEST loses more than half of its SKUs, which EAST still has."""
    shop.drop(stock("EAST", "WEST", skus=skus))
    shop.web()
    shop.later(hours=1)
    lost = [f"S{n:03d},WEST,10\n" for n in range(skus // 2 + 1)]
    text = stock("EAST", "WEST", skus=skus)
    for line in lost:
        text = text.replace(line, line.replace(",10", ",0"))
    shop.drop(text)
    return shop.web()


def test_a_warehouse_that_would_lose_half_of_its_products_is_held(shop: Shop) -> None:
    report = half_of_west(shop, skus=20)

    assert (report.status, report.message) == (
        "held",
        "it would zero 55 % of the products sellable until now from warehouse WEST; max_zeroed_per_warehouse allows "
        "50 %; `tallyfeed approve acme/web` sends it",
    )


def test_a_small_warehouse_is_not_judged_by_itself(shop: Shop) -> None:
    assert half_of_west(shop, skus=19).status == "success"


def test_warehouses_that_a_profile_does_not_tell_are_not_judged(shop: Shop) -> None:
    shop.replace('profile = "csv"', 'profile = "csv-total"')

    assert half_of_west(shop, skus=20).status == "success"


# Jumps of a single product


def test_a_quantity_that_looks_like_a_barcode_is_held(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("MUG,EAST,12", "MUG,EAST,4006381"))

    report = shop.web()

    assert (report.status, report.message) == (
        "held",
        "MUG would rise more than 10 times and by more than 10000 units, from 16 to 4006385; max_rise holds that; "
        "`tallyfeed approve acme/web` sends it",
    )


def test_how_far_a_product_may_rise_is_a_setting(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.replace('max_zeroed = "50%"', "max_rise = { times = 2, units = 10 }")
    shop.later(hours=1)
    shop.drop(STOCK.replace("BOX,EAST,7", "BOX,EAST,14").replace("PEN,WEST,30", "PEN,WEST,61"))

    assert shop.web().message.startswith("PEN would rise more than 2 times and by more than 10 units, from 30 to 61;")


# What dropped to 0 may pass

PASSING = 'max_rise = { times = 2, units = 10 }\nhold = "increases_and_mass_drops"'


def doubtful(shop: Shop, *, hold: str = PASSING) -> Report:
    """One product sold out, one rose beyond belief, one fell a little."""
    shop.replace('max_zeroed = "50%"', hold)
    shop.drop(stock("EAST"))
    shop.web()
    shop.later(hours=1)
    shop.drop(stock("EAST", S001=0, S002=90, S003=9))
    return shop.web()


def test_what_dropped_to_0_is_told_while_the_rest_is_held(shop: Shop) -> None:
    report = doubtful(shop)

    assert (report.status, report.exit_code, report.kind, report.lines, report.dropped) == ("held", 13, "delta", 2, 1)
    assert report.message.endswith("`tallyfeed approve acme/web` sends it; 1 product that dropped to 0 was told")
    assert shop.newest() == "sku,warehouse,quantity\nS001,EAST,0\nS001,WEST,0\n"
    assert states(shop) == ["delivered", "delivered", "held"]


def test_the_rest_can_be_approved_and_says_nothing_twice(shop: Shop) -> None:
    doubtful(shop)
    approved = command(shop, "approve", "acme/web")

    assert approved.code == 0
    assert {line for line in shop.newest().splitlines() if "EAST" in line} == {"S002,EAST,90", "S003,EAST,9"}
    assert (shop.web().status, states(shop)) == ("nothing", ["delivered"] * 3)


def test_while_nothing_new_comes_the_held_file_stays_and_nothing_is_told_again(shop: Shop) -> None:
    doubtful(shop)
    shop.later(hours=1)
    again = shop.web()

    assert (again.status, again.dropped, states(shop)) == ("held", 0, ["delivered", "delivered", "held"])


def test_a_product_that_came_back_is_in_the_held_file_that_takes_the_place_of_the_former(shop: Shop) -> None:
    doubtful(shop)
    shop.later(hours=1)
    shop.drop(stock("EAST", S001=5, S002=90, S004=0))
    report = shop.web()

    assert (report.status, report.dropped, report.lines) == ("held", 1, 2)
    assert shop.newest() == "sku,warehouse,quantity\nS004,EAST,0\nS004,WEST,0\n"
    assert states(shop) == ["delivered", "delivered", "superseded", "delivered", "held"]
    shop.later(hours=1)
    shop.drop(stock("EAST", S001=5))
    assert (shop.web().status, shop.newest()) == (
        "success",
        "sku,warehouse,quantity\nS001,EAST,5\nS001,WEST,0\nS004,EAST,10\nS004,WEST,0\n",
    )


def test_by_default_everything_is_held(shop: Shop) -> None:
    report = doubtful(shop, hold="max_rise = { times = 2, units = 10 }")

    assert (report.status, report.dropped, states(shop)) == ("held", 0, ["delivered", "held"])


def test_when_too_much_dropped_to_0_none_of_it_is_told(shop: Shop) -> None:
    report = doubtful(shop, hold=PASSING + '\nmax_zeroed = "2%"')

    assert (report.status, report.dropped, states(shop)) == ("held", 0, ["delivered", "held"])


def test_what_was_ordered_since_old_levels_is_told_while_they_are_too_old(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', PASSING + '\nmax_zeroed = "50%"')
    shop.add('\n[orders]\npath = "orders.csv"\n')
    orders = shop.write("orders.csv", "order_id,sku,quantity,ordered_at\n")
    shop.drop()
    shop.web()
    shop.later(hours=49)
    orders.write_text("order_id,sku,quantity,ordered_at\n1,BOX,7,2026-11-21T12:00Z\n2,MUG,3,2026-11-21T12:00Z\n")

    report = shop.web()

    assert (report.status, report.dropped, states(shop)) == ("held", 1, ["delivered", "delivered"])
    assert report.message.startswith("the levels of warehouse EAST are of 2026-11-20 12:00 UTC, 49 h old;")
    assert shop.newest() == "sku,warehouse,quantity\nBOX,EAST,0\nBOX,WEST,0\n"
    assert (shop.web().status, len(shop.delivered())) == ("held", 2)


def test_drops_that_could_not_be_delivered_are_built_anew(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', PASSING)
    shop.drop(stock("EAST"))
    shop.web()
    (shop.root / "web").rename(shop.root / "away")
    shop.later(hours=1)
    shop.drop(stock("EAST", S001=0, S002=90))
    failed = shop.web()
    (shop.root / "away").rename(shop.root / "web")
    held = shop.web()

    assert (failed.status, held.status, held.dropped) == ("failed", "held", 1)
    assert states(shop) == ["delivered", "superseded", "delivered", "held"]


@pytest.mark.parametrize(
    "profile", ['profile = "csv"\nfeed = "full"', 'profile = "846-4010"\nedi = { sender = "ACME", receiver = "SHOP" }']
)
def test_an_order_source_that_is_always_told_everything_cannot_be_told_drops_alone(shop: Shop, profile: str) -> None:
    shop.replace('profile = "csv"\nfeed = "delta"', f'{profile}\nhold = "increases_and_mass_drops"')
    name = profile.split('"')[1]

    shop.drop()

    assert shop.web().message.endswith(
        f'order_sources.web.hold: {name} is told everything or nothing; "increases_and_mass_drops" needs feed = "delta"'
    )


# One alert for each hold


def alerts(shop: Shop) -> list[str]:
    return [row["what"] for row in rows(shop, "event") if row["what"] in ("hold", "hold over", "approve")]


def test_a_hold_is_noted_once_however_many_runs_meet_it(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', 'max_zeroed = "0%"')
    shop.drop()
    shop.web()
    since = []
    for n in range(3):
        shop.later(hours=1)
        shop.drop(GONE.replace("12", str(20 + n)))
        since.append(shop.web().held_since)
    shop.web()
    [order_source] = json.loads(command(shop, "status", "--json").out)["order_sources"]

    assert since == [NOON + timedelta(hours=1)] * 3
    assert order_source["held_since"] == "2026-11-20T13:00:00+00:00"
    assert "held since 2026-11-20 13:00:00" in command(shop, "status").out
    assert alerts(shop) == ["hold"]


def test_a_healthy_snapshot_ends_the_hold_and_the_next_one_is_another(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', 'max_zeroed = "0%"')
    for text in (STOCK, GONE, STOCK.replace("12", "13"), GONE):
        shop.drop(text)
        shop.web()
        shop.later(hours=1)

    assert alerts(shop) == ["hold", "hold over", "hold"]


def test_a_run_that_is_not_due_does_not_end_a_hold(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', 'max_zeroed = "0%"\nschedule = "0 * * * *"')
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(GONE)
    shop.web()
    shop.later(minutes=10)
    shop.drop(GONE.replace("12", "13"))
    shop.web()

    assert alerts(shop) == ["hold"]


@pytest.mark.parametrize("by_hand", [True, False])
def test_approval_ends_a_hold(shop: Shop, *, by_hand: bool) -> None:
    shop.replace('max_zeroed = "50%"', 'max_zeroed = "0%"')
    shop.drop()
    shop.web()
    shop.later(hours=1)
    if by_hand:
        command(shop, "hold", "acme/web")
    else:
        shop.drop(GONE)
    held = shop.web()
    command(shop, "approve", "acme/web")

    assert held.held_since is not None
    assert alerts(shop) == ["hold", "approve"]
    assert [row["held_since"] for row in rows(shop, "channel")] == [None]


def test_a_stock_that_rests_is_not_too_old_as_long_as_the_same_file_comes_again(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(days=3)
    shop.drop()  # the same content, with a new time

    assert [file.outcome for file in shop.ingest()] == ["duplicate"]
    assert shop.web(full=True).status == "success"

    shop.later(days=3)
    assert shop.web(full=True).message.startswith("the levels of warehouse EAST are of 2026-11-20 12:00 UTC, 72 h old;")


def test_a_file_that_says_itself_how_old_it_is_grows_old_however_often_it_comes(shop: Shop) -> None:
    shop.replace('available = "Avail" }', 'available = "Avail", as_of = "AsOf" }')
    shop.drop("Item,Loc,Avail,AsOf\nMUG,EAST,12,2026-11-20T12:00:00Z\n")
    shop.web()
    shop.later(days=3)
    shop.drop("Item,Loc,Avail,AsOf\nMUG,EAST,12,2026-11-20T12:00:00Z\n")

    assert shop.web(full=True).status == "held"


def test_the_same_file_again_confirms_only_the_warehouses_that_it_speaks_of(shop: Shop) -> None:
    shop.replace('format = "csv"', 'format = "csv"\nguards = { missing_warehouse = "load" }\nabsent_after = 99')
    shop.drop()
    shop.web()
    east = "Item,Loc,Avail\nMUG,EAST,12\nBOX,EAST,7\nPEN,EAST,1\n"
    shop.later(days=1)
    shop.drop(east)
    shop.web()
    shop.later(days=2)
    shop.drop(east)
    assert [file.outcome for file in shop.ingest()] == ["duplicate"]

    assert shop.web(full=True).message.startswith("the levels of warehouse WEST are of 2026-11-20 12:00 UTC, 72 h old;")


def test_the_same_file_of_one_warehouse_confirms_no_other(shop: Shop) -> None:
    shop.replace('warehouse = "Loc", ', "")
    shop.replace('format = "csv"', 'format = "csv"\nwarehouse = { file_name = "stock_([A-Z]+)" }')
    rows = "Item,Avail\nMUG,12\nBOX,7\n"
    shop.drop(rows.replace("7", "8"), "stock_WEST.csv")
    shop.ingest()
    shop.later(minutes=1)
    shop.drop(rows, "stock_EAST.csv")
    shop.web()
    shop.later(days=3)
    shop.drop(rows, "stock_EAST.csv")
    assert [file.outcome for file in shop.ingest()] == ["duplicate"]

    assert shop.web(full=True).status == "held"
