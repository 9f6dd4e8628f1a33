"""Snapshots as JSON: lists within lists, numbers as they are written, a document to a line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from snapshot_reading import levels
from table_snapshots import complaints, read_as, refused_as

from formats.snapshot.json_snapshot import JsonSnapshot

FLAT: dict[str, Any] = {"columns": {"sku": "sku", "available": "qty"}}
WALMART: dict[str, Any] = {
    "rows": "inventory",
    "inside": ["shipNodes"],
    "columns": {"sku": "../sku", "warehouse": "shipNode", "available": "quantity/amount"},
}


def node(name: str, amount: object) -> dict[str, object]:
    return {"shipNode": name, "quantity": {"unit": "EACH", "amount": amount}}


def walmart(*inventory: object) -> str:
    items = ",\n".join(map(json.dumps, inventory))
    return f'{{"inventoryHeader": {{"version": "1.5"}}, "inventory": [\n{items}\n]}}'


def test_the_warehouses_of_a_product_are_rows(tmp_path: Path) -> None:
    content = walmart(
        {"sku": "00123", "shipNodes": [node("E", 5), node("W", 5.0)]}, {"shipNodes": [node("E", "7")], "sku": 123}
    )

    assert levels(read_as(JsonSnapshot, tmp_path, content, **WALMART)) == {
        ("00123", "E"): 5,
        ("00123", "W"): 5,
        ("123", "E"): 7,
    }


def test_lots_within_warehouses_within_products_are_summed(tmp_path: Path) -> None:
    products = {
        "00123": {"warehouses": {"E": {"lots": [{"lot": "1", "units": 2}, {"lot": "2", "units": 3}]}}},
        "B": {"warehouses": {"E": {"lots": [], "units": 9}, "W": {"lots": [{"lot": "1", "units": 4}]}}},
    }

    said = read_as(
        JsonSnapshot,
        tmp_path,
        json.dumps({"snapshot": {"products": products, "taken_at": "2026-01-01T06:00:00Z"}}),
        rows="snapshot/products/*",
        inside=["warehouses/*", "lots"],
        columns={
            "sku": "../../../@key",
            "warehouse": "../@key",
            "lot": "lot",
            "available": "units",
            "as_of": "../../../../../taken_at",
        },
    )

    assert levels(said) == {("00123", "E"): 5, ("B", "E"): 9, ("B", "W"): 4}
    assert set(said.as_of.values()) == {datetime(2026, 1, 1, 6, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("content", "settings", "expected"),
    [
        (
            [{"sku": "A", "warehouses": [{"code": "E", "quantity": 3, "cost": 1.5}], "quantityAvailable": 3}],
            {
                "inside": ["warehouses"],
                "columns": {"sku": "../sku", "warehouse": "code", "available": "quantity"},
            },
            {("A", "E"): 3},
        ),
        (
            {"lists": [{"code": "E", "items": [{"sku": "A", "n": 1}]}, {"items": [{"sku": "A", "n": 2}], "code": "W"}]},
            {"rows": "lists/items", "columns": {"sku": "sku", "warehouse": "../code", "available": "n"}},
            {("A", "E"): 1, ("A", "W"): 2},
        ),
        (
            {"A": {"E": 1, "W": None}, "B": {"W": 2}},
            {"rows": "*", "columns": {"sku": "@key"}, "warehouse_columns": {"E": "E", "W": "W"}},
            {("A", "E"): 1, ("B", "W"): 2},
        ),
        (
            {"A": {"E": 1}, "B": {"W": 2}},
            {"rows": "*/*", "columns": {"sku": "../@key", "warehouse": "@key", "available": "."}},
            {("A", "E"): 1, ("B", "W"): 2},
        ),
        ({"sku": "A", "qty": 1}, FLAT, {("A", "default"): 1}),
        ([[{"sku": "A", "qty": 1}], [], [[{"sku": "B", "qty": 2}]]], FLAT, {("A", "default"): 1, ("B", "default"): 2}),
    ],
    ids=["dsco", "a list per warehouse", "a key per warehouse", "keys alone", "one object", "lists in lists"],
)
def test_layouts_in_use_are_read(
    tmp_path: Path, content: object, settings: dict[str, Any], expected: dict[tuple[str, str], int]
) -> None:
    assert levels(read_as(JsonSnapshot, tmp_path, json.dumps(content), **settings)) == expected


def test_a_product_without_warehouses_is_a_total(tmp_path: Path) -> None:
    content = json.dumps([{"sku": "A", "quantity": 3, "warehouses": []}, {"sku": "B", "quantity": 4}])

    said = read_as(
        JsonSnapshot,
        tmp_path,
        content,
        inside=["warehouses"],
        columns={"sku": "../sku", "warehouse": "code", "available": "quantity"},
    )

    assert levels(said) == {("A", "default"): 3, ("B", "default"): 4}


def test_numbers_keep_their_text(tmp_path: Path) -> None:
    content = (
        '[{"sku":90.750,"qty":5.0},{"sku":"007","qty":"1"},{"sku":123456789012345678901,"qty":2},{"sku":1e5,"qty":3}]'
    )

    said = read_as(JsonSnapshot, tmp_path, content, **FLAT)

    assert {sku for sku, _ in levels(said)} == {"90.750", "007", "123456789012345678901", "1e5"}


@pytest.mark.parametrize("between", ["\n", "\r\n", "", " \n\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_to_a_line_is_read(tmp_path: Path, between: str, encoding: str) -> None:
    content = between.join(json.dumps({"sku": f"Ä{n}", "qty": n}, ensure_ascii=False) for n in range(5))

    said = read_as(JsonSnapshot, tmp_path, content.encode(encoding), **FLAT)

    assert levels(said) == {(f"Ä{n}", "default"): n for n in range(5)}


def test_files_longer_than_one_look_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formats.snapshot.json_text._CHUNK", 7)
    items = [{"sku": f"SKU-{n}", "qty": n, "note": "x" * n} for n in range(100)]

    expected = {(f"SKU-{n}", "default"): n for n in range(100)}
    assert levels(read_as(JsonSnapshot, tmp_path, json.dumps(items), **FLAT)) == expected
    assert levels(read_as(JsonSnapshot, tmp_path, "\n".join(map(json.dumps, items)), **FLAT)) == expected


def test_a_bad_row_is_told_by_its_path_and_leaves_its_sku_in_doubt(tmp_path: Path) -> None:
    content = walmart(
        {"sku": "A", "shipNodes": [node("E", 1), node("W", {"n": 1})]},
        {"sku": "B", "shipNodes": [node("", 1)]},
        {"sku": "C", "shipNodes": [None, node("E", None)]},
        None,
        {"sku": "D"},
        {"sku": ["E"], "shipNodes": [node("E", 1)]},
        {"sku": "F", "shipNodes": [node("E", True)]},
        {"sku": "G", "shipNodes": [node("E", 9)]},
    )

    said = read_as(JsonSnapshot, tmp_path, content, **WALMART, max_bad_rows=8)

    assert complaints(said) == [
        (
            "inventory[0].shipNodes[1] in line 2",
            None,
            None,
            'has at "quantity/amount" an object instead of a value',
            "A",
        ),
        ("inventory[1].shipNodes[0] in line 3", "shipNode", "", "is empty", "B"),
        ("inventory[2].shipNodes[0] in line 4", "shipNode", "", "is empty", "C"),
        ("inventory[2].shipNodes[1] in line 4", "quantity/amount", "", "is empty", "C"),
        ("inventory[3] in line 5", "../sku", "", "is empty", None),
        ("inventory[4] in line 6", "quantity/amount", "", "is empty", "D"),
        ("inventory[5].shipNodes[0] in line 7", None, None, 'has at "../sku" a list instead of a value', None),
        ("inventory[6].shipNodes[0] in line 8", "quantity/amount", "true", "is not a whole number", "F"),
    ]
    assert levels(said) == {("G", "E"): 9}
    assert said.untrusted == ("A", "B", "C", "D", "F")


@pytest.mark.parametrize(
    ("quantity", "complaint"),
    [
        ("NaN", ("line 1", "qty", "NaN", "is not a whole number", "A")),
        ("-Infinity", ("line 1", "qty", "-Infinity", "is not a whole number", "A")),
        ("1e400", ("line 1", "qty", "1e400", "is not a whole number", "A")),
        ("99999999999999999999", None),
        ('"\\ud800"', ("line 1", None, None, 'has at "qty" characters that are no text', "A")),
        ('"\\u0000"', ("line 1", None, None, 'has at "qty" characters that are no text', "A")),
        ('1, "qty": 2', ("line 1", None, None, 'has at "qty" 2 values', "A")),
        ('1, "qty": 1', ("line 1", None, None, 'has at "qty" 2 values', "A")),
        ("null", ("line 1", "qty", "", "is empty", "A")),
    ],
)
def test_a_quantity_that_is_none_is_quarantined(
    tmp_path: Path, quantity: str, complaint: tuple[str | None, ...] | None
) -> None:
    said = read_as(JsonSnapshot, tmp_path, f'{{"sku":"A","qty":{quantity}}}\n{{"sku":"B","qty":1}}', **FLAT)

    assert levels(said) == {("B", "default"): 1}
    assert said.untrusted == ("A",)
    assert complaint is None or complaints(said) == [complaint]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b'{"other": []}', 'it holds no row: nothing is at "inventory"'),
        (b'{"inventory": []}', 'it holds no row: nothing is at "inventory"'),
        (b'{"inventory":\n[{"sku": "A"', "line 2: it is not JSON, or not all of it: Expecting ',' delimiter"),
        (b'{"inventory":[]', 'line 1: it is not JSON, or not all of it: expected "}"'),
        (b'{"inventory":[1 2]}', 'line 1: it is not JSON, or not all of it: expected "]"'),
        (b'{"inventory":[]}}', "line 1: it is not JSON, or not all of it: Expecting value"),
        (b"{'inventory':[]}", "line 1: it is not JSON, or not all of it: expected a key in quotes"),
        (b"sku,qty\nA,1\n", "line 1: it is not JSON, or not all of it: Expecting value"),
        (b'{"inventory":"\n\xff"}', "byte 0xFF is not UTF-8; JSON is UTF-8"),
        (b'{"inventory":[],"inventory":[]}', 'line 1: the key "inventory" is in an object twice'),
        (
            b'{"inventory":[{"sku":"A","shipNodes":[],"shipNodes":[]}]}',
            'inventory[0] in line 1 has within it the key "shipNodes" twice',
        ),
        (b"[" * 200_000, "line 1: values are nested too deeply"),
        (b'{"x":' * 200_000, "line 1: values are nested too deeply"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    assert refused_as(JsonSnapshot, tmp_path, content, **WALMART) == f"stock: {reason}"


def test_a_value_of_endless_length_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formats.snapshot.json_text.LONGEST_VALUE", 1_000_000)

    said = refused_as(JsonSnapshot, tmp_path, '[\n{"sku": "' + "A" * 5_000_000, **FLAT)

    assert said == "stock: line 2: one value is longer than 1,000,000 characters; correct rows"


def test_a_pattern_of_columns_is_no_setting() -> None:
    with pytest.raises(ValidationError, match="warehouse_columns is no pattern here; list the path"):
        JsonSnapshot.model_validate({"columns": {"sku": "sku"}, "warehouse_columns": "qty_{warehouse}"})


@pytest.mark.parametrize("inside", ["", "../shipNodes", "ship//Nodes", "@key"])
def test_a_path_that_names_no_element_is_no_setting(inside: str) -> None:
    with pytest.raises(ValidationError, match="inside"):
        JsonSnapshot.model_validate({**WALMART, "inside": [inside]})
