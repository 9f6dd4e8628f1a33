"""Snapshots as CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from formats.delimited.text import opened
from formats.snapshot.table_snapshot import TableSnapshot
from formats.table import Table


class CsvSnapshot(TableSnapshot):
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

    @contextmanager
    def opened(self, path: Path) -> Iterator[Table]:
        """Opens a file as a table.

        Raises:
            FileRefused: it is empty, not in this encoding, has no header, or has been cut short.
        """
        with opened(
            path,
            expected=self.headers().values(),
            delimiter=self.delimiter,
            encoding=self.encoding,
            final_newline=self.final_newline,
        ) as text:
            yield text.proven() if text.seen.quoted else text  # a stray quote hides rows from a quick look
