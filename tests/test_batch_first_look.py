"""``tallyfeed ingest FILE``: what is understood of an unknown file, and the configuration that reads it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from looking import Finished, levels, tallyfeed
from shop import Shop

ROWS = (
    "Item;Loc;QOH;Alloc;Stand\r\n00123;NYC;1.200,50;200;20261120\r\n00123;LA;7;0;20261120\r\nB-2;NYC;3;0;20261120\r\n"
)
WIDE = "sku,Qty New York,Qty LA\nA,2,3\nB,0,7\n"
PACKED = "Inventory Number\tDC Quantity\nA\tNYC=1, LA=3\nB\tNYC=0, LA=7\n"
REPEATED = (
    "sku,warehouse_code_1,warehouse_quantity_1,warehouse_code_2,warehouse_quantity_2\nA,NYC,1,LA,3\nB,NYC,0,LA,7\n"
)


def look(tmp_path: Path, text: str | bytes, name: str = "stock.csv") -> Finished:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tallyfeed("--workspace", str(tmp_path / "nowhere"), "ingest", str(file))


def test_everything_about_a_file_is_said_without_a_workspace(tmp_path: Path) -> None:
    finished = look(tmp_path, ROWS.encode("cp1252"))

    assert finished.code == 0
    assert finished.out.splitlines() == [
        f"{tmp_path / 'stock.csv'}, as far as it can be told:",
        "  delimiter   ;",
        "  encoding    utf-8",
        "  columns     Item = sku, Loc = warehouse, QOH = on_hand, Alloc = allocated, Stand = as_of",
        "  warehouses  a row for each",
        "  rows        3",
        "  SKUs        2",
        "  units       1,010",
        "  as of       2026-11-20 00:00 UTC",
        "",
        "warehouse  SKUs  units",
        "LA            1      7",
        "NYC           2   1003",
        "note: delimiter ';'",
        "note: quantities rounded down to whole units: 1",
        "",
        "If that is right, put this into merchants/<key>.toml:",
        "",
        "[warehouses.LA]",
        "[warehouses.NYC]",
        "[sources.stock]",
        'format = "csv"',
        'columns = { sku = "Item", warehouse = "Loc", on_hand = "QOH", allocated = "Alloc", as_of = "Stand" }',
        'decimal = ","',
        'thousands = "."',
        'as_of_format = "%Y%m%d"',
        'from = { type = "folder", path = "inbox", pattern = "*.csv" }',
    ]


@pytest.mark.parametrize("text", [ROWS, WIDE, PACKED, REPEATED], ids=["rows", "wide", "packed", "repeated"])
def test_the_lines_that_it_prints_read_the_file_to_the_same_numbers(shop: Shop, tmp_path: Path, text: str) -> None:
    said = look(tmp_path, text).out
    config = said.partition("put this into merchants/<key>.toml:\n")[2]
    shop.configure(f'name = "Acme"\n{config}')
    shop.drop(text, "stock.csv")

    assert [file.outcome for file in shop.ingest()] == ["loaded"]

    units = sum(known["total"] for known in levels(shop).values())
    assert f"  units       {units:,}\n" in said
    assert tomllib.loads(config)["sources"]["stock"]["format"] == "csv"


def test_a_file_that_only_says_what_is_on_hand_is_read_with_a_question(tmp_path: Path) -> None:
    out = look(tmp_path, "sku,qty\nA,5\nB,0\n").out

    assert "note: no column says what is available: all that is on hand would be sold; is nothing of it promised" in out
    assert 'quantity = "on_hand"' in out


def test_a_file_of_a_built_in_profile_is_recognised(tmp_path: Path) -> None:
    out = look(tmp_path, "source_code,sku,status,quantity\nnyc,A,1,5\nla,A,1,7\n").out

    assert out.splitlines()[-2:] == [
        'profile = "magento-stock-sources"',
        'from = { type = "folder", path = "inbox", pattern = "*.csv" }',
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("colour,qty\nred,5\n", "no column is known as the SKU: colour, qty; name it in columns.sku"),
        ("sku,colour\nA,red\n", "no column is known as a quantity: sku, colour; name it in columns.available"),
        ("sku,item,qty\nA,A,5\n", "columns sku and item could both be the sku; name one in columns.sku"),
        ("A,5\nB,7\n", "its first line is no header; name the columns in one, or have it sent with one"),
    ],
)
def test_a_file_that_is_not_understood_says_what_is_missing(tmp_path: Path, text: str, reason: str) -> None:
    finished = look(tmp_path, text)

    assert (finished.code, finished.err) == (1, f"tallyfeed: stock.csv: {reason}\n")
