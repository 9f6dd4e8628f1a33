"""Independent judges of the X12 that is written: two libraries, and counting by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pyx12.x12file import X12Reader
from x12 import parse_x12_interchange, tokenize_x12


@dataclass(frozen=True)
class Part:
    """One transaction set: its segments from ST to SE, as lists of elements."""

    segments: list[list[str]]

    @property
    def lines(self) -> list[list[str]]:
        return [segment for segment in self.segments if segment[0] == "LIN"]


def judged(data: bytes, folder: Path) -> list[Part]:
    """The transaction sets of an interchange, after every judge has found it faultless."""
    path = folder / "judged.edi"
    path.write_bytes(data.replace(b"00400", b"00401"))  # pyx12 knows no other version before 00501
    with X12Reader(str(path)) as reader:
        for _ in reader:
            assert reader.pop_errors() == []
        reader.cleanup()
        assert reader.pop_errors() == []
    parse_x12_interchange(tokenize_x12(data))
    return counted(data.decode("ascii"))


def counted(text: str) -> list[Part]:
    """The transaction sets, after ISA's width and every count and number of the envelopes have been checked."""
    element, terminator = text[3], text[105]
    assert [place for place, mark in enumerate(text[:106]) if mark == element] == [
        *(3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
    ]
    assert text.rstrip("\r\n").endswith(terminator) or terminator in "\r\n"
    segments = [segment.strip("\r\n").split(element) for segment in text.split(terminator)]
    segments = [segment for segment in segments if segment != [""]]
    assert all(segment[-1] for segment in segments), "a segment ends in an empty element"
    isa, gs, *inner, ge, iea = segments
    assert [segment[0] for segment in (isa, gs, ge, iea)] == ["ISA", "GS", "GE", "IEA"]
    assert iea[1:] == ["1", isa[13]]
    parts = _parts(inner)
    assert ge[1:] == [str(len(parts)), gs[6]]
    numbers = Counter(part.segments[0][2] for part in parts)
    assert set(numbers.values()) == {1}
    return parts


def _parts(inner: list[list[str]]) -> list[Part]:
    starts = [place for place, segment in enumerate(inner) if segment[0] == "ST"]
    parts = [Part(inner[start:end]) for start, end in zip(starts, [*starts[1:], len(inner)], strict=True)]
    for part in parts:
        first, last = part.segments[0], part.segments[-1]
        assert last == ["SE", str(len(part.segments)), first[2]]
        assert 1 <= len(part.lines) <= 10_000
        totals = [segment for segment in part.segments if segment[0] == "CTT"]
        assert all(int(total[1]) == len(part.lines) for total in totals)
        if totals and len(totals[0]) > 2:
            quantities = sum(int(segment[2]) for segment in part.segments if segment[0] == "QTY")
            assert int(totals[0][2]) == quantities % 10**10
    return parts
