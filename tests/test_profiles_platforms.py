"""What Radial, TrueCommerce, Newegg and other platforms demand beyond the layout of their files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_feeds import EAST, FEED, WEST, make_feed, profile, written
from shop import Shop

from batch.profiles import built_in_profiles, load_profile
from formats.feed.errors import FeedError
from mappings.delta import DESTRUCTIVE

#: What a file of these leaves out is lost; an 846 says itself which kind of feed it is.
LOSING = [
    name
    for name, file in built_in_profiles().items()
    if not name.startswith("846-") and load_profile(name, file.parent).absent in DESTRUCTIVE
]
RADIAL = ["source", "source_type", "destination", "destination_type", "status_type"]


def test_a_code_twice_at_truecommerce_is_held_back_on_every_line_that_has_it() -> None:
    details = ["upc", "style", "on_order", "next_date", "price"]
    cells = [("a", 1, "085001200017"), ("b", 2, "085001200017"), ("c", 3, "0850012000"), ("d", 4, "4006381333931")]
    feed = make_feed([(*row, "S", None, None, None) for row in cells], [EAST], details=details)
    assert profile("truecommerce-home").unwritable(feed).rows() == [
        ("a", "detail:upc", "085001200017", "is the same on another line"),
        ("b", "detail:upc", "085001200017", "is the same on another line"),
        ("c", "detail:upc", "0850012000", "is not 12 or 13 digits"),
    ]


def test_a_discontinued_product_is_available_at_the_end_of_time_at_truecommerce(tmp_path: Path) -> None:
    details = ["upc", "style", "on_order", "next_date", "price"]
    row = ("a", 0, "085001200017", "S", None, "2027-01-15", None)
    feeds = [make_feed([row], [EAST], details=details, statuses=[status]) for status in ("active", "gone")]
    lines = [written(profile("truecommerce-home"), feed, tmp_path).decode() for feed in feeds]
    assert [line.split(",")[3] for line in lines] == ["20270115", "20491231"]


def test_a_facility_never_occurs_twice_at_radial() -> None:
    twice = replace(FEED, warehouses=[EAST, replace(WEST, partner_code="31415")], values=dict.fromkeys(RADIAL, "x"))
    with pytest.raises(FeedError) as error:
        profile("radial-facility-status").unwritable(twice)
    assert str(error.value) == (
        "shop: warehouses EAST and WEST are both called '31415'; give each its own code in warehouse_codes"
    )


def test_newegg_gets_at_most_ten_thousand_records_in_a_file(shop: Shop) -> None:
    shop.write("products.csv", "sku\n")
    shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "newegg-json"\nvalues = { country = "USA" }')
    shop.drop("Item,Loc,Avail\n" + "".join(f"SKU-{number},EAST,1\n" for number in range(10_001)))
    shop.web()
    items = [_items(json.loads(file.read_text())) for file in shop.delivered()]
    assert [len(part) for part in items] == [10_000, 1]


def _items(document: Any) -> list[Any]:
    return list(document["NeweggEnvelope"]["Message"]["Inventory"]["Item"])


@pytest.mark.parametrize("name", LOSING)
def test_no_delta_goes_where_what_a_file_leaves_out_is_lost(shop: Shop, name: str) -> None:
    shop.replace('profile = "csv"\nfeed = "delta"', f'profile = "{name}"\nfeed = "delta"')
    report = shop.web()
    assert (report.status, shop.delivered()) == ("failed", [])
    assert report.message.splitlines()[0].endswith(f"order_sources.web.feed: {name} takes full feeds alone")
