"""Snapshots in any format that can be turned into a table of text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from formats.errors import FileRefused
from formats.snapshot.archive import Member, unpacked
from formats.snapshot.as_of import FileName, moment
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
        with unpacked(path, self.member) as file, self.opened(file) as table:
            return read_levels(table, self, warehouses=warehouses, as_of=as_of, timezone=timezone)

    def _as_of(self, path: Path, file_time: datetime, timezone: ZoneInfo) -> datetime:
        """The moment of rows that don't tell it."""
        if self.columns.as_of or not isinstance(self.as_of, FileName):
            return file_time.astimezone(UTC)
        text = self.as_of.text(path.name)
        found = None if text is None else moment(text, form=self.as_of_format, timezone=timezone)
        if found is None:
            raise FileRefused(path, f'the name holds no moment where as_of looks for it: "{self.as_of.file_name}"')
        return found
