"""Rules of marketplaces and web shops that a sample does not show."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from lxml import etree
from sample_feeds import EAST, make_feed, numbered_feed, profile, written


@pytest.mark.parametrize("name", ["mirakl-sto01", "mirakl-of01-partial"])
def test_an_offer_whose_sku_mirakl_refuses_is_held_back(name: str) -> None:
    feed = make_feed([("A/1", 1, 0), ("B" * 40, 1, 0), ("C" * 41, 1, 0), ("D", 1, 0)])
    assert [row[0::3] for row in profile(name).unwritable(feed).rows()] == [
        ("A/1", "is not a SKU without a slash"),
        ("C" * 41, "is longer than 40 characters"),
    ]


def test_mirakl_gets_at_most_a_billion_of_an_offer() -> None:
    feed = make_feed([("A", 1_000_000_000, 0), ("B", 1_000_000_001, 0)])
    held = [("B", "wh:EAST", "1000000001", "is more than 1000000000")]
    assert profile("mirakl-sto01").unwritable(feed).rows() == held


def test_the_rows_of_an_offer_are_neighbours(tmp_path: Path) -> None:
    rows = written(profile("mirakl-sto01"), numbered_feed(50), tmp_path).decode().splitlines()[1:]
    offers = [code for code, _ in groupby(row.split(";")[0] for row in rows)]
    assert offers == [f"SKU-{number:06d}" for number in range(50)]


def test_an_offer_without_a_price_that_mirakl_reads_is_held_back() -> None:
    feed = make_feed([("A", 1, 0, "1.50"), ("B", 1, 0, None), ("C", 1, 0, "1,50")], details=["price"])
    assert profile("mirakl-of01").unwritable(replace(feed, values={"state": "11"})).rows() == [
        ("B", "detail:price", None, "is missing"),
        ("C", "detail:price", "1,50", "is not a price such as 19.90"),
    ]


def test_an_item_ships_to_walmart_in_whole_days_or_nothing_is_said_of_it(tmp_path: Path) -> None:
    feed = make_feed([("A", 1, "2"), ("B", 1, None), ("C", 1, "2-3 weeks")], (EAST,), details=["lead_days"])
    assert profile("walmart-xml").unwritable(feed).rows() == [
        ("C", "detail:lead_days", "2-3 weeks", "is not a number of days")
    ]
    file = etree.fromstring(written(profile("walmart-xml"), replace(feed, lines=feed.lines[:2]), tmp_path))
    assert [days.text for days in file.iter("{http://walmart.com/}fulfillmentLagTime")] == ["2"]
