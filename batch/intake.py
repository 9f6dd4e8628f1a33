"""Picks up what lies in the inboxes: loads it, archives it, or quarantines it with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, insert, select, update

from batch.blobs import sha256_of
from batch.claim import claim, move, waiting_files
from batch.config import Workspace
from batch.crash import crash_point
from batch.level_store import LevelStore
from batch.locks import locked
from batch.models import AnySource
from batch.output import counted
from batch.schedule import last_due
from batch.state import State
from batch.tables import snapshots, source_levels
from formats.errors import FileRefused
from formats.snapshot.reject_file import write_rejects
from formats.snapshot.result import SnapshotRead
from formats.snapshot.settings import DEFAULT_WAREHOUSE
from mappings.levels import after_snapshot
from mappings.model import Levels

#: What becomes of a file; ``answered`` speaks of a 997 that was sent, ``waiting`` and ``failed`` of a source, whose
#: files stay where they are for the next time.
Outcome = Literal["loaded", "duplicate", "older", "refused", "answered", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one dropped file."""

    merchant: str
    source: str
    file_name: str
    outcome: Outcome
    message: str
    rejected: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look at it."""
        return self.outcome in {"refused", "failed"}


class Intake:
    """Takes in the snapshots of one source."""

    def __init__(self, workspace: Workspace, state: State, merchant: str, source: str, now: datetime) -> None:
        self._workspace, self._state, self._now = workspace, state, now
        self._merchant, self._source = merchant, source
        self._settings: AnySource = workspace.merchant(merchant).sources[source]
        self._zone = ZoneInfo(workspace.merchant(merchant).timezone)
        self._levels = LevelStore(workspace.files)
        self._inbox = workspace.path(self._settings.pickup.path)

    def is_due(self) -> bool:
        """Whether no file was taken in since the last moment that the source's schedule names."""
        if self._settings.schedule is None:
            return True
        due = last_due(self._settings.schedule, self._zone, self._now)
        here = (snapshots.c.merchant == self._merchant) & (snapshots.c.source == self._source)
        with self._state.reading() as tx:
            newest = tx.execute(select(func.max(snapshots.c.loaded_at)).where(here)).scalar()
        return due is not None and (newest is None or newest < due)

    def take_all(self) -> Iterator[Taken]:
        """Takes every file that is waiting, oldest first.

        Raises:
            AlreadyRunning: another process takes in this source.
        """
        work = self._workspace.files / "work" / self._merchant / self._source
        with locked(self._workspace.files, f"source.{self._merchant}.{self._source}"):
            for file in waiting_files(self._inbox, self._settings.pickup.pattern):
                claim(file, work)
                crash_point("claimed")
            for claimed in _oldest_first(work.glob("[!.]*")):
                yield self._take(claimed)
            with self._state.reading() as tx:
                self._levels.forget_former(tx, self._now)

    def preview(self) -> Levels | None:
        """The levels that the waiting files would lead to; nothing is moved or remembered."""
        with self._state.reading() as tx:
            known, levels = self._known_warehouses(tx), self._levels.of(tx, self._merchant, self._source)
            current = self._current(tx)
        newest = current.as_of if current else None
        for file in _oldest_first(waiting_files(self._inbox, self._settings.pickup.pattern)):
            try:
                said = self._read(file, known)
            except FileRefused:
                continue
            as_of = max(said.as_of.values())
            if newest is None or as_of >= newest:
                levels, newest = self._after(levels, said), as_of
        return levels

    def _read(self, file: Path, known: list[str]) -> SnapshotRead:
        file_time = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        return self._settings.read(file, warehouses=known, file_time=file_time, timezone=self._zone)

    def _after(self, before: Levels | None, said: SnapshotRead) -> Levels:
        return after_snapshot(
            before,
            Levels(said.available, said.as_of, said.as_of_exceptions),
            content=self._settings.content,
            keep=said.untrusted,
            absent_after=self._settings.absent_after,
        )

    def _take(self, file: Path) -> Taken:
        sha256 = sha256_of(file)
        with self._state.reading() as tx:
            current, known = self._current(tx), self._known_warehouses(tx)
            before = self._levels.of(tx, self._merchant, self._source)
        if current is not None and current.sha256 == sha256 and current.kept_as is None:
            self._move(current.id, file, "archive")  # loaded by a process that died before it could
            return Taken(self._merchant, self._source, file.name, "loaded", str(current.message))
        if current is not None and current.sha256 == sha256:
            return self._put_away(file, sha256, "duplicate", f"the same content as {current.file_name}, loaded before")
        try:
            said = self._read(file, known)
        except FileRefused as error:
            return self._put_away(file, sha256, "refused", str(error))
        if current is not None and (late := _is_older(said, current)):
            return self._put_away(file, sha256, "older", late)
        return self._load(file, sha256, said, before)

    def _load(self, file: Path, sha256: str, said: SnapshotRead, before: Levels | None) -> Taken:
        levels = self._after(before, said)
        kept = self._levels.keep(levels)
        crash_point("levels kept")
        rejected = said.counts.bad_rows
        counts = said.counts
        message = ", ".join(map(counted, (counts.rows, counts.skus, counts.units), ("row", "SKU", "unit")))
        notes = [*said.notes, *self._unlisted(levels)]
        if rejected:
            where = self._workspace.settings.state.files / self._reject_file(file, sha256)
            notes.insert(0, f"{counted(rejected, 'bad row')} set aside in {where}")
            write_rejects(file, said, self._workspace.files / self._reject_file(file, sha256))
        message = "; ".join([message, *notes])
        with self._state.writing() as tx:
            snapshot_id = self._record(
                tx,
                file,
                sha256,
                "loaded",
                message,
                as_of=max(said.as_of.values()),
                rows=said.counts.rows,
                skus=said.counts.skus,
                units=said.counts.units,
                rejected=rejected,
            )
            self._levels.remember(tx, self._merchant, self._source, snapshot_id, kept)
        crash_point("snapshot recorded")
        self._move(snapshot_id, file, "archive")
        return Taken(self._merchant, self._source, file.name, "loaded", message, rejected)

    def _put_away(self, file: Path, sha256: str, outcome: Outcome, message: str) -> Taken:
        with self._state.writing() as tx:
            snapshot_id = self._record(tx, file, sha256, outcome, message)
        place = "quarantine" if outcome == "refused" else "archive"
        kept_as = self._move(snapshot_id, file, place)
        if outcome == "refused":
            kept_as.with_name(kept_as.name + ".why.txt").write_text(message + "\n", "utf-8")
        return Taken(self._merchant, self._source, file.name, outcome, message)

    def _record(self, tx: Connection, file: Path, sha256: str, status: Outcome, message: str, **facts: object) -> int:
        values = {
            "merchant": self._merchant,
            "source": self._source,
            "file_name": file.name,
            "sha256": sha256,
            "status": status,
            "loaded_at": self._now,
            "message": message,
            **facts,
        }
        key = tx.execute(insert(snapshots).values(**values)).inserted_primary_key
        assert key is not None  # noqa: S101  (an integer primary key is always returned)
        return int(key[0])

    def _move(self, snapshot_id: int, file: Path, place: str) -> Path:
        """Moves the file out of the work folder under a name that no other snapshot has."""
        kept_as = Path(place, self._merchant, self._source, f"{self._now:%Y-%m-%d}", f"{snapshot_id}_{file.name}")
        target = self._workspace.files / kept_as
        move(file, target)
        with self._state.writing() as tx:
            tx.execute(update(snapshots).where(snapshots.c.id == snapshot_id).values(kept_as=str(kept_as)))
        return target

    def _reject_file(self, file: Path, sha256: str) -> Path:
        return Path("quarantine", self._merchant, self._source, f"{sha256[:12]}_{file.stem}.rejects.csv")

    def _current(self, tx: Connection) -> Row[Any] | None:
        query = (
            select(snapshots)
            .join(source_levels, source_levels.c.snapshot_id == snapshots.c.id)
            .where(source_levels.c.merchant == self._merchant, source_levels.c.source == self._source)
        )
        return tx.execute(query).one_or_none()

    def _known_warehouses(self, tx: Connection) -> list[str]:
        here = (source_levels.c.merchant == self._merchant) & (source_levels.c.source == self._source)
        seen = tx.execute(select(source_levels.c.as_of).where(here)).scalar() or {}
        return list(dict.fromkeys([*self._workspace.merchant(self._merchant).warehouses, *seen]))

    def _unlisted(self, levels: Levels) -> Iterator[str]:
        merchant = self._workspace.merchant(self._merchant)
        unknown = [w for w in levels.warehouses if w not in merchant.warehouses and w != DEFAULT_WAREHOUSE]
        if unknown and merchant.new_warehouses == "exclude" and self._settings.mode == "warehouse":
            tables = ", ".join(f'[warehouses."{w}"]' for w in unknown)
            yield f"new warehouses stay out until they are listed: add {tables} to merchants/{self._merchant}.toml"


def _oldest_first(files: Iterable[Path]) -> list[Path]:
    return sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))


def _is_older(said: SnapshotRead, current: Row[Any]) -> str | None:
    as_of = max(said.as_of.values())
    if as_of >= current.as_of:
        return None
    theirs = f"those of {current.file_name} ({current.as_of:%Y-%m-%d %H:%M:%S} UTC)"
    return f"its levels are of {as_of:%Y-%m-%d %H:%M:%S} UTC, older than {theirs}"
