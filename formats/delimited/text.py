"""A CSV file as rows of text: its delimiter, its header, its columns.

The frame engine reads UTF-16 as garbage, keeps NULs, renames a header that occurs twice, makes empty cells of a row cut
short and drops the cells of one too long, all without a word. So nothing is read before the bytes have been looked at
(``csv_bytes``), and nothing is believed before every line is known to be a whole row (``csv_careful``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from formats.cells import BLANKS
from formats.delimited.bytes import Bytes, copy_as_utf8, encoding_of, look
from formats.errors import FileRefused

DELIMITERS = (",", ";", "\t", "|")

#: Number of the first row below the header, as a spreadsheet shows it.
FIRST_ROW = 2

_LONGEST_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that does not have one cell per header: its number as a spreadsheet shows it, its cells, what is wrong."""

    row: int
    cells: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class CsvText:
    """A CSV file that can be read as text.

    Attributes:
        source: the file, as errors name it.
        path: where its text lies in UTF-8: the file itself, or a copy in ``folder``.
        folder: for copies; it goes when the reading ends.
        encoding: of the file.
        delimiter: between the cells of the file.
        header: the texts above the columns, without the blanks around them.
        seen: in the bytes of ``path``.
        whole: every line of ``path`` is known to be a whole row.
        broken: rows that have been left out of ``path``.
        copied: ``path`` is a copy whose first column is the number of the row.
    """

    source: Path
    path: Path
    folder: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    seen: Bytes
    whole: bool = False
    broken: tuple[BrokenRow, ...] = ()
    copied: bool = False

    def column(self, header: str) -> str:
        """The name, in :meth:`rows`, of the column under a header.

        Raises:
            FileRefused: there is none, or there are several.
        """
        if (times := self.header.count(header)) > 1:
            raise FileRefused(self.source, f'{times} columns are called "{header}"; rename all but one')
        if times == 0:
            raise FileRefused(self.source, f'column "{header}" not found; {self._what_there_is()}')
        return str(self.header.index(header))

    def rows(self) -> pl.LazyFrame:
        """All rows, every cell as text, in columns named "0", "1" …; a blank line is a row of empty cells."""
        return self._scanned().select(self._names())

    def numbered_rows(self) -> pl.LazyFrame:
        """The same, without the rows whose cells are all blank, and with ``row`` (Int64), as a spreadsheet counts."""
        scanned = self._scanned()
        if not self.copied:
            scanned = scanned.with_row_index("row", offset=FIRST_ROW)
        something = [pl.col(name).str.contains(f"[^{BLANKS}]") for name in self._names()]
        return scanned.filter(pl.any_horizontal(something)).with_columns(pl.col("row").cast(pl.Int64))

    def cells(self) -> pl.Expr:
        """All texts of a row, as one list called ``cells``."""
        return pl.concat_list(pl.col(name).fill_null("") for name in self._names()).alias("cells")

    def _scanned(self) -> pl.LazyFrame:
        names = self._names()
        return pl.scan_csv(
            self.path,
            separator=self.delimiter,
            quote_char='"' if self.seen.quoted else None,
            new_columns=["row", *names] if self.copied else names,
            infer_schema=False,
            truncate_ragged_lines=True,
            glob=False,
        )

    def _names(self) -> list[str]:
        return [str(index) for index in range(len(self.header))]

    def _what_there_is(self) -> str:
        if len(self.header) > 1:
            return f"the file has: {', '.join(self.header)}"
        return f'with "{self.delimiter}" as delimiter the file has one column only: "{self.header[0]}"'


@contextmanager
def opened(
    source: Path,
    *,
    expected: Iterable[str],
    delimiter: str | None = None,
    encoding: str | None = None,
    final_newline: bool = False,
) -> Iterator[CsvText]:
    """Opens a CSV file; copies of it, where any are needed, live as long as the context.

    Args:
        source: the file.
        expected: headers by which the delimiter is recognised.
        delimiter: between cells; None: one of comma, semicolon, tab and bar.
        encoding: None: UTF-8, or UTF-16 with a byte order mark. A mark in the file counts more than what is said here.
        final_newline: the file must end in a line break, or else it has been cut short.

    Raises:
        FileRefused: it is empty, not in this encoding, holds NULs, has no header, or has been cut short.
    """
    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        path, encoding = source, encoding_of(source, encoding)
        if encoding != "utf-8":
            path = Path(folder, "utf-8.csv")
            copy_as_utf8(source, encoding, path)
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            start = text.read(_LONGEST_HEADER)
        delimiter = delimiter or _delimiter(start, set(expected))
        seen = look(path, delimiter, source=source, final_newline=final_newline)
        header = _first_record(start, delimiter)
        if not any(header):
            raise FileRefused(source, "its first line is no header; that line should name the columns")
        yield CsvText(source, path, Path(folder), encoding, delimiter, header, seen)


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
