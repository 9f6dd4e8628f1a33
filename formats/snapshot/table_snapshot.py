"""Snapshots in any format that can be turned into a table of text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from formats.errors import FileRefused
from formats.snapshot.archive import Member, unpacked
from formats.snapshot.as_of import FileName, moment
from formats.snapshot.codes import nothing_known
from formats.snapshot.levels import read_levels
from formats.snapshot.result import SnapshotRead
from formats.snapshot.settings import SnapshotSettings
from formats.table import Table


class TableSnapshot(SnapshotSettings):
    """A source of such snapshots; a format is a class that says how one is opened."""

    member: Member = None

    @abstractmethod
    def opened(self, path: Path) -> AbstractContextManager[Table]:
        """Opens a file as a table, which lives as long as the context.

        Raises:
            FileRefused: nothing of the file can be used, and why.
        """

    def read(
        self,
        path: Path,
        *,
        warehouses: Sequence[str],
        file_time: datetime,
        timezone: ZoneInfo,
        known: Callable[[], pl.Series] = nothing_known,
    ) -> SnapshotRead:
        """Reads a snapshot.

        Lots and bins of a SKU and warehouse are summed row by row, each rounded down; a sum below 0 becomes 0. Levels
        of which a bad row spoke are left out, because their other rows are only a part of them.

        Args:
            path: the file.
            warehouses: codes known so far, listed or seen before; they save a pass over the file.
            file_time: when the file was written (aware): the as-of if neither a column nor the name holds it.
            timezone: of moments without an offset.
            known: gives the codes known before, by which damaged ones are recognised.

        Raises:
            FileRefused: nothing of the file can be used, and why.
        """
        as_of, place = self._as_of(path, file_time, timezone), self.warehouse_in(path.name)
        if isinstance(self.warehouse, FileName) and not place:
            reason = f'the name holds no code where warehouse looks for it: "{self.warehouse.file_name}"'
            raise FileRefused(path, f"{reason}; correct warehouse, or name the one that all files are of")
        settings = self.model_copy(update={"warehouse": place}) if place else self
        with unpacked(path, self.member) as file, self.opened(file) as table:
            said = read_levels(table, settings, warehouses=warehouses, as_of=as_of, timezone=timezone, known=known)
        return replace(said, of_warehouse=place)

    def warehouse_in(self, name: str) -> str | None:
        """The warehouse that a file speaks of alone, by its name; None if the source has no file for each."""
        return self.warehouse.text(name) if isinstance(self.warehouse, FileName) else None

    def _as_of(self, path: Path, file_time: datetime, timezone: ZoneInfo) -> datetime:
        """The moment of rows that don't tell it."""
        if self.columns.as_of or not isinstance(self.as_of, FileName):
            return file_time.astimezone(UTC)
        text = self.as_of.text(path.name)
        found = None if text is None else moment(text, form=self.as_of_format, timezone=timezone)
        if found is None:
            raise FileRefused(path, f'the name holds no moment where as_of looks for it: "{self.as_of.file_name}"')
        return found
