from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from edi_snapshots import BIA, FILE_TIME, interchange, levels, lines, problems, read, refused, transaction_set
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sample_feeds import LOCATIONS, feeds, layout, profile_settings, written

from batch.models import Merchant
from formats.edi846_reading.snapshot import Edi846Snapshot
from formats.snapshot.reject_file import write_rejects
from mappings.model import MAX_QUANTITY, Feed, warehouse_column

A, B = ("LIN*1*SK*A", "QTY*33*5*EA"), ("LIN*2*SK*B", "QTY*33*7*EA")
PLAIN = {("A", "default"): 5, ("B", "default"): 7}
AT_BIA = datetime(2025, 11, 14, 11, 45, tzinfo=UTC)  # 6:45 in New York


def test_without_any_warehouse_all_stock_is_in_one_place(tmp_path: Path) -> None:
    said = read(tmp_path, lines(*A, *B))
    assert levels(said) == PLAIN
    assert said.as_of == {"default": AT_BIA}
    assert (said.notes, said.untrusted, said.rejects.height) == ((), (), 0)
    assert (said.counts.rows, said.counts.skus, said.counts.units) == (2, 2, 12)


# where the warehouse stands

E1_W1 = {("A", "E1"): 5, ("A", "W1"): 6}


@pytest.mark.parametrize(
    ("segments", "settings"),
    [
        (("LIN**SK*A", "SDQ*EA*92*E1*5*W1*6", "QTY*33*11*EA"), {}),
        (("LIN**SK*A", "SDQ*EA*92*E1*5*W1*6"), {}),
        (("LIN**SK*A", "SDQ*EA*92*E1*5", "SDQ*EA*92*W1*6"), {"location": "sdq"}),
        (("LIN**SK*A", "QTY*33*11", "LS*100", "REF*WS*E1", "QTY*33*5", "REF*WS*W1", "QTY*33*6", "LE*100"), {}),
        (("LIN**SK*A", "QTY*33*5", "LS*R", "REF*WS*E1", "LE*R", "QTY*33*6", "LS*R", "REF*WS*W1", "LE*R"), {}),
        (("LIN**SK*A", "SLN*1**I*5*EA****DV*E1", "SLN*2**I*6*EA****DV*W1", "QTY*33*11"), {}),
        (
            ("LIN**SK*A*VP*1", "SLN*1**I*5*EA****DV*E1*SK*A", "SLN*2**I*6*EA****VP*1*DV*W1*IZ*XL", "QTY*33*11"),
            {},
        ),
        (("LIN**SK*A", "QTY*33*5*EA*E1", "QTY*33*6*EA*W1"), {"location": "qty"}),
        (("LIN**SK*A*DV*E1", "QTY*33*5", "LIN**SK*A*DV*W1", "QTY*33*6"), {}),
        (("LIN**SK*A", "REF*WS*E1", "QTY*33*5", "LIN**SK*A", "REF*WS*W1", "QTY*33*6"), {}),
        (("LIN**SK*A", "REF*ZZ*E1", "QTY*33*5", "LIN**SK*A", "REF*ZZ*W1", "QTY*33*6"), {"location_codes": ["ZZ"]}),
        (("LIN**SK*A", "QTY*33*5", "N1*WH*East*92*E1", "LIN**SK*A", "QTY*33*6", "N1*WH*W1"), {}),
        (("LIN**SK*A", "QTY*33*5", "N1*SU*ACME*92*9", "N1*SF**92*E1", "LIN**SK*A", "QTY*33*6", "N1*WH**92*W1"), {}),
    ],
)
def test_warehouses_are_found_where_partners_write_them(
    segments: tuple[str, ...], settings: dict[str, Any], tmp_path: Path
) -> None:
    assert levels(read(tmp_path, lines(*segments), **settings)) == E1_W1


def test_a_transaction_set_per_warehouse_has_its_warehouse_and_moment_in_the_heading(tmp_path: Path) -> None:
    east = transaction_set(BIA, "N1*SU*ACME*92*9", "N1*WH*East*92*E1", *A, *B)
    west = transaction_set(BIA, "DTM*184*20251114*0100*ET", "N1*WH*West*92*W1", *A, number="0002")
    said = read(tmp_path, interchange(east, west))
    assert levels(said) == {("A", "E1"): 5, ("A", "W1"): 5, ("B", "E1"): 7}
    assert said.as_of == {"E1": AT_BIA, "W1": datetime(2025, 11, 14, 6, tzinfo=UTC)}


def test_sets_of_one_warehouse_may_be_of_different_moments(tmp_path: Path) -> None:
    early = transaction_set(BIA, "DTM*184*20251114*0100*UT", "N1*WH**92*E1", *B)
    late = transaction_set(BIA, "N1*WH**92*E1", *A, "LIN**SK*C", "QTY*33*1", number="0002")
    said = read(tmp_path, interchange(early, late))
    assert said.as_of == {"E1": AT_BIA}
    assert said.as_of_exceptions.rows() == [("B", "E1", datetime(2025, 11, 14, 1, tzinfo=UTC))]


def test_a_warehouse_that_a_line_leaves_out_is_of_the_moment_of_its_line(tmp_path: Path) -> None:
    early = transaction_set(BIA, "DTM*184*20251114*0100*UT", "LIN**SK*A", "SDQ*EA*92*E1*5", "QTY*33*5")
    late = transaction_set(BIA, "LIN**SK*B", "SDQ*EA*92*E1*1*W1*7", "QTY*33*8", "LIN**SK*C", "QTY*33*0", number="0002")
    said = read(tmp_path, interchange(early, late))
    assert said.as_of == {"E1": AT_BIA, "W1": AT_BIA}
    at_one = datetime(2025, 11, 14, 1, tzinfo=UTC)
    assert said.as_of_exceptions.sort("warehouse").rows() == [("A", "E1", at_one), ("A", "W1", at_one)]
    assert levels(said)["C", "W1"] == 0


def test_a_reference_of_the_heading_may_name_the_warehouse(tmp_path: Path) -> None:
    assert levels(read(tmp_path, lines(*A, heading=(BIA, "REF*WS*E1")))) == {("A", "E1"): 5}
    facility = lines(*A, heading=(BIA, "REF*VR*4711"))
    assert levels(read(tmp_path, facility)) == {("A", "default"): 5}
    assert levels(read(tmp_path, facility, location_codes=["VR"])) == {("A", "4711"): 5}


def test_a_named_pattern_leaves_all_others_unread(tmp_path: Path) -> None:
    text = lines("LIN**SK*A", "SDQ*EA*92*E1*5", "QTY*33*5", heading=(BIA, "N1*WH**92*E9"))
    assert levels(read(tmp_path, text)) == {("A", "E1"): 5}
    assert levels(read(tmp_path, text, location="header")) == {("A", "E9"): 5}
    assert levels(read(tmp_path, text, location="none")) == {("A", "default"): 5}


def test_a_heading_that_names_two_warehouses_is_refused(tmp_path: Path) -> None:
    text = lines(*A, heading=(BIA, "N1*WH**92*E1", "N1*WH**92*W1"))
    assert refused(tmp_path, text) == "stock.edi: the heading of set 0001 names several warehouses: E1, W1"


def test_more_warehouses_than_one_sdq_holds_are_read(tmp_path: Path) -> None:
    first, second = ("*".join(f"L{n:02}*{n}" for n in numbers) for numbers in (range(10), range(10, 13)))
    text = lines("LIN**SK*A", f"SDQ*EA*92*{first}", f"SDQ*EA*92*{second}", "QTY*33*78")
    assert levels(read(tmp_path, text)) == {("A", f"L{n:02}"): n for n in range(13)}


def test_warehouses_that_a_line_with_a_total_leaves_out_are_empty(tmp_path: Path) -> None:
    sdq = (
        "LIN**SK*A",
        "SDQ*EA*92*E1*5",
        "QTY*33*5",
        "LIN**SK*B",
        "SDQ*EA*92*W1*7",
        "QTY*33*7",
        "LIN**SK*C",
        "QTY*33*0",
    )
    assert levels(read(tmp_path, lines(*sdq))) == {
        ("A", "E1"): 5,
        ("A", "W1"): 0,
        ("B", "E1"): 0,
        ("B", "W1"): 7,
        ("C", "E1"): 0,
        ("C", "W1"): 0,
    }


def test_warehouses_that_a_line_without_a_total_leaves_out_stay_unknown(tmp_path: Path) -> None:
    text = lines("LIN**SK*A", "SDQ*EA*92*E1*5", "LIN**SK*B", "SDQ*EA*92*W1*7")
    assert levels(read(tmp_path, text)) == {("A", "E1"): 5, ("B", "W1"): 7}


# a quantity is never guessed


def test_the_parts_of_a_product_are_noted_and_their_quantities_are_no_stock(tmp_path: Path) -> None:
    parts = ("SLN*1**I*4*EA****SK*POLE", "PID*F****Pole", "SLN*2**I*1*EA****SK*PEG*DV*E1", "SLN*3**I")
    note = "SLN that tell no stock of their line, such as parts, not read: 3"
    said = read(tmp_path, lines("LIN**SK*A", *parts, "QTY*33*5*EA", *B), strict=True)
    assert (levels(said), said.notes, said.rejects.height) == (PLAIN, (note,), 0)


def test_warehouses_of_sln_are_not_read_where_another_place_is_named_and_that_is_noted(tmp_path: Path) -> None:
    said = read(tmp_path, lines("LIN**SK*A", "SLN*1**I*4*EA****DV*E1", "QTY*33*5", *B), location="none")
    note = "SLN that tell no stock of their line, such as parts, not read: 1"
    assert (levels(said), said.notes) == (PLAIN, (note,))


BAD_LINES = [
    (
        ("LIN**SK*A", "SLN*1**I*5*EA****VP*P1*DV*E1", "QTY*33*5"),
        (8, "SLN10", "P1", "is a product that its line does not name", "A", "SLN*1**I*5*EA****VP*P1*DV*E1"),
    ),
    (
        ("LIN**SK*A", "SLN*1**I*5*EA****SK*P1", "SLN*2**I*6*EA****SK*P2"),
        (7, "QTY", None, "is missing under 33 or V2", "A", "LIN**SK*A"),
    ),
    (("LIN**SK*A", "QTY*33**EA"), (8, "QTY02", "", "is empty", "A", "QTY*33**EA")),
    (("LIN**SK*A", "QTY*33*1E3"), (8, "QTY02", "1E3", "is not a whole number", "A", "QTY*33*1E3")),
    (
        ("LIN**SK*A", "QTY*33*1000000000001"),
        (8, "QTY02", "1000000000001", "is beyond 1,000,000,000,000, the largest quantity", "A", "QTY*33*1000000000001"),
    ),
    (
        ("LIN**SK*A", "QTY*33*2*CA"),
        (
            *(
                8,
                "QTY03",
                "CA",
                'is not a unit of single pieces; say in units how many it is, as in units = { "CA" = 12 }',
            ),
            *("A", "QTY*33*2*CA"),
        ),
    ),
    (("LIN**SK*A",), (7, "QTY", None, "is missing under 33 or V2", "A", "LIN**SK*A")),
    (("LIN**SK*A", "QTY*17*5"), (7, "QTY", None, "is missing under 33 or V2; it has 17", "A", "LIN**SK*A")),
    (
        ("LIN**SK*A", "SDQ*EA*92*E1*5", "QTY*17*5"),
        (7, "QTY", None, "is missing under 33 or V2; it has 17", "A", "LIN**SK*A"),
    ),
    (("LIN**SK*A", "QTY*33*5", "QTY*33*6"), (9, "QTY02", "6", "contradicts the 5 before it", "A", "QTY*33*6")),
    (
        ("LIN**SK*A", "SDQ*EA*92*E1*2*W1*3", "QTY*33*6"),
        (9, "QTY02", "6", "is not the sum of the warehouses, which is 5", "A", "QTY*33*6"),
    ),
    (("LIN**SK*A", "SDQ*EA*92*E1*2*W1"), (8, "SDQ06", "", "is empty", "A", "SDQ*EA*92*E1*2*W1")),
    (("LIN**SK*A", "SDQ*EA*92**2"), (8, "SDQ04", "2", "has no warehouse beside it", "A", "SDQ*EA*92**2")),
    (
        ("LIN**SK*A", "SDQ*EA*92*E1*2*E1*3"),
        (8, None, "E1", "is named more than once in this line", "A", "SDQ*EA*92*E1*2*E1*3"),
    ),
    (
        ("LIN**SK*A", "QTY*33*5", "LS*R", "REF*WS*E1", "REF*WS*W1", "LE*R"),
        (10, "REF02", "E1", "is one of several warehouses that share one quantity", "A", "REF*WS*E1"),
    ),
    (
        ("LIN**SK*A", "QTY*33*5", "LS*R", "REF*WS*E1", "QTY*33*5", "REF*WS*W1", "LE*R"),
        (12, "REF02", "W1", "is a warehouse without a quantity", "A", "REF*WS*W1"),
    ),
    (
        ("LIN**SK*A", "LS*R", "QTY*33*5", "REF*WS*E1", "QTY*33*5", "LE*R"),
        (9, "QTY02", "5", "has no warehouse beside it", "A", "QTY*33*5"),
    ),
    (
        ("LIN**SK*A", "REF*WS*E1", "REF*WS*W1", "QTY*33*5"),
        (9, None, "W1", "is one of several warehouses of this line", "A", "REF*WS*W1"),
    ),
    (
        ("LIN**UP*012345678905", "QTY*33*5"),
        (7, "LIN", None, "has no SKU under SK; name the qualifier that holds it in sku", None, "LIN**UP*012345678905"),
    ),
    (
        ("LIN**SK*A*SK*AA", "QTY*33*5"),
        (7, "LIN", "A", "is one of several SKUs of this line", "A", "LIN**SK*A*SK*AA"),
    ),
]


@pytest.mark.parametrize(("segments", "problem"), BAD_LINES)
def test_a_line_with_a_doubtful_quantity_says_nothing_and_is_reported(
    segments: tuple[str, ...], problem: tuple[Any, ...], tmp_path: Path
) -> None:
    said = read(tmp_path, lines("LIN**SK*B", "SDQ*EA*92*E9*7", *segments), max_bad_rows=1)
    # ISA, GS, ST, BIA are segments 1 to 4, the good line is 5 and 6
    assert problems(said)[0] == problem
    assert {key: units for key, units in levels(said).items() if units} == {("B", "E9"): 7}
    assert said.untrusted == (("A",) if problem[4] else ())
    assert said.counts.bad_rows == 1


def test_a_line_without_a_warehouse_beside_others_with_one_is_reported(tmp_path: Path) -> None:
    text = lines("LIN**SK*A", "SDQ*EA*92*E1*5", "QTY*33*5", "LIN**SK*B", "QTY*33*7")
    said = read(tmp_path, text, max_bad_rows=1)
    reason = "names no warehouse, while other lines of the file do"
    assert problems(said) == [(8, None, None, reason, "B", "LIN**SK*B")]
    assert (levels(said), said.untrusted) == ({("A", "E1"): 5}, ("B",))


def test_a_bad_line_leaves_in_doubt_only_the_warehouse_that_it_speaks_of(tmp_path: Path) -> None:
    east = transaction_set(BIA, "N1*WH**92*E1", "LIN**SK*A", "QTY*33*x", *B)
    west = transaction_set(BIA, "N1*WH**92*W1", *A, *B, number="0002")
    said = read(tmp_path, interchange(east, west), max_bad_rows=1)
    assert levels(said) == {("A", "W1"): 5, ("B", "E1"): 7, ("B", "W1"): 7}
    assert said.untrusted == ("A",)


def test_lots_of_which_one_is_bad_are_no_partial_sum(tmp_path: Path) -> None:
    text = lines("LIN**SK*A*LT*1", "QTY*33*5", "LIN**SK*A*LT*2", "QTY*33*?", *B)
    assert levels(read(tmp_path, text, max_bad_rows=1)) == {("B", "default"): 7}


def test_more_bad_lines_than_allowed_refuse_the_file(tmp_path: Path) -> None:
    bad = ("LIN**SK*C", "QTY*33*x")
    assert refused(tmp_path, lines(*A, *B, *bad, *bad)) == (
        "stock.edi: 2 of 4 lines are bad, more than max_bad_rows = 1% allows; "
        'the first: segment 10, QTY02: "x" is not a whole number'
    )
    assert refused(tmp_path, lines(*bad), max_bad_rows="100%") == (
        'stock.edi: all 1 lines are bad; the first: segment 6, QTY02: "x" is not a whole number'
    )


def test_the_reject_file_holds_the_segment_and_where_it_stands(tmp_path: Path) -> None:
    said = read(tmp_path, lines(*A, "LIN**SK*C", "QTY*33*x"), max_bad_rows=1)
    write_rejects(tmp_path / "stock.edi", said, tmp_path / "rejects.csv")
    assert (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines() == [
        "segment,file,row,column,value,reason",
        "QTY*33*x,stock.edi,8,QTY02,x,is not a whole number",
    ]


# what a source may say


def test_the_sku_is_under_the_likeliest_qualifier_of_the_first_line_unless_it_is_named(tmp_path: Path) -> None:
    text = lines("LIN**UP*012345678905*VN*V1", "QTY*33*1", "LIN**UP*012345678912*VN*V2", "QTY*33*2")
    assert levels(read(tmp_path, text)) == {("V1", "default"): 1, ("V2", "default"): 2}
    by_upc = {("012345678905", "default"): 1, ("012345678912", "default"): 2}
    assert levels(read(tmp_path, text, sku=["UP"])) == by_upc


def test_several_qualifiers_may_hold_the_sku_if_they_are_named(tmp_path: Path) -> None:
    text = lines("LIN**EN*4012345678901", "QTY*33*1", "LIN**UP*012345678912", "QTY*33*2")
    said = read(tmp_path, text, sku=["EN", "UP"])
    assert levels(said) == {("012345678912", "default"): 2, ("4012345678901", "default"): 1}


@pytest.mark.parametrize(
    ("settings", "units"),
    [
        ({}, 3),
        ({"quantity": "on_hand"}, 5),
        ({"qty": ["V2"]}, 2),
        ({"qty": ["XX", "V2", "33"]}, 2),
    ],
)
def test_the_quantity_that_counts_is_chosen(settings: dict[str, Any], units: int, tmp_path: Path) -> None:
    text = lines("LIN**SK*A", "QTY*17*5", "QTY*33*3", "QTY*V2*2", "QTY*63*9")
    assert levels(read(tmp_path, text, **settings)) == {("A", "default"): units}


def test_units_are_counted_in_pieces_if_it_is_said_how_many_they_are(tmp_path: Path) -> None:
    text = lines("LIN**SK*A", "QTY*33*2*CA", "LIN**SK*B", "QTY*33*3*PC")
    assert levels(read(tmp_path, text, units={"CA": 12})) == {("A", "default"): 24, ("B", "default"): 3}


def test_fractions_are_rounded_down_and_negatives_are_nothing_to_sell(tmp_path: Path) -> None:
    said = read(tmp_path, lines("LIN**SK*A", "QTY*33*4.7", "LIN**SK*B", "QTY*33*-.5", "LIN**SK*C", "QTY*33*5.0"))
    assert levels(said) == {("A", "default"): 4, ("B", "default"): 0, ("C", "default"): 5}
    assert said.notes == ("quantities rounded down to whole units: 2", "levels below 0 taken as 0: 1")


def test_lots_of_a_sku_are_summed(tmp_path: Path) -> None:
    text = lines("LIN**SK*A*LT*1", "QTY*33*5", "LIN**SK*A*LT*2", "QTY*33*6")
    assert levels(read(tmp_path, text)) == {("A", "default"): 11}


def test_lines_that_contradict_each_other_take_their_sku_out(tmp_path: Path) -> None:
    text = lines(*A, *A, *B, "LIN**SK*B", "QTY*33*8")
    said = read(tmp_path, text, max_bad_rows=2)
    reason = "contradicts the line in segment {}; set duplicates, or give lots their own qualifier (LT) in LIN"
    assert problems(said) == [
        (9, "QTY", "7", reason.format(11), "B", "LIN*2*SK*B"),
        (11, "QTY", "8", reason.format(9), "B", "LIN**SK*B"),
    ]
    assert (levels(said), said.untrusted) == ({("A", "default"): 5}, ("B",))
    assert said.notes == (
        "lines that repeat another: 1",
        "SKUs left out because their lines contradict each other: 1",
    )
    assert levels(read(tmp_path, text, duplicates="sum")) == {("A", "default"): 10, ("B", "default"): 15}
    assert levels(read(tmp_path, text, duplicates="last")) == {("A", "default"): 5, ("B", "default"): 8}


@pytest.mark.parametrize(
    ("heading", "as_of"),
    [
        ((BIA, "DTM*184*20251113*2200*UT"), datetime(2025, 11, 13, 22, tzinfo=UTC)),
        ((BIA, "DTM*184*20251113*223015*PS"), datetime(2025, 11, 14, 6, 30, 15, tzinfo=UTC)),
        ((BIA, "DTM*184*20250713*2200*CT"), datetime(2025, 7, 14, 3, tzinfo=UTC)),
        ((BIA, "DTM*184*20250713*2200*22"), datetime(2025, 7, 14, 1, tzinfo=UTC)),
        ((BIA, "DTM*184*20250713*2200*05"), datetime(2025, 7, 13, 17, tzinfo=UTC)),
        ((BIA, "DTM*184*20251113*2200"), datetime(2025, 11, 14, 3, tzinfo=UTC)),
        ((BIA, "DTM*184*20251113"), datetime(2025, 11, 13, 5, tzinfo=UTC)),
        ((BIA, "DTM*007*20251113"), AT_BIA),
        ((BIA,), AT_BIA),
        (("BIA*00*SI*R1*251114",), datetime(2025, 11, 14, 5, tzinfo=UTC)),
    ],
)
def test_the_moment_comes_from_the_heading(heading: tuple[str, ...], as_of: datetime, tmp_path: Path) -> None:
    said = read(tmp_path, lines(*A, heading=heading))
    assert (said.as_of, said.notes) == ({"default": as_of}, ())


def test_another_date_of_the_heading_may_be_the_moment(tmp_path: Path) -> None:
    said = read(tmp_path, lines(*A, heading=(BIA, "DTM*097*20251113*2200*UT")), as_of="097")
    assert said.as_of == {"default": datetime(2025, 11, 13, 22, tzinfo=UTC)}


@pytest.mark.parametrize("code", ["00", "05"])
def test_everything_is_what_a_complete_source_sends(code: str, tmp_path: Path) -> None:
    text = lines(*A, heading=(BIA.replace("*00*", f"*{code}*"),))
    assert levels(read(tmp_path, text)) == {("A", "default"): 5}
    assert refused(tmp_path, text, content="changes").endswith(
        'it holds everything, but the source says content = "changes"; set it to "complete"'
    )


@pytest.mark.parametrize("code", ["04", "25"])
def test_changes_are_what_a_source_of_changes_sends(code: str, tmp_path: Path) -> None:
    text = lines(*A, heading=(BIA.replace("*00*", f"*{code}*"),))
    assert levels(read(tmp_path, text, content="changes")) == {("A", "default"): 5}
    meaning = {"04": "change", "25": "incremental"}[code]
    assert refused(tmp_path, text) == (
        f"stock.edi: BIA01 of set 0001 is {code} ({meaning}): it holds only what changed, "
        'but the source says content = "complete"; set it to "changes"'
    )


@pytest.mark.parametrize(
    ("bia", "reason"),
    [
        ("BIA*01*SI*R1*20251114", "BIA01 of set 0001 is 01 (cancellation): it tells no stock"),
        (
            "BIA*13*PI*R1*20251114",
            "BIA02 of set 0001 is PI (product availability inquiry): it asks for stock and tells none",
        ),
    ],
)
def test_what_tells_no_stock_is_refused(bia: str, reason: str, tmp_path: Path) -> None:
    assert refused(tmp_path, lines(*A, heading=(bia,))) == f"stock.edi: {reason}"


# what breaks the standard and is clear all the same

GOOD = lines(*A, *B)
TOLERATED = {
    "the file begins with a byte order mark": "\ufeff" + GOOD,
    "blanks or line breaks stand before ISA": "\r\n " + GOOD,
    "ISA has 100 characters, not 106": GOOD.replace("123456789      ", "123456789"),
    'ISA11 is "^", which version 00401 does not know': GOOD.replace("*U*", "*^*"),
    'SE01 of set 0001 says "9" segments, there are 7': GOOD.replace("SE*7", "SE*9"),
    'SE02 of set 0001 is "0007"': GOOD.replace("SE*7*0001", "SE*7*0007"),
    'SE02 of set 0001 is padded: "000001"': GOOD.replace("SE*7*0001", "SE*7*000001"),
    'GE01 of group 17 says "3" transaction sets, there are 1': GOOD.replace("GE*1", "GE*3"),
    'GE02 of group 17 is padded: "000000017"': GOOD.replace("GE*1*17", "GE*1*000000017"),
    'IEA01 of interchange 000000042 says "2" groups, there are 1': GOOD.replace("IEA*1", "IEA*2"),
    'IEA02 of interchange 000000042 is padded: "42"': GOOD.replace("IEA*1*000000042", "IEA*1*42"),
    "the last segment has no terminator": GOOD.rstrip("\n~"),
    "line breaks where a terminator is missing: 2": GOOD.replace("LIN*1*SK*A~", "LIN*1*SK*A").replace("7*EA~", "7*EA"),
    'GS08 of set 0001 is "00401", not a release such as 004010': GOOD.replace("*X*004010", "*X*00401"),
    'the group of set 0001 is "SI" (GS01), not IB': GOOD.replace("GS*IB", "GS*SI"),
    'CTT01 of set 0001 says "3" lines, there are 2': lines(*A, *B, "CTT*3"),
    "DTM 184 of set 0001 names no moment; what BIA says is taken": lines(*A, *B, heading=(BIA, "DTM*184*20251399")),
    'BIA01 of set 0001 is ZZ (mutually defined), which says nothing of its content; taken as "complete"': lines(
        *A, *B, heading=(BIA.replace("*00*", "*ZZ*"),)
    ),
}


@pytest.mark.parametrize("note", TOLERATED)
def test_what_is_clear_is_read_and_noted_or_refused_if_the_source_is_strict(note: str, tmp_path: Path) -> None:
    said = read(tmp_path, TOLERATED[note])
    assert (levels(said), said.notes, said.as_of) == (PLAIN, (note,), {"default": AT_BIA})
    assert refused(tmp_path, TOLERATED[note], strict=True) == f"stock.edi: {note}; strict = false reads it all the same"


def test_a_set_without_bia_is_of_the_time_of_its_file(tmp_path: Path) -> None:
    said = read(tmp_path, lines(*A, heading=()))
    assert (said.as_of, said.notes) == ({"default": FILE_TIME}, ("set 0001 has no BIA",))


def test_a_bia_without_a_date_is_of_the_time_of_its_file(tmp_path: Path) -> None:
    said = read(tmp_path, lines(*A, heading=("BIA*00*SI*R1",)))
    note = "BIA of set 0001 names no moment; the file's time is taken"
    assert (said.as_of, said.notes) == ({"default": FILE_TIME}, (note,))


def test_the_same_oddity_of_many_sets_is_told_once(tmp_path: Path) -> None:
    sets = [transaction_set(BIA, f"N1*WH**92*W{n}", *A, number=f"000{n}") for n in range(1, 5)]
    text = interchange(*sets).replace("SE*6", "SE*5")
    note = 'SE01 of set 0001 says "5" segments, there are 6; and 3 more of this kind'
    assert read(tmp_path, text).notes == (note,)


@pytest.mark.parametrize(
    ("how", "notes"),
    [
        ({"terminator": "\x15"}, ("segments end with 0x15",)),
        ({"terminator": "\n", "line_break": ""}, ("segments end with a line break",)),
        ({"terminator": "\r\n", "line_break": ""}, ("segments end with a line break",)),
        ({"line_break": ""}, ()),
        ({"line_break": "\r\n"}, ()),
        ({"element": "|"}, ()),
        ({"element": "~", "terminator": "?"}, ()),
        ({"element": "\x1d", "terminator": "\x1c"}, ("segments end with 0x1C",)),
    ],
)
def test_any_separators_that_isa_declares_are_read_even_strictly(
    how: dict[str, str], notes: tuple[str, ...], tmp_path: Path
) -> None:
    said = read(tmp_path, lines(*A, *B, **how), strict=True)
    assert (levels(said), said.notes) == (PLAIN, notes)


def several(first: dict[str, str], second: dict[str, str]) -> str:
    """Two interchanges, of a line each."""
    one, other = transaction_set(BIA, *A), transaction_set(BIA, *B)
    return interchange(one, **first) + interchange(other, **second).replace("000000042", "000000043")


OTHERS: tuple[dict[str, str], ...] = (
    {},
    {"element": "|"},
    {"terminator": "'"},
    {"element": "|", "terminator": "\n", "line_break": ""},
)


@pytest.mark.parametrize("second", OTHERS)
@pytest.mark.parametrize("first", OTHERS)
@pytest.mark.parametrize("size", [50, 4 << 20])
def test_interchanges_in_one_file_may_have_separators_of_their_own(
    size: int, first: dict[str, str], second: dict[str, str], tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("formats.x12.segments.X12File.parts.__defaults__", (size,))
        said = read(tmp_path, several(first, second), strict=True)
    notes = ("segments end with a line break",) if "\n" in (first.get("terminator"), second.get("terminator")) else ()
    assert (levels(said), said.notes, said.counts.rows) == (PLAIN, notes, 2)


def test_the_segments_of_several_interchanges_are_counted_through_the_file(tmp_path: Path) -> None:
    text = several({}, {"element": "|"}).replace("QTY|33|7|EA", "QTY|33|x|EA")
    said = read(tmp_path, text, max_bad_rows=1)
    assert problems(said) == [(15, "QTY02", "x", "is not a whole number", "B", "QTY*33*x*EA")]


def test_data_that_another_interchange_of_the_file_would_cut_is_refused(tmp_path: Path) -> None:
    text = several({}, {"element": "|"}).replace("SK|B", "SK|B*1")
    assert refused(tmp_path, text) == (
        'stock.edi: segment 14 holds "*", which separates elements in another interchange of the file; have them sent '
        "in files of their own"
    )
    assert levels(read(tmp_path, several({"element": "|"}, {"element": "|"}).replace("SK|B", "SK|B*1"))) == {
        ("A", "default"): 5,
        ("B*1", "default"): 7,
    }


def test_a_later_interchange_that_is_cut_is_refused(tmp_path: Path) -> None:
    text = several({}, {"element": "|"})
    for end in range(text.index("ISA|") + 1, text.rindex("IEA|1|0") + 5, 7):
        assert refused(tmp_path, text[:end]).startswith("stock.edi: ")


def test_other_releases_and_suffixes_are_read(tmp_path: Path) -> None:
    text = lines(*A, *B).replace("*X*004010", "*X*004010VICS").replace("*U*00401*", "*^*00501*")
    assert read(tmp_path, text, strict=True).notes == ()


def test_other_transaction_sets_are_left_alone(tmp_path: Path) -> None:
    catalogue = transaction_set("BCT*PC", "LIN**SK*Z", "CTP**RES*9.99", number="0002", kind="832")
    said = read(tmp_path, interchange(transaction_set(BIA, *A, *B), catalogue))
    assert (levels(said), said.notes) == (PLAIN, ("transaction sets that are no 846, not read: 1 (832)",))


def test_bytes_that_are_no_utf_8_do_no_harm_outside_of_codes(tmp_path: Path) -> None:
    text = lines("LIN**SK*A", "PID*F****Gr\u00fcn", "QTY*33*5", *B).encode("cp1252")
    assert levels(read(tmp_path, text)) == PLAIN


def test_a_code_that_is_no_utf_8_needs_a_named_encoding(tmp_path: Path) -> None:
    text = lines("LIN**SK*Gr\u00fcn", "QTY*33*5", *B).encode("cp1252")
    said = read(tmp_path, text, max_bad_rows=1)
    reason = "has bytes that are no text in this encoding; set encoding, as in cp1252"
    assert problems(said) == [(5, "LIN", "Gr\ufffdn", reason, "Gr\ufffdn", "LIN**SK*Gr\ufffdn")]
    assert levels(read(tmp_path, text, encoding="cp1252")) == {("B", "default"): 7, ("Gr\u00fcn", "default"): 5}


# what is refused however lenient the source is

REFUSED = {
    "the file is empty": "",
    "it does not begin with ISA, as X12 does; it looks like XML": "<inventory/>",
    "it does not end in IEA; a part of it is missing": GOOD[: GOOD.index("GE*")],
    "it holds no line (LIN)": lines(),
    "it holds 997, not an 846": interchange(transaction_set("AK1*IB*1", kind="997")),
    "segment 8 is ST, but ST is not closed yet; a part of it is missing": interchange(
        [*transaction_set(BIA, *A)[:-1], "QTY*17*1"], transaction_set(BIA, *B, number="0002")
    ),
    'segment 9, SE, says "4" segments and number "0002", but there are 7 and the number is "0001"; '
    "a part of the file is missing": GOOD.replace("SE*7*0001", "SE*4*0002"),
    "2 segments lie outside of any transaction set; a part of the file is missing": GOOD.replace(
        "GE*1", "LIN**SK*C~\nQTY*33*1~\nGE*1"
    ),
    'segment 6 does not begin with an id: "*33*5*EA"': GOOD.replace("QTY*33*5", "*33*5"),
    "its ISA holds a line break: the file was wrapped into lines; have it sent unwrapped": GOOD[:80] + "\n" + GOOD[80:],
    "the lines of SKU A add up to more than 1,000,000,000,000 in one warehouse": lines(
        *("LIN**SK*A*LT*1", "QTY*33*999999999999", "LIN**SK*A*LT*2", "QTY*33*999999999999")
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_file_of_which_nothing_can_be_trusted_is_refused(reason: str, tmp_path: Path) -> None:
    assert refused(tmp_path, REFUSED[reason]) == f"stock.edi: {reason}"


def test_a_file_that_is_cut_anywhere_is_refused_or_whole(tmp_path: Path) -> None:
    for end in range(1, len(GOOD.rstrip("\n~"))):
        assert refused(tmp_path, GOOD[:end]).startswith("stock.edi: ")


# what we write

CODES = st.text("ABCXYZ0189-", min_size=1, max_size=8).filter(lambda code: code.strip("-"))


@pytest.mark.parametrize("pattern", LOCATIONS)
@settings(deadline=None, max_examples=10)
@given(feed=feeds(codes=CODES, min_size=1))
def test_what_we_write_reads_back_to_the_same_quantities(pattern: str, feed: Feed) -> None:
    format_ = layout(profile_settings("846-4010") | LOCATIONS[pattern])
    assume(format_.unwritable(feed).is_empty() and (feed.lines["quantity"] <= MAX_QUANTITY).all())
    content = "complete" if feed.kind == "full" else "changes"
    location = "qty" if "qty" in str(LOCATIONS[pattern].get("location")) else "auto"
    with TemporaryDirectory() as folder:
        data = written(format_, feed, Path(folder))
        said = levels(read(Path(folder), data, content=content, strict=True, location=location))
    expected = {
        (row["code"], place.partner_code): row[warehouse_column(place.code)]
        for row in feed.lines.iter_rows(named=True)
        for place in feed.warehouses
    }
    if {warehouse for _, warehouse in said} == {"default"}:
        expected = {(row["code"], "default"): row["quantity"] for row in feed.lines.iter_rows(named=True)}
    assert {key: units for key, units in said.items() if units} == {key: u for key, u in expected.items() if u}
    assert set(said) <= set(expected)


SAMPLES = sorted((Path(__file__).parents[1] / "samples" / "edi").glob("846-*/expected.edi"))
#: What must be said of dialects that leave more open than others.
SAID: dict[str, dict[str, Any]] = {
    "846-living-spaces": {"quantity": "on_hand"},
    "846-walmart-dsv": {"quantity": "on_hand"},
    "846-sap-business-network": {"units": {"EA>2": 1}, "location_codes": ["LC"]},
    "846-tractor-supply": {"sku": ["EN", "UP"]},
}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.parent.name)
def test_every_built_in_dialect_is_read(sample: Path, tmp_path: Path) -> None:
    said = read(tmp_path, sample.read_bytes(), **SAID.get(sample.parent.name, {}))
    found: dict[str, dict[str, int]] = {}
    for (sku, warehouse), units in levels(said).items():
        if units:
            found.setdefault(sku, {})[warehouse] = units
    by_warehouse = [{"NJ1": 7, "NV1": 12}, {"NJ1": 18, "NV1": 22, "TX1": 3}, {"NJ1": 120, "NV1": 64, "TX1": 35}]
    in_all = [{"default": 19}, {"default": 43}, {"default": 219}]
    of_east = [{"NJ1": 7}, {"NJ1": 18}, {"NJ1": 120}]
    of_east_with_upc = [{"default": 7}, {"default": 18}]
    quantities = sorted(found.values(), key=lambda units: sum(units.values()))
    assert quantities in (by_warehouse, in_all, of_east, of_east_with_upc)
    assert said.untrusted == ()


@st.composite
def interchanges(draw: st.DrawFn) -> tuple[str, dict[tuple[str, str], int]]:
    """Any 846 with SDQ, and what it says."""
    codes = draw(st.lists(CODES, min_size=1, max_size=12, unique=True))
    places = draw(st.lists(CODES, min_size=1, max_size=13, unique=True))
    segments, said = list[str](), dict[tuple[str, str], int]()
    for number, code in enumerate(codes):
        named = draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
        units = [draw(st.integers(0, 10**6)) for _ in named]
        said |= {(code, place): u for place, u in zip(named, units, strict=True)}
        segments.append(f"LIN*{number}*SK*{code}")
        pairs = [f"{place}*{u}" for place, u in zip(named, units, strict=True)]
        width = draw(st.integers(1, 10))
        segments += ["SDQ*EA*92*" + "*".join(pairs[n : n + width]) for n in range(0, len(pairs), width)]
    how = draw(st.sampled_from([{}, {"element": "|"}, {"line_break": ""}, {"terminator": "\x15"}]))
    return lines(*segments, **how), said


@settings(deadline=None, max_examples=60)
@given(interchanges(), st.sampled_from([40, 200, 1 << 20]))
def test_any_breakdown_is_read_as_it_is_written_however_the_file_is_cut_into_parts(
    file: tuple[str, dict[tuple[str, str], int]], size: int
) -> None:
    text, expected = file
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("formats.x12.segments.X12File.parts.__defaults__", (size,))
        assert levels(read(Path(folder), text)) == expected


def test_a_source_is_csv_unless_it_says_846() -> None:
    table = {"name": "Acme", "sources": {"wms": {"format": "846", "from": {"path": "inbox"}, "content": "changes"}}}
    source = Merchant.model_validate(table).sources["wms"]
    assert isinstance(source, Edi846Snapshot)
    assert source.content == "changes"
