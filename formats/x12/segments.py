"""X12 files as frames: a row per segment, read in parts so that memory stays bounded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import polars as pl

from formats.errors import FileRefused
from formats.pieces import piece_size
from formats.x12.opening import AROUND, Opening, openings

col = pl.col

#: The segments whose place or meaning is looked at; all others have no id in a frame of segments.
ENVELOPE = ("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA")
IDS = pl.Enum([*ENVELOPE, "BIA", "DTM", "REF", "N1", "LIN", "PID", "SDQ", "SLN", "QTY", "LS", "LE", "CTT"])


@dataclass(slots=True)
class X12File:
    """An X12 file on its way into frames.

    Attributes:
        path: the file.
        openings: its first ISA, and each later one that declares other separators.
        encoding: of its text.
        whole: the id of a segment that begins something which no part of the file may cut in two.
        broken_lines: in how many places a line break stood instead of a terminator, so far.
        unended: whether the last segment had no terminator (known at the end).
    """

    path: Path
    openings: Sequence[Opening]
    encoding: str = "utf-8"
    whole: str | None = None
    broken_lines: int = 0
    unended: bool = False

    @classmethod
    def open(cls, path: Path, *, encoding: str | None = None, whole: str | None = None) -> X12File:
        """Looks at the ISA of a file.

        Raises:
            FileRefused: it does not begin as X12 does.
        """
        return cls(path, openings(path), encoding or "utf-8", whole)

    @property
    def opening(self) -> Opening:
        """Its first ISA: frames hold the element separator of this one, whatever others declare."""
        return self.openings[0]

    def parts(self, size: int | None = None) -> Iterator[pl.DataFrame]:
        """The segments, in parts of about so many bytes; default: as many as a piece has.

        Returns:
            ``row`` (Int64, counted from 1 through the whole file), ``text`` (without what surrounds it), ``id``
            (``IDS``; null for others), and ``set`` (Int64): how many ST there have been. Bytes that are no text of
            the encoding have become U+FFFD.

        Raises:
            FileRefused: a text begins with nothing that could be the id of a segment, or holds as data what cuts
                elements in the interchange that the file begins with.
        """
        rows = sets = 0
        for opening, part in self._whole_parts(size or piece_size()):
            segments = self._segments(self._ascii_compatible(part), opening)
            segments = segments.with_columns(
                row=pl.int_range(rows + 1, rows + 1 + pl.len()), set=(col("id") == "ST").fill_null(False).cum_sum()
            ).with_columns(set=col("set").cast(pl.Int64) + sets)
            if segments.height:
                segments = self._uniform(segments, opening)
                rows, sets = segments["row"][-1], segments["set"][-1]
                yield segments.select("row", "text", "id", "set")

    def all(self) -> pl.DataFrame:
        """All segments at once, as :meth:`parts` gives them."""
        return pl.concat(self.parts())

    def elements(self, segments: pl.DataFrame, at_least: int) -> pl.DataFrame:
        """Splits segments: their columns without ``text``, and ``e1``, ``e2`` … (String, null beyond the last).

        Args:
            segments: as :meth:`parts` gives them.
            at_least: how many columns there must be; there are more where a segment has more elements.
        """
        split = segments.select(pl.exclude("text"), col("text").str.split(self.opening.element).alias("elements"))
        longest = split["elements"].list.len().max()
        most = max(at_least, longest - 1 if isinstance(longest, int) else 0)
        each = (col("elements").list.get(n, null_on_oob=True).alias(f"e{n}") for n in range(1, most + 1))
        return split.select(pl.exclude("elements"), *each)

    def _segments(self, part: bytes, opening: Opening) -> pl.DataFrame:
        """``text`` and ``id``."""
        marks = "\x1c\x1d\x1e\x1f\x01\x02"  # one that is no separator here cuts no segment into columns
        lines = pl.read_csv(
            part,
            has_header=False,
            separator=next(mark for mark in marks if mark not in opening.separators),
            eol_char=opening.terminator,
            quote_char=None,
            schema={"text": pl.String},
            truncate_ragged_lines=True,
            missing_columns="insert",
        )
        texts = lines.select(col("text").str.strip_chars(AROUND))
        if (texts["text"] == "").any() or texts["text"].null_count():
            texts = texts.filter(col("text") != "")
        if opening.terminator != "\n" and texts["text"].str.contains("\n", literal=True).any():
            texts = self._cut_at_line_breaks(texts, _segment(opening))
        start = col("text").str.head(3).str.strip_chars_end(opening.element)
        return texts.with_columns(id=start.cast(IDS, strict=False))

    def _cut_at_line_breaks(self, texts: pl.DataFrame, segment: str) -> pl.DataFrame:
        """Cuts texts at line breaks that stand where a terminator is missing: between two segments."""
        pieces = texts.with_row_index("of").with_columns(col("text").str.split("\n")).explode("text")
        pieces = pieces.with_columns(col("text").str.strip_chars(AROUND)).filter(col("text") != "")
        is_cut = col("text").str.contains(segment).all().over("of")
        self.broken_lines += pieces.filter(is_cut).height - pieces.filter(is_cut)["of"].n_unique()
        kept = texts.with_row_index("of").join(pieces.filter(~is_cut), on="of", how="semi")
        return pl.concat([pieces.filter(is_cut), kept]).sort("of", maintain_order=True).select("text")

    def _uniform(self, segments: pl.DataFrame, opening: Opening) -> pl.DataFrame:
        """Checks that segments have ids, and puts the separator of the file's first elements between theirs."""
        is_one = segments["text"].str.contains(_segment(opening))
        if not is_one.all():
            row, text = segments.filter(~is_one).select("row", "text").row(0)
            raise FileRefused(self.path, f'segment {row} does not begin with an id: "{shortened(text)}"')
        mark = self.opening.element
        if opening.element == mark:
            return segments
        for row in segments.filter(col("text").str.contains(mark, literal=True)).head(1)["row"]:
            problem = f'segment {row} holds "{mark}", which separates elements in another interchange of the file'
            raise FileRefused(self.path, f"{problem}; have them sent in files of their own")
        return segments.with_columns(col("text").str.replace_all(opening.element, mark, literal=True))

    def _ascii_compatible(self, part: bytes) -> bytes:
        if part.isascii():
            return part
        return part.decode(self.encoding, "replace").encode()

    def _whole_parts(self, size: int) -> Iterator[tuple[Opening, bytes]]:
        """The bytes of the file, cut after terminators, and only before segments that begin something."""
        with self.path.open("rb") as file:
            ends = [*(opening.start for opening in self.openings), self.path.stat().st_size]
            for opening, (start, length) in zip(self.openings, pairwise(ends), strict=True):
                at = start
                while at < length:
                    end, cut = at + size, 0
                    while end < length and not (cut := self._cut(file, at, end, opening)):
                        end += size
                    file.seek(at)
                    part = file.read((cut or length) - at)
                    at += len(part)
                    yield opening, part
            self.unended = not self._ends(file)

    def _cut(self, file: BinaryIO, at: int, end: int, opening: Opening) -> int:
        """Where to cut what lies between two places; 0 if nowhere. It is looked for from the end on."""
        window = 1 << 16
        while True:
            begin = max(at, end - window)
            file.seek(begin)
            data = file.read(end - begin)
            if (place := self._last_start(data, opening)) > 0:
                return begin + place
            if begin == at:
                break
            window *= 16
        after_terminator = data.rfind(opening.terminator.encode("latin-1")) + 1
        return at + after_terminator if after_terminator and place else 0

    def _last_start(self, data: bytes, opening: Opening) -> int:
        """Where the last segment begins that may be the first of a part; -1 if none does."""
        if not self.whole:
            return data.rfind(opening.terminator.encode("latin-1")) + 1 or -1
        start = (self.whole + opening.element).encode("latin-1")
        ends = (opening.terminator + "\n").encode("latin-1")
        place = data.rfind(start)
        while place > 0 and data[max(0, place - 8) : place].rstrip(b" \t\r")[-1:] not in (ends[:1], ends[1:]):
            place = data.rfind(start, 0, place)
        return 0 if place < 0 and data.lstrip(AROUND.encode()).startswith(start) else place

    def _ends(self, file: BinaryIO) -> bool:
        """Whether a terminator is the last thing in the file."""
        last = self.openings[-1]
        file.seek(max(last.start, file.tell() - 1024))
        marks = AROUND.replace(last.terminator, "").encode()
        return file.read().rstrip(marks).endswith(last.terminator.encode("latin-1"))


def _segment(opening: Opening) -> str:
    """What a segment looks like (a regular expression)."""
    return f"^[A-Z][A-Z0-9]{{1,2}}(?:{re.escape(opening.element)}|$)"


def line_of() -> pl.Expr:
    """The row of the LIN that a segment of an 846 belongs to; 0 in headings, summaries and envelopes."""
    outside = pl.when(col("id").is_in([*ENVELOPE, "CTT"])).then(0)
    return outside.when(col("id") == "LIN").then("row").forward_fill().fill_null(0)


def known_encoding(name: str | None) -> str | None:
    """Refuses (ValueError) an encoding that nobody knows, or in which separators are no single bytes."""
    try:
        if name and "ISA*".encode(codecs.lookup(name).name) != b"ISA*":
            raise ValueError(f"{name!r} does not write separators as single bytes")
    except LookupError:
        raise ValueError(f'{name!r} is no known encoding; write one such as "cp1252"') from None
    return name


def shortened(text: str) -> str:
    """A text for a sentence."""
    return text if len(text) <= 60 else text[:59] + "…"
