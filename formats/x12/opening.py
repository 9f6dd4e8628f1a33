"""How X12 begins: the ISA of a file or of an interchange in it, and the characters that it declares to cut the rest."""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from pathlib import Path

from formats.errors import FileRefused

#: What may stand around segments and means nothing: blanks, line breaks, and the marks that end old text files.
AROUND = " \t\r\n\x00\x1a"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ISA_ELEMENTS = 16
_ISA_WIDTH = 106  # characters, with its terminator
_FIRST_BYTES = 4096
_LOOKS_LIKE = {"<": "XML", "UNA": "EDIFACT", "UNB": "EDIFACT", "{": "JSON", "[": "JSON", "PK\x03\x04": "a zip file"}


@dataclass(frozen=True, slots=True)
class Opening:
    """An ISA.

    Attributes:
        start: where in the file it begins (bytes).
        isa: its id and its 16 elements, without the blanks that fill them.
        element: what stands between elements.
        component: what stands between the components of an element (ISA16).
        terminator: what stands after every segment.
        oddities: what is not as the standard has it, a sentence each.
    """

    start: int
    isa: tuple[str, ...]
    element: str
    component: str
    terminator: str
    oddities: tuple[str, ...]

    @property
    def separators(self) -> tuple[str, str]:
        """What cuts the file into elements and segments."""
        return self.element, self.terminator

    @property
    def unusual_terminator(self) -> str | None:
        """The name of a terminator that cannot be seen; None for one that can."""
        return None if self.terminator.isprintable() else {"\n": "a line break"}.get(self.terminator, self._hexadecimal)

    @property
    def _hexadecimal(self) -> str:
        return f"0x{ord(self.terminator):02X}"


def opening(path: Path) -> Opening:
    """Finds the separators of a file by the 16 elements of its ISA, wherever they end.

    Raises:
        FileRefused: it does not begin with an ISA that can be taken apart.
    """
    with path.open("rb") as file:
        data = file.read(_FIRST_BYTES)
    marked = data.startswith(BYTE_ORDER_MARK)
    stripped = data.removeprefix(BYTE_ORDER_MARK).lstrip(AROUND.encode())
    start = len(data) - len(stripped)
    _check_beginning(path, stripped)
    oddities = {
        "the file begins with a byte order mark": marked,
        "blanks or line breaks stand before ISA": start > len(BYTE_ORDER_MARK) * marked,
    }
    return _opening(path, stripped, start, oddities)


def openings(path: Path) -> list[Opening]:
    """The first ISA of a file, and each later one that declares others than the separators before it.

    Raises:
        FileRefused: it does not begin with an ISA that can be taken apart, or such an ISA cannot be.
    """
    found = [opening(path)]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in re.finditer(rb"ISA[^A-Za-z0-9 ]", data):
            start, last = match.start(), found[-1]
            before = data[max(last.start, start - 16) : start].decode("latin-1")
            if before.rstrip(AROUND.replace(last.terminator, "")).endswith(last.terminator):
                other = _opening(path, data[start : start + _FIRST_BYTES], start, {})
                found += [other] if other.separators != last.separators else []
    return found


def _opening(path: Path, data: bytes, start: int, oddities: dict[str, bool]) -> Opening:
    """The ISA that some bytes begin with."""
    element, pieces = data[3:4], data.split(data[3:4], _ISA_ELEMENTS)
    if len(pieces) <= _ISA_ELEMENTS or len(pieces[-1]) < 2:
        raise FileRefused(path, f"its ISA does not have {_ISA_ELEMENTS} elements and a terminator")
    head = b"".join(pieces[:-1])
    if b"\n" in head or b"\r" in head:
        raise FileRefused(path, "its ISA holds a line break: the file was wrapped into lines; have it sent unwrapped")
    component, after = pieces[-1][:1], pieces[-1][1:]
    terminator = b"\n" if after.startswith(b"\r\n") else after[:1]
    if terminator.isalnum() or terminator in {b" ", element}:
        raise FileRefused(path, f'"{_text(terminator)}" follows ISA16, and cannot end segments')
    isa = tuple(piece.decode("latin-1").strip() for piece in pieces[:-1])
    width = len(element.join(pieces[:-1])) + 3
    oddities |= {
        f"ISA has {width} characters, not {_ISA_WIDTH}": width != _ISA_WIDTH,
        'ISA11 is "^", which version 00401 does not know': isa[11] == "^" and isa[12] == "00401",
    }
    found = tuple(text for text, is_so in oddities.items() if is_so)
    return Opening(start, (*isa, _text(component)), _text(element), _text(component), _text(terminator), found)


def _check_beginning(path: Path, data: bytes) -> None:
    if not data:
        raise FileRefused(path, "the file is empty")
    if not data.startswith(b"ISA"):
        like = looks_like(_text(data))
        raise FileRefused(path, "it does not begin with ISA, as X12 does" + (f"; it looks like {like}" if like else ""))
    if data[3:4].isalnum() or data[3:4] in {b"", b" "}:
        raise FileRefused(path, f'"{_text(data[3:4])}" follows ISA, and cannot separate elements')


def looks_like(text: str) -> str | None:
    """What a file that is no X12 may be, by how it begins."""
    return next((kind for mark, kind in _LOOKS_LIKE.items() if text.startswith(mark)), None)


def _text(data: bytes) -> str:
    return data.decode("latin-1")
