"""A source with a file for each warehouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from looking import levels
from shop import MERCHANT, NOON, Shop

from batch.intake import Intake

PER_WAREHOUSE = MERCHANT.replace(
    'columns = { sku = "Item", warehouse = "Loc", available = "Avail" }',
    'columns = { sku = "Item", available = "Avail" }\nwarehouse = { file_name = "^stock_([A-Z]+)" }',
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, merchant_toml=PER_WAREHOUSE)


def drop(shop: Shop, warehouse: str, text: str) -> None:
    shop.drop("Item,Avail\n" + text, f"stock_{warehouse}.csv")


def outcomes(shop: Shop) -> list[tuple[str, str]]:
    return sorted((file.file_name, file.outcome) for file in shop.ingest())


def test_what_a_file_leaves_out_is_gone_from_its_warehouse_alone(shop: Shop) -> None:
    drop(shop, "EAST", "MUG,5\nBOX,7\n")
    drop(shop, "WEST", "MUG,1\nBOX,2\n")
    assert outcomes(shop) == [("stock_EAST.csv", "loaded"), ("stock_WEST.csv", "loaded")]

    shop.later(hours=1)
    drop(shop, "EAST", "MUG,4\n")

    assert outcomes(shop) == [("stock_EAST.csv", "loaded")]
    assert levels(shop) == {"BOX": {"EAST": 0, "WEST": 2, "total": 2}, "MUG": {"EAST": 4, "WEST": 1, "total": 5}}


def test_two_warehouses_may_have_the_same_stock(shop: Shop) -> None:
    drop(shop, "EAST", "MUG,5\n")
    drop(shop, "WEST", "MUG,5\n")

    assert outcomes(shop) == [("stock_EAST.csv", "loaded"), ("stock_WEST.csv", "loaded")]
    assert levels(shop)["MUG"] == {"EAST": 5, "WEST": 5, "total": 10}

    drop(shop, "WEST", "MUG,5\n")
    assert outcomes(shop) == [("stock_WEST.csv", "duplicate")]


def test_a_file_is_older_than_what_is_known_of_its_own_warehouse(shop: Shop) -> None:
    drop(shop, "EAST", "MUG,5\n")
    outcomes(shop)
    shop.now = NOON.replace(hour=11)
    drop(shop, "WEST", "MUG,3\n")
    assert outcomes(shop) == [("stock_WEST.csv", "loaded")]

    drop(shop, "EAST", "MUG,9\n")

    [taken] = shop.ingest()
    assert (taken.outcome, taken.message) == (
        "older",
        "its levels are of 2026-11-20 11:00:00 UTC, older than those of EAST (2026-11-20 12:00:00 UTC)",
    )
    assert levels(shop)["MUG"] == {"EAST": 5, "WEST": 3, "total": 8}


def test_a_file_that_names_no_warehouse_is_refused(shop: Shop) -> None:
    shop.drop("Item,Avail\nMUG,5\n", "stock.csv")

    [taken] = shop.ingest()

    assert taken.outcome == "refused"
    assert 'the name holds no code where warehouse looks for it: "^stock_([A-Z]+)"' in taken.message


def test_a_preview_keeps_the_other_warehouses(shop: Shop) -> None:
    drop(shop, "EAST", "MUG,5\n")
    drop(shop, "WEST", "MUG,1\n")
    outcomes(shop)
    shop.later(hours=1)
    drop(shop, "WEST", "MUG,2\n")

    with shop.open() as opened:
        found = Intake(opened.workspace, opened.state, "acme", "wms", shop.now).preview()

    assert found.levels is not None
    assert found.levels.drop_absent().available.rows(named=True) == [{"sku": "MUG", "wh:EAST": 5, "wh:WEST": 2}]


def test_a_file_of_another_warehouse_takes_no_held_one_away(shop: Shop) -> None:
    shop.replace("[sources.wms]\n", "[sources.wms]\nguards = { min_skus = 2 }\n")
    drop(shop, "EAST", "MUG,5\n")
    assert outcomes(shop) == [("stock_EAST.csv", "held")]
    drop(shop, "WEST", "MUG,1\nBOX,2\n")
    assert outcomes(shop) == [("stock_WEST.csv", "loaded")]

    with shop.open() as opened:
        taken = Intake(opened.workspace, opened.state, "acme", "wms", shop.now).approve()

    assert (taken.file_name, taken.outcome) == ("stock_EAST.csv", "loaded")
    assert levels(shop)["MUG"] == {"EAST": 5, "WEST": 1, "total": 6}


def test_a_file_is_judged_by_those_of_its_own_warehouse(shop: Shop) -> None:
    shop.replace("[sources.wms]\n", "[sources.wms]\nguards = { smallest = 1 }\n")
    drop(shop, "EAST", "".join(f"SKU{n},100\n" for n in range(50)))
    drop(shop, "WEST", "MUG,1\nBOX,2\n")
    assert outcomes(shop) == [("stock_EAST.csv", "loaded"), ("stock_WEST.csv", "loaded")]

    shop.later(hours=1)
    drop(shop, "EAST", "SKU1,1\n")
    drop(shop, "WEST", "MUG,1\nBOX,3\n")

    assert outcomes(shop) == [("stock_EAST.csv", "held"), ("stock_WEST.csv", "loaded")]
