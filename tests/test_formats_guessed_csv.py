"""CSV snapshots of which nobody has said what their columns mean."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from shop import MERCHANT, Shop
from snapshot_reading import FILE_TIME, NEW_YORK, levels

from formats.errors import FileRefused
from formats.snapshot.guessed_csv import GuessedCsv
from formats.snapshot.result import SnapshotRead


def read(folder: Path, content: str | bytes, **settings: object) -> SnapshotRead:
    file = folder / "stock.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    source = GuessedCsv.model_validate(settings)
    return source.read(file, warehouses=(), file_time=FILE_TIME, timezone=NEW_YORK)


def refused(folder: Path, content: str) -> str:
    with pytest.raises(FileRefused) as caught:
        read(folder, content)
    return str(caught.value)


def test_columns_are_known_by_their_headers_and_the_guess_is_shown(tmp_path: Path) -> None:
    said = read(tmp_path, "Item Number;Loc;Available;On Hand\nMUG;EAST;5;9\n")

    assert levels(said) == {("MUG", "EAST"): 5}
    assert said.notes == ("columns guessed: Item Number = sku, Loc = warehouse, Available = available", "delimiter ';'")


def test_what_is_allocated_is_subtracted_where_nothing_says_what_is_available(tmp_path: Path) -> None:
    said = read(tmp_path, "SKU,Warehouse,Qty On Hand,Qty Allocated\nMUG,EAST,9,4\n")

    assert levels(said) == {("MUG", "EAST"): 5}


def test_it_is_said_that_all_that_is_on_hand_is_sold(tmp_path: Path) -> None:
    said = read(tmp_path, "sku,quantity\nMUG,9\n")

    assert said.notes == ("columns guessed: sku = sku, quantity = on_hand; all that is on hand is sold",)


def test_warehouses_that_a_cell_lists_are_read(tmp_path: Path) -> None:
    said = read(tmp_path, 'sku,Stock by DC\nMUG,"NYC=1, Atlanta=3"\n')

    assert levels(said) == {("MUG", "NYC"): 1, ("MUG", "Atlanta"): 3}
    assert said.notes == ("columns guessed: sku = sku, Stock by DC = warehouses with their quantities",)


def test_a_packed_file_is_guessed_too(tmp_path: Path) -> None:
    assert levels(read(tmp_path, gzip.compress(b"sku,available\nMUG,9\n"))) == {("MUG", "default"): 9}


def test_settings_beside_the_columns_hold(tmp_path: Path) -> None:
    said = read(tmp_path, "sku,available\nMUG,9\nMUG,1\n", duplicates="sum")

    assert levels(said) == {("MUG", "default"): 10}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "sku,Item,available\nMUG,M,5\n",
            "stock.csv: columns sku and Item could both be the sku; name one in columns.sku",
        ),
        (
            "What,available\nMUG,5\n",
            "stock.csv: no column is known as the SKU: What, available; name it in columns.sku",
        ),
        (
            "sku,much\nMUG,5\n",
            "stock.csv: no column is known as a quantity: sku, much; name it in columns.available",
        ),
        (
            "sku,Qty East,Qty West\nMUG,5,6\n",
            "stock.csv: columns Qty {warehouse} could be of one warehouse each; set columns to say what they are",
        ),
    ],
)
def test_what_is_in_doubt_is_refused_with_what_it_could_be(tmp_path: Path, content: str, problem: str) -> None:
    assert refused(tmp_path, content) == problem


def test_a_source_without_columns_is_guessed(tmp_path: Path) -> None:
    shop = Shop(
        tmp_path,
        merchant_toml=MERCHANT.replace('columns = { sku = "Item", warehouse = "Loc", available = "Avail" }\n', ""),
    )
    shop.drop()

    [taken] = shop.ingest()

    assert (taken.outcome, taken.message) == (
        "loaded",
        "4 rows, 3 SKUs, 53 units; columns guessed: Item = sku, Loc = warehouse, Avail = available",
    )
