"""Rows that name several warehouses, and headers that are not quite headers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from snapshot_reading import levels, problems, read, refused
from table_snapshots import complaints, read_as

from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.json_snapshot import JsonSnapshot
from formats.snapshot.reject_file import write_rejects

SKU = {"sku": "Item"}
PACKED: dict[str, Any] = {"columns": SKU, "warehouse_list": "DC Quantity"}
REPEATED: dict[str, Any] = {
    "columns": {"sku": "sku", "warehouse": "warehouse_code_{n}", "available": "warehouse_quantity_{n}"}
}
GROUPS = "sku,warehouse_code_1,warehouse_quantity_1,warehouse_code_2,warehouse_quantity_2\n"


def test_columns_are_known_as_warehouses_by_their_headers(tmp_path: Path) -> None:
    content = "Item,Qty East,Qty West ,Total\nA,1,2,3\nB,,4,4\n"

    said = read(tmp_path, content, columns=SKU, warehouse_columns="Qty {warehouse}")

    assert levels(said) == {("A", "East"): 1, ("A", "West"): 2, ("B", "West"): 4}


def test_every_other_column_may_be_a_warehouse(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,East,West\nA,1,2\n", columns=SKU, warehouse_columns="{warehouse}")

    assert levels(said) == {("A", "East"): 1, ("A", "West"): 2}


def test_a_cell_may_list_warehouses(tmp_path: Path) -> None:
    content = 'Item,DC Quantity\nA,"NYC=1, Atlanta = 3"\nB,NYC=5\nC,\nD,"Reno=1.5,"\n'

    said = read(tmp_path, content, **PACKED)

    assert levels(said) == {("A", "NYC"): 1, ("A", "Atlanta"): 3, ("B", "NYC"): 5, ("D", "Reno"): 1}
    assert (said.counts.rows, said.counts.rounded_down) == (4, 1)


def test_a_list_that_is_none_is_a_bad_row(tmp_path: Path) -> None:
    cells = ["NYC=1", "NYC", "7", "=7", "NYC=", "NYC=1,NYC=2", "NYC=x", "NYC=1=2", "NYC=1;Reno=2"]
    content = "\n".join(
        ["Item|DC Quantity", *(f"{sku}|{cell}" for sku, cell in zip("ABCDEFGHI", cells, strict=True)), ""]
    )

    said = read(tmp_path, content, **PACKED, max_bad_rows=8)

    example = "(should be as in NYC=1, Atlanta=3)"
    assert levels(said) == {("A", "NYC"): 1}
    assert problems(said) == [
        (row, "DC Quantity: NYC", value, "is not a whole number")
        for row, value in [
            (3, f"NYC {example}"),
            (4, f"7 {example}"),
            (5, f"=7 {example}"),
            (6, f"NYC= {example}"),
            (7, "1 and 2"),
            (8, "x"),
            (9, f"NYC=1=2 {example}"),
            (10, f"NYC=1;Reno=2 {example}"),
        ]
    ]
    assert said.untrusted == tuple("BCDEFGHI")


def test_groups_of_columns_may_repeat_in_a_row(tmp_path: Path) -> None:
    said = read(tmp_path, GROUPS + "A,E,1,W,2\nB,W,3,,\nC,,,,\n", **REPEATED)

    assert levels(said) == {("A", "E"): 1, ("A", "W"): 2, ("B", "W"): 3}


def test_columns_that_repeat_may_all_have_the_same_header(tmp_path: Path) -> None:
    content = "sku,code,units,code,units\nA,E,1,W,2\nB,W,3,,\n"

    said = read(tmp_path, content, columns={"sku": "sku", "warehouse": "code{n}", "available": "units{n}"})

    assert levels(said) == {("A", "E"): 1, ("A", "W"): 2, ("B", "W"): 3}


def test_a_group_that_says_half_is_a_bad_row(tmp_path: Path) -> None:
    said = read(tmp_path, GROUPS + "A,E,1,W,2\nB,E,,W,1\nC,E,1,,2\nD,E,1,E,2\nE,E,1,E,1\n", **REPEATED, max_bad_rows=4)

    assert levels(said) == {("A", "E"): 1, ("A", "W"): 2}
    assert problems(said) == [
        (3, "warehouse_code_{n}: E", "(nothing)", "is not a whole number"),
        (4, "warehouse_code_{n}: E", "2 (of no warehouse)", "is not a whole number"),
        (5, "warehouse_code_{n}: E", "1 and 2", "is not a whole number"),
        (6, "warehouse_code_{n}: E", "1 and 1", "is not a whole number"),
    ]


def test_the_reject_file_has_the_columns_of_the_file_alone(tmp_path: Path) -> None:
    said = read(tmp_path, "Item|DC Quantity\nA|NYC=1\nB|NYC=x\nC|NYC=1|2\n", **PACKED, max_bad_rows=2)

    write_rejects(tmp_path / "stock.csv", said, tmp_path / "rejects.csv")

    assert (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines() == [
        "Item|DC Quantity|file|row|column|value|reason",
        "B|NYC=x|stock.csv|3|DC Quantity: NYC|x|is not a whole number",
        '"C"|"NYC=1|2"|stock.csv|4||has 3 cells, the header has 2'.replace('"C"', "C").replace("4||", "4|||"),
    ]


def test_a_list_of_warehouses_is_read_from_json_too(tmp_path: Path) -> None:
    content = '[{"sku": "A", "dcs": "NYC=1, Reno=2"}, {"sku": "B", "dcs": 5}]'

    said = read_as(JsonSnapshot, tmp_path, content, columns={"sku": "sku"}, warehouse_list="dcs", max_bad_rows=1)

    assert levels(said) == {("A", "NYC"): 1, ("A", "Reno"): 2}
    assert [complaint[:2] for complaint in complaints(said)] == [("[1] in line 1", "dcs: NYC")]


@pytest.mark.parametrize(
    ("content", "how", "reason"),
    [
        (
            "Item,East\nA,1\n",
            {"columns": SKU, "warehouse_columns": "Qty {warehouse}"},
            'no column is called "Qty {warehouse}"; the file has: Item, East',
        ),
        (
            "Item,Qty East,Qty  East\nA,1,2\n",
            {"columns": SKU, "warehouse_columns": "Qty {warehouse}"},
            "several columns are of one warehouse: Qty East, Qty  East",
        ),
        ("Item,DC Quantity\nA,\n", PACKED, 'column "DC Quantity" names no warehouse in any row'),
        ("Item,DC\nA,\n", PACKED, 'column "DC Quantity" not found; the file has: Item, DC'),
        (
            "sku,warehouse_code_1\nA,E\n",
            REPEATED,
            'not every "warehouse_code_{n}" has its "warehouse_quantity_{n}", or the other way round; '
            "the file has: sku, warehouse_code_1",
        ),
        ("sku,code\nA,E\n", REPEATED, 'no column is called "warehouse_code_{n}"; the file has: sku, code'),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str, how: dict[str, Any], reason: str) -> None:
    assert refused(tmp_path, content, **how) == f"stock.csv: {reason}"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"columns": SKU, "warehouse_columns": "Qty"}, "String should match pattern"),
        (
            {**PACKED, "columns": {**SKU, "available": "Qty"}},
            "warehouse_list takes the place of the columns warehouse, available and on_hand",
        ),
        (
            {**PACKED, "warehouse_columns": {"E": "East"}},
            "warehouse_columns and warehouse_list exclude each other",
        ),
        (
            {"columns": {"sku": "sku", "warehouse": "code_{n}", "available": "Qty"}},
            "{n} belongs into the headers of the warehouse and of one quantity, and into no other",
        ),
    ],
)
def test_shapes_that_contradict_themselves_are_no_settings(how: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CsvSnapshot.model_validate(how)

    assert reason in str(caught.value)


_CODE = st.text("AZaz09- _.", min_size=1, max_size=6).map(str.strip).filter(bool)
_STOCK = st.dictionaries(
    _CODE, st.dictionaries(_CODE, st.integers(0, 999), min_size=1, max_size=4), min_size=1, max_size=6
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stock=_STOCK)
def test_all_shapes_say_the_same(tmp_path: Path, stock: dict[str, dict[str, int]]) -> None:
    places = sorted({place for units in stock.values() for place in units})
    wide = pl.DataFrame([{"Item": sku, **{f"Qty {p}": units.get(p) for p in places}} for sku, units in stock.items()])
    packed = [f"{sku}|{', '.join(f'{place}={n}' for place, n in units.items())}" for sku, units in stock.items()]
    groups: list[list[object]] = [[sku, *(x for pair in units.items() for x in pair)] for sku, units in stock.items()]
    most = max(len(units) for units in stock.values())
    header: list[object] = [
        "sku",
        *(f"{what}_{n}" for n in range(most) for what in ("warehouse_code", "warehouse_quantity")),
    ]
    repeated = "\n".join("\t".join(map(str, [*row, *[""] * (len(header) - len(row))])) for row in [header, *groups])

    expected = {(sku, place): n for sku, units in stock.items() for place, n in units.items()}
    wide_said = read(tmp_path, wide.write_csv(), columns=SKU, warehouse_columns="Qty {warehouse}")
    assert levels(wide_said) == expected
    assert levels(read(tmp_path, "\n".join(["Item|DC Quantity", *packed, ""]), **PACKED)) == expected
    assert levels(read(tmp_path, repeated + "\n", **REPEATED)) == expected


EBAY = "*Action(SiteID=US|Country=US|Currency=USD|Version=1193|CC={}),CustomLabel,*Quantity"
EBAY_COLUMNS = {"sku": "CustomLabel", "available": "*Quantity"}


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "windows-1252"])
def test_the_first_header_may_declare_the_encoding(tmp_path: Path, encoding: str) -> None:
    content = f"{EBAY.format(encoding)}\nRevise,Größe,5\n"

    assert levels(read(tmp_path, content.encode(encoding), columns=EBAY_COLUMNS)) == {("Größe", "default"): 5}


@pytest.mark.parametrize("bad_row", ["", "Revise,B\n", 'Revise,"B\n\n",1O\n', "Revise,B,1O\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_above_the_header_are_skipped_and_counted(tmp_path: Path, bad_row: str, newline: str) -> None:
    above = "#INFO,Version=1.0,,\nInfo;Template=fx_category,x\n"
    content = f"\ufeff{above}{EBAY.format('UTF-8')}\nRevise,A,5\n{bad_row}Revise,C,x\nRevise,D,4\n"

    said = read(
        tmp_path,
        content.replace("\n", newline),
        columns=EBAY_COLUMNS,
        skip_lines=["#INFO", "Info"],
        max_bad_rows=2,
    )

    assert levels(said) == {("A", "default"): 5, ("D", "default"): 4}
    assert [row for row, *_ in problems(said)] == ([5, 6] if bad_row else [5])


def test_a_sign_glued_to_the_first_header_belongs_to_it(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        "#INFO,1\n#sku,quantity\nA,5\n",
        columns={"sku": "#sku", "available": "quantity"},
        skip_lines=["#INFO"],
    )

    assert levels(said) == {("A", "default"): 5}
