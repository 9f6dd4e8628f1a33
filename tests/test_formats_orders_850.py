"""What is read of X12 850s, and what is not guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from formats.errors import FileRefused
from formats.orders.edi850 import Edi850Orders
from formats.orders.result import OrdersRead

HEADING = ("BEG*00*SA*PO77**20261120", "DTM*004*20261120*1215*UT")
LINES = ("PO1*1*3*EA*9.5**VN*MUG", "PO1*2*2*EA*9.5**VN*BOX")
Line = tuple[str | None, str | None, int, str | None]


def interchange(*sets: tuple[str, ...], kind: str = "850", test: str = "P", release: str = "004010") -> str:
    """An interchange of sets, which are given without ST and SE."""
    segments = []
    for number, inside in enumerate(sets, 1):
        segments += [f"ST*{kind}*{number:04d}", *inside, f"SE*{len(inside) + 2}*{number:04d}"]
    isa = (
        f"ISA*00*          *00*          *01*987654321      *ZZ*ACME           *261120*1220*U*{release[:5]}*000000031*0"
    )
    group = f"GS*PO*987654321*ACME*20261120*1220*31*X*{release}"
    return "~\n".join([f"{isa}*{test}*>", group, *segments, f"GE*{len(sets)}*31", "IEA*1*000000031"]) + "~\n"


def read(tmp_path: Path, text: str, places: dict[str, str] | None = None, **settings: Any) -> OrdersRead:
    file = tmp_path / "po.edi"
    file.write_text(text)
    table = Edi850Orders(format="850", **settings)
    zone = ZoneInfo("America/New_York")
    return table.read_orders(file, timezone=zone, order_source="shop", places=places or {})


def lines(found: OrdersRead) -> list[Line]:
    return found.lines.select("line", "code", "quantity", "warehouse").rows()


def refusal(tmp_path: Path, *inside: str, **settings: Any) -> str:
    """Why a file with this one set is refused, after the part that is the same for all."""
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, interchange(inside), **settings)
    return str(caught.value).removeprefix("po.edi: no order of it can be used; the first: ")


@pytest.mark.parametrize("release", ["004010", "005010"])
def test_an_order_is_read_with_its_lines_and_moment(tmp_path: Path, release: str) -> None:
    found = read(tmp_path, interchange((*HEADING, *LINES, "CTT*2*5"), release=release))

    assert found.lines.rows() == [
        ("shop", "PO77", "1", "MUG", 3, datetime(2026, 11, 20, 12, 15, tzinfo=UTC), None, None),
        ("shop", "PO77", "2", "BOX", 2, datetime(2026, 11, 20, 12, 15, tzinfo=UTC), None, None),
    ]
    assert (found.orders, found.set_aside, found.notes) == (1, 0, ())


def test_a_release_of_a_blanket_order_is_an_order_of_its_own(tmp_path: Path) -> None:
    found = read(tmp_path, interchange(*((f"BEG*00*RL*PO77*{n}*20261120", LINES[0]) for n in (1, 2))))

    assert found.lines["order_id"].to_list() == ["PO77/1", "PO77/2"]


def test_a_date_alone_means_the_end_of_that_day_in_the_merchants_zone(tmp_path: Path) -> None:
    found = read(tmp_path, interchange((HEADING[0], LINES[0])))

    assert found.lines["ordered_at"].to_list() == [datetime(2026, 11, 21, 5, tzinfo=UTC)]


def test_of_an_order_that_two_sets_speak_of_the_last_counts(tmp_path: Path) -> None:
    later = ("BEG*05*SA*PO77**20261120", "PO1*1*1*EA*9.5**VN*MUG")
    cancelled = ("BEG*01*SA*PO78**20261120",)
    found = read(tmp_path, interchange((*HEADING, *LINES), later, ("BEG*00*SA*PO78**20261120", *LINES), cancelled))

    assert found.lines.select("order_id", "code", "quantity", "status").rows() == [
        ("PO77", "MUG", 1, None),
        ("PO78", None, 0, "cancelled"),
    ]


@pytest.mark.parametrize(
    ("quantity", "unit", "pieces"), [("3", "", 3), ("3.00", "EA", 3), ("0", "EA", 0), ("2", "CA", 24)]
)
def test_quantities_are_pieces(tmp_path: Path, quantity: str, unit: str, pieces: int) -> None:
    found = read(tmp_path, interchange((*HEADING, f"PO1*1*{quantity}*{unit}***VN*MUG")), units={"CA": 12})

    assert lines(found) == [("1", "MUG", pieces, None)]


def test_the_product_is_the_first_qualifier_in_the_list_that_a_line_has(tmp_path: Path) -> None:
    inside = (*HEADING, "PO1*1*1*EA***UP*085001200017*VN*MUG", "PO1*2*1*EA***UP*012345678905")
    both = read(tmp_path, interchange(inside))
    upc = read(tmp_path, interchange(inside), sku=("UP",))

    assert [code for _, code, _, _ in lines(both)] == ["MUG", "012345678905"]
    assert [code for _, code, _, _ in lines(upc)] == ["085001200017", "012345678905"]


@pytest.mark.parametrize(
    ("heading", "item", "split"),
    [
        ("N1*ST*Jane*92*999", (), [("1", "MUG", 3, None)]),
        ("N1*ST*Newark*92*31415", (), [("1", "MUG", 3, "EAST")]),
        ("N1*SF*Newark*92*31415", ("N1*SF*Reno*92*27182",), [("1", "MUG", 3, "WEST")]),
        ("N1*SF*Newark*92*31415", ("SDQ*EA*92*27182*1*31415*2",), [("1", "MUG", 1, "WEST"), ("1", "MUG", 2, "EAST")]),
        ("N1*BY*Shop*92*1", ("SDQ*EA*92*S1*1*S2*2",), [("1", "MUG", 3, None)]),
    ],
)
def test_our_warehouse_is_named_by_sdq_or_the_nearest_n1(
    tmp_path: Path, heading: str, item: tuple[str, ...], split: list[Line]
) -> None:
    places = {"31415": "EAST", "27182": "WEST"}
    found = read(tmp_path, interchange((*HEADING, heading, LINES[0], *item, "CTT*1")), places)

    assert lines(found) == split


def test_a_shipper_that_is_no_warehouse_of_ours_is_noted(tmp_path: Path) -> None:
    found = read(tmp_path, interchange((*HEADING, "N1*SF*Elsewhere*92*555", LINES[0])))

    assert found.notes == ("N1 SF 555 is no warehouse that is known; left open",)


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        (("PO1*1*1.5*EA***VN*MUG",), 'segment 5, PO102: "1.5" is no whole number'),
        (("PO1*1*-2*EA***VN*MUG",), 'segment 5, PO102: "-2" is no whole number'),
        (("PO1*1**EA***VN*MUG",), "segment 5, PO102: is missing"),
        (
            ("PO1*1*9999999999999*EA***VN*MUG",),
            'segment 5, PO102: "9999999999999" is beyond 1,000,000,000,000, the largest quantity',
        ),
        (
            ("PO1*1*2*CA***VN*MUG",),
            'segment 5, PO103: "CA" is not a unit of single pieces; say in units how many pieces it is, as in '
            'units = { "CA" = 12 }',
        ),
        (("PO1*1*2*EA***ZZ*MUG",), 'segment 5, PO1: "ZZ" is none of the qualifiers that hold a code: VN, UP'),
        (("PO1*1*2*EA***VN*MUG*VN*BOX",), 'segment 5, PO1: "BOX MUG" are several codes under VN'),
        ((LINES[0], LINES[0]), 'segment 5, PO101: "1" is the number of another line of this order too'),
        ((LINES[0], "SDQ*EA*92*1*1*2*1"), 'segment 5, PO102: "3" is not what the SDQ of this line add up to, 2'),
        ((LINES[0], "SDQ*EA*92*1*1*2*x"), 'segment 6, SDQ06: "x" is no whole number'),
        ((*LINES, "CTT*3"), 'segment 7, CTT01: "3" is not the number of lines, 2'),
        ((), "segment 4, PO1: is missing: the order has no line"),
    ],
)
def test_a_line_that_is_not_clear_sets_the_order_aside(tmp_path: Path, segments: tuple[str, ...], reason: str) -> None:
    assert refusal(tmp_path, HEADING[0], *segments, sku=("VN", "UP")) == reason


@pytest.mark.parametrize(
    ("beginning", "reason"),
    [
        ("BEG*04*SA*PO77**20261120", 'segment 4, BEG01: "04" neither places nor cancels an order as a whole'),
        ("BEG*00*SA***20261120", "segment 4, BEG03: is missing: the order has no number"),
        ("BEG*00*SA*PO77**20261320", 'segment 4, BEG05: "20261320" is no date and time'),
        ("N1*ST*Jane", "segment 3, BEG03: is missing: the order has no number"),
    ],
)
def test_a_heading_that_is_not_clear_sets_the_order_aside(tmp_path: Path, beginning: str, reason: str) -> None:
    assert refusal(tmp_path, beginning, LINES[0]) == reason


def test_a_set_that_is_shorter_than_it_says_is_set_aside_and_the_others_count(tmp_path: Path) -> None:
    text = interchange((*HEADING, *LINES), ("BEG*00*SA*PO78**20261120", *LINES)).replace("SE*6*0001", "SE*7*0001")
    found = read(tmp_path, text)

    assert found.lines["order_id"].unique().to_list() == ["PO78"]
    assert found.faults.rows() == [(8, "PO77", "SE01", "7", "is not the number of segments, 6")]


def test_a_test_is_no_order(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, interchange((*HEADING, *LINES), test="T"))

    assert str(caught.value) == (
        'po.edi: no order of it can be used; the first: segment 3, ISA15: "T" marks a test, which is no order'
    )


def test_changes_of_orders_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, interchange(("BCH*01*SA*PO77***20261120",), kind="860"))

    assert str(caught.value) == "po.edi: it holds 860, not an 850"


def test_a_file_of_which_the_end_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, interchange((*HEADING, *LINES)).partition("GE*")[0])

    assert str(caught.value) == "po.edi: it does not end in IEA; a part of it is missing"
