"""Several files that make one snapshot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from looking import command, levels, rows
from shop import Shop

from batch.errors import ConfigProblem

EAST = "Item,Loc,Avail\nMUG,EAST,12\nBOX,EAST,7\n"
WEST = "\ufeffItem,Loc,Avail\r\nMUG,WEST,4\r\nPEN,WEST,30\r\n"
NUMBERED = r"names = 'stock_(?P<set>\d+)_(?P<part>\d+)of(?P<of>\d+)\.csv'"
NAMED = r"""names = 'stock_(?P<set>\d+)_(?P<part>[A-Z]+)\.csv', parts = ["WEST", "EAST"]"""


@pytest.fixture
def together(shop: Shop) -> Shop:
    shop.replace('pattern = "*.csv"', f'pattern = "*.csv", together = {{ {NUMBERED} }}')
    return shop


def test_parts_wait_for_each_other_and_are_loaded_as_one(together: Shop) -> None:
    together.drop(EAST, "stock_20_01of2.csv")
    [waiting] = together.ingest()
    together.later(minutes=5)
    together.drop(WEST, "stock_20_02of2.csv")
    [loaded] = together.ingest()

    assert (waiting.file_name, waiting.outcome, waiting.message) == (
        "stock_20_01of2.csv",
        "waiting",
        "of snapshot 20 2 is not there yet",
    )
    assert (loaded.file_name, loaded.message) == ("stock_20_01of2+1.csv", "4 rows, 3 SKUs, 53 units")
    assert levels(together)["MUG"] == {"total": 16, "EAST": 12, "WEST": 4}
    assert [row["as_of"] for row in rows(together, "snapshot")] == ["2026-11-20 12:00:00.000000"]


def test_parts_are_known_by_name(shop: Shop) -> None:
    shop.replace('pattern = "*.csv"', f'pattern = "*.csv", together = {{ {NAMED} }}')
    shop.drop(EAST, "stock_20_EAST.csv")
    shop.drop(WEST, "stock_20_WEST.csv")
    shop.drop(WEST, "stock_21_WEST.csv")
    shop.drop(WEST, "stock_21_NORTH.csv")
    shop.drop(EAST, "stock_21_EAST.csv")

    assert [(file.file_name, file.outcome, file.message) for file in shop.ingest()] == [
        (
            "stock_21_EAST.csv, stock_21_NORTH.csv, stock_21_WEST.csv",
            "waiting",
            "NORTH is none of the parts of snapshot 21",
        ),
        ("stock_20_WEST+1.csv", "loaded", "4 rows, 3 SKUs, 53 units"),
    ]


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (
            EAST.replace("Loc,Avail", "Avail,Loc"),
            "the header of stock_20_2of2.csv is not that of stock_20_1of2.csv; send them again",
        ),
        (
            EAST.rstrip("\n"),
            "the last line of stock_20_1of2.csv has no line break, so it may be cut short; send it again",
        ),
        (
            EAST.encode("utf-16"),
            "stock_20_1of2.csv is UTF-16 or packed; files that make one snapshot must be plain text",
        ),
    ],
)
def test_parts_that_do_not_fit_are_not_loaded_until_a_better_one_comes(
    first: str | bytes, why: str, together: Shop
) -> None:
    together.drop(first, "stock_20_1of2.csv")
    together.drop(WEST, "stock_20_2of2.csv")
    [failed] = together.ingest()
    together.drop(EAST, "stock_20_1of2.csv")
    [loaded] = together.ingest()

    assert (failed.outcome, failed.message) == ("failed", why)
    assert loaded.outcome == "loaded"


@pytest.mark.parametrize("point", ["claimed", "joined", "levels kept", "snapshot recorded"])
def test_a_killed_intake_is_mended_by_the_next(point: str, together: Shop) -> None:
    together.drop(EAST, "stock_20_1of2.csv")
    together.drop(WEST, "stock_20_2of2.csv")
    killed = together.cli("ingest", TALLYFEED_CRASH_AT=point)
    together.ingest()

    assert killed.returncode == -9
    assert [(row["file_name"], row["status"]) for row in rows(together, "snapshot")] == [
        ("stock_20_1of2+1.csv", "loaded")
    ]
    assert levels(together)["MUG"]["total"] == 16
    assert together.ingest() == []


def test_a_dry_run_sees_the_whole_snapshot_and_moves_nothing(together: Shop) -> None:
    for name, text in (("stock_20_1of2.csv", EAST), ("stock_20_2of2.csv", WEST)):
        os.utime(together.write(f"inbox/{name}", text), (1_700_000_000, 1_700_000_000))
    together.replace("[order_sources.web]", "[order_sources.web]\nenabled = true")
    finished = command(together, "run", "--dry-run")

    assert "full, 3 lines" in finished.out
    assert sorted(file.name for file in Path(together.root, "inbox").iterdir()) == [
        "stock_20_1of2.csv",
        "stock_20_2of2.csv",
    ]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("names = 'stock_(?P<set>.)'", "must have the groups (?P<set>…) and (?P<part>…)"),
        ("names = '(?P<set>.)(?P<part>.)'", "give either parts or a group (?P<of>…) in names, exactly one of them"),
        (NUMBERED + ", parts = ['1']", "give either parts or a group (?P<of>…) in names, exactly one of them"),
    ],
)
def test_settings_that_make_no_sense_are_refused(shop: Shop, settings: str, problem: str) -> None:
    shop.replace('pattern = "*.csv"', f"together = {{ {settings} }}")

    with pytest.raises(ConfigProblem) as caught:
        shop.check()

    assert problem in str(caught.value)
