"""The envelopes of an X12 file: which transaction sets it holds, and whether what they say of themselves is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import polars as pl

from formats.errors import FileRefused
from formats.x12.segments import ENVELOPE, X12File

col = pl.col

_CLOSES = {"SE": "ST", "GE": "GS", "IEA": "ISA"}
_INSIDE = {"ISA": None, "TA1": "ISA", "GS": "ISA", "ST": "GS"}
#: For each closing segment: where its opening segment holds the control number, what it ends, and what it counts.
_ENDS = {"SE": (2, "set", "segments"), "GE": (6, "group", "transaction sets"), "IEA": (13, "interchange", "groups")}


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One ST to SE.

    Attributes:
        kind: ST01, such as "846".
        number: its control number (ST02).
        row: of its ST.
        group: the elements of its GS, the id first.
        interchange: the elements of its ISA, the id first, without the blanks that fill them.
    """

    kind: str
    number: str
    row: int
    group: tuple[str, ...]
    interchange: tuple[str, ...]


@dataclass(slots=True)
class _Open:
    """An envelope whose end has not come yet."""

    id: str
    row: int
    elements: tuple[str, ...]
    inside: int = 0  # sets of a group, groups of an interchange


@dataclass(slots=True)
class Oddities:
    """What is wrong with a file that can be read all the same; the same kind is told once and counted."""

    _first: dict[str, str] = field(default_factory=dict)
    _more: dict[str, int] = field(default_factory=dict)

    def add(self, text: str, *, kind: str | None = None) -> None:
        """Notes a sentence; only the first of a kind is kept."""
        key = kind or text
        if key in self._first:
            self._more[key] = self._more.get(key, 0) + 1
        else:
            self._first[key] = text

    def texts(self) -> list[str]:
        """The sentences, in the order in which they came up."""
        more = {key: f"; and {count} more of this kind" for key, count in self._more.items()}
        return [text + more.get(key, "") for key, text in self._first.items()]


class Envelopes:
    """Walks through the envelopes of a file, part by part.

    Attributes:
        interchanges: the elements of each ISA.
        groups: the elements of each GS.
        sets: in the order of the file, so that the ``set`` of a frame of segments counts them from 1.
        answers: row and elements of each TA1.
        oddities: counts and control numbers that don't agree.
    """

    def __init__(self, file: X12File) -> None:
        self.interchanges: list[tuple[str, ...]] = []
        self.groups: list[tuple[str, ...]] = []
        self.sets: list[TransactionSet] = []
        self.answers: list[tuple[int, tuple[str, ...]]] = []
        self.oddities = Oddities()
        self._file = file
        self._open: list[_Open] = []
        self._last, self._last_row, self._enclosed = "", 0, 0
        self._misnumbered = False  # the envelope that was closed last
        for opening in file.openings:
            for text in opening.oddities:
                self.oddities.add(text)

    def take(self, segments: pl.DataFrame) -> None:
        """Walks through the next segments.

        Raises:
            FileRefused: an envelope begins or ends where it can't, or a part of the file is missing.
        """
        for row, text in segments.filter(col("id").is_in(ENVELOPE)).select("row", "text").iter_rows():
            elements = tuple(element.strip() for element in text.split(self._file.opening.element))
            self._step(row, elements[0], elements)
        self._last, self._last_row = segments["id"][-1] or "", segments["row"][-1]

    def finish(self) -> None:
        """Checks that the file is whole.

        Raises:
            FileRefused: it ends before its last envelope does, or holds segments outside of its envelopes.
        """
        if self._last != "IEA" or self._open:
            self._refuse("it does not end in IEA; a part of it is missing")
        outside = self._last_row - self._enclosed
        if outside:
            self._refuse(f"{outside} segments lie outside of any transaction set; a part of the file is missing")
        if self._file.unended and self._misnumbered:
            self._refuse("its last segment is cut; a part of it is missing")
        if self._file.unended:
            self.oddities.add("the last segment has no terminator")
        if count := self._file.broken_lines:
            self.oddities.add(f"line breaks where a terminator is missing: {count}")

    def _step(self, row: int, name: str, elements: tuple[str, ...]) -> None:
        around = self._open[-1].id if self._open else None
        if name in _CLOSES:
            if around != _CLOSES[name]:
                self._refuse(f"segment {row} is {name}, but no {_CLOSES[name]} is open there; a part of it is missing")
            self._close(row, name, elements)
            return
        if around != _INSIDE[name]:
            self._refuse(f"segment {row} is {name}, but {around} is not closed yet; a part of it is missing")
        if name == "TA1":
            self.answers.append((row, elements))
            self._enclosed += 1
            return
        self._begin(row, name, elements)

    def _begin(self, row: int, name: str, elements: tuple[str, ...]) -> None:
        needed = {"ISA": 17, "GS": 9, "ST": 3}[name]
        if len(elements) < needed:
            self._refuse(f"segment {row}, {name}, has {len(elements) - 1} elements where {needed - 1} are needed")
        if self._open:
            self._open[-1].inside += 1
        self._open.append(_Open(name, row, elements))
        if name == "ISA":
            self.interchanges.append(elements)
        elif name == "GS":
            self.groups.append(elements)
        else:
            found = TransactionSet(elements[1], elements[2], row, self.groups[-1], self.interchanges[-1])
            self.sets.append(found)

    def _close(self, row: int, name: str, elements: tuple[str, ...]) -> None:
        opened = self._open.pop()
        place, what, counted = _ENDS[name]
        found = row - opened.row + 1 if name == "SE" else opened.inside
        self._enclosed += found if name == "SE" else 2
        number, (said, closing) = opened.elements[place], [*elements[1:3], "", ""][:2]
        miscounted, misnumbered = not _same(said, str(found)), not _same(closing, number)
        self._misnumbered = misnumbered
        if miscounted and misnumbered:
            problem = f'says "{said}" {counted} and number "{closing}", but there are {found} and the number is'
            self._refuse(f'segment {row}, {name}, {problem} "{number}"; a part of the file is missing')
        if miscounted:
            self.oddities.add(
                f'{name}01 of {what} {number} says "{said}" {counted}, there are {found}', kind=f"{name}01"
            )
        if misnumbered:
            self.oddities.add(f'{name}02 of {what} {number} is "{closing}"', kind=f"{name}02")
        elif closing != number:
            self.oddities.add(f'{name}02 of {what} {number} is padded: "{closing}"', kind=f"{name}02 padded")

    def _refuse(self, reason: str) -> NoReturn:
        raise FileRefused(self._file.path, reason)


def _same(text: str, other: str) -> bool:
    """Whether two texts are the same, or the same number."""
    return text == other or (text.isdecimal() and other.isdecimal() and int(text) == int(other))


def element(elements: Sequence[str], place: int) -> str:
    """An element of a segment; the empty text beyond the last."""
    return elements[place] if place < len(elements) else ""
