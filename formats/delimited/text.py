"""A CSV file as rows of text: its delimiter, its header, its columns.

The frame engine reads UTF-16 as garbage, keeps NULs, renames a header that occurs twice, makes empty cells of a row cut
short and drops the cells of one too long, all without a word. So nothing is read before the bytes have been looked at
(``csv_bytes``), and nothing is believed before every line is known to be a whole row (``csv_careful``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from formats.cells import BLANKS
from formats.delimited.bytes import Bytes, in_utf8, look
from formats.delimited.guess import LEGACY, Encoding, check_guess
from formats.errors import FileRefused
from formats.table import Table

DELIMITERS = (",", ";", "\t", "|")

#: Number of the first row below the header, as a spreadsheet shows it.
FIRST_ROW = 2

_LONGEST_HEADER = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvText(Table):
    """A CSV file that can be read as text.

    Attributes:
        path: where its text lies in UTF-8: the file itself, or a copy in ``folder``.
        folder: for copies; it goes when the reading ends.
        encoding: of the file.
        delimiter: between the cells of the file.
        seen: in the bytes of ``path``.
        whole: every line of ``path`` is known to be a whole row.
        skipped: how many lines stand above the header.

    A copied one has the number of the row in the first column of ``path``.
    """

    path: Path
    folder: Path
    encoding: Encoding
    delimiter: str
    seen: Bytes
    whole: bool = False
    skipped: int = 0

    def rows(self) -> pl.LazyFrame:
        """All rows, every cell as text; a blank line is a row of empty cells."""
        return self._scanned().select(self.names())

    def numbered_rows(self) -> pl.LazyFrame:
        """The rows that are not blank, with their numbers."""
        scanned = self._scanned()
        if not self.copied:
            scanned = scanned.with_row_index("row", offset=FIRST_ROW + self.skipped)
        return scanned.filter(self.something()).with_columns(pl.col("row").cast(pl.Int64))

    def proven(self) -> CsvText:
        """The same text, or a copy of its whole rows (see :func:`formats.delimited.careful.proven`)."""
        from formats.delimited.careful import proven  # which builds on this module

        return proven(self)

    def hole(self) -> pl.Expr:
        """Whether a row ends before its last cell."""
        return pl.col(str(len(self.header) - 1)).is_null()

    def adds_up(self, rows: int, holes: int) -> bool:
        """Whether every row is whole: none ends early, so with this many delimiters none is too long either."""
        return self.whole or (holes == 0 and self.seen.delimiters == (len(self.header) - 1) * (rows + 1))

    def notes(self) -> Sequence[str]:
        """Encoding and delimiter, where they aren't the usual ones."""
        encoding = self.encoding.notes()
        return encoding if self.delimiter == "," else [*encoding, f"delimiter {self.delimiter!r}"]

    def what_there_is(self) -> str:
        """The headers, as errors name them."""
        if len(self.header) > 1:
            return f"the file has: {', '.join(self.header)}"
        return f'with "{self.delimiter}" as delimiter the file has one column only: "{self.header[0]}"'

    def _scanned(self) -> pl.LazyFrame:
        names = self.names()
        return pl.scan_csv(
            self.path,
            separator=self.delimiter,
            quote_char='"' if self.seen.quoted else None,
            new_columns=["row", *names] if self.copied else names,
            infer_schema=False,
            truncate_ragged_lines=True,
            skip_lines=0 if self.copied else self.skipped,
            glob=False,
        )


@contextmanager
def opened(
    source: Path,
    *,
    expected: Iterable[str],
    delimiter: str | None = None,
    encoding: str | None = None,
    final_newline: bool = False,
    skip: Sequence[str] = (),
    guess: bool = False,
) -> Iterator[CsvText]:
    """Opens a CSV file; copies of it, where any are needed, live as long as the context.

    Args:
        source: the file.
        expected: headers by which the delimiter is recognised.
        delimiter: between cells; None: one of comma, semicolon, tab and bar.
        encoding: None: UTF-8 or UTF-16. A mark in the file counts more than what is said here.
        final_newline: the file must end in a line break, or else it has been cut short.
        skip: how lines begin that stand above the header.
        guess: an encoding other than Unicode may be guessed, if nothing that is expected depends on it.

    Raises:
        FileRefused: it is empty, not in this encoding, holds NULs, has no header, or has been cut short.
    """
    expected = set(expected)
    with in_utf8(source, encoding, guess=guess) as (path, folder, found):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            start = text.read(_LONGEST_HEADER)
        above, start = _above_the_header(start, tuple(skip))
        delimiter = delimiter or _delimiter(start, expected)
        seen = look(path, delimiter, source=source, final_newline=final_newline)
        seen = replace(seen, delimiters=seen.delimiters - above.count(delimiter))
        header = _first_record(start, delimiter)
        if not any(header):
            raise FileRefused(source, "its first line is no header; that line should name the columns")
        opened_text = CsvText(
            source=source,
            path=path,
            folder=folder,
            encoding=found,
            delimiter=delimiter,
            header=header,
            seen=seen,
            skipped=above.count("\n"),
        )
        if found.guessed and found.name in LEGACY:
            opened_text = opened_text.proven()
            check_guess(opened_text, found, expected)
        yield opened_text


def _above_the_header(start: str, begin: tuple[str, ...]) -> tuple[str, str]:
    """The lines above the header, and what comes after them."""
    at = 0
    while start.startswith(begin, at) and (end := start.find("\n", at)) >= 0:
        at = end + 1
    return start[:at], start[at:]


def _delimiter(start: str, expected: set[str]) -> str:
    def found(delimiter: str) -> tuple[int, int]:
        header = _first_record(start, delimiter)
        return len(expected.intersection(header)), len(header)

    return max(DELIMITERS, key=found)


def _first_record(start: str, delimiter: str) -> tuple[str, ...]:
    try:
        record = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return ()
    return tuple(cell.strip(BLANKS) for cell in record)
