from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from partner_acks import BODY, GS, ISA, answer, group, interchange, message, read

from formats.acknowledgement.reading import (
    Acknowledgement,
    Code,
    ElementError,
    GroupAnswer,
    InterchangeAnswer,
    Party,
    SegmentError,
    SetAnswer,
    answer_for,
    read_acknowledgements,
)
from formats.errors import FileRefused

TEXT = interchange(group(message(*BODY)))
EXPECTED = Acknowledgement(
    kind="997",
    sender=Party("12", "5551234567"),
    receiver=Party("01", "123456789"),
    group_sender="5551234567",
    group_receiver="123456789",
    interchange_control_number=311,
    interchanges=(),
    groups=(
        GroupAnswer(
            functional_id="IB",
            group_control_number=17,
            state="partly accepted",
            included=2,
            received=2,
            accepted=1,
            sets=(
                SetAnswer("846", "0001", "accepted"),
                SetAnswer(
                    "846",
                    "0002",
                    "rejected",
                    codes=(Code("5", "one or more segments are in error"),),
                    errors=(
                        SegmentError(
                            position=8,
                            segment="QTY",
                            code="8",
                            meaning="elements of the segment are in error",
                            elements=(
                                ElementError(
                                    position=2,
                                    component=None,
                                    reference="380",
                                    code="6",
                                    meaning="the element holds a character that is not allowed",
                                    bad_value="1x3",
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
    warnings=(),
)


def test_a_997_tells_sets_segments_and_elements_with_their_meanings(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT) == [EXPECTED]


def test_a_999_says_the_same_in_its_own_segments_and_adds_context(tmp_path: Path) -> None:
    body = [segment.replace("AK3", "IK3").replace("AK4", "IK4").replace("AK5", "IK5") for segment in BODY]
    body[5:6] = ["CTX*SITUATIONAL TRIGGER*QTY*8**2", "IK4*2>1>1*380*I12*1x3", "CTX*QTY02:1x3"]
    (acknowledgement,) = read(tmp_path, interchange(group(message(*body, kind="999"))))
    accepted, rejected = EXPECTED.groups[0].sets
    element = ElementError(
        2, 1, "380", "I12", "the element does not have the form that the implementation guide requires", "1x3"
    )
    error = replace(rejected.errors[0], elements=(element,), context=("SITUATIONAL TRIGGER QTY 8 2", "QTY02:1x3"))
    sets = (accepted, replace(rejected, errors=(error,)))
    assert acknowledgement == replace(EXPECTED, kind="999", groups=(replace(EXPECTED.groups[0], sets=sets),))


def test_a_ta1_answers_an_interchange_without_any_group(tmp_path: Path) -> None:
    (acknowledgement,) = read(tmp_path, interchange(["TA1*000000042*251114*0645*R*025"]))
    note = InterchangeAnswer(42, "251114", "0645", "rejected", "025", "the control number (ISA13) was used before")
    assert acknowledgement == replace(
        EXPECTED, kind="TA1", group_sender=None, group_receiver=None, interchanges=(note,), groups=()
    )


@pytest.mark.parametrize("after", [False, True])
def test_a_ta1_may_stand_before_or_after_the_groups(tmp_path: Path, after: bool) -> None:
    note = ["TA1*000000042*251114*0645*E*000"]
    parts = [group(message(*BODY)), note] if after else [note, group(message(*BODY))]
    expected = InterchangeAnswer(42, "251114", "0645", "accepted with errors", "000", "no error")
    assert read(tmp_path, interchange(*parts)) == [replace(EXPECTED, interchanges=(expected,))]


def test_a_997_may_speak_of_the_group_alone(tmp_path: Path) -> None:
    assert answer(tmp_path, "AK1*IB*17", "AK9*R*3*2*0*5*4") == GroupAnswer(
        functional_id="IB",
        group_control_number=17,
        state="rejected",
        included=3,
        received=2,
        accepted=0,
        codes=(
            Code("5", "the number of transaction sets in GE01 is not the number found"),
            Code("4", "the group control number differs between GS06 and GE02"),
        ),
        contradictions=("AK9 counts 3 included sets, but 2 received",),
    )


def test_a_rejection_for_security_keeps_its_reason(tmp_path: Path) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*0001", "AK5*M*13", "AK9*X*1*1*0*18")
    code = Code("M", "rejected: the message authentication code is wrong")
    assert found.sets[0].codes == (code, Code("13", "the message authentication code is wrong"))
    assert found.codes == (
        Code("X", "rejected: what decryption gave cannot be read"),
        Code("18", "the message authentication code is wrong"),
    )


# What became of a set: the recipe


@pytest.mark.parametrize(
    ("letter", "state"),
    [
        ("A", "accepted"),
        ("E", "accepted with errors"),
        ("P", "partly accepted"),
        ("R", "rejected"),
        ("M", "rejected"),
        ("W", "rejected"),
        ("X", "rejected"),
    ],
)
def test_without_any_named_set_the_group_speaks_for_all(tmp_path: Path, letter: str, state: str) -> None:
    assert answer_for(answer(tmp_path, "AK1*IB*17", f"AK9*{letter}*2*2*0"), "0002") == state


@pytest.mark.parametrize(
    ("letter", "state"),
    [
        ("A", "accepted"),
        ("E", "accepted with errors"),
        ("R", "rejected"),
        ("M", "rejected"),
        ("W", "rejected"),
        ("X", "rejected"),
    ],
)
@pytest.mark.parametrize("of_group", ["A", "E", "P"])
def test_a_named_set_has_its_own_answer(tmp_path: Path, letter: str, state: str, of_group: str) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*0001", f"AK5*{letter}", f"AK9*{of_group}*2*2*1")
    assert answer_for(found, "0001") == state


@pytest.mark.parametrize(
    ("letter", "state"),
    [("A", "accepted"), ("E", "accepted with errors"), ("P", "partly accepted"), ("R", "rejected")],
)
def test_a_set_that_is_not_named_has_the_answer_of_the_group(tmp_path: Path, letter: str, state: str) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*0002", "AK5*R*5", f"AK9*{letter}*2*2*1")
    assert answer_for(found, "0001") == state


def test_a_group_rejected_without_a_rejected_set_is_rejected_whole(tmp_path: Path) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*0001", "AK5*A", "AK9*R*2*1*0*5")
    assert [answer_for(found, number) for number in ("0001", "0002")] == ["rejected", "rejected"]


def test_a_group_rejected_for_one_set_leaves_the_answers_of_the_others(tmp_path: Path) -> None:
    body = ["AK2*846*0001", "AK5*A", "AK2*846*0002", "AK5*R*5"]
    found = answer(tmp_path, "AK1*IB*17", *body, "AK9*R*3*3*1")
    assert [answer_for(found, f"000{last}") for last in (1, 2, 3)] == ["accepted", "rejected", "rejected"]


@pytest.mark.parametrize("written", ["1", "01", "0001", "000000001", " 0001 "])
@pytest.mark.parametrize("ours", ["0001", "1", "000000001"])
def test_control_numbers_agree_in_any_padding(tmp_path: Path, written: str, ours: str) -> None:
    found = answer(tmp_path, "AK1*IB*17", f"AK2*846*{written}", "AK5*R*5", "AK9*A*2*2*1")
    assert answer_for(found, ours) == "rejected"


def test_the_very_text_of_a_control_number_comes_before_its_value(tmp_path: Path) -> None:
    body = ["AK2*846*1", "AK5*R*5", "AK2*846*0001", "AK5*E"]
    found = answer(tmp_path, "AK1*IB*17", *body, "AK9*P*2*2*1")
    assert [answer_for(found, number) for number in ("0001", "1")] == ["accepted with errors", "rejected"]


def test_control_numbers_that_are_no_numbers_agree_as_texts_alone(tmp_path: Path) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*00A1", "AK5*R*5", "AK9*A*2*2*1")
    assert [answer_for(found, number) for number in ("00A1", "A1")] == ["rejected", "accepted"]


@pytest.mark.parametrize("written", ["17", "000000017", " 17"])
def test_the_group_control_number_is_a_number(tmp_path: Path, written: str) -> None:
    assert answer(tmp_path, f"AK1*IB*{written}", "AK9*A*1*1*1").group_control_number == 17


@pytest.mark.parametrize("letter", ["", "P", "Z"])
def test_a_set_without_a_readable_answer_has_that_of_the_group(tmp_path: Path, letter: str) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*0001", f"AK5*{letter}", "AK9*E*1*1*1")
    assert answer_for(found, "0001") == "accepted with errors"
    assert found.contradictions == (
        f'set 0001 has no answer of its own (AK501 is "{letter}"); that of the group counts',
    )


def test_a_set_without_ak5_keeps_what_is_said_of_its_segments(tmp_path: Path) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*0001", "AK3*QTY*8**8", "AK4*2*380*6*1x3", "AK9*R*1*1*0")
    assert found.sets == (replace(EXPECTED.groups[0].sets[1], set_control_number="0001", codes=()),)
    assert found.contradictions == ('set 0001 has no answer of its own (AK501 is ""); that of the group counts',)


# What does not agree within an answer


@pytest.mark.parametrize(
    ("body", "contradictions"),
    [
        (["AK9*A*3*2*2"], ["AK9 counts 3 included sets, but 2 received"]),
        (["AK9*A*2*2*3"], ["AK9 says accepted, but counts 3 of 2 received sets as accepted"]),
        (["AK9*E*2*2*1"], ["AK9 says accepted with errors, but counts 1 of 2 received sets as accepted"]),
        (["AK9*R*2*2*1"], ["AK9 says rejected, but counts 1 of 2 received sets as accepted"]),
        (["AK9*P*2*2*2"], ["AK9 says partly accepted, but counts 2 of 2 received sets as accepted"]),
        (["AK9*P*2*2*0"], ["AK9 says partly accepted, but counts 0 of 2 received sets as accepted"]),
        (
            ["AK9*A"],
            [
                'AK902 is "", not the number of included sets',
                'AK903 is "", not the number of received sets',
                'AK904 is "", not the number of accepted sets',
            ],
        ),
        (["AK9*A*1*x*1"], ['AK903 is "x", not the number of received sets']),
        (["AK2*846*0002", "AK5*R*5", "AK9*A*2*2*2"], ["AK9 says accepted, but set 0002 is rejected"]),
        (["AK2*846*0001", "AK5*E", "AK9*R*2*2*0"], ["AK9 says rejected, but set 0001 is accepted with errors"]),
        (
            ["AK2*846*0001", "AK5*A", "AK2*846*0002", "AK5*A", "AK9*A*1*1*1"],
            ["AK9 counts 1 received sets, but 2 are named"],
        ),
        (
            ["AK2*846*0001", "AK5*A", "AK2*846*0002", "AK5*A", "AK9*P*2*2*1"],
            ["AK9 counts 1 accepted sets, but 2 of those named are"],
        ),
        (["AK2*846*0001", "AK5*A", "AK2*846*0002", "AK5*R", "AK9*P*2*2*1"], []),
        (["AK2*846*0002", "AK5*R", "AK9*P*2*2*1"], []),
        (["AK2*846*0002", "AK5*R", "AK9*R*1*1*0"], []),
        (["AK2*846*0002", "AK5*E", "AK9*E*2*2*2"], []),
    ],
)  # fmt: skip
def test_an_answer_that_contradicts_itself_is_told(tmp_path: Path, body: list[str], contradictions: list[str]) -> None:
    assert answer(tmp_path, "AK1*IB*17", *body).contradictions == tuple(contradictions)


# Many answers in a file


def test_a_file_may_answer_many_groups_in_every_way_to_stack_them(tmp_path: Path) -> None:
    one, two, three, four, five = (f"AK1*IB*{number}" for number in range(1, 6))
    end = "AK9*A*1*1*1"
    first = interchange(
        group(message(one, end), message(two, end, three, end, number="0002")), group(message(four, end), number="89")
    )
    second = interchange(group(message(five, end), number="90"), number="000000312")
    found = read(tmp_path, first + second)
    assert [
        (one.interchange_control_number, [group.group_control_number for group in one.groups]) for one in found
    ] == [
        (311, [1, 2, 3, 4]),
        (312, [5]),
    ]
    assert [one.warnings for one in found] == [(), ()]


def test_interchanges_of_one_file_may_have_different_separators(tmp_path: Path) -> None:
    other = TEXT.replace("*", "|").replace(">", ":").replace("~\n", "\n").replace("000000311", "000000312")
    expected = replace(EXPECTED, interchange_control_number=312)
    assert read(tmp_path, TEXT + other + TEXT) == [EXPECTED, expected, EXPECTED]


def test_groups_of_other_kinds_with_the_same_number_are_other_groups(tmp_path: Path) -> None:
    sets = message("AK1*IB*17", "AK9*A*1*1*1"), message("AK1*PO*17", "AK9*R*1*1*0", number="0002")
    (found,) = read(tmp_path, interchange(group(*sets)))
    assert [(one.functional_id, one.state) for one in found.groups] == [("IB", "accepted"), ("PO", "rejected")]


def test_a_group_that_is_answered_twice_has_the_later_answer(tmp_path: Path) -> None:
    sets = message(*BODY), message("AK1*IB*17", "AK9*A*2*2*2", number="0002")
    (found,) = read(tmp_path, interchange(group(*sets)))
    told = ("group 17 is answered twice: partly accepted, then accepted; the later answer counts",)
    assert found.groups == (GroupAnswer("IB", 17, "accepted", 2, 2, 2, contradictions=told),)


def test_an_answer_to_each_set_on_its_own_is_an_answer_to_all(tmp_path: Path) -> None:
    sets = (
        message("AK1*IB*17", "AK2*846*0001", "AK5*R*5", "AK9*R*1*1*0"),
        message("AK1*IB*17", "AK2*846*0002", "AK5*A", "AK9*A*1*1*1", number="0002"),
    )
    (found,) = read(tmp_path, interchange(group(*sets)))
    (only,) = found.groups
    assert [answer_for(only, number) for number in ("0001", "0002")] == ["rejected", "accepted"]
    assert only.contradictions == ("group 17 is answered twice: rejected, then accepted; the later answer counts",)


def test_a_set_that_is_answered_again_has_the_later_answer(tmp_path: Path) -> None:
    again = ["AK1*IB*17", "AK2*846*0002", "AK5*E", "AK9*E*2*2*2"]
    (found,) = read(tmp_path, interchange(group(message(*BODY), message(*again, number="0002"))))
    assert [answer_for(found.groups[0], number) for number in ("0001", "0002")] == ["accepted", "accepted with errors"]


def test_the_same_answer_twice_is_no_contradiction(tmp_path: Path) -> None:
    assert read(tmp_path, interchange(group(message(*BODY), message(*BODY, number="0002")))) == [EXPECTED]


# What is odd and does not matter


@pytest.mark.parametrize(
    "bend",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("~\n", "~"),
        lambda text: text.replace("~\n", "~\r\n"),
        lambda text: text.replace("~\n", "\n"),
        lambda text: text.replace("~\n", "\r\n"),
        lambda text: text.replace("~\n", "\x15"),
        lambda text: text.replace("~\n", "\x15\n"),
        lambda text: text.replace("~\n", "~\n\n"),
        lambda text: text.replace("~\n", "\n").rstrip(),
        lambda text: text.removesuffix("~\n"),
        lambda text: "\r\n " + text + "\r\n\x1a",
        lambda text: text.replace("*", "|").replace(">", "|"),
        lambda text: text.replace("*", "\x1d").replace(">", "\x1f").replace("~\n", "\x1c"),
        lambda text: text.replace("*004010", "*00401"),
        lambda text: text.replace("*004010", "*004010VICS"),
        lambda text: text.replace("*U*", "*^*"),
        lambda text: text.replace("GE*1*88", "GE*1*000000088"),
        lambda text: text.replace("GE*1*88", "GE*000001*88"),
        lambda text: text.replace("IEA*1*000000311", "IEA*01*311"),
        lambda text: text.replace("AK1*IB*17", "AK1*IB*000000017*004010"),
        lambda text: text.replace("AK5*A", "AK5*A****"),
    ],
)
def test_what_partners_do_to_a_file_changes_nothing(tmp_path: Path, bend: Callable[[str], str | bytes]) -> None:
    assert read(tmp_path, bend(TEXT)) == [EXPECTED]


def test_an_isa_of_another_width_still_tells_the_separators(tmp_path: Path) -> None:
    narrow = TEXT.replace("5551234567     *01", "5551234567*01").replace("*123456789      *", "*123456789*")
    assert read(tmp_path, narrow) == [EXPECTED]


def test_a_bad_value_is_kept_to_the_last_blank(tmp_path: Path) -> None:
    found = answer(tmp_path, *(segment.replace("1x3", " 1 x>3  ") for segment in BODY))
    assert found.sets[1].errors[0].elements[0].bad_value == " 1 x>3  "


def test_an_error_may_lack_all_that_is_optional(tmp_path: Path) -> None:
    found = answer(tmp_path, "AK1*IB*17", "AK2*846*0001", "AK3*QTY", "AK4*2", "AK4", "AK5*R", "AK9*R*1*1*0")
    none = "no reason given"
    elements = (ElementError(2, None, "", "", none, ""), ElementError(0, None, "", "", none, ""))
    assert found.sets[0].errors == (SegmentError(0, "QTY", "", none, elements),)


# What is odd and told


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("SE*10*0001", "SE*9*0001", 'SE01 is "9", but the number of segments is 10'),
        ("SE*10*0001", "SE*10*0002", 'SE02 is "0002", ST02 is "0001"'),
        ("GE*1*88", "GE*2*88", 'GE01 is "2", but the number of transaction sets is 1'),
        ("GE*1*88", "GE*1*89", 'GE02 is "89", GS06 is "88"'),
        ("GE*1*88~\n", "", "group 88 does not end in GE"),
        ("IEA*1*", "IEA*2*", 'IEA01 is "2", but the number of groups is 1'),
        ("IEA*1*000000311", "IEA*1*000000312", 'IEA02 is "000000312", ISA13 is "000000311"'),
        ("GE*1*88~\n", "GE*1*88~\nZZZ*1~\n", "ZZZ stands outside any transaction set and is not read"),
        ("AK9*P", "ZZZ*1~\nAK9*P", "997 0001 holds ZZZ, which is not read"),
        ("IEA*1*000000311~\n", "IEA*1*000000311~\nEND OF FILE\n", "what follows IEA is not read: 'END OF FILE'"),
    ],
)
def test_what_is_wrong_around_an_answer_is_told(tmp_path: Path, old: str, new: str, warning: str) -> None:
    text = TEXT.replace("SE*10*", "SE*11*") if "997 0001 holds" in warning else TEXT
    assert read(tmp_path, text.replace(old, new)) == [replace(EXPECTED, warnings=(warning,))]


def test_what_stands_beside_an_acknowledgement_is_told(tmp_path: Path) -> None:
    order = message("BEG*00*SA*4711", kind="850", number="0002")
    (found,) = read(tmp_path, interchange(group(message(*BODY), order)))
    assert found == replace(EXPECTED, warnings=("850 0002 is no acknowledgement and is not read",))


def test_an_interchange_beside_that_is_no_acknowledgement_is_told(tmp_path: Path) -> None:
    orders = interchange(group(message("BEG*00*SA*4711", kind="850")), number="000000312")
    expected = replace(EXPECTED, warnings=("interchange 000000312 holds 850 and is not read",))
    assert read(tmp_path, orders + TEXT) == [expected]


def test_groups_between_other_parties_are_told(tmp_path: Path) -> None:
    other = [segment.replace("*5551234567*", "*OTHER*") for segment in group(message("AK1*IB*18", "AK9*A*1*1*1"))]
    (found,) = read(tmp_path, interchange(group(message(*BODY)), other))
    assert found.warnings == ("a further group is from OTHER to 123456789",)


# What cannot be trusted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
        ("<ack/>", "it is no acknowledgement (997, 999 or TA1): it is XML"),
        ("UNB+UNOA:1'", "it is no acknowledgement (997, 999 or TA1): it is EDIFACT"),
        ('{"ok": true}', "it is no acknowledgement (997, 999 or TA1): it is JSON"),
        ("sku,quantity\n1,2\n", "it is no acknowledgement (997, 999 or TA1): it begins with 'sku,quantity'"),
        (
            "ST*997*0001~AK1*IB*17~",
            "it is no acknowledgement (997, 999 or TA1) that can be attributed: the envelope (ISA) is missing",
        ),
        ("ISABELLA,1", "its ISA does not have 16 elements, which would tell the separators"),
        ("ISA", "its ISA does not have 16 elements, which would tell the separators"),
        (ISA, "its ISA does not have 16 elements, which would tell the separators"),
        (ISA + "~\nGS", "it ends before IEA; a part of it is missing"),
        (
            interchange(group(message("BIA*00*SI*1*20251114", kind="846"), message("BEG", kind="850"))),
            "it holds 846, 850, not an acknowledgement (997, 999 or TA1)",
        ),
        (interchange(), "it holds no transaction set, not an acknowledgement (997, 999 or TA1)"),
        (TEXT + TEXT[:200], "it ends before IEA; a part of it is missing"),
        (TEXT.replace("IEA*1*000000311~\n", "") + TEXT, "it ends before IEA; a part of it is missing"),
        (TEXT[:-6], "it ends within IEA; a part of it is missing"),
        (
            TEXT.replace("SE*10*0001~\n", ""),
            "its transaction set 997 0001 does not end in SE; a part of it is missing",
        ),
        (TEXT.replace("ST*997*0001~\n", ""), "it holds SE without ST; a part of it is missing"),
        (
            interchange(group(message("AK2*846*0001", "AK5*A", "AK9*A*1*1*1"))),
            "it does not begin with AK1, which names the functional group; a part of it is missing",
        ),
        (
            interchange(group(message("AK5*A", "AK1*IB*17", "AK9*A*1*1*1"))),
            "it does not begin with AK1, which names the functional group; a part of it is missing",
        ),
        (
            interchange(group(message("AK1*IB*17", "AK2*846*0001", "AK5*A"))),
            "its answer to group 17 does not end in one AK9; a part of it is missing",
        ),
        (
            interchange(group(message("AK1*IB*17"))),
            "its answer to group 17 does not end in one AK9; a part of it is missing",
        ),
        (
            interchange(group(message("AK1*IB*17", "AK9*A*1*1*1", "AK2*846*0001", "AK5*R"))),
            "its answer to group 17 does not end in one AK9; a part of it is missing",
        ),
        (
            interchange(group(message("AK1*IB*X1", "AK9*A*1*1*1"))),
            'AK102 is "X1", which is no group control number',
        ),
        (
            interchange(group(message("AK1*IB*17", "AK9*?*1*1*1"))),
            'its answer to group 17 says nothing: AK901 is "?"',
        ),
        (
            interchange(["TA1*000000042*251114*0645*P*000"]),
            'its answer to interchange 000000042 says nothing: TA104 is "P"',
        ),
        (interchange(["TA1**251114*0645*A*000"]), 'TA101 is "", which is no control number'),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(tmp_path, text)
    assert str(refusal.value) == f"partner.997: {reason}"


def test_an_acknowledgement_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "partner.997"
    whole = TEXT.rstrip("~\n")
    for end in range(len(whole)):
        path.write_text(whole[:end])
        with pytest.raises(FileRefused):
            read_acknowledgements(path)


def test_the_group_header_is_that_of_the_acknowledgement(tmp_path: Path) -> None:
    text = TEXT.replace(GS, GS.replace("*5551234567*123456789*", "*PARTNER*US*"))
    assert read(tmp_path, text) == [replace(EXPECTED, group_sender="PARTNER", group_receiver="US")]
