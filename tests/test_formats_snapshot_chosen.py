"""Rows that are left out, headers of several generations, and warehouses that the file itself does not name."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from snapshot_reading import FILE_TIME, LONG, NEW_YORK, levels, problems, read, refused

from formats.snapshot.json_snapshot import JsonSnapshot

AVAILABLE = {"sku": "SKU", "available": "Available"}


def test_rows_are_read_only_if_a_column_holds_a_text_that_is_wanted(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,Cond\nMUG,E,3,Good\nMUG,E,4, Good \nMUG,E,100,Blocked\nBOX,E,7,\n"

    said = read(tmp_path, content, only={"Cond": ["Good"]}, duplicates="sum")

    assert levels(said) == {("MUG", "E"): 7}
    assert said.counts.rows == 2
    assert said.notes[0] == "rows left out by only and skip: 2"


def test_rows_are_left_out_if_a_column_holds_a_text_that_is_not(tmp_path: Path) -> None:
    said = read(tmp_path, "SKU,Available\nMUG,3\n-,4\n,5\n", columns=AVAILABLE, skip={"SKU": ["", "-"]})

    assert levels(said) == {("MUG", "default"): 3}
    assert problems(said) == []


def test_a_row_keeps_its_number_when_others_are_left_out(tmp_path: Path) -> None:
    content = "SKU,Available\n-,4\nMUG,3\nBOX,x\n"

    said = read(tmp_path, content, columns=AVAILABLE, skip={"SKU": ["-"]}, max_bad_rows=1)

    assert problems(said) == [(4, "Available", "x", "is not a whole number")]


def test_a_row_that_is_not_whole_is_bad_even_among_those_left_out(tmp_path: Path) -> None:
    said = read(tmp_path, "SKU,Available\n-,4\n-\nMUG,3\n", columns=AVAILABLE, skip={"SKU": ["-"]}, max_bad_rows=1)

    assert [row for row, *_ in problems(said)] == [3]


def test_a_file_of_which_no_row_is_left_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "Item,Loc,Avail,Cond\nMUG,E,3,Bad\n", only={"Cond": ["Good"]}) == (
        "stock.csv: only and skip leave no row to read"
    )


def test_a_column_that_chooses_rows_must_be_there(tmp_path: Path) -> None:
    assert refused(tmp_path, "Item,Loc,Avail\nMUG,E,3\n", only={"Cond": ["Good"]}) == (
        'stock.csv: column "Cond" not found; the file has: Item, Loc, Avail'
    )


def test_of_several_headers_of_a_quantity_the_first_that_is_filled_counts(tmp_path: Path) -> None:
    content = "SKU,Available,New\nMUG,3,9\nCUP,,4\nBOX,x,1\n"

    said = read(tmp_path, content, columns=AVAILABLE, fallback={"available": ["Fresh", "New"]}, max_bad_rows=1)

    assert levels(said) == {("MUG", "default"): 3, ("CUP", "default"): 4}
    assert problems(said) == [(4, "Available or New", "x", "is not a whole number")]


@pytest.mark.parametrize("header", ["SKU", "Item", "No"])
def test_of_several_headers_of_a_code_the_first_that_the_file_has_counts(tmp_path: Path, header: str) -> None:
    said = read(tmp_path, f"{header},Available\nMUG,3\n", columns=AVAILABLE, fallback={"sku": ["Item", "No"]})

    assert levels(said) == {("MUG", "default"): 3}


def test_without_any_of_its_headers_a_column_is_missing_by_its_first(tmp_path: Path) -> None:
    assert refused(tmp_path, "SKU,Units\nMUG,3\n", columns=AVAILABLE, fallback={"available": ["Fresh"]}) == (
        'stock.csv: column "Available" not found; the file has: SKU, Units'
    )


def test_a_header_that_is_no_warehouse_is_not_read_as_one(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        "SKU,Total,EAST,WEST\nMUG,7,3,4\n",
        columns={"sku": "SKU"},
        warehouse_columns="{warehouse}",
        no_warehouses=["Total"],
    )

    assert levels(said) == {("MUG", "EAST"): 3, ("MUG", "WEST"): 4}


def test_the_warehouse_of_all_files_is_a_setting(tmp_path: Path) -> None:
    said = read(tmp_path, "SKU,Available\nMUG,3\n", columns=AVAILABLE, warehouse="EAST")

    assert (levels(said), said.of_warehouse) == ({("MUG", "EAST"): 3}, None)


def test_the_warehouse_of_a_file_is_in_its_name(tmp_path: Path) -> None:
    pattern = {"file_name": "^stock_(.+)_"}

    said = read(tmp_path, "SKU,Available\nMUG,3\n", name="stock_WEST_1.csv", columns=AVAILABLE, warehouse=pattern)

    assert (levels(said), said.of_warehouse) == ({("MUG", "WEST"): 3}, "WEST")
    assert refused(tmp_path, "SKU,Available\nMUG,3\n", columns=AVAILABLE, warehouse=pattern) == (
        'stock.csv: the name holds no code where warehouse looks for it: "^stock_(.+)_"; '
        "correct warehouse, or name the one that all files are of"
    )


def test_what_a_row_of_a_document_holds_chooses_it_too(tmp_path: Path) -> None:
    file = tmp_path / "stock.json"
    file.write_text(
        '{"stock": [{"sku": "MUG", "type": "Available", "n": 3}, {"sku": "MUG", "type": "Quarantine", "n": 9},'
        ' {"sku": "BOX", "type": "Available", "free": 2, "n": 7}]}'
    )
    source = JsonSnapshot.model_validate(
        {
            "rows": "stock",
            "columns": {"sku": "sku", "available": "free"},
            "fallback": {"available": ["n"]},
            "only": {"type": ["Available"]},
        }
    )

    said = source.read(file, warehouses=(), file_time=FILE_TIME, timezone=NEW_YORK)

    assert levels(said) == {("MUG", "default"): 3, ("BOX", "default"): 2}


ROWS = st.lists(
    st.tuples(st.sampled_from(["MUG", "BOX", "-", ""]), st.integers(-3, 9), st.sampled_from(["Good", "Bad", ""])),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=30)
@given(rows=ROWS)
def test_what_is_chosen_is_read_as_if_nothing_else_were_there(rows: list[tuple[str, int, str]]) -> None:
    chosen = [row for row in rows if row[0] not in ("-", "") and row[2] == "Good"]
    assume(chosen)

    def content(rows: list[tuple[str, int, str]]) -> str:
        return "\n".join(["SKU,Available,Cond", *(f"{sku},{n},{cond}" for sku, n, cond in rows), ""])

    with TemporaryDirectory() as folder:
        alone = read(Path(folder), content(chosen), columns=AVAILABLE, duplicates="sum")
        among = read(
            Path(folder),
            content(rows),
            columns=AVAILABLE,
            duplicates="sum",
            only={"Cond": ["Good"]},
            skip={"SKU": ["", "-"]},
        )

    assert levels(among) == levels(alone)
    assert among.counts == alone.counts


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        (
            {"columns": LONG, "warehouse": "EAST"},
            "warehouse is said twice: once for the file, and once for its columns",
        ),
        (
            {"columns": AVAILABLE, "fallback": {"on_hand": ["Stock"]}},
            "fallback.on_hand needs columns.on_hand, the header that is looked for first",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, how: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read(tmp_path, "", **how)  # type: ignore[arg-type]
