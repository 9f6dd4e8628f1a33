"""Snapshots as CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from formats.delimited.text import opened
from formats.snapshot.text_snapshot import TextSnapshot
from formats.table import Table


class CsvSnapshot(TextSnapshot):
    """A source that writes its snapshots as CSV, or with semicolons, tabs or bars between the cells."""

    format: Literal["csv"] = Field(default="csv", description="Text, a row per line, the first line the header.")
    delimiter: str | None = Field(
        default=None, min_length=1, max_length=1, description="Between cells; default: found in the header line."
    )

    skip_lines: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(), description='How lines begin that stand above the header and are skipped, as in `["#INFO"]`.'
    )

    @field_validator("delimiter")
    @classmethod
    def _can_delimit(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (delimiter in '"\r\n' or not delimiter.isascii()):
            raise ValueError(f"{delimiter!r} can't stand between cells")
        return delimiter

    @contextmanager
    def opened(self, path: Path) -> Iterator[Table]:
        """Opens a file as a table.

        Raises:
            FileRefused: it is empty, not in this encoding, has no header, or has been cut short.
        """
        with opened(
            path,
            expected=self.wanted(),
            delimiter=self.delimiter,
            encoding=self.encoding,
            final_newline=self.final_newline,
            skip=self.skip_lines,
            guess=True,
        ) as text:
            yield text.proven() if text.seen.quoted else text  # a stray quote hides rows from a quick look
