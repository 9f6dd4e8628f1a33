"""What stops a feed that would do harm, beside what every run shows."""

from __future__ import annotations

import pytest
from looking import command, states
from shop import STOCK, Shop

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
