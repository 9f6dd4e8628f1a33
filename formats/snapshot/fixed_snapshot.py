"""Snapshots as text in columns of fixed width."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from formats.cells import BLANKS
from formats.delimited.bytes import in_utf8, look
from formats.delimited.records import MOST_BROKEN_ROWS
from formats.errors import FileRefused
from formats.snapshot.text_snapshot import TextSnapshot
from formats.table import BrokenRow, FrameTable, Table

col = pl.col

#: Where a column begins, counted from 1, and how many characters wide it is.
Span = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class FixedSnapshot(TextSnapshot):
    """A source that writes its snapshots in columns of fixed width."""

    format: Literal["fixed"] = Field(default="fixed", description="Text in columns of fixed width, a row per line.")
    layout: dict[str, Span] = Field(
        min_length=1,
        description="The columns by names of your choice, which `columns` uses: the first character, counted from 1, "
        "and the width, as in `{ item = [1, 12], units = [13, 8] }`.",
    )
    skip_lines: int = Field(default=0, ge=0, description="How many lines stand above the first row.")
    trimmed: bool = Field(
        default=False, description="Whether blanks are cut off the ends of lines; else a short line is a bad row."
    )

    @model_validator(mode="after")
    def _knows_its_columns(self) -> Self:
        for header in self.wanted():
            if header not in self.layout:
                raise ValueError(f'column "{header}" is not in layout, which has: {", ".join(self.layout)}')
        return self

    @contextmanager
    def opened(self, path: Path) -> Iterator[Table]:
        """Opens a file as a table.

        Raises:
            FileRefused: it is empty, not in this encoding, or has been cut short.
        """
        with in_utf8(path, self.encoding) as (text, _, encoding):
            look(text, "\n", source=path, final_newline=self.final_newline)
            lines = pl.scan_lines(text, row_index_name="row", row_index_offset=1, glob=False)
            line = col("line").str.strip_prefix("\ufeff").str.strip_suffix("\r")
            lines = lines.filter(col("row") > self.skip_lines).select("row", line)
            lines = lines.filter(col("line").str.contains(f"[^{BLANKS}]"))
            whole = pl.lit(True) if self.trimmed else col("line").str.len_chars() >= self._width
            yield FrameTable(
                source=path,
                header=tuple(self.layout),
                broken=self._broken(path, lines.filter(~whole)),
                frame=lines.filter(whole).select("row", *self._cells()),
                remarks=tuple(encoding.notes()),
            )

    @property
    def _width(self) -> int:
        """How many characters a line must have."""
        return max(start + width - 1 for start, width in self.layout.values())

    def _cells(self) -> list[pl.Expr]:
        spans = enumerate(self.layout.values())
        return [col("line").str.slice(start - 1, width).alias(str(index)) for index, (start, width) in spans]

    def _broken(self, path: Path, short: pl.LazyFrame) -> tuple[BrokenRow, ...]:
        found = short.head(MOST_BROKEN_ROWS + 1).select(
            "row", col("line").str.len_chars(), pl.concat_list(self._cells())
        )
        rows = found.collect().rows()
        reason = f"characters, the layout has {self._width}; set trimmed if the source cuts blanks off"
        if len(rows) > MOST_BROKEN_ROWS:
            raise FileRefused(
                path, f"more than {MOST_BROKEN_ROWS:,} lines are short; row {rows[0][0]} has {rows[0][1]} {reason}"
            )
        return tuple(BrokenRow(row, tuple(cells), f"has {length} {reason}") for row, length, cells in rows)
