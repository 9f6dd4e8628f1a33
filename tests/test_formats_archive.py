"""Snapshots that come compressed, and archives that no snapshot comes in."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook
from snapshot_reading import LONG, levels, problems
from table_snapshots import read_as, refused_as

from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.xlsx_snapshot import XlsxSnapshot

CSV = b"Item,Loc,Avail\nA,E,5\nB,W,7\n"
EXPECTED = {("A", "E"): 5, ("B", "W"): 7}


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [gzip.compress(CSV), gzip.compress(CSV[:10]) + gzip.compress(CSV[10:]), zipped(a_csv=CSV)],
    ids=["gzip", "gzip in two parts", "zip"],
)
def test_an_archive_of_one_file_is_that_file(tmp_path: Path, content: bytes) -> None:
    assert levels(read_as(CsvSnapshot, tmp_path, content, columns=LONG)) == EXPECTED


def test_the_member_that_is_meant_is_found_by_its_name(tmp_path: Path) -> None:
    content = zipped(readme_txt=b"hello", stock_csv=CSV)

    assert levels(read_as(CsvSnapshot, tmp_path, content, columns=LONG, member="*.csv")) == EXPECTED


def test_a_folder_in_an_archive_is_no_file(tmp_path: Path) -> None:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.mkdir("out")
        archive.writestr("out/stock.csv", CSV)

    assert levels(read_as(CsvSnapshot, tmp_path, file.getvalue(), columns=LONG, member="stock.*")) == EXPECTED


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("../../evil.csv", CSV)

    said = read_as(CsvSnapshot, tmp_path / "inbox", file.getvalue(), columns=LONG)

    assert levels(said) == EXPECTED
    assert [path.name for path in tmp_path.rglob("*")] == ["inbox", "stock"]


def test_the_moment_in_the_name_is_that_of_the_archive(tmp_path: Path) -> None:
    said = read_as(
        CsvSnapshot,
        tmp_path,
        gzip.compress(CSV),
        name="stock_20260101T060000.csv.gz",
        columns=LONG,
        as_of={"file_name": r"_(\d{8}T\d{6})"},
    )

    assert set(said.as_of.values()) == {datetime(2026, 1, 1, 11, tzinfo=UTC)}


def test_bad_rows_are_told_as_ever(tmp_path: Path) -> None:
    said = read_as(CsvSnapshot, tmp_path, gzip.compress(CSV + b"C,E,x\n"), columns=LONG)

    assert problems(said) == [(4, "Avail", "x", "is not a whole number")]


def test_a_workbook_in_an_archive_is_read_and_is_none_itself(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Item", "Loc", "Avail"], ["A", "E", 5]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "made.xlsx")
    content = (tmp_path / "made.xlsx").read_bytes()

    for packed in (content, gzip.compress(content), zipped(stock_xlsx=content)):
        assert levels(read_as(XlsxSnapshot, tmp_path, packed, columns=LONG)) == {("A", "E"): 5}


LONG_CSV = CSV + b"C,E,1\n" * 10_000


@pytest.mark.parametrize(
    ("content", "settings", "reason"),
    [
        (zipped(), {}, "it holds no file"),
        (
            zipped(a_csv=CSV, b_csv=CSV),
            {},
            'it holds 2 files; name the one that is meant, as in member = "*.csv": a.csv, b.csv',
        ),
        (
            zipped(a_csv=CSV, b_csv=CSV),
            {"member": "*.csv"},
            'it holds 2 files; name the one that is meant, as in member = "*.csv": a.csv, b.csv',
        ),
        (zipped(a_csv=CSV), {"member": "*.txt"}, 'no file in it is called "*.txt"; it holds: a.csv'),
        (
            gzip.compress(LONG_CSV)[:-20],
            {},
            "it can't be unpacked: Compressed file ended before the end-of-stream marker was reached",
        ),
        (gzip.compress(CSV)[:-8] + bytes(8), {}, "it can't be unpacked: CRC check failed 0x0 != 0x1fa24a6d"),
        (gzip.compress(gzip.compress(CSV)), {}, "it is a gzip archive, whatever its name says; have it sent as CSV"),
        (zipped(a_csv=b""), {}, "the file is empty; it should have a header line and rows"),
    ],
    ids=["nothing", "two", "two of the kind", "none of the kind", "cut short", "damaged", "twice", "empty"],
)
def test_what_is_refused(tmp_path: Path, content: bytes, settings: dict[str, str], reason: str) -> None:
    said = refused_as(CsvSnapshot, tmp_path, content, columns=LONG, **settings)

    assert said.partition(" 0x")[0] == f"stock: {reason}".partition(" 0x")[0]


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped(a_csv=LONG_CSV))
    content[60] ^= 0xFF

    assert refused_as(CsvSnapshot, tmp_path, bytes(content), columns=LONG).startswith("stock: it can't be unpacked: ")


def test_an_archive_that_unpacks_to_far_more_than_a_snapshot_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("formats.snapshot.archive._SMALL", 100_000)
    bomb = bytes(5_000_000)

    for content in (gzip.compress(bomb), zipped(a_csv=bomb)):
        said = refused_as(CsvSnapshot, tmp_path, content, columns=LONG)
        assert said.startswith(f"stock: its {len(content):,} bytes unpack to ")
        assert said.endswith(" or more, which no snapshot does")


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    content = zipped(a_csv=bytes(1_000_000)).replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    assert refused_as(CsvSnapshot, tmp_path, content, columns=LONG).startswith(
        "stock: it can't be unpacked: Bad CRC-32"
    )


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path) -> None:
    content = zipped(**{f"n{n}_csv": b"" for n in range(1001)})

    assert refused_as(CsvSnapshot, tmp_path, content, columns=LONG) == "stock: it holds 1,001 files, more than 1,000"
