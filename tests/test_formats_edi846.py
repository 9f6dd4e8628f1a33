from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sample_feeds import (
    DIALECT,
    DIALECT_FEED,
    EAST,
    FEED,
    GOLDEN,
    LOOPS,
    PRINTABLE,
    feeds,
    layout,
    make_feed,
    numbered_feed,
    profile,
    profile_settings,
    rows_of,
    written,
)
from x12_judges import judged

from formats.feed.errors import FeedError
from formats.x12.interchange import Interchange, TradingPair
from mappings.model import Feed, Warehouse

PROFILES = ["846-4010", "846-5010", "846-4010-by-warehouse"]


def by_hand(feed: Feed, settings_: dict[str, Any]) -> str:
    """An 846 written segment by segment. Knows the settings of ``DIALECT``; numbers are those of ``INTERCHANGE``."""
    marks = {"element": "*", "component": ">", "segment": "~", "repetition": "^", "line_break": "\n"}
    marks |= settings_.get("separators", {})
    segments = opening_by_hand(settings_, marks)
    size, rows, number = settings_["split"]["lines"], rows_of(feed), 0
    by_warehouse = settings_["location"]["pattern"] == "header"
    for place in feed.warehouses if by_warehouse else [None]:
        for start in range(0, len(rows), size):
            number += 1
            chunk = rows[start : start + size]
            inner = heading_by_hand(feed, settings_, number, place)
            inner += [
                segment
                for count, row in enumerate(chunk, 1)
                for segment in line_by_hand(feed, settings_, count, row, place)
            ]
            inner += summary_by_hand(settings_, inner)
            inner.append(["SE", str(len(inner) + 1), f"{number:04d}"])
            segments += [[sent(element, settings_) for element in segment] for segment in inner]
    segments += [["GE", str(number), "17"], ["IEA", "1", "000000042"]]
    for segment in segments:
        while not segment[-1]:
            segment.pop()
    return "".join(marks["element"].join(segment) + marks["segment"] + marks["line_break"] for segment in segments)


def opening_by_hand(settings_: dict[str, Any], marks: dict[str, str]) -> list[list[str]]:
    v5, envelope = settings_["release"] == "005010", settings_.get("envelope", {})
    version = envelope.get("version", "00501" if v5 else "00401")
    isa = ["ISA", "00", "          ", "00", "          ", "01", "123456789      ", "12", "5551234567     ", "251114"]
    isa += ["0645", marks["repetition"] if v5 else "U", version, "000000042"]
    isa += ["1" if envelope.get("request_acknowledgement") else "0", "P", marks["component"]]
    gs = ["GS", "IB", "123456789", "5551234567", "20251114", "06451234"[: envelope.get("time_digits", 4)], "17", "X"]
    return [isa, [*gs, envelope.get("group_version", settings_["release"])]]


def heading_by_hand(feed: Feed, settings_: dict[str, Any], number: int, place: Warehouse | None) -> list[list[str]]:
    bia = settings_.get("bia", {})
    reference = f"INV42P{number}" if "reference" in bia else f"000000042-{number:04d}"
    purpose = bia.get(feed.kind, "00" if feed.kind == "full" else "25")
    time = "06451234"[: bia.get("time_digits", 4)]
    segments = [["ST", "846", f"{number:04d}"], ["BIA", purpose, bia.get("report", "SI"), reference, "20251114", time]]
    if settings_["header"] == DIALECT["header"]:
        segments += [["DTM", "184", "20251114"], ["REF", "VR", "4711", "Acme & Sons"], ["N1", "SU", "acme"]]
    else:
        segments.append(["DTM", "184", "20251114", "0630", "UT"])
    return [*segments, ["N1", "WH", place.name, "92", place.partner_code]] if place else segments


def line_by_hand(
    feed: Feed, settings_: dict[str, Any], number: int, row: dict[str, Any], place: Warehouse | None
) -> list[list[str]]:
    lin = ["LIN", str(number) if settings_.get("line_number", True) else ""]
    for pair in settings_["lin"]:
        value = row[pair["value"][1:-1]] or ""
        if value or pair.get("required", True):
            lin += [pair["qualifier"], value]
    segments = [lin]
    if text := row["detail:name"] if settings_.get("item") else None:
        text = sent(text.strip(), settings_)[:80].rstrip()
        segments += [["PID", "F", "08", "", "", text]] if text else []
    location = settings_["location"]
    size = location.get("pairs", 10)
    for first in range(0, len(feed.warehouses), size) if location["pattern"] == "sdq" else []:
        sdq = ["SDQ", location["unit"], location["qualifier"]]
        for warehouse in feed.warehouses[first : first + size]:
            sdq += [warehouse.partner_code, str(row[f"wh:{warehouse.code}"])]
        segments.append(sdq)
    quantity = row[f"wh:{place.code}"] if place else row["quantity"]
    return [*segments, *(["QTY", qty["qualifier"], str(quantity), qty["unit"] or ""] for qty in settings_["qty"])]


def summary_by_hand(settings_: dict[str, Any], segments: list[list[str]]) -> list[list[str]]:
    count = sum(segment[0] == "LIN" for segment in segments)
    if settings_.get("totals", {}).get("ctt") != "hash":
        return [["CTT", str(count)]]
    total = sum(int(segment[2]) for segment in segments if segment[0] == "QTY")
    return [["CTT", str(count), str(int(str(total)[-10:]))]]


def sent(text: str, settings_: dict[str, Any]) -> str:
    charset = settings_.get("charset", {})
    text = "".join(charset.get("replace", {}).get(character, character) for character in text)
    return text.upper() if charset.get("upper_case") else text


def held_by_hand(feed: Feed, settings_: dict[str, Any]) -> set[str]:
    """The codes of the lines that this dialect cannot hold."""
    marks = {"element": "*", "component": ">", "segment": "~"} | settings_.get("separators", {})
    reserved = {marks["element"], marks["component"], marks["segment"]}
    reserved |= {"^"} if settings_["release"] == "005010" else set()
    charset = settings_.get("charset", {})
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()*+,-./:;?=" if "characters" in charset else PRINTABLE)
    rows = rows_of(feed)
    codes = [sent(row["code"], settings_) for row in rows]
    held = {row["code"] for row, code in zip(rows, codes, strict=True) if charset and codes.count(code) > 1}
    for row in rows:
        for pair in settings_["lin"]:
            value = sent(row[pair["value"][1:-1]] or "", settings_)
            fits = set(value) <= allowed - reserved and value == value.strip()
            if not fits or len(value) > pair.get("max_length", 48) or (not value and pair.get("required", True)):
                held.add(row["code"])
        if settings_.get("item"):
            text = sent((row["detail:name"] or "").strip(), settings_)[:80]
            held |= set() if set(text) <= allowed - reserved else {row["code"]}
    return held


def without(feed: Feed, codes: set[str]) -> Feed:
    rest = feed.lines.filter(~feed.lines["code"].is_in(codes))
    return Feed(**{name: getattr(feed, name) for name in Feed.__slots__} | {"lines": rest})


@pytest.mark.parametrize("name", PROFILES)
def test_generic_profiles_write_their_documented_layout(name: str, tmp_path: Path) -> None:
    data = written(profile(name), FEED, tmp_path)
    assert data == (GOLDEN / f"{name}.edi").read_bytes()
    judged(data, tmp_path)


def test_a_dialect_with_most_settings_writes_what_its_guide_would_say(tmp_path: Path) -> None:
    data = written(layout(DIALECT), DIALECT_FEED, tmp_path)
    assert data == (GOLDEN / "846-dialect.edi").read_bytes()
    judged(data, tmp_path, allowed=DIALECT["deviations"])


def test_every_loop_of_the_standard_is_written_where_it_belongs(tmp_path: Path) -> None:
    rows = [
        ("A", 2, 3, "4", "P-1", "Pole", "125", "IX", "9", "2026-02-28"),
        ("B", 0, 1, "1", "P-2", None, None, None, "9", None),
        ("C", 0, 0, None, "P-3", "Peg", "0", "IY", None, "20260228"),
    ]
    feed = make_feed(rows, details=["pieces", "part", "name", "cents", "code", "next", "day"])
    data = written(layout(LOOPS), feed, tmp_path)
    assert data == (GOLDEN / "846-loops.edi").read_bytes()
    judged(data, tmp_path)


CODES = st.text(PRINTABLE, min_size=1, max_size=10) | st.text(PRINTABLE + "ü\n\x01", min_size=1, max_size=6)
TEXTS = CODES | st.integers(40, 90).map(lambda length: "y" * length)


@settings(max_examples=300, deadline=None)
@given(
    feed=feeds(codes=TEXTS, details=["upc", "name"], min_size=1),
    name=st.sampled_from([*PROFILES, "dialect"]),
    split=st.integers(1, 3),
)
def test_any_feed_is_written_as_a_segment_by_segment_writer_would_and_every_judge_finds_it_faultless(
    feed: Feed, name: str, split: int
) -> None:
    chosen = (DIALECT if name == "dialect" else profile_settings(name)) | {"split": {"lines": split}}
    format_ = layout(chosen)
    held = held_by_hand(feed, chosen)
    assert set(format_.unwritable(feed)["code"]) == held
    feed = without(feed, held)
    if feed.lines.is_empty():
        return
    with TemporaryDirectory() as folder:
        data = written(format_, feed, Path(folder))
        assert data.decode() == by_hand(feed, chosen)
        judged(data, Path(folder), allowed=chosen.get("deviations", ()))


def test_the_interchange_header_is_exactly_106_bytes(tmp_path: Path) -> None:
    assert len(re.split(b"(?<=~)", written(profile("846-4010"), FEED, tmp_path))[0]) == 106


def test_the_same_feed_and_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    feed = numbered_feed(25_000)
    assert written(profile("846-5010"), feed, tmp_path) == written(profile("846-5010"), feed, tmp_path)


def test_more_than_ten_thousand_lines_go_into_several_sets_that_all_say_the_same_kind(tmp_path: Path) -> None:
    parts = judged(written(profile("846-4010"), numbered_feed(10_001), tmp_path), tmp_path)
    assert [len(part.lines) for part in parts] == [10_000, 1]
    assert [part.segments[1][1:4] for part in parts] == [
        ["00", "SI", "000000042-0001"],
        ["00", "SI", "000000042-0002"],
    ]
    assert [line[1:] for line in parts[1].lines] == [["1", "SK", "SKU-010000"]]


def test_a_warehouse_with_more_than_ten_thousand_lines_gets_several_sets(tmp_path: Path) -> None:
    parts = judged(written(profile("846-4010-by-warehouse"), numbered_feed(10_001), tmp_path), tmp_path)
    assert [(part.segments[3][-1], len(part.lines)) for part in parts] == [
        ("31415", 10_000),
        ("31415", 1),
        ("27182", 10_000),
        ("27182", 1),
    ]


def test_eleven_warehouses_need_a_second_sdq(tmp_path: Path) -> None:
    places = [Warehouse(f"W{number}", f"P{number:02d}", "") for number in range(11)]
    (part,) = judged(written(profile("846-4010"), make_feed([("A", *range(11))], places), tmp_path), tmp_path)
    assert [segment for segment in part.segments if segment[0] == "SDQ"] == [
        ["SDQ", "EA", "92", *(text for number in range(10) for text in (f"P{number:02d}", str(number)))],
        ["SDQ", "EA", "92", "P10", "10"],
    ]


def test_without_locations_a_line_holds_its_total_alone(tmp_path: Path) -> None:
    feed = make_feed([("A", 1, 2)], [EAST, Warehouse("WEST", "W", "")])
    (part,) = judged(written(profile("846-4010", location={"pattern": "none"}), feed, tmp_path), tmp_path)
    assert part.segments[3:5] == [["LIN", "1", "SK", "A"], ["QTY", "33", "3", "EA"]]


def test_a_test_interchange_and_group_ids_of_their_own_are_marked(tmp_path: Path) -> None:
    pair = TradingPair(sender="ACME", receiver="S", group_sender="ACMEDIV", group_receiver="SHOP", test=True)
    out = tmp_path / "out.edi"
    profile("846-4010").write(FEED, out, Interchange(pair=pair, number=999_999_999, group_number=1))
    assert out.read_text().splitlines()[:2] == [
        "ISA*00*          *00*          *ZZ*ACME           *ZZ*S              *251114*0645*U*00401*999999999*0*T*>~",
        "GS*IB*ACMEDIV*SHOP*20251114*0645*1*X*004010~",
    ]


def test_a_segment_may_end_in_a_line_break_alone(tmp_path: Path) -> None:
    marks = {"element": "|", "component": "<", "segment": "\n", "line_break": ""}
    data = written(profile("846-4010", separators=marks), FEED, tmp_path)
    assert data.decode() == (GOLDEN / "846-4010.edi").read_text().replace("~", "").replace("*", "|").replace(">", "<")
    judged(data, tmp_path)


def test_lines_that_cannot_be_sent_are_held_with_the_reason(tmp_path: Path) -> None:
    changes = {
        "lin": [{"qualifier": "SK", "value": "{code}"}, {"qualifier": "UP", "value": "{detail:upc}", "max_length": 12}],
        "item": [{"elements": ["PID", "F", "08", "", "", "{detail:name}"]}],
    }
    rows = [
        ("A*B", 1, "1", None),
        ("B ", 1, "2", None),
        ("C", 1, None, "x" * 81),
        ("D", 1, "0123456789012", "ok"),
        ("E", 10**15, "1", "ü"),
        ("F^", 1, "1", "fine"),
    ]
    feed = make_feed(rows, [EAST], details=["upc", "name"])
    assert profile("846-5010", **changes).unwritable(feed).rows() == [
        ("A*B", "code", "A*B", 'holds "*", which cannot be sent; see [format.charset] replace'),
        ("B ", "code", "B ", "begins or ends with a blank, which X12 does not keep"),
        ("C", "detail:upc", None, "is missing, and LIN UP requires it"),
        ("C", "detail:name", "x" * 81, "is longer than the 80 characters of PID05"),
        ("D", "detail:upc", "0123456789012", "is longer than the 12 characters of LIN UP"),
        ("E", "detail:name", "ü", 'holds "ü", which cannot be sent; see [format.charset] replace'),
        ("E", "quantity", "1000000000000000", "is longer than 15 digits"),
        ("F^", "code", "F^", 'holds "^", which cannot be sent; see [format.charset] replace'),
    ]
    assert "F^" not in profile("846-4010", **changes).unwritable(feed)["code"]
    with pytest.raises(FeedError) as error:
        written(profile("846-5010"), feed, tmp_path)
    assert str(error.value) == (
        "shop: line 'A*B' cannot be written: code 'A*B' holds \"*\", which cannot be sent; see [format.charset] replace"
    )


def test_two_codes_that_become_one_by_replacement_are_both_held() -> None:
    feed = make_feed([("a-1", 1, 1), ("A*1", 2, 2), ("B*1", 3, 3)])
    same = "becomes the code of another line once its characters are replaced"
    format_ = profile("846-4010", charset={"upper_case": True, "replace": {"*": "-"}})
    assert format_.unwritable(feed).rows() == [("A*1", "code", "A*1", same), ("a-1", "code", "a-1", same)]


def test_the_basic_charset_has_no_small_letters() -> None:
    format_ = profile("846-4010-by-warehouse", charset={"characters": "basic"})
    feed = make_feed([("A#1", 1), ("Ab", 1), ("B-1", 1)], [Warehouse("EAST", "E1", "NEWARK")])
    assert format_.unwritable(feed).rows() == [
        ("A#1", "code", "A#1", 'holds "#", which cannot be sent; see [format.charset] replace'),
        ("Ab", "code", "Ab", 'holds "b", which cannot be sent; see [format.charset] replace'),
    ]


def test_the_details_it_sends_are_named() -> None:
    assert layout(DIALECT).details() == {"upc", "name"}


@pytest.mark.parametrize(
    ("name", "warehouse", "message"),
    [
        (
            "846-4010",
            Warehouse("EAST", "E", "East"),
            "shop: warehouse EAST: SDQ03 takes 2 to 80 characters, not 'E'; see warehouse_codes",
        ),
        (
            "846-4010-by-warehouse",
            Warehouse("EAST", "E", "East"),
            "shop: warehouse EAST: N104 takes 2 to 80 characters, not 'E'; see warehouse_codes",
        ),
        (
            "846-4010-by-warehouse",
            Warehouse("EAST", "E1", "x" * 61),
            f"shop: warehouse EAST: N102 takes 1 to 60 characters, not '{'x' * 61}'; see warehouse_codes",
        ),
        (
            "846-4010-by-warehouse",
            Warehouse("EAST", "E1", "Köln"),
            "shop: warehouse EAST: 'Köln' holds 'ö', which cannot be sent; see [format.charset] replace; "
            "see warehouse_codes",
        ),
        (
            "846-5010",
            Warehouse("EAST", "E~1", "East"),
            "shop: warehouse EAST: 'E~1' holds '~', which cannot be sent; see [format.charset] replace; "
            "see warehouse_codes",
        ),
    ],
)
def test_a_warehouse_that_cannot_be_named_is_a_config_error(name: str, warehouse: Warehouse, message: str) -> None:
    with pytest.raises(FeedError) as error:
        profile(name).unwritable(make_feed([("A", 1)], [warehouse]))
    assert str(error.value) == message


def test_one_code_for_two_warehouses_is_refused() -> None:
    with pytest.raises(FeedError) as error:
        profile("846-4010").check_warehouses("shop", [EAST, Warehouse("WEST", "31415", "Reno")])
    assert str(error.value) == (
        "shop: warehouses EAST and WEST are both called '31415'; give each its own code in warehouse_codes"
    )


def test_an_interchange_and_a_line_are_needed(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as error:
        profile("846-4010").write(FEED, tmp_path / "out.edi")
    assert str(error.value) == "shop: an 846 needs sender, receiver and control numbers"
    with pytest.raises(FeedError) as error:
        written(profile("846-4010"), make_feed([]), tmp_path)
    assert str(error.value) == "shop: an 846 needs one line at least"


def test_ids_and_references_that_cannot_be_sent_are_refused(tmp_path: Path) -> None:
    pair = TradingPair(sender="AC*ME", receiver="SHOP")
    with pytest.raises(FeedError) as error:
        profile("846-4010").write(FEED, tmp_path / "out.edi", Interchange(pair=pair, number=1, group_number=1))
    assert str(error.value) == "the id 'AC*ME' holds one of the separators * > ~ ^"
    with pytest.raises(FeedError) as error:
        profile("846-4010", bia={"reference": "{merchant_name}" * 3}).unwritable(FEED)
    assert str(error.value) == (
        "BIA03 'Acme & SonsAcme & SonsAcme & Sons' does not have 1 to 30 characters; see [format.bia] reference"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"release": "004011"},
            '"004011" is not a known release; known are: 003040, 003050, 003060, 003070, 004010, 004030, 004040, '
            "004050, 004060, 005010, 005020, 005030, 005040, 006010",
        ),
        ({"separators": {"element": "ab"}}, "'ab' is not one ASCII character other than a letter, a digit or a blank"),
        ({"separators": {"element": "~"}}, "the separators must differ from each other, not be '~>~^'"),
        ({"separators": {"component": "~"}}, "the separators must differ from each other, not be '*~~^'"),
        (
            {"separators": {"segment": "\n"}},
            'a line break that ends segments needs no other after it: line_break = ""',
        ),
        (
            {"header": [{"elements": ["REF", "WS", "{warehouse}"]}]},
            'a header names a warehouse only where [format.location] pattern = "header" or "header-ref"',
        ),
        (
            {"header": [{"elements": ["REF", "VR", "A~B"]}]},
            "'A~B' holds '~', which cannot be sent; see [format.charset] replace",
        ),
        (
            {"header": [{"elements": ["LIN", "1"]}]},
            "LIN does not belong in the heading; the standard has CUR, DTM, REF, PER, MEA, N1, LM",
        ),
        ({"lin": [{"qualifier": "SK", "value": "{kind}"}]}, 'names no product; use "{code}" or "{detail:NAME}"'),
        ({"location": {"pattern": "none"}, "qty": []}, "the layout holds no quantity; add a [[format.qty]]"),
    ],
)
def test_a_wrong_layout_is_refused_when_it_is_read(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        profile("846-4010", **changes)
    assert [problem["msg"] for problem in error.value.errors()] == [f"Value error, {message}"]


def test_a_party_id_of_one_character_needs_a_group_id() -> None:
    with pytest.raises(ValidationError) as error:
        TradingPair(sender="A", receiver="SHOP")
    assert [problem["msg"] for problem in error.value.errors()] == [
        'Value error, "A" is too short for a functional group (2 characters): set group_sender'
    ]
