"""Rows that are found one after the other, gathered into a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from formats.delimited.records import MOST_BROKEN_ROWS
from formats.errors import FileRefused
from formats.table import BrokenRow, FrameTable

_ROWS_IN_MEMORY = 100_000


class Gathered:
    """Takes rows, of which only so many are in memory at a time; the others lie in a folder."""

    def __init__(self, source: Path, folder: Path, header: Sequence[str]) -> None:
        self._source, self._folder, self.header = source, folder, tuple(header)
        self._rows: list[tuple[str | int | None, ...]] = []
        self._broken: list[BrokenRow] = []
        self._parts: list[Path] = []
        self.count = 0

    def add(self, place: str, cells: Sequence[str | None]) -> None:
        """Takes a row, a cell for each header."""
        self.count += 1
        self._rows.append((self.count, place, *cells))
        if len(self._rows) == _ROWS_IN_MEMORY:
            self._put_away()

    def add_broken(self, place: str, cells: Sequence[str | None], reason: str) -> None:
        """Takes a row that can't be used.

        Raises:
            FileRefused: there are more than ``MOST_BROKEN_ROWS``.
        """
        self.count += 1
        self._broken.append(BrokenRow(self.count, tuple(cell or "" for cell in cells), reason, place))
        if len(self._broken) > MOST_BROKEN_ROWS:
            first = self._broken[0]
            reason = f"more than {MOST_BROKEN_ROWS:,} rows are not whole; the first: {first.place} {first.reason}"
            raise FileRefused(self._source, reason)

    def table(self, remarks: Sequence[str] = ()) -> FrameTable:
        """All of them."""
        self._put_away()
        return FrameTable(
            source=self._source,
            header=self.header,
            broken=tuple(self._broken),
            frame=pl.scan_parquet(self._parts, glob=False),
            has_places=True,
            remarks=tuple(remarks),
        )

    def _put_away(self) -> None:
        if self._parts and not self._rows:
            return
        names = [str(index) for index in range(len(self.header))]
        schema = {"row": pl.Int64, "where": pl.String, **dict.fromkeys(names, pl.String)}
        part = self._folder / f"{len(self._parts)}.parquet"
        pl.DataFrame(self._rows, schema, orient="row").write_parquet(part, compression="uncompressed")
        self._parts.append(part)
        self._rows = []
