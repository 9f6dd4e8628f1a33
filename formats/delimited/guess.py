"""The encoding of a text that doesn't name it, found out from its bytes where that is beyond doubt."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from formats.errors import FileRefused
from formats.table import Table

#: What stock systems write that don't write Unicode; the first that fits is taken.
LEGACY = ("shift_jis", "cp1252", "iso-8859-1")

_NOT_ASCII = r"[^\x00-\x7f]"
_CONTROLS = re.compile(rb"[\x80-\x9f]")
_SAMPLE = 1 << 12
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a file.

    Attributes:
        name: of the codec.
        others: that fit as well.
        guessed: neither the file nor the settings name it.
    """

    name: str
    others: tuple[str, ...] = ()
    guessed: bool = False

    def notes(self) -> list[str]:
        """The encoding, where it isn't UTF-8, and how certain it is."""
        if self.name == "utf-8":
            return []
        if not self.guessed:
            return [f"encoding {self.name}"]
        if self.name.startswith("utf-16"):
            return [f"encoding {self.name}, found without a byte order mark"]
        others = f" ({' and '.join(self.others)} would fit too)" if self.others else ""
        certain = "what is read of it is ASCII and the same in any; set encoding to be certain of the rest"
        return [f"encoding not UTF-8, taken for {self.name}{others}: {certain}"]


def guessed_encoding(file: Path) -> Encoding:
    """What the bytes of a file look like: UTF-8, UTF-16 without a mark, else what fits of ``LEGACY``.

    Shift-JIS comes first only where bytes are that Western text hardly has.
    """
    with file.open("rb") as handle:
        start = handle.read(_SAMPLE)
    if wide := _utf_16(start):
        return Encoding(wide, guessed=True)
    if _fits(file, "utf-8") or _is_damaged_utf_8(file):
        return Encoding("utf-8")
    fitting = [name for name in LEGACY if _fits(file, name)]
    if len(fitting) > 1 and any(_CONTROLS.search(chunk) for chunk in _chunks(file)):
        fitting.remove("iso-8859-1")  # in which every byte exists, but these are no characters
    if fitting[0] == "shift_jis" and not any(_has_lead_bytes(chunk) for chunk in _chunks(file)):
        fitting = [*fitting[1:], "shift_jis"]
    return Encoding(fitting[0], tuple(fitting[1:]), guessed=True)


def check_guess(table: Table, encoding: Encoding, expected: set[str]) -> None:
    """Makes sure that nothing which is read depends on a guess: codes and quantities must be ASCII.

    Args:
        table: the file, decoded.
        encoding: that was guessed.
        expected: the headers that are read; if one isn't there, every column counts.

    Raises:
        FileRefused: a cell that is read holds another character.
    """
    read = [h for h in table.header if h in expected] if expected <= set(table.header) else list(table.header)
    columns = {str(table.header.index(header)): header for header in read}
    if table.delimiter == "|" and encoding.others and "shift_jis" in (encoding.name, *encoding.others):
        raise FileRefused(
            table.source, f"it is not UTF-8, and cells may begin elsewhere in shift_jis; {_set(encoding)}"
        )
    other = (pl.col(name).str.contains(_NOT_ASCII) for name in columns)
    odd = table.numbered_rows().filter(pl.any_horizontal(pl.lit(False), *other))
    for row in odd.head(1).collect().iter_rows(named=True):
        name = next(name for name in columns if not (row[name] or "").isascii())
        where = f'row {row["row"]}, column "{columns[name]}": "{row[name]}"'
        raise FileRefused(
            table.source, f"{where} is not UTF-8, and read as {encoding.name} only by guess; {_set(encoding)}"
        )


def _set(encoding: Encoding) -> str:
    return "set " + " or ".join(f'encoding = "{name}"' for name in (encoding.name, *encoding.others))


def _utf_16(start: bytes) -> str | None:
    """Which UTF-16 a text is whose characters are nearly all ASCII, by the place of its NULs."""
    even, odd, half = start[::2].count(0), start[1::2].count(0), len(start) // 2
    if half and odd >= 0.7 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if half and even >= 0.7 * half and odd == 0 else None


def _fits(file: Path, encoding: str) -> bool:
    """Whether every byte exists in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(file):
            if not (chunk.isascii() and decoder.getstate()[0] == b""):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_damaged_utf_8(file: Path) -> bool:
    """Whether a text that isn't UTF-8 throughout is so up to a character other than ASCII, or to its last one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in _chunks(file):
        try:
            if not decoder.decode(chunk).isascii():
                return True
        except UnicodeDecodeError as error:
            return not error.object[: error.start].isascii()
    return True  # the last character is cut off


def _has_lead_bytes(chunk: bytes) -> bool:
    """Whether there are the first bytes of kana and the commonest kanji: in Western encodings no letters."""
    return any(lead in chunk for lead in (b"\x82", b"\x83", b"\x88", b"\x8e", b"\x90", b"\x93", b"\x95"))


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            yield chunk
