"""A table of text: what every format of a snapshot is turned into before its meaning is looked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from formats.cells import BLANKS
from formats.errors import FileRefused


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that can't be taken apart into one cell per header.

    Attributes:
        row: its number, as a spreadsheet shows it.
        cells: what could be taken from it.
        reason: what is wrong, as the end of a sentence that begins with the row.
        place: where it is, if its number alone doesn't say that to a person.
    """

    row: int
    cells: tuple[str, ...]
    reason: str
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(ABC):
    """Rows of text under headers.

    Attributes:
        source: the file, as errors name it.
        header: the texts above the columns, without the blanks around them.
        broken: rows that are not among the others.
        copied: the rows have been renumbered on their way, so that no quick look at them can be trusted.
        delimiter: between the cells of a reject file.
    """

    source: Path
    header: tuple[str, ...]
    broken: tuple[BrokenRow, ...] = ()
    copied: bool = False
    delimiter: str = ","

    @property
    def width(self) -> int:
        """How many columns the file itself has."""
        return len(self.header)

    @abstractmethod
    def rows(self) -> pl.LazyFrame:
        """All rows, every cell as text, in columns named "0", "1" …; a blank row has empty cells."""

    @abstractmethod
    def numbered_rows(self) -> pl.LazyFrame:
        """The same, without the rows whose cells are all blank, and with ``row`` (Int64), as a spreadsheet counts."""

    def hole(self) -> pl.Expr:
        """Whether one of :meth:`rows` has no last cell."""
        return pl.lit(False)

    def proven(self) -> Table:
        """The same table, whose rows are now known to be whole; rows that are not are among ``broken``."""
        return self

    def adds_up(self, rows: int, holes: int) -> bool:
        """Whether so many rows, of which so many have no last cell, prove by their number that each is whole."""
        del rows, holes
        return True

    def place(self) -> pl.Expr:
        """The column ``where``: where each numbered row is, if its number alone doesn't say that; else null."""
        return pl.lit(None, pl.String).alias("where")

    def notes(self) -> Sequence[str]:
        """What a person should know of the file although it is no error."""
        return ()

    def column(self, header: str) -> str:
        """The name, in :meth:`rows`, of the column under a header.

        Raises:
            FileRefused: there is none, or there are several.
        """
        if (times := self.header.count(header)) > 1:
            raise FileRefused(self.source, f'{times} columns are called "{header}"; rename all but one')
        if times == 0:
            raise FileRefused(self.source, f'column "{header}" not found; {self.what_there_is()}')
        return str(self.header.index(header))

    def what_there_is(self) -> str:
        """The headers, as errors name them."""
        return f"the file has: {', '.join(self.header)}"

    def cells(self) -> pl.Expr:
        """All texts of a row, as one list called ``cells``."""
        return pl.concat_list(pl.col(name).fill_null("") for name in self.names()).alias("cells")

    def names(self) -> list[str]:
        """The names of the columns in :meth:`rows`."""
        return [str(index) for index in range(len(self.header))]

    def something(self) -> pl.Expr:
        """Whether any cell of a row is more than blanks."""
        return pl.any_horizontal(pl.col(name).str.contains(f"[^{BLANKS}]") for name in self.names())


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTable(Table):
    """A table whose rows lie in a frame.

    Attributes:
        frame: ``row`` (an integer), the cells in "0", "1" …, and ``where`` if rows have a place.
        remarks: what a person should know of the file.
    """

    frame: pl.LazyFrame
    has_places: bool = False
    remarks: tuple[str, ...] = ()

    def rows(self) -> pl.LazyFrame:
        """All rows, every cell as text."""
        return self.frame.select(self.names())

    def numbered_rows(self) -> pl.LazyFrame:
        """The rows that are not blank, with their numbers."""
        return self.frame.filter(self.something()).with_columns(pl.col("row").cast(pl.Int64))

    def place(self) -> pl.Expr:
        """Where each row is, if rows have a place."""
        return pl.col("where") if self.has_places else pl.lit(None, pl.String).alias("where")

    def notes(self) -> Sequence[str]:
        """The remarks."""
        return self.remarks
