"""An X12 file as a frame of segments, whatever is wrong with it otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from formats.errors import FileRefused
from formats.x12.opening import AROUND, openings

#: Segments that begin a section: a heading, a line, an acknowledged transaction set, a summary.
ITEMS = ("LIN", "AK2")
SUMMARIES = ("CTT", "AK9", "SE")
_SECTIONS = ("ST", *ITEMS, *SUMMARIES)
ENVELOPE = ("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA")


class Marks(NamedTuple):
    """The separators, as ISA declares them."""

    element: str
    component: str
    segment: str


class X12File(NamedTuple):
    """An X12 file.

    Attributes:
        marks: its separators.
        segments: ``number`` from 1, ``text``, ``id``; within transaction sets ``set``, their number in the file, and
            ``section``, the number of a heading, a line or a summary; both from 1.
        begins: whether ISA is the first thing in the file.
        ends: whether a terminator is the last, but for line breaks.
    """

    marks: Marks
    segments: pl.DataFrame
    begins: bool
    ends: bool

    @property
    def has_components(self) -> bool:
        """Whether ISA16 is a separator of its own."""
        return self.marks.component != self.marks.element

    def ids(self, *ids: str) -> pl.DataFrame:
        """The segments of these ids with ``elements``: a list, the id at 0."""
        found = self.segments.filter(pl.col("id").is_in(ids))
        return found.with_columns(elements=pl.col("text").str.split(self.marks.element))


def read_segments(path: Path) -> X12File:
    """Cut an X12 file into segments; nothing is put right.

    Raises:
        FileRefused: it is not X12, or not whole, or its interchanges have different separators.
    """
    isa, *others = openings(path)
    if others:
        raise FileRefused(path, "its interchanges have different separators; judge each in a file of its own")
    marks = Marks(isa.element, isa.component, isa.terminator)
    segments = _texts(path, marks).with_row_index("number", offset=1)
    first = pl.when(pl.col("number") == 1).then(pl.col("text").str.strip_chars_start(AROUND + "\ufeff"))
    segments = segments.with_columns(pl.col("number").cast(pl.Int64), text=first.otherwise("text"))
    segments = segments.with_columns(id=pl.col("text").str.split(marks.element).list.first())
    if segments["id"][-1] != "IEA":
        raise FileRefused(path, "it does not end in IEA; a part of it is missing")
    places = {"set": (pl.col("id") == "ST").cum_sum(), "section": pl.col("id").is_in(_SECTIONS).cum_sum()}
    inside = {name: pl.when(_is_inside()).then(place) for name, place in places.items()}
    return X12File(marks, segments.with_columns(**inside), isa.start == 0, _is_terminated(path, marks.segment))


def _texts(path: Path, marks: Marks) -> pl.DataFrame:
    lines = pl.scan_csv(
        path,
        has_header=False,
        separator=next(mark for mark in "\x1c\x1d\x1e\x1f" if mark not in marks),  # cuts no segment into columns
        eol_char=marks.segment,
        quote_char=None,
        encoding="utf8-lossy",
        schema={"text": pl.String},
        truncate_ragged_lines=True,
    )
    breaks = "\r\n".replace(marks.segment, "")
    texts = lines.select(pl.col("text").fill_null("").str.strip_chars(breaks)).collect()
    written = (texts["text"] != "").arg_true()
    return texts.head(written[-1] + 1)


def _is_terminated(path: Path, terminator: str) -> bool:
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, 100), 2)
        end = file.read().decode("latin-1")
    return end.rstrip("\r\n".replace(terminator, "")).endswith(terminator)


def _is_inside() -> pl.Expr:
    """Whether a segment is within a transaction set, ST and SE with it."""
    before = pl.when(pl.col("id").is_in(ENVELOPE)).then(pl.col("id")).forward_fill().shift(1)
    return (before == "ST") & ~pl.col("id").is_in(["GE", "IEA", "GS", "ISA"]) | (pl.col("id") == "ST")
