"""Snapshots as XML: which elements are rows, what their columns are, and what is never read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from snapshot_reading import levels
from table_snapshots import complaints, read_as, refused_as

from formats.snapshot.reject_file import write_rejects
from formats.snapshot.xml_snapshot import XmlSnapshot

OURS: dict[str, Any] = {
    "rows": "inventory/item",
    "inside": ["warehouse"],
    "columns": {"sku": "../@code", "warehouse": "@code", "available": "@quantity", "as_of": "../../@as-of"},
}
ADVICE: dict[str, Any] = {
    "rows": "advice_file/product",
    "inside": ["warehouseBreakout/warehouse"],
    "columns": {"sku": "../../vendor_SKU", "warehouse": "@warehouse-id", "on_hand": "qtyonhand"},
    "quantity": "on_hand",
}
FLAT: dict[str, Any] = {"rows": "stock/item", "columns": {"sku": "sku", "available": "qty"}}


def test_our_own_layout_is_read_back(tmp_path: Path) -> None:
    said = read_as(
        XmlSnapshot,
        tmp_path,
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<inventory merchant="acme" as-of="2026-11-20T12:00:00Z" kind="full">\n'
        '  <item code="BOX" quantity="7">'
        '<warehouse code="EAST" quantity="7"/><warehouse code="WEST" quantity="0"/></item>\n'
        '  <item code="00123" quantity="4"><warehouse code="WEST" quantity="4"/></item>\n'
        "</inventory>\n",
        **OURS,
    )

    assert levels(said) == {("BOX", "EAST"): 7, ("BOX", "WEST"): 0, ("00123", "WEST"): 4}
    assert set(said.as_of.values()) == {datetime(2026, 11, 20, 12, tzinfo=UTC)}
    assert (said.counts.rows, said.notes) == (3, ())


def test_an_advice_file_is_read_by_warehouse_and_else_as_a_total(tmp_path: Path) -> None:
    said = read_as(
        XmlSnapshot,
        tmp_path,
        "<advice_file><advice_file_control_number>1</advice_file_control_number><vendor>acme</vendor>"
        "<product><vendor_SKU>BOX</vendor_SKU><qtyonhand>7</qtyonhand><warehouseBreakout>"
        '<warehouse warehouse-id="E"><qtyonhand>3</qtyonhand><next_available date="20261201" quantity="9"/></warehouse>'
        '<warehouse warehouse-id="W"><qtyonhand>4</qtyonhand></warehouse></warehouseBreakout></product>'
        "<product><vendor_SKU>MUG</vendor_SKU><qtyonhand>9</qtyonhand></product>"
        "<advice_file_count>2</advice_file_count></advice_file>",
        **ADVICE,
    )

    assert levels(said) == {("BOX", "E"): 3, ("BOX", "W"): 4, ("MUG", "default"): 9}


def test_the_list_around_the_records_names_the_warehouse_in_any_namespace(tmp_path: Path) -> None:
    def inventory_list(name: str, *records: str) -> str:
        return f'<inventory-list><header list-id="{name}"/><records>{"".join(records)}</records></inventory-list>'

    def record(sku: str, units: str, moment: str) -> str:
        return (
            f'<record product-id="{sku}"><allocation>99</allocation><ats>{units}</ats>'
            f"<allocation-timestamp>{moment}</allocation-timestamp></record>"
        )

    said = read_as(
        XmlSnapshot,
        tmp_path,
        '<d:inventory xmlns:d="http://www.demandware.com/xml/impex/inventory/2007-05-31" '
        'xmlns="http://www.demandware.com/xml/impex/inventory/2007-05-31">'
        + inventory_list("east", record("1", "5.0", "2026-01-01T06:00:00.000Z"))
        + inventory_list("west", record("1", "6", "2026-01-01T07:00:00.000Z"), record("2", "7", "2026-01-01T07:00:00Z"))
        + "</d:inventory>",
        rows="inventory/inventory-list/records/record",
        columns={
            "sku": "@product-id",
            "warehouse": "../../header/@list-id",
            "available": "ats",
            "as_of": "allocation-timestamp",
        },
    )

    assert levels(said) == {("1", "east"): 5, ("1", "west"): 6, ("2", "west"): 7}
    assert said.as_of == {
        "east": datetime(2026, 1, 1, 6, tzinfo=UTC),
        "west": datetime(2026, 1, 1, 7, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("content", "settings", "expected"),
    [
        (
            '<inventory><sku code="A"><warehouse code="E"><onhand>5</onhand><available>4</available></warehouse>'
            '<warehouse code="W"><onhand>2</onhand><available>2</available></warehouse></sku></inventory>',
            {
                "rows": "inventory/sku",
                "inside": ["warehouse"],
                "columns": {"sku": "../@code", "warehouse": "@code", "available": "available"},
            },
            {("A", "E"): 4, ("A", "W"): 2},
        ),
        (
            '<InventoryFeed xmlns="http://walmart.com/"><InventoryHeader><version>1.4</version></InventoryHeader>'
            "<inventory><sku>A</sku><quantity><unit>EACH</unit><amount>5</amount></quantity></inventory>"
            "</InventoryFeed>",
            {"rows": "InventoryFeed/inventory", "columns": {"sku": "sku", "available": "quantity/amount"}},
            {("A", "default"): 5},
        ),
        (
            "<ArrayOfSourceItem><SourceItem><sku>A</sku><source_code>E</source_code><quantity>6.8800</quantity>"
            "<status>1</status></SourceItem></ArrayOfSourceItem>",
            {
                "rows": "ArrayOfSourceItem/SourceItem",
                "columns": {"sku": "sku", "warehouse": "source_code", "available": "quantity"},
            },
            {("A", "E"): 6},
        ),
        (
            "<stock><item><sku>A</sku><east>3</east><west/></item></stock>",
            {"rows": "stock/item", "columns": {"sku": "sku"}, "warehouse_columns": {"E": "east", "W": "west"}},
            {("A", "E"): 3},
        ),
        (
            '<stock><item sku="A"><units place="E">3</units><units place="W"> 4 </units></item></stock>',
            {
                "rows": "stock/item/units",
                "columns": {"sku": "../@sku", "warehouse": "@place", "available": "."},
            },
            {("A", "E"): 3, ("A", "W"): 4},
        ),
    ],
    ids=["elastic path", "walmart", "magento", "a column per warehouse", "texts"],
)
def test_layouts_in_use_are_read(
    tmp_path: Path, content: str, settings: dict[str, Any], expected: dict[tuple[str, str], int]
) -> None:
    assert levels(read_as(XmlSnapshot, tmp_path, content, **settings)) == expected


def test_encodings_are_those_that_the_file_declares(tmp_path: Path) -> None:
    content = '<?xml version="1.0" encoding="{}"?><stock><item><sku>Größe</sku><qty>1</qty></item></stock>'

    for encoding in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
        said = read_as(XmlSnapshot, tmp_path, content.format(encoding).encode(encoding), **FLAT)
        assert levels(said) == {("Größe", "default"): 1}


def test_comments_cdata_and_character_references_are_text_like_any_other(tmp_path: Path) -> None:
    content = "<stock><item><!-- x --><sku><![CDATA[A&]]>&#66;<!-- y -->C</sku><?z?><qty> 5\n</qty></item></stock>"

    assert levels(read_as(XmlSnapshot, tmp_path, content, **FLAT)) == {("A&BC", "default"): 5}


def test_a_bad_row_is_told_by_its_line_and_leaves_its_sku_in_doubt(tmp_path: Path) -> None:
    content = (
        "<stock>\n<item><sku>A</sku><qty>1</qty></item>\n<item><sku>B</sku><qty>1O</qty></item>\n"
        "<item><sku>C</sku>\n<qty>1</qty><qty>2</qty></item>\n<item><sku>D<b/></sku><qty>1</qty></item>\n<item/></stock>"
    )

    said = read_as(XmlSnapshot, tmp_path, content, **FLAT, max_bad_rows=4)

    assert levels(said) == {("A", "default"): 1}
    assert complaints(said) == [
        ("item 2 in line 3", "qty", "1O", "is not a whole number", "B"),
        ("item 3 in line 4", None, None, 'has at "qty" 2 elements', "C"),
        ("item 4 in line 6", None, None, 'has at "sku" other elements instead of a text', None),
        ("item 5 in line 7", None, None, "has none of sku, qty", None),
    ]
    assert said.untrusted == ("B", "C")


def test_the_reject_file_has_the_columns_that_are_read(tmp_path: Path) -> None:
    said = read_as(
        XmlSnapshot, tmp_path, "<stock><item><sku>A</sku><qty>1</qty></item>\n<item><sku>B</sku></item></stock>", **FLAT
    )

    write_rejects(tmp_path / "stock.xml", said, tmp_path / "rejects.csv")

    assert (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines() == [
        "sku,qty,file,row,column,value,reason",
        "B,,stock.xml,item 2 in line 2,qty,,is empty",
    ]


def test_contradicting_rows_name_each_other(tmp_path: Path) -> None:
    items = ("<item><sku>A</sku><qty>1</qty></item>", "<item><sku>A</sku><qty>2</qty></item>")
    content = "\n".join(["<stock>", *items, "<item><sku>B</sku><qty>1</qty></item></stock>"])

    said = read_as(XmlSnapshot, tmp_path, content, **FLAT, max_bad_rows=2)

    how = "set duplicates, or name the column that tells such rows apart as lot or bin"
    assert complaints(said) == [
        ("item 1 in line 2", "qty", "1", f"contradicts item 2 in line 3; {how}", "A"),
        ("item 2 in line 3", "qty", "2", f"contradicts item 1 in line 2; {how}", "A"),
    ]


def test_a_warehouse_without_items_says_nothing(tmp_path: Path) -> None:
    said = read_as(
        XmlSnapshot,
        tmp_path,
        '<stock><place id="E"><item sku="A" n="1"/></place><place id="W"/></stock>',
        rows="stock/place",
        inside=["item"],
        columns={"sku": "@sku", "warehouse": "../@id", "available": "@n"},
    )

    assert (levels(said), said.counts.rows) == ({("A", "E"): 1}, 1)


BOMB = (
    '<!DOCTYPE stock [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<stock><item><sku>&b;</sku><qty>1</qty></item></stock>"
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "it has a DOCTYPE, which is never read; have it written without one"),
        (
            '<!DOCTYPE stock SYSTEM "file:///etc/passwd"><stock/>',
            "it has a DOCTYPE, which is never read; have it written without one",
        ),
        ("", "the file is empty"),
        ("<stock></stock>", 'it holds no row: nothing is at "stock/item"'),
        ("<shop><item/></shop>", 'it holds no row: nothing is at "stock/item"'),
    ],
    ids=["entities", "external", "empty", "no row", "another root"],
)
def test_what_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    assert refused_as(XmlSnapshot, tmp_path, content, **FLAT) == f"stock: {reason}"


@pytest.mark.parametrize(
    "content",
    [
        b"<stock><item><sku>A</sku><qty>1</qty></item>",
        b"<stock><item><sku>A</sku><qty>1",
        b"<stock><item><sku>A</sku><qty>1</qty></item></stock><stock/>",
        b"<stock><item><sku>&unknown;</sku><qty>1</qty></item></stock>",
        b"<stock><item><sku>\xff</sku><qty>1</qty></item></stock>",
        b'<?xml version="1.0" encoding="none-such"?><stock/>',
        b"sku,qty\nA,1\n",
        b"<stock><item><sku a='1' a='2'>A</sku><qty>1</qty></item></stock>",
        b"<stock><item><sku>A\x00</sku><qty>1</qty></item></stock>",
        b"<x>" * 5000,
    ],
)
def test_what_is_no_xml_or_not_all_of_it_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refused_as(XmlSnapshot, tmp_path, content, **FLAT).startswith("stock: it is not XML, or not all of it: ")


def test_a_row_of_endless_elements_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formats.snapshot.xml_snapshot.MOST_ELEMENTS", 10)
    content = f"<stock>\n<item>{'<sku/>' * 20}</item></stock>"

    reason = "line 2: more than 10 elements belong to one row; correct rows"
    assert refused_as(XmlSnapshot, tmp_path, content, **FLAT) == f"stock: {reason}"


def test_elements_that_are_not_needed_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formats.snapshot.xml_snapshot.MOST_ELEMENTS", 20)
    item = "<note><b/><b/></note><item><sku>A</sku><qty>1</qty></item>"

    assert read_as(XmlSnapshot, tmp_path, f"<stock>{item * 100}</stock>", **FLAT).counts.rows == 100


@pytest.mark.parametrize("rows", ["", "/stock/item", "stock//item", "../item", "stock/@id"])
def test_a_path_that_names_no_element_is_no_setting(rows: str) -> None:
    with pytest.raises(ValidationError, match="path"):
        XmlSnapshot.model_validate({**FLAT, "rows": rows})
