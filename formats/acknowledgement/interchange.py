"""Interchanges as partners send them: patience with what is odd in them, none with what is cut short."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from formats.errors import FileRefused
from formats.x12.opening import AROUND, BYTE_ORDER_MARK, looks_like

_NOT_ONE = "it is no acknowledgement (997, 999 or TA1)"


class Segment(tuple[str, ...]):
    """The elements of a segment; the first is its id."""

    __slots__ = ()

    @property
    def id(self) -> str:
        """What kind of segment it is, such as "AK5"."""
        return self.at(0)

    def at(self, place: int) -> str:
        """An element without the blanks around it; "" beyond the last."""
        return self[place].strip() if place < len(self) else ""

    def filled(self, first: int, last: int) -> list[str]:
        """The elements between two places that are not empty."""
        return [element for element in map(self.at, range(first, last + 1)) if element]


@dataclass(frozen=True, slots=True)
class ReceivedSet:
    """One transaction set: the GS of its group, its ST, and the segments between ST and SE."""

    group: Segment
    start: Segment
    segments: list[Segment]


@dataclass(slots=True)
class ReceivedInterchange:
    """One interchange: its ISA, the separator of components, what it holds, and what is odd about it."""

    isa: Segment
    component: str
    notes: list[Segment] = field(default_factory=list)  # TA1
    sets: list[ReceivedSet] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def received(path: Path) -> list[ReceivedInterchange]:
    """All interchanges of a file, each with its own separators.

    Raises:
        FileRefused: it is no X12, or a part of it is missing.
    """
    rest = path.read_bytes().removeprefix(BYTE_ORDER_MARK).decode("latin-1").strip(AROUND)
    if not rest.startswith("ISA"):
        raise FileRefused(path, _what_else(rest))
    interchanges: list[ReceivedInterchange] = []
    while rest.startswith("ISA"):
        interchange, rest = _first(path, rest)
        interchanges.append(interchange)
    if rest:
        interchanges[-1].warnings.append(f"what follows IEA is not read: {_begin(rest)}")
    return interchanges


def _what_else(text: str) -> str:
    if not text:
        return "the file is empty"
    if found := looks_like(text):
        return f"{_NOT_ONE}: it is {found}"
    if re.match(r"(GS|ST|TA1)[^\w\s]", text):
        return f"{_NOT_ONE} that can be attributed: the envelope (ISA) is missing"
    return f"{_NOT_ONE}: it begins with {_begin(text)}"


def _begin(text: str) -> str:
    return ascii(text.splitlines()[0][:40])


def _first(path: Path, text: str) -> tuple[ReceivedInterchange, str]:
    """The first interchange, and the text after it."""
    element, component, terminator, body = _separators(path, text)
    end = _end(path, body, element, terminator)
    isa, *segments, iea = (
        Segment(part.lstrip("\r\n").split(element))
        for part in (text[: len(text) - len(body) - 1], *body[: end.start()].split(terminator), end["iea"])
    )
    if not end["terminator"] and not _same(isa.at(13), iea.at(2)):
        raise FileRefused(path, "it ends within IEA; a part of it is missing")
    interchange = ReceivedInterchange(isa, component)
    groups = _Contents(path, interchange).take([segment for segment in segments if segment.id])
    _compare(interchange.warnings, "IEA02", iea.at(2), "ISA13", isa.at(13))
    _count(interchange.warnings, "IEA01", iea.at(1), "groups", groups)
    return interchange, body[end.end() :].lstrip(AROUND)


def _end(path: Path, body: str, element: str, terminator: str) -> re.Match[str]:
    """Where IEA stands in the text after ISA."""
    cut, mark = re.escape(terminator), re.escape(element)
    found = re.search(rf"(?:^|{cut})[\r\n]*(?P<iea>IEA{mark}[^{cut}]*)(?P<terminator>{cut}|$)", body)
    if not found or re.search(rf"{cut}[\r\n]*ISA{mark}", body[: found.start()]):
        raise FileRefused(path, "it ends before IEA; a part of it is missing")
    return found


def _separators(path: Path, text: str) -> tuple[str, str, str, str]:
    """Separators of elements, of components and of segments by the 16 elements of ISA, and the text after it."""
    *elements, rest = text.split(text[3:4] or None, 16)
    body = rest[2:]
    if len(elements) < 16 or not re.match(r"[\r\n]*(GS|TA1|IEA)", body):
        raise FileRefused(path, "its ISA does not have 16 elements, which would tell the separators")
    return text[3], rest[0], rest[1], body


class _Contents:
    """Takes the segments between ISA and IEA, one after the other."""

    def __init__(self, path: Path, interchange: ReceivedInterchange) -> None:
        self._path = path
        self._to = interchange
        self._group: Segment | None = None
        self._set: ReceivedSet | None = None
        self._sets = self._groups = 0

    def take(self, segments: list[Segment]) -> int:
        """Take all, and say how many groups they are."""
        ends = {"GS": self._open_group, "GE": self._close_group, "ST": self._open_set, "SE": self._close_set}
        for segment in segments:
            if segment.id in ends:
                ends[segment.id](segment)
            elif self._set:
                self._set.segments.append(segment)
            elif segment.id == "TA1":
                self._to.notes.append(segment)
            else:
                self._to.warnings.append(f"{segment.id} stands outside any transaction set and is not read")
        self._expect_no_set()
        self._expect_no_group()
        return self._groups

    def _open_group(self, segment: Segment) -> None:
        self._expect_no_set()
        self._expect_no_group()
        self._group, self._sets = segment, 0
        self._groups += 1

    def _close_group(self, segment: Segment) -> None:
        self._expect_no_set()
        start, self._group = self._group or Segment(), None
        _compare(self._to.warnings, "GE02", segment.at(2), "GS06", start.at(6))
        _count(self._to.warnings, "GE01", segment.at(1), "transaction sets", self._sets)

    def _open_set(self, segment: Segment) -> None:
        self._expect_no_set()
        self._set = ReceivedSet(self._group or Segment(), segment, [])
        self._sets += 1

    def _close_set(self, segment: Segment) -> None:
        if not self._set:
            raise FileRefused(self._path, "it holds SE without ST; a part of it is missing")
        self._to.sets.append(self._set)
        _compare(self._to.warnings, "SE02", segment.at(2), "ST02", self._set.start.at(2))
        _count(self._to.warnings, "SE01", segment.at(1), "segments", len(self._set.segments) + 2)
        self._set = None

    def _expect_no_set(self) -> None:
        if self._set:
            name = " ".join(self._set.start.filled(1, 2))
            raise FileRefused(self._path, f"its transaction set {name} does not end in SE; a part of it is missing")

    def _expect_no_group(self) -> None:
        if self._group:
            self._to.warnings.append(f"group {self._group.at(6)} does not end in GE")


def _same(one: str, other: str) -> bool:
    return one.lstrip("0") == other.lstrip("0")


def _compare(warnings: list[str], trailer: str, value: str, header: str, expected: str) -> None:
    if not _same(value, expected):
        warnings.append(f'{trailer} is "{value}", {header} is "{expected}"')


def _count(warnings: list[str], name: str, said: str, things: str, count: int) -> None:
    if said.lstrip("0") != str(count).lstrip("0"):
        warnings.append(f'{name} is "{said}", but the number of {things} is {count}')
