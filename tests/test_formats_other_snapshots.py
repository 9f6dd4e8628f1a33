"""Snapshots as workbooks, as Parquet, and in columns of fixed width."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook
from pydantic import ValidationError
from snapshot_reading import LONG, levels, problems
from table_snapshots import complaints, read_as, refused_as

from formats.snapshot.fixed_snapshot import FixedSnapshot
from formats.snapshot.parquet_snapshot import ParquetSnapshot
from formats.snapshot.xlsx_snapshot import XlsxSnapshot

SIX = datetime(2026, 1, 1, 6, tzinfo=UTC)


def workbook(folder: Path, *rows: list[Any], sheets: tuple[str, ...] = ("Stock",)) -> bytes:
    """A workbook whose last sheet has these rows."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        book.create_sheet(name)
    for row in rows:
        book.worksheets[-1].append(row)
    book.save(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()


def parquet(folder: Path, frame: pl.DataFrame) -> bytes:
    frame.write_parquet(folder / "made.parquet")
    return (folder / "made.parquet").read_bytes()


def test_a_workbook_is_read(tmp_path: Path) -> None:
    content = workbook(
        tmp_path,
        ["Item", " Loc ", "Avail", "Seen"],
        ["00123", "E", 5, datetime(2026, 1, 1, 1)],
        ["B", "W", "7", SIX.date()],
    )

    said = read_as(XlsxSnapshot, tmp_path, content, columns={**LONG, "as_of": "Seen"})

    assert levels(said) == {("00123", "E"): 5, ("B", "W"): 7}
    assert said.as_of == {"E": SIX, "W": datetime(2026, 1, 1, 5, tzinfo=UTC)}
    assert said.notes == ()


def test_codes_that_are_numbers_in_a_sheet_are_written_out_and_noted(tmp_path: Path) -> None:
    content = workbook(
        tmp_path,
        ["Item", "Loc", "Avail"],
        [123, 1, 5],
        [90.75, "E", 1],
        [123456789012, "E", 2],
        [123456789012345678, "E", 3],
    )

    said = read_as(XlsxSnapshot, tmp_path, content, columns=LONG)

    assert set(levels(said)) == {("123", "1"), ("90.75", "E"), ("123456789012", "E"), ("1.234567890123457e+17", "E")}
    assert said.notes == (
        'column "Item": codes that are numbers in the sheet, without leading zeros: 4',
        'column "Loc": codes that are numbers in the sheet, without leading zeros: 1',
        "SKUs that a spreadsheet may have changed: 1 (1.234567890123457e+17)",
    )


@pytest.mark.parametrize("sheet", [2, "Stock"])
def test_the_sheet_and_the_row_of_the_headers_are_settings(tmp_path: Path, sheet: int | str) -> None:
    rows: list[list[Any]] = [
        ["Stock report", None, "2026"],
        [],
        ["Item", "Loc", "Avail"],
        ["A", "E", 5],
        [],
        ["B", "E", "x"],
    ]
    content = workbook(tmp_path, *rows, sheets=("Cover", "Stock"))

    said = read_as(XlsxSnapshot, tmp_path, content, columns=LONG, sheet=sheet, header_row=3)

    assert levels(said) == {("A", "E"): 5}
    assert complaints(said) == [("row 6", "Avail", "x", "is not a whole number", "B")]


@pytest.mark.parametrize("cell", [True, date(2026, 1, 2), "=1/0", None, 1e300, -0.5])
def test_a_cell_that_is_no_quantity_is_quarantined(tmp_path: Path, cell: object) -> None:
    said = read_as(
        XlsxSnapshot,
        tmp_path,
        workbook(tmp_path, ["Item", "Loc", "Avail"], ["A", "E", cell], ["B", "E", 1]),
        columns=LONG,
    )

    assert levels(said) == ({("B", "E"): 1, ("A", "E"): 0} if cell == -0.5 else {("B", "E"): 1})
    assert said.untrusted == (() if cell == -0.5 else ("A",))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"sheet": "Lager"}, "it has no sheet 'Lager'; it has: Cover, Stock"),
        ({"sheet": 3}, "it has no sheet 3; it has: Cover, Stock"),
        ({}, "sheet 'Cover' has no headers in row 1; set header_row"),
        ({"sheet": 2, "header_row": 2}, "sheet 'Stock' has no headers in row 2; set header_row"),
        ({"sheet": 2, "columns": {**LONG, "sku": "SKU"}}, 'column "SKU" not found; the file has: Item, Loc, Avail'),
        ({"sheet": 2}, "there is no row below the header"),
    ],
)
def test_a_workbook_that_does_not_fit_its_settings_is_refused(
    tmp_path: Path, settings: dict[str, Any], reason: str
) -> None:
    content = workbook(tmp_path, ["Item", "Loc", "Avail"], sheets=("Cover", "Stock"))

    assert refused_as(XlsxSnapshot, tmp_path, content, **{"columns": LONG, **settings}) == f"stock: {reason}"


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    whole = workbook(tmp_path, ["Item", "Loc", "Avail"], ["A", "E", 5])

    for content in (b"", b"Item,Loc,Avail\n", whole.replace(b"sheet1.xml", b"sheetX.xml")):
        reason = refused_as(XlsxSnapshot, tmp_path, content, columns=LONG)
        assert reason.startswith("stock: it is no Excel workbook, or damaged: ")
    for content in (whole[: len(whole) // 2], whole[:-1]):
        assert (
            refused_as(XlsxSnapshot, tmp_path, content, columns=LONG)
            == "stock: it can't be unpacked: File is not a zip file"
        )


def test_parquet_is_read(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"Item": ["00123", "B"], "Loc": [1, 2], "Avail": [5.0, 7.5], "Seen": [SIX, SIX], "Tags": [["x"], []]},
        schema_overrides={"Loc": pl.UInt8},
    )

    said = read_as(ParquetSnapshot, tmp_path, parquet(tmp_path, frame), columns={**LONG, "as_of": "Seen"})

    assert levels(said) == {("00123", "1"): 5, ("B", "2"): 7}
    assert set(said.as_of.values()) == {SIX}
    assert said.counts.rounded_down == 1


def test_bad_rows_of_parquet_are_quarantined(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"Item": ["A", None, "C", "D", "E"], "Loc": "E", "Avail": [1.0, 2.0, None, float("nan"), float("inf")]}
    )

    said = read_as(ParquetSnapshot, tmp_path, parquet(tmp_path, frame), columns=LONG, max_bad_rows=4)

    assert levels(said) == {("A", "E"): 1}
    assert problems(said) == [
        (2, "Item", "", "is empty"),
        (3, "Avail", "", "is empty"),
        (4, "Avail", "NaN", "is not a whole number"),
        (5, "Avail", "inf", "is not a whole number"),
    ]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (
            pl.DataFrame({"Item": [1.5], "Loc": ["E"], "Avail": [1]}),
            'column "Item" holds Float64; codes must be texts or whole numbers',
        ),
        (
            pl.DataFrame({"Item": ["A"], "Loc": ["E"], "Avail": [[1]]}),
            'column "Avail" holds List(Int64), not a single value per row',
        ),
        (pl.DataFrame({"Item": ["A"], "Loc": ["E"]}), 'column "Avail" not found; the file has: Item, Loc'),
        (pl.DataFrame({"Item": ["A"], "Loc": ["E"], "Avail": [1]}).clear(), "there is no row below the header"),
    ],
)
def test_parquet_of_another_shape_is_refused(tmp_path: Path, frame: pl.DataFrame, reason: str) -> None:
    assert refused_as(ParquetSnapshot, tmp_path, parquet(tmp_path, frame), columns=LONG) == f"stock: {reason}"


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    whole = parquet(tmp_path, pl.DataFrame({"Item": ["A", "B"], "Loc": "E", "Avail": [1, 2]}))
    damaged = bytearray(whole)
    damaged[4:40] = bytes(36)

    for content in (b"", b"Item,Loc,Avail\n", whole[:-10], whole[10:], bytes(damaged)):
        assert "it is not Parquet, or damaged: " in refused_as(ParquetSnapshot, tmp_path, content, columns=LONG)


LAYOUT: dict[str, Any] = {"layout": {"Item": [1, 8], "Loc": [10, 4], "Avail": [15, 6]}, "columns": LONG}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_columns_of_fixed_width_are_read(tmp_path: Path, encoding: str) -> None:
    content = "00123    E    000005\r\nGröße    WEST     -7\r\n\r\nC\t        E    \t   1 \r\n"
    content = content.replace("C\t        E    \t   1 ", "C        E        1 ")

    settings = {"encoding": "cp1252"} if encoding == "cp1252" else {}
    said = read_as(FixedSnapshot, tmp_path, content.encode(encoding), **LAYOUT, **settings)

    assert levels(said) == {("00123", "E"): 5, ("Größe", "WEST"): 0, ("C", "E"): 1}
    assert said.counts.rows == 3


def test_lines_above_the_rows_can_be_skipped(tmp_path: Path) -> None:
    content = "STOCK REPORT 2026-01-01\n--------\nA        E         5\nB        E         x\n"

    said = read_as(FixedSnapshot, tmp_path, content, **LAYOUT, skip_lines=2)

    assert levels(said) == {("A", "E"): 5}
    assert problems(said) == [(4, "Avail", "     x", "is not a whole number")]


def test_a_short_line_is_a_bad_row_unless_the_source_cuts_blanks_off(tmp_path: Path) -> None:
    content = "A        E    5     \nB        E    12\n"

    said = read_as(FixedSnapshot, tmp_path, content, **LAYOUT)
    trimmed = read_as(FixedSnapshot, tmp_path, content, **LAYOUT, trimmed=True)

    reason = "has 16 characters, the layout has 20; set trimmed if the source cuts blanks off"
    assert (levels(said), problems(said)) == ({("A", "E"): 5}, [(2, None, None, reason)])
    assert said.untrusted == ("B",)
    assert levels(trimmed) == {("A", "E"): 5, ("B", "E"): 12}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty; it should have a header line and rows"),
        (b"\n\n", "there is no row below the header"),
        (
            b"A        E         5",
            "the last line, 1, has no line break, so the file may be cut short; send it again, or set "
            "final_newline = false if this source never writes one",
        ),
        (
            b"\xff        E         5\n",
            r'line 1: "\xff        E         5" holds byte 0xFF, which is not UTF-8; '
            "set encoding to what the source writes, for example "
            'encoding = "cp1252"',
        ),
    ],
)
def test_what_is_refused_of_fixed_columns(tmp_path: Path, content: bytes, reason: str) -> None:
    assert refused_as(FixedSnapshot, tmp_path, content, **LAYOUT) == f"stock: {reason}"


def test_a_column_that_is_not_in_the_layout_is_no_setting() -> None:
    with pytest.raises(ValidationError, match='column "Qty" is not in layout, which has: Item, Loc, Avail'):
        FixedSnapshot.model_validate({**LAYOUT, "columns": {**LONG, "available": "Qty"}})
