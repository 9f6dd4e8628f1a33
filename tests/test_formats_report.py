"""The reject file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from snapshot_reading import levels, read

from formats.snapshot.reject_file import write_rejects


def reject_file(folder: Path, content: str) -> bytes:
    said = read(folder, content, max_bad_rows="99%")
    write_rejects(folder / "stock.csv", said, folder / "quarantine" / "stock.rejects.csv")
    return (folder / "quarantine" / "stock.rejects.csv").read_bytes()


def test_bad_rows_stand_as_they_came_with_the_reason_behind_them(tmp_path: Path) -> None:
    content = 'Item,"Loc",Avail,Note\nA,E,1,x\nB,E, 1O ,"a, b"\n,W,2,é\nC,E\nD,E,1,x,y\n'
    assert reject_file(tmp_path, content).decode("utf-8-sig").splitlines() == [
        "Item,Loc,Avail,Note,file,row,column,value,reason",
        'B,E, 1O ,"a, b",stock.csv,3,Avail, 1O ,is not a whole number',
        ",W,2,é,stock.csv,4,Item,,is empty",
        'C,E,,,stock.csv,5,,,"has 2 cells, the header has 4"',
        'D,E,1,"x,y",stock.csv,6,,,"has 5 cells, the header has 4"',
    ]


def test_a_spreadsheet_recognises_its_encoding(tmp_path: Path) -> None:
    assert reject_file(tmp_path, "Item,Loc,Avail\nA,E,1\nB,E,x\n").startswith(b"\xef\xbb\xbf")


def test_the_delimiter_is_that_of_the_snapshot(tmp_path: Path) -> None:
    content = "Item;Loc;Avail\nA;E;1\nB;E;x\n"
    assert b"B;E;x;stock.csv;3;Avail;x;is not a whole number" in reject_file(tmp_path, content)


def test_a_corrected_reject_file_can_be_read_like_a_snapshot(tmp_path: Path) -> None:
    rejects = reject_file(tmp_path, "Item,Loc,Avail\nA,E,1\nB,E,1O\n")
    assert levels(read(tmp_path, rejects.replace(b"B,E,1O", b"B,E,10"), name="again.csv")) == {("B", "E"): 10}


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "=HYPERLINK(1)", "-1+1"])
def test_what_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path, text: str) -> None:
    content = f'Item,Loc,Avail,Note\nA,E,1,\nB,E,x,"{text}"\n'
    rows = list(csv.reader(reject_file(tmp_path, content).decode("utf-8-sig").splitlines()))
    assert rows[1][:4] == ["B", "E", "x", f"'{text}"]


@pytest.mark.parametrize("text", ["-5", "+5", "-1,234.5", "A-1", "'=1"])
def test_numbers_and_plain_text_stay_as_they_are(tmp_path: Path, text: str) -> None:
    content = f'Item,Loc,Avail,Note\nA,E,1,\nB,E,x,"{text}"\n'
    rows = list(csv.reader(reject_file(tmp_path, content).decode("utf-8-sig").splitlines()))
    assert rows[1][:4] == ["B", "E", "x", text]


def test_the_value_of_a_bad_cell_is_made_harmless_too(tmp_path: Path) -> None:
    rows = list(csv.reader(reject_file(tmp_path, "Item,Loc,Avail\nA,E,1\nB,E,=1+1\n").decode("utf-8-sig").splitlines()))
    assert rows[1] == ["B", "E", "'=1+1", "stock.csv", "3", "Avail", "'=1+1", "is not a whole number"]
