from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sample_feeds import LOCATIONS, feeds, layout, make_feed, profile_settings, rows_of, written
from x12_judges import Part, judged

from formats.feed.errors import FeedError
from formats.feeds import FeedFormat
from mappings.model import Feed, Warehouse

CODES = st.text("ABCXYZ0189-", min_size=1, max_size=8).filter(lambda code: code.strip("-"))
Segments = list[list[str]]


def located(name: str, **changes: Any) -> FeedFormat:
    """The layout of 846-4010 with warehouses told in another way."""
    return layout(profile_settings("846-4010") | LOCATIONS[name] | changes)


def parts_of(name: str, feed: Feed, folder: Path, **changes: Any) -> list[Part]:
    data = written(located(name, **changes), feed, folder)
    return judged(data, folder, allowed=LOCATIONS[name].get("deviations", ()))


def lines_of(part: Part) -> Segments:
    """The segments of a transaction set from the first LIN to the last segment before CTT."""
    ids = [segment[0] for segment in part.segments]
    return part.segments[ids.index("LIN") : ids.index("CTT")]


def by_hand(name: str, feed: Feed) -> list[Segments]:
    """What stands in each transaction set between its heading and CTT, written segment by segment."""
    if name in ("header", "header-ref"):
        return [
            [
                segment
                for number, row in enumerate(rows_of(feed), 1)
                for segment in (["LIN", str(number), "SK", row["code"]], qty(row[f"wh:{place.code}"]))
            ]
            for place in feed.warehouses
        ]
    numbers = iter(range(1, 1000))
    return [[segment for row in rows_of(feed) for segment in line_by_hand(name, feed, row, numbers)]]


def line_by_hand(name: str, feed: Feed, row: dict[str, Any], numbers: Iterator[int]) -> Segments:
    pattern, _, variant = name.partition(", ")
    stock = [(place, row[f"wh:{place.code}"]) for place in feed.warehouses]
    told = stock
    if variant == "zeros skipped":
        told = [(place, units) for place, units in stock if units] or stock[:1]
    lin, total = ["LIN", str(next(numbers)), "SK", row["code"]], qty(row["quantity"])
    if pattern == "none":
        return [lin, total]
    if pattern == "sdq":
        return [lin, *sdq_by_hand(stock, told), total]
    if pattern == "qty":
        return [lin, total, *([*qty(units), place.partner_code] for place, units in told)]
    if pattern == "loop" and variant == "inside":
        inside = [part for place, units in told for part in (["REF", "WS", place.partner_code], qty(units))]
        return [lin, total, ["LS", "WS"], *inside, ["LE", "WS"]]
    if pattern == "loop":
        mark, code = ("WS", "WS") if variant else ("1", "LU")
        return [lin, total] + [
            segment
            for place, units in told
            for segment in (
                qty(units),
                ["LS", mark],
                ["REF", code, place.partner_code, *([] if variant else [place.name])],
                ["LE", mark],
            )
        ]
    own: Segments = []
    for count, (place, units) in enumerate(stock):
        again = lin if count == 0 else ["LIN", str(next(numbers)), "SK", row["code"]]
        if pattern == "lin":
            own += [[*again, "DV", place.partner_code], qty(units)]
        elif pattern == "item-ref":
            own += [again, ["REF", "LU", place.partner_code], qty(units)]
        else:
            own += [again, qty(units), ["N1", "WH", place.name, "92", place.partner_code]]
    return own


def qty(units: int) -> list[str]:
    return ["QTY", "33", str(units), "EA"]


def sdq_by_hand(stock: list[tuple[Warehouse, int]], told: list[tuple[Warehouse, int]]) -> Segments:
    """Two warehouses to a segment, those that are left out included, and the merchant as SDQ23."""
    segments = []
    for first in range(0, len(stock), 2):
        pairs = [pair for pair in stock[first : first + 2] if pair in told]
        cells = [cell for place, units in pairs for cell in (place.partner_code, str(units))]
        if cells:
            segments.append(["SDQ", "EA", "92", *cells, *[""] * (20 - len(cells)), "acme"])
    return segments


@pytest.mark.parametrize("name", LOCATIONS)
@settings(max_examples=25, deadline=None)
@given(feed=feeds(codes=CODES, min_size=1))
def test_any_feed_is_told_by_warehouse_as_a_segment_by_segment_writer_would_and_every_judge_finds_it_faultless(
    name: str, feed: Feed
) -> None:
    with TemporaryDirectory() as folder:
        parts = parts_of(name, feed, Path(folder))
    assert [lines_of(part) for part in parts] == by_hand(name, feed)


@pytest.mark.parametrize("name", LOCATIONS)
def test_transaction_sets_end_at_their_limit_whatever_a_line_takes(name: str, tmp_path: Path) -> None:
    feed = make_feed([(f"SKU-{number}", number, number % 3) for number in range(7)])
    parts = parts_of(name, feed, tmp_path, split={"lines": 5})
    whole = by_hand(name, feed)
    assert all(len(part.lines) <= 5 for part in parts)
    assert [line[2:] for part in parts for line in part.lines] == [
        segment[2:] for part in whole for segment in part if segment[0] == "LIN"
    ]


def test_a_header_names_the_warehouse_where_the_standard_has_room_for_it(tmp_path: Path) -> None:
    header = [
        {"elements": ["DTM", "184", "{as_of:%Y%m%d}"]},
        {"elements": ["PER", "IC", "EDI"]},
        {"elements": ["N1", "SU", "ACME"]},
    ]
    feed = make_feed([("A", 1, 2)])
    headings = [
        [segment[:3] for segment in parts_of(name, feed, tmp_path, header=header)[0].segments[2:6]]
        for name in ("header", "header-ref")
    ]
    assert headings == [
        [["DTM", "184", "20251114"], ["PER", "IC", "EDI"], ["N1", "SU", "ACME"], ["N1", "SF", ""]],
        [["DTM", "184", "20251114"], ["REF", "WS", "31415"], ["PER", "IC", "EDI"], ["N1", "SU", "ACME"]],
    ]


def test_more_warehouses_than_a_line_may_have_quantities_go_into_a_second_line(tmp_path: Path) -> None:
    places = [Warehouse(f"W{number}", f"P{number:03d}", "") for number in range(99)]
    (part,) = parts_of("loop, zeros skipped", make_feed([("A", *range(1, 100))], places), tmp_path)
    lines = lines_of(part)
    second = [segment[0] for segment in lines].index("LIN", 1)
    assert lines[:2] == [["LIN", "1", "SK", "A"], qty(4950)]
    assert [segment[0] for segment in lines[:second]].count("QTY") == 99
    assert lines[second:] == [["LIN", "2", "SK", "A"], qty(99), ["LS", "WS"], ["REF", "WS", "P098"], ["LE", "WS"]]
    assert part.segments[-2] == ["CTT", "2"]


def test_a_product_with_more_lines_than_a_transaction_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as error:
        written(located("item-ref", split={"lines": 1}), make_feed([("A", 1, 2)]), tmp_path)
    assert str(error.value) == "shop: one product has 2 LIN, more than [format.split] lines"


def test_a_single_warehouse_may_be_named_otherwise(tmp_path: Path) -> None:
    location = {"pattern": "loop", "quantity": "inside", "single": "IO"}
    one = make_feed([("A", 3)], [Warehouse("EAST", "NJ", "")])
    (part,) = parts_of("loop, inside", one, tmp_path, location=location)
    assert lines_of(part) == [["LIN", "1", "SK", "A"], ["REF", "IO", "NJ"], qty(3)]
    (part,) = parts_of("loop, inside", make_feed([("A", 3, 4)]), tmp_path, location=location)
    assert [segment[0] for segment in lines_of(part)] == ["LIN", "QTY", "LS", "REF", "QTY", "REF", "QTY", "LE"]


def test_a_loop_may_say_more_of_each_warehouse(tmp_path: Path) -> None:
    said = [{"elements": ["N1", "WH", "{warehouse_name}"]}, {"elements": ["DTM", "184", "{as_of:%Y%m%d}"]}]
    (part,) = parts_of("loop", make_feed([("A", 3, 4)]), tmp_path, location={"pattern": "loop", "segments": said})
    assert lines_of(part)[3:7] == [
        ["LS", "WS"],
        ["REF", "WS", "31415"],
        ["DTM", "184", "20251114"],
        ["N1", "WH", "Newark DC"],
    ]


def test_a_hash_total_adds_up_the_quantities_of_all_warehouses_that_are_told(tmp_path: Path) -> None:
    feed = make_feed([("A", 3, 4), ("B", 0, 0)])
    totals = {}
    for name in LOCATIONS:
        totals[name] = written(located(name, totals={"ctt": "hash"}), feed, tmp_path).decode().split("CTT*")[1][:4]
    assert totals == {
        **dict.fromkeys(["none", "sdq", "sdq, zeros skipped"], "2*7~"),
        **dict.fromkeys(["header", "header-ref"], "2*3~"),
        **dict.fromkeys(["loop", "loop, zeros skipped", "loop, inside", "qty"], "2*14"),
        **dict.fromkeys(["item-ref", "item-name", "lin"], "4*7~"),
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("header", "shop: warehouse EAST: N104 takes 2 to 80 characters, not 'E'; see warehouse_codes"),
        ("sdq", "shop: warehouse EAST: SDQ03 takes 2 to 80 characters, not 'E'; see warehouse_codes"),
        ("item-name", "shop: warehouse EAST: N104 takes 2 to 80 characters, not 'E'; see warehouse_codes"),
    ],
)
def test_a_code_of_one_character_is_refused_where_the_standard_has_no_room_for_it(name: str, message: str) -> None:
    with pytest.raises(FeedError) as error:
        located(name).check_warehouses("shop", [Warehouse("EAST", "E", "East")])
    assert str(error.value) == message


@pytest.mark.parametrize("name", ["header-ref", "loop", "item-ref", "qty", "lin"])
def test_a_code_of_one_character_is_taken_elsewhere_but_no_separator(name: str) -> None:
    located(name).check_warehouses("shop", [Warehouse("EAST", "E", "East")])
    with pytest.raises(FeedError) as error:
        located(name).check_warehouses("shop", [Warehouse("EAST", "E*1", "East")])
    assert str(error.value) == (
        "shop: warehouse EAST: 'E*1' holds '*', which cannot be sent; see [format.charset] replace; see warehouse_codes"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"location": {"pattern": "qty"}},
            "this is not in the standard; if the partner wants it, set deviations = ['qty02-with-qty04']",
        ),
        (
            {"location": {"pattern": "loop", "quantity": "inside"}},
            "this is not in the standard; if the partner wants it, set deviations = ['qty-inside-ls']",
        ),
        (
            {"location": {"pattern": "loop", "quantity": "inside"}, "deviations": ["qty-inside-ls"], "qty": []},
            "the layout holds no quantity; add a [[format.qty]]",
        ),
        (
            {"location": {"pattern": "loop", "segments": [{"elements": ["REF", "ZZ", "X"]}]}},
            "REF does not belong after the REF between LS and LE; the standard has DTM, N1, LM",
        ),
        (
            {"location": {"pattern": "none"}, "item": [{"elements": ["REF", "LU", "{warehouse}"]}]},
            "a segment of a line names a warehouse only where there is a LIN for each warehouse",
        ),
    ],
)
def test_a_location_against_the_standard_is_refused_when_it_is_read(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        layout(profile_settings("846-4010") | changes)
    assert [problem["msg"] for problem in error.value.errors()] == [f"Value error, {message}"]
