"""Codes that a spreadsheet has changed: what is reported, and what is repaired."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from snapshot_reading import FILE_TIME, LONG, NEW_YORK, levels

from formats.snapshot.codes import check_digit, has_check_digit
from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.result import SnapshotRead

KNOWN = ("000123", "90.750", "036000291452", "4006381333931", "7", "0007")


def read(
    folder: Path, *skus: str, codes: str = "report", known: tuple[str, ...] = KNOWN, bad: str = ""
) -> SnapshotRead:
    file = folder / "stock.csv"
    rows = "".join(f"{sku},E,{units}\n" for units, sku in enumerate(("MUG", *skus), 1))
    file.write_text(f"Item,Loc,Avail\n{rows}{bad}")
    source = CsvSnapshot.model_validate({"columns": LONG, "codes": codes, "max_bad_rows": 1})
    return source.read(
        file,
        warehouses=("E",),
        file_time=FILE_TIME,
        timezone=NEW_YORK,
        known=lambda: pl.Series("sku", known, pl.String),
    )


def doubts(said: SnapshotRead) -> list[tuple[int, str, str, str]]:
    return said.doubts.select("row", "column", "value", "reason").rows()


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("123", "000123"),
        ("0123", "000123"),
        ("90.75", "90.750"),
        ("36000291452", "036000291452"),
        ("36000291452.0", "036000291452"),
        ("03600029145", "036000291452"),
        ("4.00638E+12", "4006381333931"),
        ("4,0064e12", "4006381333931"),
        ("400638133393", "4006381333931"),
    ],
)
def test_a_damaged_code_is_reported_and_repaired_only_when_that_is_switched_on(
    tmp_path: Path, found: str, meant: str
) -> None:
    found_cell = f'"{found}"' if "," in found else found
    reported, repaired = (read(tmp_path, found_cell, codes=codes) for codes in ("report", "repair"))

    assert levels(reported) == {("MUG", "E"): 1, (found, "E"): 2}
    proposal = f'may have been {meant}, which is known; codes = "repair" would read it so'
    assert doubts(reported) == [(3, "Item", found, proposal)]
    assert levels(repaired) == {("MUG", "E"): 1, (meant, "E"): 2}
    assert doubts(repaired) == [(3, "Item", found, f"was read as {meant}, the only known code that it can have been")]
    assert repaired.notes == (f"SKUs repaired: 1 ({found} read as {meant})",)


@pytest.mark.parametrize(
    ("skus", "reason"),
    [
        (["00007"], "may have been 0007 or 7, which are known; correct it where it comes from"),
        (["123", "000123"], "may have been 000123, which the file has too; correct it where it comes from"),
        (["123", "0123"], "may have been 000123, which the file has too; correct it where it comes from"),
        (["1.5E+09"], "looks like a number that was shortened"),
        (["1-Mar"], "looks like a code taken for a date"),
        (["555.0"], "has a point that a code lacks"),
    ],
)
def test_what_is_not_certain_is_never_repaired(tmp_path: Path, skus: list[str], reason: str) -> None:
    said = read(tmp_path, *skus, codes="repair")

    assert levels(said) == {(sku, "E"): units for units, sku in enumerate(("MUG", *skus), 1)}
    assert doubts(said)[0] == (3, "Item", skus[0], reason)


def test_a_known_code_whose_check_digit_is_wrong_is_not_repaired_to(tmp_path: Path) -> None:
    said = read(tmp_path, "36000291453", codes="repair", known=("036000291453",))

    assert levels(said)["36000291453", "E"] == 2
    reason = "may have been 036000291453, which has a wrong check digit; correct it where it comes from"
    assert doubts(said) == [(3, "Item", "36000291453", reason)]


def test_the_odd_one_among_product_numbers_is_reported(tmp_path: Path) -> None:
    gtins = [stem + check_digit(stem) for stem in (f"036000291{n}" for n in range(10, 30))]
    said = read(tmp_path, *gtins, "036000291999", gtins[0][1:], known=())

    found = [value for _, _, value, _ in doubts(said)]
    assert found[0] == "036000291999"
    assert doubts(said)[0][3] == "has a wrong check digit, unlike the others"
    assert doubts(said)[-1][3].startswith("has lost zeros: as UPC it would be ")


def test_codes_that_are_known_are_in_no_doubt(tmp_path: Path) -> None:
    said = read(tmp_path, "7", "0007", "1E5", "90.750", known=(*KNOWN, "1E5"))

    assert (doubts(said), said.notes) == ([], ())


def test_a_bad_row_leaves_the_repaired_code_in_doubt(tmp_path: Path) -> None:
    assert read(tmp_path, codes="repair", bad="123,E,many\n").untrusted == ("000123",)


@pytest.mark.parametrize("code", ["036000291452", "4006381333931", "00012345600012", "96385074"])
def test_check_digits(code: str) -> None:
    assert has_check_digit(code)
    assert check_digit(code[:-1]) == code[-1]
    assert not any(has_check_digit(code[:-1] + digit) for digit in "0123456789" if digit != code[-1])
