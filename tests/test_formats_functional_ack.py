from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partner_acks import read
from pyx12.params import params
from pyx12.x12n_document import x12n_document
from sample_feeds import BUILT_AT, INTERCHANGE
from x12 import parse_x12_interchange, tokenize_x12

from formats.acknowledgement.codes import STATES, meaning
from formats.acknowledgement.reading import (
    Acknowledgement,
    Code,
    ElementError,
    GroupAnswer,
    Party,
    SegmentError,
    SetAnswer,
)
from formats.acknowledgement.writing import write_997
from formats.errors import FormatError
from formats.verify.map import write_maps
from formats.verify.standard import standard
from formats.x12.interchange import Envelope
from formats.x12.syntax import Separators


def element_error(position: int, code: str, bad_value: str = "", component: int | None = None) -> ElementError:
    return ElementError(position, component, "380", code, meaning("723", code), bad_value)


def segment_error(position: int, code: str, *elements: ElementError) -> SegmentError:
    return SegmentError(position, "QTY", code, meaning("720", code), elements)


REJECTED = SetAnswer(
    "846",
    "0002",
    "rejected",
    (Code("5", meaning("718", "5")),),
    (segment_error(8, "8", element_error(2, "6", "1x3", component=1), element_error(3, "7")), segment_error(9, "7")),
)
GROUP = GroupAnswer("IB", 17, "partly accepted", 2, 2, 1, sets=(SetAnswer("846", "0001", "accepted"), REJECTED))
COUNTED = GroupAnswer("IB", 18, "rejected", 3, 2, 0, (Code("5", meaning("716", "5")),))


def written(*answers: GroupAnswer, **changes: Any) -> str:
    out = io.BytesIO()
    write_997(answers, INTERCHANGE, BUILT_AT, out, **changes)
    return out.getvalue().decode("ascii")


def test_a_997_says_what_was_wrong_where() -> None:
    assert written(GROUP, COUNTED) == (
        "ISA*00*          *00*          *01*123456789      *12*5551234567     *251114*0645*U*00401*000000042*0*P*>~\n"
        "GS*FA*123456789*5551234567*20251114*0645*17*X*004010~\n"
        "ST*997*0001~\n"
        "AK1*IB*17~\n"
        "AK2*846*0001~\n"
        "AK5*A~\n"
        "AK2*846*0002~\n"
        "AK3*QTY*8**8~\n"
        "AK4*2>1*380*6*1x3~\n"
        "AK4*3*380*7~\n"
        "AK3*QTY*9**7~\n"
        "AK5*R*5~\n"
        "AK9*P*2*2*1~\n"
        "SE*12*0001~\n"
        "ST*997*0002~\n"
        "AK1*IB*18~\n"
        "AK9*R*3*2*0*5~\n"
        "SE*4*0002~\n"
        "GE*2*17~\n"
        "IEA*1*000000042~\n"
    )


def test_the_partner_has_its_own_envelope_and_separators() -> None:
    marks = Separators(element="|", component=":", segment="\n", repetition="!", line_break="")
    envelope = Envelope(group_version="005010X", time_digits=6)
    text = written(GROUP, release="005010", envelope=envelope, separators=marks)
    assert text.splitlines()[:4] == [
        "ISA|00|          |00|          |01|123456789      |12|5551234567     |251114|0645|!|00501|000000042|0|P|:",
        "GS|FA|123456789|5551234567|20251114|064512|17|X|005010X",
        "ST|997|0001",
        "AK1|IB|17",
    ]
    assert "AK4|2:1|380|6|1x3\n" in text


def test_without_a_separator_of_components_the_element_alone_is_told() -> None:
    assert "AK4|2|380|6|1x3~\nAK4|3|380|7~\n" in written(GROUP, separators=Separators(element="|", component="|"))


@pytest.mark.parametrize("value", ["1*3", "1~3", "1>3", "1^3", "1\n3", "1\x7f3", "é", "9" * 100])
def test_a_bad_value_that_cannot_be_sent_is_not_repeated(value: str) -> None:
    error = segment_error(8, "8", element_error(2, "6", value))
    answer = replace(GROUP, sets=(replace(REJECTED, errors=(error,)),))
    assert "AK3*QTY*8**8~\nAK4*2*380*6~\nAK5*R*5~\n" in written(answer)


def test_a_bad_value_of_99_characters_is_repeated() -> None:
    error = segment_error(8, "8", element_error(2, "5", "9" * 99))
    assert f"AK4*2*380*5*{'9' * 99}~\n" in written(replace(GROUP, sets=(replace(REJECTED, errors=(error,)),)))


def test_no_more_than_five_reasons_are_given() -> None:
    codes = tuple(Code(code, meaning("718", code)) for code in "1234567")
    text = written(replace(GROUP, sets=(replace(REJECTED, codes=codes),), codes=codes))
    assert "AK5*R*1*2*3*4*5~\n" in text
    assert "AK9*P*2*2*1*1*2*3*4*5~\n" in text


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            replace(GROUP, sets=(replace(REJECTED, state="partly accepted"),)),
            "set 0002: a 997 cannot accept a part of a transaction set",
        ),
        (replace(GROUP, accepted=None), "group 17: a 997 needs its included, received and accepted sets"),
        (
            replace(GROUP, sets=(SetAnswer("846", "00~2", "accepted"),)),
            "a 997 cannot hold '00~2': a character cannot be sent",
        ),
    ],
)
def test_an_answer_that_a_997_cannot_say_is_refused_before_anything_is_written(
    answer: GroupAnswer, reason: str
) -> None:
    out = io.BytesIO()
    with pytest.raises(FormatError) as error:
        write_997([answer], INTERCHANGE, BUILT_AT, out)
    assert (str(error.value), out.getvalue()) == (reason, b"")


NUMBER = st.integers(1, 999_999_999)
TEXT = st.text("ABCxyz019 .-&'\"", max_size=99)


def codes(element: str, *known: str) -> st.SearchStrategy[tuple[Code, ...]]:
    one = st.sampled_from(known).map(lambda code: Code(code, meaning(element, code)))
    return st.lists(one, max_size=5).map(tuple)


ELEMENT_ERROR = st.builds(
    lambda position, component, reference, code, value: ElementError(
        position, component, reference, code, meaning("723", code), value
    ),
    st.integers(0, 30),
    st.none() | st.integers(1, 15),
    st.sampled_from(["", "380", "67"]),
    st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
    TEXT,
)
SEGMENT_ERROR = st.builds(
    lambda position, code, elements: SegmentError(position, "SDQ", code, meaning("720", code), tuple(elements)),
    st.integers(1, 999_999),
    st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8"]),
    st.lists(ELEMENT_ERROR, max_size=3),
)
SET = st.builds(
    SetAnswer,
    st.sampled_from(["846", "850"]),
    st.integers(1, 999_999_999).map("{:04d}".format),
    st.sampled_from(["accepted", "accepted with errors", "rejected"]),
    codes("718", "1", "2", "3", "4", "5", "6", "7", "23"),
    st.lists(SEGMENT_ERROR, max_size=3).map(tuple),
)
GROUPS = st.lists(
    st.builds(
        GroupAnswer,
        st.sampled_from(["IB", "PO"]),
        NUMBER,
        st.sampled_from(sorted(set(STATES.values()))),
        st.integers(0, 999_999),
        st.integers(0, 999_999),
        st.integers(0, 999_999),
        codes("716", "1", "2", "3", "4", "5", "6"),
        st.lists(SET, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda group: (group.functional_id, group.group_control_number),
)
MARKS = st.sampled_from(
    [
        Separators(),
        Separators(line_break=""),
        Separators(element="|", component=":", segment="\n", line_break=""),
        Separators(segment="\x15", line_break="\r\n"),
    ]
)


@settings(deadline=None)
@given(GROUPS, st.sampled_from(["004010", "005010"]), MARKS)
def test_what_is_written_is_read_back(groups: list[GroupAnswer], release: str, marks: Separators) -> None:
    with TemporaryDirectory() as folder:
        text = written(*groups, release=release, separators=marks)
        (found,) = read(Path(folder), text)
    told = tuple(replace(group, contradictions=()) for group in found.groups)
    assert replace(found, groups=told) == Acknowledgement(
        kind="997",
        sender=Party("01", "123456789"),
        receiver=Party("12", "5551234567"),
        group_sender="123456789",
        group_receiver="5551234567",
        interchange_control_number=42,
        interchanges=(),
        groups=tuple(groups),
        warnings=(),
    )


@pytest.mark.parametrize("release", ["004010", "005010"])
def test_independent_judges_find_nothing_wrong(tmp_path: Path, release: str) -> None:
    write_maps(tmp_path, standard(release), group_versions=[release], deviations=False)
    path, verdict = tmp_path / "ours.997", io.StringIO()
    path.write_text(written(GROUP, COUNTED, release=release))
    assert x12n_document(params(), str(path), verdict, None, map_path=str(tmp_path)), verdict.getvalue()
    parse_x12_interchange(tokenize_x12(path.read_bytes()))
