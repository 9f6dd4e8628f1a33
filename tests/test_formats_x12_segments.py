from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from edi_snapshots import BIA, GS, ISA, interchange, lines, transaction_set
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.errors import FileRefused
from formats.x12.envelopes import Envelopes
from formats.x12.segments import X12File, known_encoding

A = ("LIN*1*SK*A", "QTY*33*5*EA")


def opened(folder: Path, text: str | bytes, **how: str) -> X12File:
    path = folder / "file.edi"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return X12File.open(path, **how)


def test_a_file_becomes_a_row_per_segment(tmp_path: Path) -> None:
    segments = opened(tmp_path, interchange(transaction_set(BIA, *A), transaction_set("ZZZ*1", number="0002"))).all()
    assert segments.rows() == [
        (1, "*".join(ISA), "ISA", 0),
        (2, "*".join(GS), "GS", 0),
        (3, "ST*846*0001", "ST", 1),
        (4, BIA, "BIA", 1),
        (5, "LIN*1*SK*A", "LIN", 1),
        (6, "QTY*33*5*EA", "QTY", 1),
        (7, "SE*5*0001", "SE", 1),
        (8, "ST*846*0002", "ST", 2),
        (9, "ZZZ*1", None, 2),
        (10, "SE*3*0002", "SE", 2),
        (11, "GE*2*17", "GE", 2),
        (12, "IEA*1*000000042", "IEA", 2),
    ]


def test_segments_are_split_into_as_many_elements_as_the_longest_has(tmp_path: Path) -> None:
    file = opened(tmp_path, lines("LIN**SK*A", "LIN"))
    split = file.elements(file.all().filter(id="LIN").drop("set"), 2)
    assert split.rows() == [(5, "LIN", "", "SK", "A"), (6, "LIN", None, None, None)]
    assert split.columns == ["row", "id", "e1", "e2", "e3"]


def test_separators_are_those_that_isa_declares(tmp_path: Path) -> None:
    opening = opened(tmp_path, lines(*A, element="|", terminator="\x15").replace("|>\x15", "|^\x15")).opening
    assert (opening.element, opening.component, opening.terminator) == ("|", "^", "\x15")
    assert (opening.isa[6], opening.isa[13], opening.oddities) == ("123456789", "000000042", ())
    assert opening.unusual_terminator == "0x15"


def test_the_component_separator_may_be_that_of_elements(tmp_path: Path) -> None:
    opening = opened(tmp_path, lines(*A, element="|", terminator="\n", line_break="").replace("|>\n", "||\n")).opening
    assert (opening.element, opening.component, opening.terminator) == ("|", "|", "\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("\ufeff  \n", "the file is empty"),
        ("sku,quantity\n", "it does not begin with ISA, as X12 does"),
        ("UNB+UNOA:1", "it does not begin with ISA, as X12 does; it looks like EDIFACT"),
        ("ISABEL", '"B" follows ISA, and cannot separate elements'),
        ("ISA*00*short~", "its ISA does not have 16 elements and a terminator"),
        (lines(*A).replace("P*>~", "P*>X"), '"X" follows ISA16, and cannot end segments'),
    ],
)
def test_a_file_that_does_not_begin_as_x12_does_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as caught:
        opened(tmp_path, text)
    assert str(caught.value) == f"file.edi: {reason}"


@settings(deadline=None)
@given(st.integers(1, 400), st.sampled_from(["", "\n", "\r\n"]))
def test_parts_are_cut_between_segments_and_never_inside_a_line(size: int, line_break: str) -> None:
    items = [segment for n in range(9) for segment in (f"LIN*{n}*SK*LIN-{n}", "PID*F****LIN*S", f"QTY*33*{n}")]
    with TemporaryDirectory() as folder:
        file = opened(Path(folder), lines(*items, line_break=line_break), whole="LIN")
        parts = list(file.parts(size))
        assert [row for part in parts for row in part.rows()] == file.all().rows()
    assert all(part["id"][0] in {"ISA", "GS", "ST", "BIA", "LIN", "SE", "GE", "IEA"} for part in parts)


def test_what_surrounds_segments_and_the_file_means_nothing(tmp_path: Path) -> None:
    text = lines(*A).replace("~\n", "~ \r\n\r\n\t") + "\x1a\x00"
    file = opened(tmp_path, text)
    assert file.all().rows() == opened(tmp_path, lines(*A)).all().rows()
    assert not file.unended


def test_a_line_break_between_segments_cuts_them_and_one_inside_data_does_not(tmp_path: Path) -> None:
    file = opened(tmp_path, lines("LIN*1*SK*A", "PID*F****two\nlines", "QTY*33*5").replace("QTY*33*5~", "QTY*33*5"))
    texts = file.all()["text"].to_list()
    assert texts[4:8] == ["LIN*1*SK*A", "PID*F****two\nlines", "QTY*33*5", "SE*6*0001"]
    assert file.broken_lines == 1


def test_bytes_that_are_no_text_are_marked_and_a_named_encoding_reads_them(tmp_path: Path) -> None:
    data = lines("LIN**SK*Gr\u00fcn").encode("cp1252")
    assert opened(tmp_path, data).all()["text"][4] == "LIN**SK*Gr\ufffdn"
    assert opened(tmp_path, data, encoding="cp1252").all()["text"][4] == "LIN**SK*Gr\u00fcn"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cp9999", "'cp9999' is no known encoding; write one such as \"cp1252\""),
        ("utf-16", "'utf-16' does not write separators as single bytes"),
    ],
)
def test_an_encoding_must_be_known_and_write_separators_as_bytes(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=name) as caught:
        known_encoding(name)
    assert str(caught.value) == reason


def test_the_envelopes_of_several_interchanges_are_told_apart(tmp_path: Path) -> None:
    second = interchange(transaction_set(BIA, number="0009")).replace("000000042", "000000043").replace("*17", "*18")
    file = opened(
        tmp_path, interchange(transaction_set(BIA), transaction_set("AK1*IB*1", number="2", kind="997")) + second
    )
    envelopes = Envelopes(file)
    for part in file.parts(100):
        envelopes.take(part)
    envelopes.finish()
    assert [(s.kind, s.number, s.row, s.group[6], s.interchange[13]) for s in envelopes.sets] == [
        ("846", "0001", 3, "17", "000000042"),
        ("997", "2", 6, "17", "000000042"),
        ("846", "0009", 13, "18", "000000043"),
    ]
    assert envelopes.oddities.texts() == []
