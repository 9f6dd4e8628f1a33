from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError
from sample_feeds import EAST, layout, make_feed, profile_settings, written
from x12_judges import judged

from formats.edi846.feed import Edi846Feed
from formats.feed.errors import FeedError
from formats.x12.releases import release as x12_release
from mappings.model import Feed

BASE = profile_settings("846-4010") | {"location": {"pattern": "none"}, "header": []}


def said(changes: dict[str, Any], feed: Feed, folder: Path) -> list[list[str]]:
    """The segments of the lines, as judges have found them faultless."""
    data = written(layout(BASE | changes), feed, folder)
    (part,) = judged(data, folder, allowed=changes.get("deviations", ()))
    return [segment for segment in part.segments if segment[0] not in ("ST", "BIA", "CTT", "SE")]


def with_details(rows: list[tuple[Any, ...]], *details: str, statuses: list[str] | None = None) -> Feed:
    return make_feed(rows, [EAST], details=details, statuses=statuses)


def held(changes: dict[str, Any], feed: Feed) -> list[tuple[Any, ...]]:
    return layout(BASE | changes).unwritable(feed).rows()


def test_segments_of_a_line_stand_in_the_order_of_the_standard_however_they_are_written_down(tmp_path: Path) -> None:
    item = [
        {
            "elements": ["N1", "VN", "ACME"],
            "segments": [{"elements": ["REF", "ZZ", "1"]}, {"elements": ["N2", "West"]}],
        },
        {"elements": ["SLN", "1", "", "I", "{detail:pack}", "EA"]},
        {"elements": ["LM", "ZZ"], "segments": [{"elements": ["LQ", "ZZ", "9"]}]},
        {"elements": ["LDT", "AF", "{detail:days}", "DA"]},
        {"elements": ["UIT", "EA"]},
        {"elements": ["REF", "ZZ", "AC"]},
        {"elements": ["SAC", "C", "D240", "", "", "125"]},
        {"elements": ["CUR", "SE", "USD"]},
        {"elements": ["CTP", "DI", "CON", "{detail:cost}"]},
        {"elements": ["DTM", "036", "{as_of:%Y%m%d}"]},
        {"elements": ["PKG", "F", "", "", "", "BOX"]},
        {"elements": ["MEA", "PD", "WT", "{detail:weight}", "KG"]},
        {"elements": ["PID", "F", "08", "", "", "{detail:name}"]},
    ]
    below = [
        {"elements": ["LM", "ZZ"], "segments": [{"elements": ["LQ", "ZZ", "7"]}]},
        {
            "elements": ["SCH", "5", "EA", "", "", "018", "20251201"],
            "segments": [{"elements": ["MEA", "", "", "3", "DA"]}],
        },
        {"elements": ["DTM", "169", "20251201"]},
        {"elements": ["MEA", "", "", "2", "DA"]},
    ]
    feed = with_details([("A", 3, "7", "1.50", "0.25", "Tent", "6")], "days", "cost", "weight", "name", "pack")
    location = {"pattern": "sdq"}
    segments = said({"item": item, "qty": [{"segments": below}], "location": location}, feed, tmp_path)
    assert [segment[0] for segment in segments] == [
        *("LIN", "PID", "MEA", "PKG", "DTM", "CTP", "CUR", "SAC", "REF", "SDQ", "UIT", "LDT", "LM", "LQ"),
        *("SLN", "QTY", "MEA", "DTM", "SCH", "MEA", "LM", "LQ", "N1", "N2", "REF"),
    ]


def test_dates_of_a_detail_are_written_as_the_standard_has_them(tmp_path: Path) -> None:
    item = [
        {"elements": ["DTM", "018", "{detail:day}"]},
        {"elements": ["DTM", "036", "", "", "", "D8", "{detail:day}"]},
        {"elements": ["DTM", "193", "", "", "", "RD8", "{detail:period}"]},
    ]
    feed = with_details([("A", 1, "2026-02-28", "20260228-20260301")], "day", "period")
    assert ["*".join(segment) for segment in said({"item": item}, feed, tmp_path) if segment[0] == "DTM"] == [
        *("DTM*018*20260228", "DTM*036****D8*20260228", "DTM*193****RD8*20260228-20260301")
    ]


def test_a_segment_is_left_out_where_a_detail_that_it_names_is_not_known(tmp_path: Path) -> None:
    below = [{"elements": ["SCH", "{detail:next}", "EA", "", "", "018", "{detail:day}"]}]
    feed = with_details(
        [("A", 1, "5", "2025-12-01"), ("B", 1, "5", None), ("C", 1, "", "20251202"), ("D", 1, "6", " 20251203 ")],
        *("next", "day"),
    )
    segments = said({"qty": [{"segments": below}]}, feed, tmp_path)
    assert [segment for segment in segments if segment[0] == "SCH"] == [
        ["SCH", "5", "EA", "", "", "018", "20251201"],
        ["SCH", "6", "EA", "", "", "018", "20251203"],
    ]


@pytest.mark.parametrize("release", ["004010", "005010"])
def test_charges_and_the_parts_of_a_product_are_written_where_they_are_known(release: str, tmp_path: Path) -> None:
    part = {
        "elements": ["SLN", "1", "", "I", "{detail:pieces}", "EA", "", "", "", "VP", "{detail:part}"],
        "segments": [
            {"elements": ["PKG", "F", "", "", "", "BAG"]},
            {"elements": ["PID", "F", "", "", "", "{detail:name}"]},
        ],
    }
    charge = {"elements": ["SAC", "C", "D240", "", "", "{detail:cents}", *[""] * 9, "Freight"]}
    codes = {"elements": ["LM", "FA"], "segments": [{"elements": ["LQ", "IA", "{detail:code}"]}]}
    feed = with_details(
        [
            ("A", 1, "4", "P-1", "Pole", "125", "X"),
            ("B", 1, "4", "P-2", None, None, None),
            ("C", 1, None, "P", "N", "1", ""),
        ],
        *("pieces", "part", "name", "cents", "code"),
    )
    changes = {"release": release, "item": [part, charge, codes], "qty": [{"qualifier": "33"}]}
    assert ["*".join(segment) for segment in said(changes, feed, tmp_path)] == [
        *("LIN*1*SK*A", "SAC*C*D240***125**********Freight", "LM*FA", "LQ*IA*X"),
        *("SLN*1**I*4*EA****VP*P-1", "PID*F****Pole", "PKG*F****BAG", "QTY*33*1*EA"),
        *("LIN*2*SK*B", "SLN*1**I*4*EA****VP*P-2", "PKG*F****BAG", "QTY*33*1*EA"),
        *("LIN*3*SK*C", "SAC*C*D240***1**********Freight", "QTY*33*1*EA"),
    ]


def test_the_parts_of_a_product_have_ids_that_are_never_changed() -> None:
    part = {"elements": ["SLN", "1", "", "I", "1", "EA", "", "", "", "VP", "{detail:part}"]}
    changes = {"charset": {"others_in_texts": " "}, "item": [part]}
    assert held(changes, with_details([("A", 1, "P~1")], "part")) == [
        ("A", "detail:part", "P~1", 'holds "~", which cannot be sent; see [format.charset] replace')
    ]


def test_what_stands_below_a_segment_holds_a_line_back_only_where_that_segment_is_written() -> None:
    name = {"elements": ["PID", "F", "", "", "", "{detail:name}"], "required": True}
    part = {"elements": ["SLN", "1", "", "I", "{detail:pieces}", "EA"], "segments": [name], "only": ["active"]}
    day = {"elements": ["DTM", "018", "{detail:day}"]}
    changes = {"item": [part], "qty": [{}, {"qualifier": "63", "value": "{detail:ordered}", "segments": [day]}]}
    rows = [("A", 1, "4", "", "5", "soon"), ("B", 1, None, "", None, "soon"), ("C", 1, "x", "", "", "soon")]
    feed = with_details(rows, "pieces", "name", "ordered", "day", statuses=["active", "active", "gone"])
    assert held(changes, feed) == [
        ("A", "detail:name", "", "is missing, and PID05 requires it"),
        ("A", "detail:day", "soon", "is no value for DTM02, which takes a date of 8 characters"),
    ]


def test_something_may_stand_for_details_that_are_not_known(tmp_path: Path) -> None:
    name = {"elements": ["PID", "F", "08", "", "", "{detail:color} {detail:name}"], "missing": "n/a"}
    changes = {"charset": {"upper_case": True}, "item": [name | {"only": ["active"]}]}
    rows = [("A", 1, "red", "Tent"), ("B", 1, None, "Tent"), ("C", 1, "", " "), ("D", 1, "", "Tent")]
    feed = with_details(rows, "color", "name", statuses=["active", "active", "active", "gone"])
    assert [segment[5] for segment in said(changes, feed, tmp_path) if segment[0] == "PID"] == [
        *("RED TENT", "N/A TENT", "N/A N/A")
    ]


def test_a_partner_may_want_a_segment_where_the_standard_has_no_place_for_it(tmp_path: Path) -> None:
    below = [{"elements": ["REF", "WS", "{detail:bin}"]}, {"elements": ["DTM", "018", "20260101"]}]
    changes = {"qty": [{"segments": below}], "deviations": ["misplaced-segment"]}
    feed = with_details([("A", 1, "7"), ("B", 2, "")], "bin")
    assert ["*".join(segment) for segment in said(changes, feed, tmp_path)] == [
        *("LIN*1*SK*A", "QTY*33*1*EA", "DTM*018*20260101", "REF*WS*7"),
        *("LIN*2*SK*B", "QTY*33*2*EA", "DTM*018*20260101"),
    ]


def test_a_segment_that_is_for_some_statuses_is_required_of_them_alone() -> None:
    item = [{"elements": ["DTM", "036", "{detail:day}"], "required": True, "only": ["gone"]}]
    feed = with_details([("A", 1, ""), ("B", 1, "")], "day", statuses=["active", "gone"])
    assert held({"item": item}, feed) == [("B", "detail:day", "", "is missing, and DTM02 requires it")]


def test_a_segment_may_be_for_some_statuses_and_a_status_has_the_partners_code(tmp_path: Path) -> None:
    changes = {
        "item": [
            {"elements": ["DTM", "036", "{as_of:%Y%m%d}"], "only": ["discontinued", "gone"]},
            {"elements": ["REF", "ZZ", "{status}"]},
        ],
        "codes": {"status": {"active": "AC", "discontinued": "DC", "gone": ""}},
    }
    feed = with_details([("A", 1), ("B", 0), ("C", 0)], statuses=["active", "discontinued", "gone"])
    assert [segment[:3] for segment in said(changes, feed, tmp_path) if segment[0] != "QTY"] == [
        ["LIN", "1", "SK"],
        ["REF", "ZZ", "AC"],
        ["LIN", "2", "SK"],
        ["DTM", "036", "20251114"],
        ["REF", "ZZ", "DC"],
        ["LIN", "3", "SK"],
        ["DTM", "036", "20251114"],
    ]


def test_words_of_a_detail_have_the_partners_codes_and_others_are_held_back(tmp_path: Path) -> None:
    changes = {"qty": [{"unit": "{detail:unit}"}], "codes": {"detail:unit": {"each": "EA", "case": "CA"}}}
    feed = with_details([("A", 1, "each"), ("B", 2, "case")], "unit")
    assert [segment for segment in said(changes, feed, tmp_path) if segment[0] == "QTY"] == [
        ["QTY", "33", "1", "EA"],
        ["QTY", "33", "2", "CA"],
    ]
    feed = with_details([("A", 1, "each"), ("B", 2, "bag"), ("C", 3, None)], "unit")
    assert held(changes, feed) == [
        ("B", "detail:unit", "bag", "is longer than the 2 characters of QTY03"),
        ("B", "detail:unit", "bag", "is not in [format.codes], which has each, case"),
        ("C", "detail:unit", None, "is missing, and QTY03 requires it"),
    ]


def test_quantities_may_come_from_details_and_totals_count_what_is_there(tmp_path: Path) -> None:
    qty = [
        {"qualifier": "33"},
        {"qualifier": "63", "value": "{detail:ordered}", "segments": [{"elements": ["DTM", "169", "20251201"]}]},
        {"qualifier": "17", "value": "{total}", "unit": ""},
    ]
    feed = with_details([("A", 3, "10"), ("B", 4, None)], "ordered")
    assert said({"qty": qty}, feed, tmp_path) == [
        ["LIN", "1", "SK", "A"],
        ["QTY", "33", "3", "EA"],
        ["QTY", "63", "10", "EA"],
        ["DTM", "169", "20251201"],
        ["QTY", "17", "3"],
        ["LIN", "2", "SK", "B"],
        ["QTY", "33", "4", "EA"],
        ["QTY", "17", "4"],
    ]
    sums = []
    for hash_of in (None, "63", "33", "BQ"):
        totals = {"ctt": "hash", "hash_of": hash_of}
        sums.append(written(layout(BASE | {"qty": qty, "totals": totals}), feed, tmp_path).split(b"CTT*2*")[1][:2])
    assert sums == [b"24", b"10", b"7~", b"0~"]


def test_a_unit_may_have_a_second_component(tmp_path: Path) -> None:
    changes = {"qty": [{"stock_type": "2"}], "separators": {"component": ":"}}
    assert said(changes, with_details([("A", 3)]), tmp_path)[1] == ["QTY", "33", "3", "EA:2"]


def test_lines_without_any_id_are_held_back_and_missing_ids_leave_no_gap(tmp_path: Path) -> None:
    lin = [
        {"qualifier": "EN", "value": "{detail:ean}", "required": False},
        {"qualifier": "UP", "value": "{detail:upc}", "required": False},
    ]
    feed = with_details([("A", 1, "400", "500"), ("B", 1, None, "501")], "ean", "upc")
    assert [segment for segment in said({"lin": lin}, feed, tmp_path) if segment[0] == "LIN"] == [
        ["LIN", "1", "EN", "400", "UP", "500"],
        ["LIN", "2", "UP", "501"],
    ]
    assert held({"lin": lin}, with_details([("A", 1, "400", ""), ("B", 1, None, "")], "ean", "upc")) == [
        ("B", "detail:ean", None, "is missing, and so is every other id that LIN could hold")
    ]


def test_a_gtin_must_have_its_length_and_its_check_digit() -> None:
    pair = {"qualifier": "UP", "value": "{detail:upc}", "required": False, "lengths": [12, 13], "check_digit": True}
    wrong, short = (
        "is no GTIN, as LIN UP must be: its check digit is wrong",
        "does not have the 12 or 13 characters of LIN UP",
    )
    right = ["036000291452", "4006381333931", "", None]
    feed = with_details(
        [(f"A{n}", 1, upc) for n, upc in enumerate([*right, "036000291453", "03600029145X", "96385074"])], "upc"
    )
    lin = [{"qualifier": "SK", "value": "{code}"}, pair]
    assert held({"lin": lin}, feed) == [
        ("A4", "detail:upc", "036000291453", wrong),
        ("A5", "detail:upc", "03600029145X", wrong),
        ("A6", "detail:upc", "96385074", short),
    ]


@pytest.mark.parametrize(
    ("elements", "value", "reason"),
    [
        (["CTP", "", "WHL", "{detail:x}"], "1,50", "is no value for CTP03, which takes 1 to 17 digits"),
        (["CTP", "", "WHL", "{detail:x}"], "1" * 18, "is no value for CTP03, which takes 1 to 17 digits"),
        (["DTM", "018", "{detail:x}"], "2025-02-30", "is no day of the calendar, as DTM02 must be"),
        (["DTM", "018", "{detail:x}"], "20260231", "is no day of the calendar, as DTM02 must be"),
        (["DTM", "018", "2026{detail:x}"], "0431", "is no day of the calendar, as DTM02 must be"),
        (["LDT", "AF", "3", "DA", "{detail:x}"], "20261301", "is no day of the calendar, as LDT04 must be"),
        (["DTM", "018", "{detail:x}"], "March 1", "is no value for DTM02, which takes a date of 8 characters"),
        (["DTM", "018", "{detail:x}"], "251201", "is no value for DTM02, which takes a date of 8 characters"),
        (["DTM", "018", "", "{detail:x}"], "2460", "is no time of day, as DTM03 must be"),
        (["DTM", "018", "", "{detail:x}"], "9:15", "is no value for DTM03, which takes a time of 4 to 8 characters"),
        (
            ["DTM", "018", "", "", "", "D8", "{detail:x}"],
            "20260231",
            "is nothing that the calendar has in the form D8, as DTM06 must be",
        ),
        (
            ["DTM", "018", "", "", "", "RD8", "{detail:x}"],
            "20260101-20260231",
            "is nothing that the calendar has in the form RD8, as DTM06 must be",
        ),
        (
            ["SAC", "C", "D240", "", "", "{detail:x}"],
            "1.25",
            "is no value for SAC05, which takes 1 to 15 digits, which count hundredths",
        ),
        (["SLN", "1", "", "I", "{detail:x}", "EA"], "six", "is no value for SLN04, which takes 1 to 15 digits"),
        (["REF", "ZZ", "{detail:x}"], "y" * 31, "is longer than the 30 characters of REF02"),
        (["N1", "VN", "", "92", "{detail:x}"], "y", "is shorter than the 2 characters of N104"),
        (
            ["PID", "F", "08", "", "", "{detail:x}"],
            "a\tb",
            'holds "\t", which cannot be sent; see [format.charset] replace',
        ),
        (["CUR", "SE", "{detail:x}"], "A D", "has a blank where CUR02 may not have one"),
    ],
)
def test_a_detail_that_does_not_fit_its_element_holds_its_line_back(
    elements: list[str], value: str, reason: str
) -> None:
    feed = with_details([("A", 1, value), ("B", 1, None)], "x")
    assert held({"item": [{"elements": elements}]}, feed) == [("A", "detail:x", value, reason)]


def test_a_segment_that_is_required_holds_lines_without_it_back() -> None:
    item = [{"elements": ["PID", "F", "08", "", "", "{detail:name}"], "required": True}]
    feed = with_details([("A", 1, "Tent"), ("B", 1, " ")], "name")
    assert held({"item": item}, feed) == [("B", "detail:name", " ", "is missing, and PID05 requires it")]


def test_lengths_are_those_of_the_release() -> None:
    feed = make_feed([("A" * 31, 1), ("B" * 49, 1), ("C" * 81, 1)], [EAST])
    lengths = {}
    for release in ("003040", "004010", "006010"):
        reasons = layout(BASE | {"release": release}).unwritable(feed)["reason"].to_list()
        lengths[release] = reasons
    assert lengths == {
        "003040": ["is longer than the 30 characters of LIN SK"] * 3,
        "004010": ["is longer than the 48 characters of LIN SK"] * 2,
        "006010": ["is longer than the 80 characters of LIN SK"],
    }


def test_what_is_sent_otherwise_than_it_is_is_reported(tmp_path: Path) -> None:
    changes = {
        "charset": {"replace": {"*": "-", "ü": "ue"}, "others_in_texts": ".", "upper_case": True},
        "item": [
            {"elements": ["PID", "F", "08", "", "", "{detail:name}"], "cut": True},
            {"elements": ["REF", "ZZ", "{detail:note}"]},
        ],
    }
    long = "x" * 90
    rows = [("a*1", 1, "Zelt für ~ 2 ñ\n", "fine"), ("b", 1, " Tent ", None), ("c", 1, long, "p~q")]
    feed = with_details(rows, "name", "note")
    format_ = cast("Edi846Feed", layout(BASE | changes))
    assert format_.replaced(feed).rows() == [
        ("a*1", "code", "a*1", "A-1"),
        ("a*1", "detail:name", "Zelt für ~ 2 ñ\n", "ZELT FUER . 2 .."),
        ("c", "detail:note", "p~q", "P.Q"),
        ("c", "detail:name", long, "X" * 80),
    ]
    assert [segment for segment in said(changes, feed, tmp_path) if segment[0] in ("LIN", "PID", "REF")] == [
        ["LIN", "1", "SK", "A-1"],
        ["PID", "F", "08", "", "", "ZELT FUER . 2 .."],
        ["REF", "ZZ", "FINE"],
        ["LIN", "2", "SK", "B"],
        ["PID", "F", "08", "", "", "TENT"],
        ["LIN", "3", "SK", "C"],
        ["PID", "F", "08", "", "", "X" * 80],
        ["REF", "ZZ", "P.Q"],
    ]


def test_ids_are_never_changed_but_by_the_profiles_own_map() -> None:
    changes = {"charset": {"others_in_texts": " "}}
    assert held(changes, with_details([("A~1", 1)])) == [
        ("A~1", "code", "A~1", 'holds "~", which cannot be sent; see [format.charset] replace')
    ]


def test_a_replacement_that_cannot_be_sent_itself_holds_the_line_back() -> None:
    charset = {"replace": {"+": "*"}, "others_in_texts": "~"}
    item = [{"elements": ["REF", "ZZ", "{detail:note}"]}]
    assert held({"charset": charset, "item": item}, with_details([("A+1", 1, "é")], "note")) == [
        ("A+1", "code", "A+1", 'holds "*", which cannot be sent; see [format.charset] replace'),
        ("A+1", "detail:note", "é", 'holds "~", which cannot be sent; see [format.charset] replace'),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lin": []}, "the layout names no product; add a [[format.lin]]"),
        (
            {"item": [{"elements": ["SCH", "1", "EA"]}]},
            "SCH does not belong in a line; the standard has PID, MEA, PKG, DTM, CTP, CUR, SAC, REF, PER, SDQ, UIT, "
            "LDT, LM, SLN, QTY, N1",
        ),
        ({"item": [{"elements": ["CUR", "SE", "USD"]}] * 2}, "CUR may occur 1 times in a line, not 2 times"),
        ({"item": [{"elements": ["REF", "ZZ", "x" * 31]}]}, f"REF02 takes 1 to 30 characters, not '{'x' * 31}'"),
        ({"item": [{"elements": ["REF", "ZZZZ", "x"]}]}, "REF01 takes 2 to 3 characters, not 'ZZZZ'"),
        ({"item": [{"elements": ["REF", "ZZ", "a", "b", "c"]}]}, "REF04 is not in the standard"),
        (
            {"item": [{"elements": ["REF", "ZZ", "a*b{detail:x}"]}]},
            "'a*b' holds '*', which cannot be sent; see [format.charset] replace",
        ),
        (
            {"qty": [{"segments": [{"elements": ["REF", "ZZ", "a"]}]}]},
            "REF does not belong below QTY; the standard has UIT, MEA, LDT, DTM, SCH, LM, LS",
        ),
        (
            {"item": [{"elements": ["SLN", "1", "", "I"], "segments": [{"elements": ["REF", "ZZ", "1"]}]}]},
            "REF does not belong below SLN; the standard has PID, MEA, PKG",
        ),
        (
            {"item": [{"elements": ["REF", "ZZ", "1"], "segments": [{"elements": ["DTM", "018", "20260101"]}]}]},
            "nothing stands below a REF in a line; loops begin with LM, SLN, N1",
        ),
        ({"item": [{"elements": ["LM", "ZZ"]}]}, "there is no LQ below LM, where the standard requires one"),
        ({"item": [{"elements": ["SAC", "C"]}] * 26}, "SAC may occur 25 times in a line, not 26 times"),
        (
            {"item": [{"elements": ["DTM", "018", "20260231"]}]},
            "DTM02 takes a date of 8 characters, not '20260231', which is no day of the calendar",
        ),
        (
            {"item": [{"elements": ["SLN", "1", "", "", "5", "EA"]}]},
            "SLN03 is missing, and it is mandatory",
        ),
        (
            {"item": [{"elements": ["SAC", "C"]}]},
            "there must be SAC02 or SAC03 (syntax note R0203 of SAC)",
        ),
        (
            {"item": [{"elements": ["N1", "SU", "ACME", "92"]}]},
            "either all of N103, N104 stand there or none (syntax note P0304 of N1)",
        ),
        (
            {"item": [{"elements": ["CTP", "", "", "1.50", "", "", "", "", "", "ST"]}]},
            "where CTP09 stands there must be CTP02 (syntax note C0902 of CTP)",
        ),
        (
            {"qty": [{"segments": [{"elements": ["SCH", "5", "EA", "", "", "018", "20260101", "", "018"]}]}]},
            "where SCH08 stands there must be SCH09 or SCH10 (syntax note L080910 of SCH)",
        ),
        (
            {"item": [{"elements": ["MEA", "", "", "5", "EA", "", "", "", "03"]}]},
            "there may be only one of MEA08, MEA03 (syntax note E0803 of MEA)",
        ),
        (
            {"item": [{"elements": ["PID", "F"], "required": True, "missing": "x"}]},
            "either a segment is required to have its details, or something stands for missing ones",
        ),
        (
            {"item": [{"elements": ["PID", "F", "", "", "", "{detail:x}"], "missing": "a*b"}]},
            "'a*b' holds '*', which cannot be sent; see [format.charset] replace",
        ),
        ({"item": [{"elements": ["SAC", *[""] * 15, "EN"]}]}, "SAC16 is not in the standard"),
        ({"release": "003040", "item": [{"elements": ["SAC", "C"]}]}, "SAC01 is not in the standard"),
        ({"qty": [{"unit": "", "stock_type": "2"}]}, "a stock_type needs a unit before it"),
        ({"codes": {"detail:unit": {"a": "b"}}}, "codes: nothing in the layout names detail:unit"),
        ({"deviations": ["anything"]}, None),
        ({"item": [{"elements": ["REF", "ZZ", "{nothing}"]}]}, None),
    ],
)
def test_a_layout_against_the_standard_is_refused_when_it_is_read(changes: dict[str, Any], message: str | None) -> None:
    with pytest.raises(ValidationError) as error:
        layout(BASE | changes)
    (problem,) = error.value.errors()
    if message is None:
        assert "there is no deviation 'anything'" in problem["msg"] or '"{nothing}" is not known here' in problem["msg"]
    else:
        assert problem["msg"] == f"Value error, {message}"


def test_nothing_is_written_while_a_line_is_held_back(tmp_path: Path) -> None:
    item = [{"elements": ["CTP", "", "WHL", "{detail:cost}"]}]
    with pytest.raises(FeedError) as error:
        written(layout(BASE | {"item": item}), with_details([("A", 1, "cheap")], "cost"), tmp_path)
    assert str(error.value) == (
        "shop: line 'A' cannot be written: detail:cost 'cheap' is no value for CTP03, which takes 1 to 17 digits"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "fits"), [("0", True), ("1.5", True), (".5", True), ("0.", False), ("1e3", False)])
def test_a_number_has_digits_behind_its_point(text: str, fits: bool) -> None:
    rule = x12_release("005010").element("QTY", 2)

    assert rule is not None
    assert bool(re.fullmatch(rule.pattern, text)) is fits
