"""What these destinations refuse, or would make a mess of, is held back; what destroys is called so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from lxml import etree
from sample_feeds import GOLDEN, make_feed, profile, written

from batch.profiles import Profile, built_in_profiles, load_profile
from mappings.delta import DESTRUCTIVE

SITE = {"site": "US", "country": "US", "currency": "USD"}
NOT_A_PRICE = "is not a price above 0, with a point and without a currency"
OURS = [name for name in built_in_profiles() if name.startswith(("ebay-", "amazon-", "shopify"))]


def loaded(name: str) -> Profile:
    return load_profile(name, GOLDEN)


def test_a_profile_is_named_replace_exactly_if_it_destroys_what_a_file_leaves_out() -> None:
    assert [name for name in OURS if loaded(name).absent in DESTRUCTIVE] == [
        name for name in OURS if name.endswith("-replace")
    ]


@pytest.mark.parametrize("name", ["ebay-mip-inventory", "ebay-mip-inventory-xml", "ebay-mip-availability"])
def test_ebay_takes_a_sku_of_50_characters_and_no_longer_one(name: str) -> None:
    feed = make_feed([("A" * 50, 1, 2, None), ("B" * 51, 1, 2, None)], details=["ebay_price"])
    held = profile(name).unwritable(replace(feed, values={"channel": "EBAY_US"}))
    assert held.rows() == [("B" * 51, "code", "B" * 51, "is longer than 50 characters")]


@pytest.mark.parametrize(
    ("encoding", "called", "data"), [("utf-8", "UTF-8", "Grün".encode()), ("iso-8859-1", "ISO-8859-1", b"Gr\xfcn")]
)
def test_the_first_header_of_file_exchange_says_how_the_file_is_encoded(
    encoding: str, called: str, data: bytes, tmp_path: Path
) -> None:
    feed = replace(make_feed([("Grün", 1, 2)]), values=SITE)
    header, row = written(profile("ebay-file-exchange-label", encoding=encoding), feed, tmp_path).splitlines()
    assert header.decode("ascii") == (
        f"*Action(SiteID=US|Country=US|Currency=USD|Version=1193|CC={called}),CustomLabel,*Quantity"
    )
    assert row == b"Revise," + data + b",3"


def test_file_exchange_by_item_number_holds_back_what_is_no_number() -> None:
    feed = replace(make_feed([("110000000001", 1, 2), ("NT-LAMP", 1, 2)]), values=SITE)
    assert profile("ebay-file-exchange").unwritable(feed).rows() == [
        ("NT-LAMP", "code", "NT-LAMP", "is not the number of an eBay item")
    ]


def test_a_price_for_which_amazon_would_refuse_the_file_is_held_back_and_a_missing_one_is_left_alone(
    tmp_path: Path,
) -> None:
    prices = {"A": "9.50", "B": "0.01", "C": None, "D": "0", "E": "0.00", "F": "$5", "G": "9,50", "H": "1.234"}
    feed = make_feed([(code, 1, 2, price) for code, price in prices.items()], details=["amazon_price"])
    format_ = profile("amazon-price-quantity")
    assert format_.unwritable(feed).rows() == [
        (code, "detail:amazon_price", prices[code], NOT_A_PRICE) for code in "DEFGH"
    ]
    rest = replace(feed, lines=feed.lines.head(3))
    assert written(format_, rest, tmp_path) == b"sku\tprice\tquantity\nA\t9.50\t3\nB\t0.01\t3\nC\t\t3\n"


def test_amazon_japan_reads_shift_jis(tmp_path: Path) -> None:
    feed = make_feed([("テント-2", 1, 2, "22900")], details=["amazon_price_jp"])
    data = written(profile("amazon-price-quantity-japan"), feed, tmp_path)
    assert data.decode("shift_jis") == "sku\tprice\tquantity\nテント-2\t22900\t3\n"


def test_an_offer_that_purge_and_replace_could_not_make_anew_is_held_back() -> None:
    rows = [("A", 1, 2, "B0NT000001", "9.50"), ("B", 1, 2, None, "9.50"), ("C", 1, 2, "B0NT000003", None)]
    feed = make_feed(rows, details=["asin", "amazon_price"]).lines.with_columns(pl.lit("2").alias("detail:lead_days"))
    held = profile("amazon-inventory-loader-replace").unwritable(
        replace(make_feed([]), lines=feed, values={"condition": "11"})
    )
    assert held.rows() == [
        ("B", "detail:asin", None, "is missing"),
        ("C", "detail:amazon_price", None, "is missing"),
    ]


def test_each_message_of_an_amazon_feed_has_its_own_number_from_1(tmp_path: Path) -> None:
    feed = make_feed([(f"SKU-{n}", n, 0, None, None) for n in range(12)], details=["lead_days", "next_date"])
    data = written(profile("amazon-xml"), replace(feed, values={"merchant_identifier": "A1"}), tmp_path)
    assert [id_.text for id_ in etree.fromstring(data).iter("MessageID")] == [str(n) for n in range(1, 13)]


@pytest.mark.parametrize(("name", "full"), [("amazon-vendor-df", False), ("amazon-vendor-df-replace", True)])
def test_a_vendor_says_whether_items_that_it_leaves_out_are_sold_out(name: str, full: bool, tmp_path: Path) -> None:
    feed = replace(make_feed([("A", 1, 2, None)], details=["asin"]), values={"vendor": "NRTHT"})
    assert json.loads(written(profile(name), feed, tmp_path)) == {
        "inventory": {
            "sellingParty": {"partyId": "NRTHT"},
            "isFullUpdate": full,
            "items": [{"vendorProductIdentifier": "A", "availableQuantity": {"amount": 3, "unitOfMeasure": "Each"}}],
        }
    }
