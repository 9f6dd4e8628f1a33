from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sample_feeds import FEED, INTERCHANGE, layout, make_feed, numbered_feed, profile_settings, written
from x12_judges import judged

from formats.edi846.feed import Edi846Feed
from formats.feed.errors import FeedError
from formats.verify.file import verify
from formats.x12.interchange import Interchange, TradingPair

BASE = profile_settings("846-4010")
PAIR = {"sender_qualifier": "01", "sender": "123456789", "receiver_qualifier": "12", "receiver": "5551234567"}
ORDER = "CUR, DTM, REF, PER, MEA, N1, N2, N3, N4, REF, PER, LM, LQ"


def lines_of(
    changes: dict[str, Any],
    folder: Path,
    pair: dict[str, Any] | None = None,
    values: dict[str, str] | None = None,
    **numbers: int,
) -> list[str]:
    """The segments of a feed of three lines, as they stand in the file."""
    out = folder / "out.edi"
    interchange = Interchange(pair=TradingPair(**(pair or PAIR)), **({"number": 42, "group_number": 17} | numbers))
    layout(BASE | changes).write(replace(FEED, values=values or {}), out, interchange)
    return out.read_text().splitlines()


def test_the_letters_of_isa_stand_at_fixed_places_whatever_the_ids(tmp_path: Path) -> None:
    for sender in ("AB", "A" * 15):
        isa = lines_of({}, tmp_path, PAIR | {"sender": sender}, number=1)[0]
        assert (len(isa), isa[3], isa[35:50], isa[90:99], isa[104], isa[105]) == (
            *(106, "*", sender.ljust(15), "000000001", ">", "~"),
        )


def test_a_test_has_ids_of_its_own_in_isa_and_gs(tmp_path: Path) -> None:
    pair = PAIR | {"group_sender": "DIVISION", "test_sender": "ACMETEST", "test_receiver": "SHOPTEST"}
    live = [line.split("*") for line in lines_of({}, tmp_path, pair)[:2]]
    test = [line.split("*") for line in lines_of({}, tmp_path, pair | {"test": True})[:2]]
    assert [live[0][6].rstrip(), live[0][8].rstrip(), live[0][15], *live[1][2:4]] == [
        *("123456789", "5551234567", "P", "DIVISION", "5551234567"),
    ]
    assert [test[0][6].rstrip(), test[0][8].rstrip(), test[0][15], *test[1][2:4]] == [
        *("ACMETEST", "SHOPTEST", "T", "ACMETEST", "SHOPTEST"),
    ]


def test_counts_and_control_numbers_are_repeated_at_every_level(tmp_path: Path) -> None:
    changes = {
        "split": {"lines": 1, "sets": 2},
        "control": {"group": "{group_number}{group:03d}", "set": "9{part:05d}"},
    }
    lines = lines_of(changes, tmp_path)
    inside = [line.rstrip("~").split("*") for line in lines]
    assert [segment[6] for segment in inside if segment[0] == "GS"] == ["17001", "17002"]
    assert [segment for segment in inside if segment[0] in ("ST", "SE", "GE", "IEA")] == [
        *(["ST", "846", "900001"], ["SE", "8", "900001"], ["ST", "846", "900002"], ["SE", "8", "900002"]),
        ["GE", "2", "17001"],
        *(["ST", "846", "900003"], ["SE", "8", "900003"], ["ST", "846", "900004"], ["SE", "8", "900004"]),
        ["GE", "2", "17002"],
        ["IEA", "2", "000000042"],
    ]
    assert verify(tmp_path / "out.edi").problems == ()


def test_every_part_of_a_full_feed_says_that_it_is_one_and_has_a_reference_of_its_own(tmp_path: Path) -> None:
    data = written(layout(BASE | {"split": {"lines": 2}}), numbered_feed(5), tmp_path)
    parts = judged(data, tmp_path)
    assert [part.segments[1][1:4] for part in parts] == [["00", "SI", f"000000042-000{n}"] for n in (1, 2, 3)]
    assert Counter(line[3] for part in parts for line in part.lines) == {f"SKU-00000{n}": 1 for n in range(5)}


def test_a_delta_may_repeat_the_reference_of_the_full_feed_of_its_day(tmp_path: Path) -> None:
    bia = {"reference": "INV{built_at:%Y%m%d}-{part}", "delta": "25", "action": "2"}
    references = {}
    for kind in ("full", "delta"):
        feed = make_feed([("A", 1, 2)], kind="full" if kind == "full" else "delta")
        parts = judged(written(layout(BASE | {"bia": bia}), feed, tmp_path), tmp_path)
        references[kind] = parts[0].segments[1]
    assert references == {
        "full": ["BIA", "00", "SI", "INV20251114-1", "20251114", "0645", "2"],
        "delta": ["BIA", "25", "SI", "INV20251114-1", "20251114", "0645", "2"],
    }


def test_a_delta_may_have_a_reference_built_otherwise(tmp_path: Path) -> None:
    bia = {"reference": "F{control_number}", "delta_reference": "D{control_number}", "time_digits": 0}
    feed = make_feed([("A", 1, 2)], kind="delta")
    (part,) = judged(written(layout(BASE | {"bia": bia}), feed, tmp_path), tmp_path)
    assert part.segments[1] == ["BIA", "25", "SI", "D42", "20251114"]


def test_a_profile_may_ask_for_values_of_the_order_source(tmp_path: Path) -> None:
    header = [
        {"elements": ["REF", "IA", "{value:vendor}"]},
        {"elements": ["N1", "SU", "{merchant_name}", "ZZ", "{sender}"]},
        {"elements": ["N3", "{value:street}"]},
        {"elements": ["N4", "Newark", "NJ", "07105", "US"]},
        {"elements": ["N1", "BY", "", "ZZ", "{receiver}"]},
    ]
    changes = {"header": header, "item": [{"elements": ["REF", "ZZ", "{value:vendor}"]}]}
    format_ = layout(BASE | changes)
    assert isinstance(format_, Edi846Feed)
    assert format_.values() == {"vendor", "street"}
    values = {"vendor": "4711", "street": "12 Foundry Rd"}
    lines = lines_of(changes, tmp_path, values=values)
    assert lines[4:11] == [
        "REF*IA*4711~",
        "N1*SU*Acme & Sons*ZZ*123456789~",
        "N3*12 Foundry Rd~",
        "N4*Newark*NJ*07105*US~",
        "N1*BY**ZZ*5551234567~",
        "LIN*1*SK*00123~",
        "REF*ZZ*4711~",
    ]
    assert verify(tmp_path / "out.edi").problems == ()
    with pytest.raises(FeedError) as error:
        lines_of(changes, tmp_path, values={"vendor": "4711"})
    assert str(error.value) == "shop: its profile asks for street: add it to its values"
    with pytest.raises(FeedError) as error:
        lines_of(changes, tmp_path, values=values | {"vendor": "47*11"})
    assert str(error.value) == "'47*11' holds '*', which cannot be sent; see [format.charset] replace"


@pytest.mark.parametrize("pattern", ["none", "header", "header-ref"])
@pytest.mark.parametrize("release", ["004010", "005010"])
def test_codes_of_other_industries_stand_at_the_end_of_the_heading(release: str, pattern: str, tmp_path: Path) -> None:
    header = [
        {"elements": ["REF", "VR", "4711"]},
        {"elements": ["PER", "IC", "Ann"]},
        {"elements": ["N1", "SU", "ACME"]},
        {"elements": ["LM", "FA", "AGENCY"]},
        {"elements": ["LQ", "IA", "{merchant}"]},
        {"elements": ["LQ", "IB", "2"]},
        {"elements": ["LM", "ZZ"]},
        {"elements": ["LQ", "IA", "3"]},
    ]
    changes = {"release": release, "header": header, "location": {"pattern": pattern}}
    data = written(layout(BASE | changes), make_feed([("A", 1, 2)]), tmp_path)
    (heading, *_) = judged(data, tmp_path)
    assert ["*".join(segment) for segment in heading.segments[2:] if segment[0] not in ("LIN", "QTY", "CTT", "SE")] == [
        "REF*VR*4711",
        *(["REF*LU*31415"] if pattern == "header-ref" else []),
        *("PER*IC*Ann", "N1*SU*ACME"),
        *(["N1*WH*Newark DC*92*31415"] if pattern == "header" else []),
        *("LM*FA*AGENCY", "LQ*IA*acme", "LQ*IB*2", "LM*ZZ", "LQ*IA*3"),
    ]


@pytest.mark.parametrize(
    ("release", "version", "isa11", "date"),
    [
        ("003040", "00304", "U", "251114"),
        ("003070", "00307", "U", "251114"),
        ("004010", "00401", "U", "20251114"),
        ("004030", "00403", "^", "20251114"),
        ("005010", "00501", "^", "20251114"),
        ("006010", "00601", "^", "20251114"),
    ],
)
def test_a_release_has_its_version_its_separator_and_its_dates(
    release: str, version: str, isa11: str, date: str, tmp_path: Path
) -> None:
    lines = [line.rstrip("~").split("*") for line in lines_of({"release": release, "header": []}, tmp_path)]
    assert [lines[0][11], lines[0][12], lines[1][8], lines[1][4], lines[3][4]] == [isa11, version, release, date, date]


@pytest.mark.parametrize("terminator", ["\n", "\r", "\x15", "'"])
@pytest.mark.parametrize("element", ["*", "|", "~", "\x1d"])
def test_separators_may_be_any_that_the_partner_wants(element: str, terminator: str, tmp_path: Path) -> None:
    marks = {"element": element, "segment": terminator, "component": ":", "line_break": ""}
    feed = make_feed([("A", 1, 2), ("B", 0, 0)])
    plain = written(layout(BASE), feed, tmp_path)
    other = written(layout(BASE | {"separators": marks}), feed, tmp_path)
    translated = plain.replace(b"\n", b"").replace(b">", b":").replace(b"~", b"\0").replace(b"*", element.encode())
    assert other == translated.replace(b"\0", terminator.encode())
    judged(other, tmp_path)


@pytest.mark.parametrize(
    ("mark", "value"),
    [("*", "A*B"), ("~", "A~B"), (">", "A>B"), ("^", "A^B"), ("\n", "A\nB"), ("é", "Aé"), ("\x00", "A\x00")],
)
def test_no_character_that_would_break_the_envelope_is_ever_written(mark: str, value: str) -> None:
    held = layout(BASE | {"release": "005010"}).unwritable(make_feed([(value, 1, 2), ("C", 1, 1)]))
    reason = f'holds "{mark}", which cannot be sent; see [format.charset] replace'
    assert held.rows() == [(value, "code", value, reason)]


def test_a_file_may_end_without_a_line_break(tmp_path: Path) -> None:
    for line_break, end in (("\r\n", b"~\r\nIEA*1*000000042~"), ("", b"~IEA*1*000000042~")):
        marks = {"line_break": line_break, "last_line_break": False}
        data = written(layout(BASE | {"separators": marks}), make_feed([("A", 1, 2)]), tmp_path)
        assert data.endswith(end)
        judged(data, tmp_path)


def test_the_separator_of_components_may_be_that_of_elements(tmp_path: Path) -> None:
    marks = {"element": "|", "component": "|", "segment": "\n", "line_break": ""}
    assert lines_of({"separators": marks}, tmp_path)[0].endswith("|000000042|0|P||")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": {"lines": 10_001}}, "release 004010 has at most 10000 LIN in a set"),
        (
            {"split": {"sets": 5}},
            'split.sets makes several groups: [format.control] group needs "{group}" to number them',
        ),
        ({"control": {"set": "0001"}}, 'without "{part}", two transaction sets would have the same number'),
        (
            {"header": [{"elements": ["REF", "VR", "1"]}, {"elements": ["DTM", "184", "20250101"]}]},
            "the DTM in the heading stands too late; the order is " + ORDER,
        ),
        (
            {
                "header": [
                    {"elements": ["N1", "SU", "A"]},
                    {"elements": ["N4", "X", "NJ"]},
                    {"elements": ["N3", "1 Rd"]},
                ]
            },
            "the N3 in the heading stands too late; the order is " + ORDER,
        ),
        ({"header": [{"elements": ["N1", "SU", "A"]}] * 6}, "N1 may occur 5 times in the heading, not 6 times"),
        ({"header": [{"elements": ["DTM", "184", "2025-1-1"]}]}, "DTM02 takes a date of 8 characters, not '2025-1-1'"),
        (
            {"header": [{"elements": ["DTM", "184", "20260231"]}]},
            "DTM02 takes a date of 8 characters, not '20260231', which is no day of the calendar",
        ),
        (
            {"header": [{"elements": ["LM", "ZZ"]}, {"elements": ["N1", "SU", "A"]}]},
            "there is no LQ below LM, where the standard requires one",
        ),
        (
            {"header": [{"elements": ["LM", "ZZ"]}, {"elements": ["LQ", "1", "A"]}, {"elements": ["N1", "SU", "A"]}]},
            "the N1 in the heading stands too late; the order is " + ORDER,
        ),
        (
            {"header": [{"elements": ["LQ", "1", "A"]}]},
            "LQ does not belong in the heading; the standard has CUR, DTM, REF, PER, MEA, N1, LM",
        ),
        (
            {"header": [{"elements": ["LM", "ZZ"]}, {"elements": ["REF", "ZZ", "A"]}]},
            "REF does not belong below LM; the standard has LQ",
        ),
    ],
)
def test_an_envelope_or_heading_against_the_standard_is_refused_when_it_is_read(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError) as error:
        layout(BASE | changes)
    assert [problem["msg"] for problem in error.value.errors()] == [f"Value error, {message}"]


def test_releases_without_a_limit_may_have_more_lines_in_a_set(tmp_path: Path) -> None:
    format_ = layout(BASE | {"release": "005020", "split": {"lines": 999_999}})
    assert written(format_, numbered_feed(10_001), tmp_path).count(b"\nST*") == 1


@pytest.mark.parametrize(
    ("control", "message"),
    [
        ({"set": "{part}"}, "ST02 '1' does not have 4 to 9 digits; see [format.control]"),
        ({"set": "{control_number:09d}{part}"}, "ST02 '0000000421' does not have 4 to 9 digits; see [format.control]"),
        ({"group": "{group_number:012d}"}, "GS06 '000000000017' does not have 1 to 9 digits; see [format.control]"),
    ],
)
def test_control_numbers_that_the_standard_has_no_room_for_are_refused(
    control: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(FeedError) as error:
        layout(BASE | {"control": control}).write(FEED, tmp_path / "out.edi", INTERCHANGE)
    assert str(error.value) == message


def test_authorization_and_security_stand_in_isa_where_a_partner_asks_for_them(tmp_path: Path) -> None:
    said = {
        "authorization_qualifier": "03",
        "authorization": "DEPT12",
        "security_qualifier": "01",
        "security": "SESAME",
    }

    isa = lines_of({}, tmp_path, PAIR | said)[0]

    assert (isa[:32], len(isa)) == ("ISA*03*DEPT12    *01*SESAME    *", 106)
    with pytest.raises(FeedError) as error:
        lines_of({}, tmp_path, PAIR | said | {"security": "OPEN*UP"})
    assert "the id 'OPEN*UP' holds one of the separators" in str(error.value)
