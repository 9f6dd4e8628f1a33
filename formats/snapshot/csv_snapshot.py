"""Snapshots as CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from formats.delimited.text import opened
from formats.errors import FileRefused
from formats.snapshot.as_of import FileName, moment
from formats.snapshot.levels import read_levels
from formats.snapshot.result import Counts, SnapshotRead
from formats.snapshot.settings import Columns, SnapshotSettings

__all__ = ["Columns", "Counts", "CsvSnapshot", "FileName", "SnapshotRead"]


class CsvSnapshot(SnapshotSettings):
    """A source that writes its snapshots as CSV, or with semicolons, tabs or bars between the cells."""

    format: Literal["csv"] = Field(default="csv", description="Text, a row per line, the first line the header.")
    delimiter: str | None = Field(
        default=None, min_length=1, max_length=1, description="Between cells; default: found in the header line."
    )
    encoding: str | None = Field(
        default=None, description="As in `cp1252`; default: UTF-8, or UTF-16 if the file begins with its mark."
    )
    final_newline: bool = Field(
        default=True, description="A file whose last line has no line break has been cut short, and is refused."
    )

    @field_validator("delimiter")
    @classmethod
    def _can_delimit(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (delimiter in '"\r\n' or not delimiter.isascii()):
            raise ValueError(f"{delimiter!r} can't stand between cells")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError:
            raise ValueError(f'{encoding!r} is no known encoding; write one such as "cp1252" or "shift_jis"') from None
        return encoding

    def read(self, path: Path, *, warehouses: Sequence[str], file_time: datetime, timezone: ZoneInfo) -> SnapshotRead:
        """Reads a snapshot.

        Lots and bins of a SKU and warehouse are summed row by row, each rounded down; a sum below 0 becomes 0. Levels
        of which a bad row spoke are left out, because their other rows are only a part of them.

        Args:
            path: the file.
            warehouses: codes known so far, listed or seen before; they save a pass over the file.
            file_time: when the file was written (aware): the as-of if neither a column nor the name holds it.
            timezone: of moments without an offset.

        Raises:
            FileRefused: nothing of the file can be used, and why.
        """
        as_of = self._as_of(path, file_time, timezone)
        with opened(
            path,
            expected=self.headers().values(),
            delimiter=self.delimiter,
            encoding=self.encoding,
            final_newline=self.final_newline,
        ) as text:
            return read_levels(text, self, warehouses=warehouses, as_of=as_of, timezone=timezone)

    def _as_of(self, path: Path, file_time: datetime, timezone: ZoneInfo) -> datetime:
        """The moment of rows that don't tell it."""
        if self.columns.as_of or not isinstance(self.as_of, FileName):
            return file_time.astimezone(UTC)
        text = self.as_of.text(path.name)
        found = None if text is None else moment(text, form=self.as_of_format, timezone=timezone)
        if found is None:
            raise FileRefused(path, f'the name holds no moment where as_of looks for it: "{self.as_of.file_name}"')
        return found
