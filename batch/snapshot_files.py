"""Where the files of a source stay: each move is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Row

from batch.claim import move
from batch.state import State

Folder = Literal["archive", "quarantine", "held"]


class FileLog(Protocol):
    """Where the files of a source are recorded."""

    @property
    def merchant(self) -> str:
        """Key of the merchant."""

    @property
    def source(self) -> str:
        """Key of the source."""

    def change(self, tx: Connection, file_id: int, **values: object) -> None:
        """Changes what is known of a file."""


@dataclass(frozen=True, slots=True)
class SnapshotFiles:
    """The folders in which the files of one source are kept, a folder a day."""

    root: Path
    state: State
    log: FileLog
    now: datetime

    def keep(self, snapshot_id: int, file: Path, folder: Folder, name: str | None = None) -> Path:
        """Moves a file to where it stays, under a name that no other snapshot has.

        Args:
            snapshot_id: of its row.
            file: where it lies.
            folder: where it stays.
            name: that it came with; default: the one it has.
        """
        day = Path(folder, self.log.merchant, self.log.source, f"{self.now:%Y-%m-%d}")
        kept_as = day / f"{snapshot_id}_{name or file.name}"
        target = self.root / kept_as
        move(file, target)
        with self.state.writing() as tx:
            self.log.change(tx, snapshot_id, kept_as=str(kept_as))
        return target

    def archive(self, moot: Iterable[Row[Any]]) -> None:
        """Moves files that were set aside to the others, since a newer one speaks."""
        for row in moot:
            # one that a process died over lies in the work folder and came again under a row of its own
            if row.kept_as is not None and (self.root / row.kept_as).exists():
                self.keep(row.id, self.root / row.kept_as, "archive", row.file_name)

    def rejects_of(self, file: Path, sha256: str) -> Path:
        """Where the bad rows of a file go, below the root."""
        return Path("quarantine", self.log.merchant, self.log.source, f"{sha256[:12]}_{file.stem}.rejects.csv")
