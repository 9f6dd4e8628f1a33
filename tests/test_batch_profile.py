"""``tallyfeed profile``: a profile drafted from a sample file, and tried beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from looking import Finished, tallyfeed
from order_source_samples import NAMES, SAMPLES

from batch.profiles import load_profile
from formats.feed.csv_feed import CsvFeed

SAMPLE_FILES = {
    name: max((SAMPLES / name / "full").iterdir(), key=lambda file: file.stat().st_size)  # not a marker
    for name in NAMES
    if isinstance(load_profile(name, SAMPLES).format, CsvFeed)
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tallyfeed.toml").touch()
    return tmp_path


def drafted(root: Path, sample: str | bytes, name: str = "own", suffix: str = ".csv") -> dict[str, object]:
    """The ``[format]`` table of a profile drafted from a sample."""
    file = root / f"sample{suffix}"
    file.write_bytes(sample.encode() if isinstance(sample, str) else sample)
    finished = new(root, name, file)
    assert (finished.code, finished.err) == (0, "")
    table: dict[str, object] = tomllib.loads((root / "profiles" / f"{name}.toml").read_text("utf-8"))["format"]
    return table


def new(root: Path, name: str, sample: Path) -> Finished:
    return tallyfeed("--workspace", str(root), "profile", "new", name, "--from-sample", str(sample))


def columns(table: dict[str, object]) -> dict[str, str]:
    found = table["columns"]
    assert isinstance(found, list)
    return {column["header"]: column["value"] for column in found}


def test_a_row_per_product_and_warehouse_with_everything_about_its_spelling(root: Path) -> None:
    sample = 'Item;Lager;Menge;Name;Status;Stand\r\n"001";NYC;5;Café;Y;20261120\r\n"001";ATL;0;Café;N;20261120\r\n'

    table = drafted(root, sample.encode("cp1252"))

    assert columns(table) == {
        "Item": "{code}",
        "Lager": "{warehouse}",
        "Menge": "{quantity}",
        "Name": "{detail:description?}",
        "Status": "{warehouse_status}",
        "Stand": "{as_of:%Y%m%d}",
    }
    del table["columns"]
    assert table == {
        "type": "csv",
        "warehouses": "rows",
        "delimiter": ";",
        "line_ending": "\r\n",
        "encoding": "cp1252",
        "status": {"active": "Y", "out_of_stock": "N", "discontinued": "N", "gone": "N"},
    }


def test_a_column_per_warehouse_by_what_their_headers_share_or_because_they_add_up(root: Path) -> None:
    shared = drafted(root, "sku,total,Qty NYC,Qty LA,upc\nA,5,2,3,085001200017\nB,0,0,0,\n", "shared")
    adding = drafted(root, "sku,NYC,LA,total\nA,2,3,5\nB,1,0,1\n", "adding")

    assert (shared["warehouses"], columns(shared)) == (
        "columns",
        {"sku": "{code}", "total": "{total}", "Qty {warehouse}": "{quantity}", "upc": "{detail:upc?}"},
    )
    assert (adding["warehouses"], columns(adding)) == (
        "columns",
        {"sku": "{code}", "{warehouse}": "{quantity}", "total": "{total}"},
    )


def test_warehouses_packed_into_a_cell(root: Path) -> None:
    table = drafted(root, "Inventory Number\tDC Quantity\nA\tNYC=1, LA=3\nB\tNYC=0, LA=0\n", suffix=".txt")

    assert (table["warehouses"], table["packed"]) == ("packed", {"text": "{warehouse}={quantity}", "between": ", "})
    assert columns(table) == {"Inventory Number": "{code}", "DC Quantity": "{warehouses}"}


def test_a_file_without_headers(root: Path) -> None:
    table = drafted(root, "A,5\nB,0\n")

    assert (table["header"], list(columns(table).values())) == (False, ["{code}", "{total}"])


def test_lines_before_the_header_and_a_byte_order_mark_are_kept(root: Path) -> None:
    table = drafted(root, b"\xef\xbb\xbf#INFO Version 2\nsku,qty\nA,5\nB,0\n")

    assert (table["before"], table["encoding"]) == ("#INFO Version 2\n", "utf-8-sig")


def test_every_guess_has_values_of_the_sample_beside_it(root: Path) -> None:
    drafted(root, "sku,qty,colour\nA,5,red\nB,0,blue\n")

    text = (root / "profiles" / "own.toml").read_text("utf-8")

    assert '    { header = "colour", value = "{detail:colour?}" },   # red, blue\n' in text
    assert (root / "profiles" / "own.sample.csv").read_text("utf-8") == "sku,qty,colour\nA,5,red\nB,0,blue\n"


@pytest.mark.parametrize("name", sorted(SAMPLE_FILES))
def test_a_profile_drafted_from_a_built_in_sample_has_its_columns(root: Path, name: str) -> None:
    assert new(root, "own", SAMPLE_FILES[name]).code == 0

    finished = tallyfeed("--workspace", str(root), "profile", "test", "own")

    assert (finished.code, "differs" in finished.out) == (0, False)


def test_a_difference_to_the_sample_is_pointed_out(root: Path) -> None:
    drafted(root, "sku,qty\nA,5\nB,0\n")
    sample = root / "other.csv"
    sample.write_text("sku,quantity\nA,5\n")

    finished = tallyfeed("--workspace", str(root), "profile", "test", "own", "--sample", str(sample))

    assert finished.code == 1
    assert finished.out.splitlines()[-3:] == [
        "column  sample    its first value  profile  its first value",
        "     1  sku       A                sku      NT-LAMP",
        "     2  quantity  5                qty      13               differs",
    ]


@pytest.mark.parametrize(
    ("data", "what", "like"),
    [
        (b"ISA*00*", "an X12 interchange", "846-4010"),
        (b"\xef\xbb\xbf<feed/>", "XML", "commercehub-xml"),
        (b'{"a": 1}', "JSON", "walmart-json"),
        (b"PK\x03\x04", "an Excel workbook", "csv"),
    ],
)
def test_a_layout_that_cannot_be_guessed_leads_to_one_that_is_alike(
    root: Path, data: bytes, what: str, like: str
) -> None:
    (root / "sample").write_bytes(data)

    finished = new(root, "own", root / "sample")

    assert (finished.code, (root / "profiles").exists()) == (2, False)
    assert f"is {what}, whose layout can't be guessed; start from one that is alike: " in finished.err
    assert f"tallyfeed profiles {like} > profiles/own.toml" in finished.err
    load_profile(like, root)


@pytest.mark.parametrize("name", ["csv", "../own", "a b"])
def test_a_name_that_is_taken_or_is_no_name_is_refused(root: Path, name: str) -> None:
    (root / "sample.csv").write_text("sku,qty\nA,5\n")

    assert (new(root, name, root / "sample.csv").code, (root / "profiles").exists()) == (2, False)
