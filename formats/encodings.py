"""Files in an encoding other than UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

import polars as pl

from formats.feed.writable import Check

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Recoded(io.BufferedIOBase):
    """Takes UTF-8 and writes another encoding."""

    def __init__(self, file: io.BufferedIOBase, encoding: str) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._encode = codecs.getincrementalencoder(encoding)().encode

    def writable(self) -> bool:
        """Yes: it is for writing alone."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write UTF-8, of which a character may come in two parts."""
        self._file.write(self._encode(self._decode(bytes(data))))
        return memoryview(data).nbytes


def encodable(texts: pl.Series, encoding: str) -> list[Check]:
    """The rule that an encoding has all characters of a column."""
    characters = texts.str.extract_all(r"[^\x00-\x7f]").explode().drop_nulls().unique()
    lacking = "".join(character for character in characters if not has_all(encoding, character))
    if not lacking:
        return []
    found = pl.col(texts.name).str.extract_all(f"[{lacking}]").list.unique(maintain_order=True).list.join(" ")
    return [Check(texts.name, found != "", pl.format("holds {}, which {} does not have", found, pl.lit(encoding)))]


def has_all(encoding: str, text: str) -> bool:
    """Whether an encoding has all characters of a text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
