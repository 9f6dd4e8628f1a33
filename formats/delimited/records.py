"""A CSV file taken apart record by record, where cells may run on over several lines: slow, and strict."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from formats.cells import BLANKS
from formats.delimited.bytes import Bytes
from formats.delimited.text import CsvText
from formats.errors import FileRefused
from formats.table import BrokenRow

#: With more broken rows than this, the file as a whole is something else than its settings say.
MOST_BROKEN_ROWS = 100_000


def copy_of_records(text: CsvText) -> CsvText:
    """A copy of the whole rows, each with its number in front.

    Raises:
        FileRefused: a quote opens and does not close within its row, or far too many rows are broken.
    """
    copy = text.folder / "records.csv"
    broken: list[BrokenRow] = []
    with copy.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=text.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["row", *text.header])
        header_row = 1 + text.skipped
        for row, record in enumerate(_records(text), header_row):
            if row == header_row or not any(cell.strip(BLANKS) for cell in record.cells):
                continue
            if record.problem is None:
                writer.writerow([row, *record.cells])
                continue
            if record.swallowed:
                raise FileRefused(
                    text.source,
                    f"row {row}: a quote opens and does not close within the row; "
                    "take it out, or write the quotes inside a quoted cell twice",
                )
            broken.append(BrokenRow(row, record.cells, record.problem))
            check_number(text, broken)
    quoted = Bytes(quoted=True, delimiters=0)
    return replace(text, path=copy, seen=quoted, whole=True, broken=tuple(broken), copied=True)


def wrong_length(cells: Sequence[str], text: CsvText) -> str:
    """What is wrong with a row that does not have one cell per header."""
    return f"has {len(cells)} cells, the header has {len(text.header)}"


def check_number(text: CsvText, broken: Sequence[BrokenRow]) -> None:
    """Refuses a file of which far too many rows are broken to keep them all in mind.

    Raises:
        FileRefused: there are more than ``MOST_BROKEN_ROWS``.
    """
    if len(broken) > MOST_BROKEN_ROWS:
        first = f"the first: row {broken[0].row} {broken[0].reason}"
        raise FileRefused(text.source, f"more than {MOST_BROKEN_ROWS:,} rows are not whole; {first}")


@dataclass(frozen=True, slots=True)
class _Record:
    """What a spreadsheet shows as one row; ``swallowed``: it ran on over the end of its line."""

    cells: tuple[str, ...]
    problem: str | None
    swallowed: bool


def _records(text: CsvText) -> Iterator[_Record]:
    with text.path.open(encoding="utf-8-sig", newline="\n") as file:
        for _ in range(text.skipped):
            file.readline()
        lines = _Lines(file)
        records = csv.reader(lines, delimiter=text.delimiter, strict=True)
        while True:
            lines.taken = []
            try:
                cells = tuple(next(records))
                problem = wrong_length(cells, text) if len(cells) != len(text.header) else None
            except StopIteration:
                return
            except csv.Error:
                cells = tuple("".join(lines.taken).rstrip("\r\n").split(text.delimiter))
                problem = "has a quote or a carriage return in the middle of a cell"
            yield _Record(cells, problem, swallowed=len(lines.taken) > 1 or lines.ended)


class _Lines:
    """The lines of a file, and which of them went into the record that is being read."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.taken: list[str] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            self.ended = True
            raise StopIteration
        self.taken.append(line)
        return line
