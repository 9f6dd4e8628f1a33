"""What the cells of a CSV snapshot mean."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError
from snapshot_reading import FILE_TIME, levels, problems, read, refused

from formats.snapshot.csv_snapshot import CsvSnapshot
from mappings.model import AS_OF_SCHEMA, MAX_QUANTITY

HEAD = "Item,Loc,Avail\n"
LOTS = {"sku": "Item", "warehouse": "Loc", "lot": "Lot", "available": "Avail"}
DATED = {"sku": "Item", "warehouse": "Loc", "available": "Avail", "as_of": "AsOf"}


# Levels


def test_a_row_is_a_level(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,1\nA,W,0\nB,E,3\n")
    assert said.available.sort("sku").to_dict(as_series=False) == {
        "sku": ["A", "B"],
        "wh:E": [1, 3],
        "wh:W": [0, None],
    }
    assert dict(said.available.schema) == {"sku": pl.String(), "wh:E": pl.Int64(), "wh:W": pl.Int64()}
    assert (said.header, said.delimiter, said.untrusted, said.notes) == (("Item", "Loc", "Avail"), ",", (), ())
    assert (said.counts.rows, said.counts.skus, said.counts.units, said.counts.bad_rows) == (3, 2, 4, 0)


def test_known_warehouses_come_first_and_those_the_file_does_not_name_stay_out(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,1\nA,N,2\nA,W,3\n", warehouses=["W", "X", "E"])
    assert said.available.columns == ["sku", "wh:W", "wh:E", "wh:N"]
    assert list(said.as_of) == ["W", "E", "N"]


def test_a_warehouse_that_turns_up_late_is_found(tmp_path: Path) -> None:
    rows = "".join(f"A{n},E,1\n" for n in range(2_000))
    assert levels(read(tmp_path, HEAD + rows + "B,N,2\n", warehouses=["E"]))["B", "N"] == 2


def test_a_file_without_a_warehouse_column_speaks_of_one_warehouse(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,Avail\nA,1\nB,2\n", columns={"sku": "Item", "available": "Avail"})
    assert levels(said) == {("A", "default"): 1, ("B", "default"): 2}


def test_on_hand_less_allocated_is_available(tmp_path: Path) -> None:
    columns = {"sku": "Item", "on_hand": "QOH", "allocated": "Alloc"}
    assert levels(read(tmp_path, "Item,QOH,Alloc\nA,10,3\n", columns=columns)) == {("A", "default"): 7}


def test_available_counts_where_it_is_given(tmp_path: Path) -> None:
    columns = {"sku": "Item", "on_hand": "QOH", "allocated": "Alloc", "available": "Avail"}
    said = read(tmp_path, "Item,QOH,Alloc,Avail\nA,10,3,5\nB,x,y,2\n", columns=columns)
    assert levels(said) == {("A", "default"): 5, ("B", "default"): 2}


def test_on_hand_alone_counts_if_the_source_says_so(tmp_path: Path) -> None:
    columns = {"sku": "Item", "on_hand": "QOH"}
    assert levels(read(tmp_path, "Item,QOH\nA,10\n", columns=columns, quantity="on_hand")) == {("A", "default"): 10}


def test_too_many_warehouses_are_another_column(tmp_path: Path) -> None:
    rows = "".join(f"A,E{n},1\n" for n in range(1_001))
    expected = (
        'stock.csv: column "Loc" holds 1,001 different codes, too many for warehouses (at most 1,000); '
        "correct columns.warehouse"
    )
    assert refused(tmp_path, HEAD + rows) == expected


# Codes


def test_codes_survive_exactly(tmp_path: Path) -> None:
    content = HEAD + "00123,01,1\n90.750,01,2\n1E5,01,3\n012345678905,01,4\ntrue,01,5\nnull,01,6\n"
    assert pl.read_csv(b"Item,Loc\n00123,90.750\n1E5,1\n").rows() == [(123.0, 90.75), (100000.0, 1.0)]
    assert levels(read(tmp_path, content)) == {
        ("00123", "01"): 1,
        ("90.750", "01"): 2,
        ("1E5", "01"): 3,
        ("012345678905", "01"): 4,
        ("true", "01"): 5,
        ("null", "01"): 6,
    }


def test_codes_that_a_spreadsheet_may_have_shortened_are_noted(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + 'A,E,1\n1.23E+11,E,2\n1E5,E,3\n"1,5E+07",E,4\n')
    assert said.notes == ("SKUs that a spreadsheet may have changed: 3 (1,5E+07, 1.23E+11, 1E5)",)


def test_blanks_around_codes_are_stripped_and_counted(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + " A ,E,1\nB,E\u00a0,2\nC,E,3\n")
    assert levels(said) == {("A", "E"): 1, ("B", "E"): 2, ("C", "E"): 3}
    assert (said.counts.stripped_codes, said.notes) == (2, ("rows with blanks around a code: 2",))


def test_codes_that_differ_in_case_are_different(tmp_path: Path) -> None:
    assert levels(read(tmp_path, HEAD + "a,E,1\nA,e,2\n")) == {("a", "E"): 1, ("A", "e"): 2}


# Quantities


def test_decimals_round_down_row_by_row_and_are_counted(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,Loc,Lot,Avail\nA,E,1,1.9\nA,E,2,1.9\nB,E,1,3.00\n", columns=LOTS)
    assert levels(said) == {("A", "E"): 2, ("B", "E"): 3}
    assert (said.counts.rounded_down, said.notes) == (2, ("quantities rounded down to whole units: 2",))


def test_roundings_of_bad_rows_are_not_counted(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + "A,E,1.5\nB,,1.5\n", max_bad_rows=1).counts.rounded_down == 1


def test_what_is_allocated_rounds_up(tmp_path: Path) -> None:
    columns = {"sku": "Item", "on_hand": "QOH", "allocated": "Alloc"}
    said = read(tmp_path, "Item,QOH,Alloc\nA,5,0.5\n", columns=columns)
    assert levels(said) == {("A", "default"): 4}


def test_negative_levels_become_0_and_are_counted(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,-3\nA,W,-0.5\nB,E,2\n")
    assert levels(said) == {("A", "E"): 0, ("A", "W"): 0, ("B", "E"): 2}
    assert said.counts.negatives_to_zero == 2
    assert said.notes == ("quantities rounded down to whole units: 1", "levels below 0 taken as 0: 2")


def test_a_negative_lot_offsets_the_others_before_the_level_becomes_0(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,Loc,Lot,Avail\nA,E,1,5\nA,E,2,-2\nB,E,1,1\nB,E,2,-2\n", columns=LOTS)
    assert levels(said) == {("A", "E"): 3, ("B", "E"): 0}


def test_thousands_and_decimals_are_read_by_the_settings(tmp_path: Path) -> None:
    content = "Item;Loc;Avail\nA;E;1.234,5\nB;E;1.234.567\nC;E;12\n"
    said = read(tmp_path, content, decimal=",", thousands=".")
    assert levels(said) == {("A", "E"): 1_234, ("B", "E"): 1_234_567, ("C", "E"): 12}


def test_thousands_are_never_guessed(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + 'A,E,"1,234"\nB,E,1\n', max_bad_rows=1)
    assert problems(said) == [(2, "Avail", "1,234", 'is not a number with decimal = "." and thousands = ""')]


def test_words_stand_for_quantities_only_by_the_table(tmp_path: Path) -> None:
    content = HEAD + "A,E,In Stock\nB,E,\nC,E,999\nD,E,7\n"
    said = read(tmp_path, content, words={"In Stock": 5, "": 0, "999": 50})
    assert levels(said) == {("A", "E"): 5, ("B", "E"): 0, ("C", "E"): 50, ("D", "E"): 7}
    assert levels(read(tmp_path, HEAD + "C,E,999\n", words={"999": 50})) == {("C", "E"): 50}
    said = read(tmp_path, content, max_bad_rows="50%")
    assert problems(said) == [(2, "Avail", "In Stock", "is not a whole number"), (3, "Avail", "", "is empty")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("NaN", "is not a whole number"),
        ("1e3", "is not a whole number"),
        ("0x10", "is not a whole number"),
        ("１２", "is not a whole number"),
        ("1_000", "is not a whole number"),
        ("1O", "is not a whole number"),
        ("(5)", "is not a whole number"),
        ("5+", 'is not a number with decimal = "." and thousands = ""'),
        ("5-", 'is not a number with decimal = "." and thousands = ""'),
        ("--5", 'is not a number with decimal = "." and thousands = ""'),
        ("1.2.3", 'is not a number with decimal = "." and thousands = ""'),
        (".", 'is not a number with decimal = "." and thousands = ""'),
        (str(MAX_QUANTITY + 1), "is beyond 1,000,000,000,000, the largest quantity"),
        ("9" * 400, "is beyond 1,000,000,000,000, the largest quantity"),
        ("-" + "9" * 400, "is beyond 1,000,000,000,000, the largest quantity"),
    ],
)
def test_what_is_no_quantity_makes_its_row_bad(tmp_path: Path, text: str, reason: str) -> None:
    said = read(tmp_path, HEAD + f"A,E,{text}\nA,W,1\nB,E,2\n", max_bad_rows=1)
    assert problems(said) == [(2, "Avail", text, reason)]
    assert (levels(said), said.untrusted) == ({("A", "W"): 1, ("B", "E"): 2}, ("A",))


@pytest.mark.parametrize(
    ("text", "units"),
    [("007", 7), ("+5", 5), (" 7 ", 7), ("5.", 5), (".5", 0), ("-0", 0), (str(MAX_QUANTITY), MAX_QUANTITY)],
)
def test_what_is_a_quantity_though_it_looks_odd(tmp_path: Path, text: str, units: int) -> None:
    assert levels(read(tmp_path, HEAD + f"A,E,{text}\n")) == {("A", "E"): units}


def test_lots_that_add_up_to_more_than_anything_can_hold_are_refused(tmp_path: Path) -> None:
    content = f"Item,Loc,Lot,Avail\nA,E,1,{MAX_QUANTITY}\nA,E,2,1\n"
    expected = "stock.csv: the rows of SKU A add up to more than 1,000,000,000,000 in one warehouse"
    assert refused(tmp_path, content, columns=LOTS) == expected


# Lots, bins and duplicates


def test_lots_and_bins_are_summed(tmp_path: Path) -> None:
    columns = LOTS | {"bin": "Bin"}
    content = "Item,Loc,Lot,Bin,Avail\nA,E,1,x,1\nA,E,1,y,2\nA,E,2,x,3\nA,W,1,x,4\nA,E,1,x,5\n"
    said = read(tmp_path, content, columns=columns)
    assert (levels(said), said.counts.folded_duplicates) == ({("A", "E"): 11, ("A", "W"): 4}, 0)


def test_a_level_of_which_a_lot_is_bad_is_left_out_whole(tmp_path: Path) -> None:
    content = "Item,Loc,Lot,Avail\nA,E,1,5\nA,E,2,x\nA,W,1,3\nB,E,1,1\n"
    said = read(tmp_path, content, columns=LOTS, max_bad_rows=1)
    assert (levels(said), said.untrusted) == ({("A", "W"): 3, ("B", "E"): 1}, ("A",))


def test_a_bad_row_that_names_no_warehouse_leaves_all_levels_of_its_sku_in_doubt(tmp_path: Path) -> None:
    content = "Item,Loc,Lot,Avail\nA,E,1,5\nA,,2,5\nA,W,1,3\nB,E,1,1\n"
    said = read(tmp_path, content, columns=LOTS, max_bad_rows=1)
    assert (levels(said), said.untrusted) == ({("B", "E"): 1}, ("A",))
    assert problems(said) == [(3, "Loc", "", "is empty")]


def test_rows_that_agree_count_once(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,5\nA,W,1\nA,E,5\nA,E,5\n")
    assert (levels(said), said.counts.folded_duplicates) == ({("A", "E"): 5, ("A", "W"): 1}, 2)
    assert said.notes == ("rows that repeat another: 2",)


def test_a_sku_whose_rows_contradict_each_other_is_refused(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,5\nB,E,1\nA,W,1\nA,E,5\nA,E,6\n", max_bad_rows="80%")
    assert (levels(said), said.untrusted) == ({("B", "E"): 1}, ("A",))
    hint = "; set duplicates, or name the column that tells such rows apart as lot or bin"
    assert problems(said) == [
        (2, "Avail", "5", "contradicts row 6" + hint),
        (5, "Avail", "5", "contradicts row 6" + hint),
        (6, "Avail", "6", "contradicts row 2" + hint),
    ]
    assert said.rejects["cells"].to_list() == [["A", "E", "5"], ["A", "E", "5"], ["A", "E", "6"]]
    assert (said.counts.refused_skus, said.counts.bad_rows, said.counts.folded_duplicates) == (1, 3, 0)


def test_a_file_that_contradicts_itself_throughout_is_refused(tmp_path: Path) -> None:
    expected = (
        'stock.csv: all 4 rows are bad; the first: row 2, column "Avail": "1" contradicts row 3; '
        "set duplicates, or name the column that tells such rows apart as lot or bin"
    )
    assert refused(tmp_path, HEAD + "A,E,1\nA,E,2\nB,E,1\nB,E,2\n") == expected


def test_the_last_of_several_rows_counts_if_the_source_says_so(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,5\nA,W,1\nA,E,6\n", duplicates="last")
    assert (levels(said), said.counts.folded_duplicates) == ({("A", "E"): 6, ("A", "W"): 1}, 1)


def test_rows_without_lots_are_summed_if_the_source_says_so(tmp_path: Path) -> None:
    assert levels(read(tmp_path, HEAD + "A,E,5\nA,E,5\n", duplicates="sum")) == {("A", "E"): 10}


def test_a_lot_named_twice_can_be_refused(tmp_path: Path) -> None:
    content = "Item,Loc,Lot,Avail\nA,E,1,5\nA,E,2,1\nA,E,2,2\nB,E,1,1\nB,E,2,2\nB,E,2,2\n"
    said = read(tmp_path, content, columns=LOTS, duplicates="refuse", max_bad_rows=2)
    assert (levels(said), said.untrusted) == ({("B", "E"): 3}, ("A",))
    assert said.rejects["row"].to_list() == [3, 4]


def test_duplicates_are_found_when_codes_must_be_stripped_first(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,5\n A,E,6\nB,E,1\n", max_bad_rows=2)
    assert (levels(said), said.untrusted) == ({("B", "E"): 1}, ("A",))


# A column per warehouse


WIDE: dict[str, Any] = {"columns": {"sku": "Item"}, "warehouse_columns": {"EAST": "East qty", "WEST": "West qty"}}


def test_each_warehouse_may_have_its_column(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,East qty,West qty\nA,1,2\nB,3,4\n", **WIDE)
    assert levels(said) == {("A", "EAST"): 1, ("A", "WEST"): 2, ("B", "EAST"): 3, ("B", "WEST"): 4}


def test_an_empty_cell_there_says_nothing(tmp_path: Path) -> None:
    said = read(tmp_path, 'Item,East qty,West qty\nA,,"2"\nB,"",\n', **WIDE)
    assert said.available.sort("sku").to_dict(as_series=False) == {"sku": ["A", "B"], "wh:WEST": [2, None]}
    assert (said.counts.bad_rows, said.untrusted) == (0, ())


def test_a_bad_cell_there_leaves_the_sku_in_doubt(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,East qty,West qty\nA,1,x\nB,3,4.5\n", **WIDE, max_bad_rows=1)
    assert (levels(said), said.untrusted) == ({("B", "EAST"): 3, ("B", "WEST"): 4}, ("A",))
    assert problems(said) == [(2, "West qty", "x", "is not a whole number")]


def test_two_rows_there_may_speak_of_different_warehouses(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,East qty,West qty\nA,1,\nA,,2\n", **WIDE)
    assert levels(said) == {("A", "EAST"): 1, ("A", "WEST"): 2}


def test_two_rows_there_may_contradict_each_other(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,East qty,West qty\nA,1,2\nA,1,3\nB,4,5\n", **WIDE, max_bad_rows=2)
    assert (levels(said), said.untrusted) == ({("B", "EAST"): 4, ("B", "WEST"): 5}, ("A",))
    assert said.rejects.select("row", "column", "value").rows() == [(2, "West qty", "2"), (3, "West qty", "3")]


def test_a_file_that_says_no_quantity_is_refused(tmp_path: Path) -> None:
    expected = "stock.csv: no row says a quantity that can be used"
    assert refused(tmp_path, "Item,East qty,West qty\nA,,\n", **WIDE) == expected


# Moments


def test_the_moment_is_the_files_time_unless_the_source_says_otherwise(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,1\nA,W,1\n")
    assert (said.as_of, said.as_of_exceptions.height) == ({"E": FILE_TIME, "W": FILE_TIME}, 0)
    assert dict(said.as_of_exceptions.schema) == AS_OF_SCHEMA


def test_the_moment_may_stand_in_the_files_name(tmp_path: Path) -> None:
    as_of = {"file_name": r"_(\d{8}T\d{6})"}
    said = read(tmp_path, HEAD + "A,E,1\n", name="stock_20140808T100000.csv", as_of=as_of)
    assert said.as_of == {"E": datetime(2014, 8, 8, 14, tzinfo=UTC)}


def test_a_name_without_a_moment_is_refused(tmp_path: Path) -> None:
    expected = r'stock.csv: the name holds no moment where as_of looks for it: "_(\d{8})"'
    assert refused(tmp_path, HEAD + "A,E,1\n", as_of={"file_name": r"_(\d{8})"}) == expected


def test_one_moment_in_all_rows_is_the_moment_of_all_warehouses(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,AsOf\nA,E,1,2014-08-08 00:00:00\nA,W,1,2014-08-08 00:00:00\n"
    said = read(tmp_path, content, columns=DATED)
    expected = datetime(2014, 8, 8, 4, tzinfo=UTC)  # midnight in New York
    assert (said.as_of, said.as_of_exceptions.height) == ({"E": expected, "W": expected}, 0)


def test_the_moment_of_a_level_is_the_earliest_of_its_lots(tmp_path: Path) -> None:
    content = "Item,Loc,Lot,Avail,AsOf\nA,E,1,1,2014-08-08T10:00:00Z\nA,E,2,1,2014-08-08T09:00:00Z\n"
    said = read(tmp_path, content, columns=LOTS | {"as_of": "AsOf"})
    assert said.as_of == {"E": datetime(2014, 8, 8, 9, tzinfo=UTC)}


def test_the_moment_of_a_warehouse_is_that_of_most_levels_and_the_others_are_exceptions(tmp_path: Path) -> None:
    early, late = datetime(2014, 8, 8, 9, tzinfo=UTC), datetime(2014, 8, 8, 10, tzinfo=UTC)
    rows = [("A", "E", late), ("B", "E", late), ("C", "E", early), ("A", "W", late), ("B", "W", early)]
    content = "Item,Loc,Avail,AsOf\n" + "".join(f"{sku},{loc},1,{at.isoformat()}\n" for sku, loc, at in rows)
    said = read(tmp_path, content, columns=DATED)
    assert said.as_of == {"E": late, "W": early}  # a tie goes to the earlier
    assert said.as_of_exceptions.rows() == [("C", "E", early), ("A", "W", late)]
    assert dict(said.as_of_exceptions.schema) == AS_OF_SCHEMA


def test_rows_that_agree_may_share_their_moment(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,Loc,Avail,AsOf\nA,E,1,2014-08-08\nA,E,1,2014-08-08\n", columns=DATED)
    assert (levels(said), said.as_of) == ({("A", "E"): 1}, {"E": datetime(2014, 8, 8, 4, tzinfo=UTC)})


def test_of_rows_that_agree_the_last_gives_its_moment_if_the_last_counts(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,AsOf\nA,E,1,2014-08-09\nA,E,1,2014-08-08\n"
    said = read(tmp_path, content, columns=DATED, duplicates="last")
    assert said.as_of == {"E": datetime(2014, 8, 8, 4, tzinfo=UTC)}


def test_of_rows_that_agree_the_earliest_moment_counts_otherwise(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,AsOf\nA,E,1,2014-08-09\nA,E,1,2014-08-08\nA,E,1,2014-08-10\n"
    assert read(tmp_path, content, columns=DATED).as_of == {"E": datetime(2014, 8, 8, 4, tzinfo=UTC)}


def test_moments_may_be_written_in_another_way(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,AsOf\nA,E,1,8/1/2014 3:05 PM\n"
    said = read(tmp_path, content, columns=DATED, as_of_format="%m/%d/%Y %I:%M %p")
    assert said.as_of == {"E": datetime(2014, 8, 1, 19, 5, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("settings", "text", "reason"),
    [
        ({}, "yesterday", "is not an ISO 8601 moment; set as_of_format"),
        ({}, "8/1/2014", "is not an ISO 8601 moment; set as_of_format"),
        ({}, "", "is empty"),
        ({"as_of_format": "%m/%d/%Y"}, "2014-08-01", "is not a moment written as %m/%d/%Y"),
    ],
)
def test_what_is_no_moment_makes_its_row_bad(tmp_path: Path, settings: dict[str, str], text: str, reason: str) -> None:
    good = "8/1/2014" if settings else "2014-08-01"
    content = f"Item,Loc,Avail,AsOf\nA,E,1,{good}\nB,E,1,{text}\n"
    said = read(tmp_path, content, columns=DATED, max_bad_rows=1, **settings)
    assert (levels(said), said.untrusted) == ({("A", "E"): 1}, ("B",))
    assert problems(said) == [(3, "AsOf", text, reason)]


def test_a_file_without_one_readable_moment_is_refused(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,AsOf\nA,E,1,soon\nB,E,1,soon\n"
    expected = (
        'stock.csv: all 2 rows are bad; the first: row 2, column "AsOf": "soon" '
        "is not an ISO 8601 moment; set as_of_format"
    )
    assert refused(tmp_path, content, columns=DATED) == expected


# Bad rows


def test_bad_rows_are_left_out_up_to_a_limit(tmp_path: Path) -> None:
    rows = "".join(f"A{n},E,1\n" for n in range(199))
    assert read(tmp_path, HEAD + rows + "B,E,x\n").counts.bad_rows == 1
    expected = (
        "stock.csv: 4 of 203 rows are bad, more than max_bad_rows = 1% allows; "
        'the first: row 201, column "Avail": "x" is not a whole number'
    )
    assert refused(tmp_path, HEAD + rows + "B,E,x\nC,E,y\nD,E,z\n,E,1\n") == expected


def test_the_limit_may_be_a_number(tmp_path: Path) -> None:
    content = HEAD + "A,E,1\nB,E,x\nC,y\n"
    assert read(tmp_path, content, max_bad_rows=2).counts.bad_rows == 2
    expected = (
        "stock.csv: 2 of 3 rows are bad, more than max_bad_rows = 1 allows; "
        'the first: row 3, column "Avail": "x" is not a whole number'
    )
    assert refused(tmp_path, content, max_bad_rows=1) == expected


def test_a_file_of_bad_rows_alone_is_refused_whatever_the_limit(tmp_path: Path) -> None:
    expected = 'stock.csv: all 1 rows are bad; the first: row 2, column "Avail": "x" is not a whole number'
    assert refused(tmp_path, HEAD + "A,E,x\n", max_bad_rows="100%") == expected


def test_a_blank_sku_makes_its_row_bad_and_puts_nothing_in_doubt(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + 'A,E,1\n,E,5\n"  ",E,5\n', max_bad_rows=2)
    assert (levels(said), said.untrusted) == ({("A", "E"): 1}, ())
    assert problems(said) == [(3, "Item", "", "is empty"), (4, "Item", "  ", "is empty")]
    assert said.rejects["sku"].to_list() == [None, None]


def test_a_row_that_is_too_long_may_have_spoken_of_any_sku_it_could_name(tmp_path: Path) -> None:
    content = "Desc,Item,Avail\nnut,A,1\nnut,B,2\nnut, 5 mm,B,3\n"
    columns = {"sku": "Item", "available": "Avail"}
    said = read(tmp_path, content, columns=columns, max_bad_rows=1)
    assert (levels(said), said.untrusted) == ({("A", "default"): 1}, ("5 mm", "B"))


def test_so_may_a_row_that_is_cut_short(tmp_path: Path) -> None:
    columns = {"sku": "Item", "available": "Avail"}
    said = read(tmp_path, "Desc,Item,Avail\nnut,A,1\nB,2\n", columns=columns, max_bad_rows=1)
    assert (levels(said), said.untrusted) == ({("A", "default"): 1}, ("2", "B"))


# Settings


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (
            {"columns": {"sku": "Item", "on_hand": "QOH"}},
            "needs columns.available, or columns.on_hand with columns.allocated; "
            'if all that lies there may be sold, set quantity = "on_hand"',
        ),
        ({"columns": {"sku": "Item"}, "quantity": "on_hand"}, 'quantity = "on_hand" needs columns.on_hand'),
        (
            {"columns": {"sku": "Item", "warehouse": "Loc"}, "warehouse_columns": {"E": "East"}},
            "warehouse_columns takes the place of the columns warehouse, available and on_hand",
        ),
        (
            {"columns": {"sku": "Item", "available": "Avail"}, "decimal": ",", "thousands": ","},
            'decimal and thousands are both ","',
        ),
        (
            {"columns": {"sku": "Item", "available": "Avail"}, "encoding": "utf-9"},
            '\'utf-9\' is no known encoding; write one such as "cp1252" or "shift_jis"',
        ),
        ({"columns": {"sku": "Item", "available": "Avail"}, "delimiter": '"'}, "'\"' can't stand between cells"),
        (
            {"columns": {"sku": "Item", "available": "Avail"}, "as_of": {"file_name": "20"}},
            "needs one group, in parentheses, around what the name tells",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CsvSnapshot.model_validate(settings)
    assert [problem["msg"] for problem in caught.value.errors() if "file_time" not in problem["msg"]][-1] == (
        "Value error, " + complaint
    )


@pytest.mark.parametrize("limit", ["1%", "0.5%", "100%", 0, 10])
def test_limits_are_percentages_or_numbers(limit: str | int) -> None:
    settings = {"columns": {"sku": "Item", "available": "Avail"}, "max_bad_rows": limit}
    assert CsvSnapshot.model_validate(settings).max_bad_rows == limit


@pytest.mark.parametrize("limit", ["one", "101%", "-1%", -1, "1 %"])
def test_other_limits_are_refused(limit: str | int) -> None:
    with pytest.raises(ValidationError):
        CsvSnapshot.model_validate({"columns": {"sku": "Item", "available": "Avail"}, "max_bad_rows": limit})


def test_a_small_file_may_have_one_bad_row(tmp_path: Path) -> None:
    said = read(tmp_path, HEAD + "A,E,1\nB,E,x\n")

    assert (said.counts.bad_rows, said.untrusted) == (1, ("B",))
