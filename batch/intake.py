"""Picks up what lies in the inboxes: loads it, archives it, or quarantines it with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select

from batch.blobs import sha256_of
from batch.claim import claim, oldest_first
from batch.config import Workspace
from batch.crash import crash_point
from batch.errors import NotPossible
from batch.file_report import FileReport, examples_of, write_report
from batch.gate import Gate
from batch.inbox import Left
from batch.inboxes import inbox_of
from batch.known_codes import known_codes
from batch.level_store import LevelStore
from batch.locks import locked
from batch.models import AnySource
from batch.output import counted
from batch.schedule import last_due
from batch.settle import STILL_WRITTEN, Look, StillWritten, look_at_rest
from batch.snapshot_files import SnapshotFiles
from batch.snapshot_guards import continued, extent_of
from batch.snapshot_log import SnapshotLog
from batch.state import State
from batch.tables import snapshots, source_levels
from batch.together import join_whole, joined, set_apart
from batch.trailer import check_rows, without_trailer
from formats.errors import Example, FileRefused
from formats.snapshot.reject_file import write_rejects
from formats.snapshot.result import SnapshotRead
from formats.snapshot.settings import DEFAULT_WAREHOUSE, SnapshotSettings
from formats.snapshot.table_snapshot import TableSnapshot
from mappings.levels import after_part, after_snapshot
from mappings.model import Levels

#: What becomes of a file; one that is ``waiting`` stays where it is for the next time, one that is ``skipped`` for
#: ever. ``answered`` speaks of a 997 that was sent, ``failed`` of a source; ``waiting`` can speak of a source, too.
Outcome = Literal["loaded", "duplicate", "older", "refused", "held", "answered", "waiting", "skipped", "failed"]


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

    @property
    def is_held(self) -> bool:
        """Whether a guard set it aside."""
        return self.outcome == "held"


@dataclass(frozen=True, slots=True)
class Preview:
    """What the waiting files of a source would lead to.

    Attributes:
        levels: afterwards; None where nothing is known.
        held: why a guard would set one of them aside, a text each.
    """

    levels: Levels | None
    held: tuple[str, ...]


class Intake:
    """Takes in the snapshots of one source."""

    def __init__(self, workspace: Workspace, state: State, merchant: str, source: str, now: datetime) -> None:
        self._workspace, self._state, self._now = workspace, state, now
        self._merchant, self._source = merchant, source
        self._log = SnapshotLog(merchant, source)
        self._files = SnapshotFiles(workspace.files, state, self._log, now)
        self._gate = Gate(workspace, state, self._log, now)
        self._settings: AnySource = workspace.merchant(merchant).sources[source]
        self._zone = ZoneInfo(workspace.merchant(merchant).timezone)
        self._levels = LevelStore(workspace.files)
        self._inbox = inbox_of(workspace, state, merchant, source, self._settings.pickup)
        self._work = workspace.files / "work" / merchant / source

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
        with locked(self._workspace.files, f"source.{self._merchant}.{self._source}"):
            for left in self._claimed():
                yield Taken(self._merchant, self._source, left.name, left.outcome, left.why)
            for claimed in oldest_first(self._work.glob("[!.]*")):
                try:
                    yield self._take(claimed)
                except StillWritten as error:
                    self._inbox.put_back(claimed)
                    yield Taken(self._merchant, self._source, claimed.name, "waiting", str(error))
            with self._state.reading() as tx:
                self._levels.forget_former(tx, self._now)

    def _claimed(self) -> Iterator[Left]:
        """Brings every whole file into the work folder; yields those that are left."""
        together = self._settings.pickup.together
        set_apart(together, self._work)  # what a process that died has claimed
        yield from self._inbox.claim_all(self._work)
        set_apart(together, self._work)
        yield from join_whole(together, self._work)

    def approve(self) -> Taken:
        """Loads the file that a guard has set aside.

        Raises:
            AlreadyRunning: another process takes in this source.
            NotPossible: nothing is set aside, or the file can't be read any more.
        """
        with locked(self._workspace.files, f"source.{self._merchant}.{self._source}"):
            with self._state.reading() as tx:
                held = self._log.held(tx)
                known, before = self._known_warehouses(tx), self._levels.of(tx, self._merchant, self._source)
            if held is None or held.kept_as is None:
                raise NotPossible(f"nothing of {self._merchant}/{self._source} is held")
            file = claim(self._workspace.files / held.kept_as, self._work, held.file_name)  # whose name may tell much
            try:
                said = self._read(file, known, before)
            except FileRefused as error:
                self._files.keep(held.id, file, "held")
                raise NotPossible(f"{held.file_name} can't be loaded any more: {error}") from None
            with self._state.writing() as tx:
                self._log.change(tx, held.id, kept_as=None)
            answer = {"answer_number": held.answer_number, "answered_as": held.answered_as}
            facts = {**answer, "approved_at": self._now, "unchanged_runs": 0, "unchanged_since": self._now}
            return self._load(file, held.sha256, said, self._after(before, said), facts)

    def preview(self) -> Preview:
        """What the waiting files would lead to; nothing is moved or remembered."""
        with self._state.reading() as tx:
            known, levels = self._known_warehouses(tx), self._levels.of(tx, self._merchant, self._source)
            current = self._log.current(tx)
        newest, held = current.as_of if current else None, []
        together = self._settings.pickup.together
        with self._inbox.preview() as files, TemporaryDirectory(prefix="tallyfeed-") as folder:
            for file in oldest_first(joined(together, files, self._work, Path(folder))):
                try:
                    said = self._read(file, known, levels)
                except FileRefused:
                    continue
                as_of, known_as_of = max(said.as_of.values()), _known_as_of(said, levels, newest)
                if known_as_of is not None and as_of < known_as_of:
                    continue
                if why := self._gate.suspicious(said, levels):
                    held.append(f"{file.name} would be held: {why}")
                else:
                    levels, newest = self._after(levels, said), as_of
        return Preview(levels, tuple(held))

    def _read(self, file: Path, warehouses: list[str], before: Levels | None, seen: Look | None = None) -> SnapshotRead:
        """Reads a file.

        Raises:
            FileRefused: it can't be used.
            StillWritten: it is not any more as it was ``seen``.
        """
        known = partial(known_codes, self._workspace, self._merchant, before)
        file_time = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        try:
            with without_trailer(file, self._settings.pickup.trailer) as (text, rows):
                said = self._settings.read(
                    text, warehouses=warehouses, file_time=file_time, timezone=self._zone, known=known
                )
            check_rows(file, rows, said.counts.rows)
        finally:
            if seen is not None and Look.at(file) != seen:
                raise StillWritten(STILL_WRITTEN)
        return said

    def _after(self, before: Levels | None, said: SnapshotRead) -> Levels:
        after = partial(after_part, warehouse=said.of_warehouse) if said.of_warehouse else after_snapshot
        return after(
            before,
            Levels(said.available, said.as_of, said.as_of_exceptions),
            content=self._settings.content,
            keep=said.untrusted,
            absent_after=self._settings.absent_after,
        )

    def _is_same(self, current: Row[Any], file: Path, sha256: str) -> bool:
        """Whether a file says of the same warehouses what the current snapshot says."""
        return bool(current.sha256 == sha256) and self._speaks_alike(current.file_name, file.name)

    def _speaks_alike(self, name: str, other: str) -> bool:
        """Whether files of these names speak of the same warehouses."""
        settings = self._settings
        return not isinstance(settings, TableSnapshot) or settings.warehouse_in(name) == settings.warehouse_in(other)

    def _take(self, file: Path) -> Taken:
        seen = look_at_rest(file)
        sha256 = sha256_of(file)
        with self._state.reading() as tx:
            current, known = self._log.current(tx), self._known_warehouses(tx)
            before = self._levels.of(tx, self._merchant, self._source)
        if current is not None and before is not None and self._is_same(current, file, sha256):
            return self._again(file, sha256, current, before)
        try:
            said = self._read(file, known, before, seen)
        except FileRefused as error:
            return self._put_away(file, sha256, "refused", str(error), examples=error.examples)
        if current is not None and (late := _is_older(said, current, before)):
            return self._put_away(file, sha256, "older", late)
        levels = self._after(before, said)
        with self._state.reading() as tx:
            streak = continued(self._log.streak(tx), before, levels, self._now)
        facts = {"unchanged_runs": streak.runs, "unchanged_since": streak.since}
        if why := self._gate.suspicious(said, before) or self._gate.frozen(streak, levels):
            return self._hold(file, sha256, why, as_of=max(said.as_of.values()), **facts)
        return self._load(file, sha256, said, levels, facts)

    def _again(self, file: Path, sha256: str, current: Row[Any], levels: Levels) -> Taken:
        """A file whose content is that of the snapshot whose levels stand."""
        if current.kept_as is None:
            self._files.keep(current.id, file, "archive")  # loaded by a process that died before it could
            return Taken(self._merchant, self._source, file.name, "loaded", str(current.message))
        with self._state.reading() as tx:
            streak = continued(self._log.streak(tx), levels, levels, self._now)
        facts: dict[str, Any] = {"unchanged_runs": streak.runs, "unchanged_since": streak.since}
        if why := self._gate.frozen(streak, levels):
            return self._hold(file, sha256, why, as_of=current.as_of, **facts)
        if isinstance(self._settings, SnapshotSettings) and self._settings.dated_by_file:
            facts["as_of"] = datetime.fromtimestamp(file.stat().st_mtime, UTC)  # what is known was still true then
        why = f"the same content as {current.file_name}, loaded before"
        return self._put_away(file, sha256, "duplicate", why, **facts)

    def _hold(self, file: Path, sha256: str, why: str, **facts: object) -> Taken:
        """Sets a file aside; it takes the place of one that was set aside before."""
        with self._state.writing() as tx:
            former = self._log.supersede_held(tx, None, partial(self._speaks_alike, file.name))
            since = min((row.held_since for row in former), default=self._now)
            snapshot_id = self._record(tx, file, sha256, "held", why, held_since=since, **facts)
        crash_point("snapshot recorded")
        self._files.keep(snapshot_id, file, "held")
        self._files.archive(former)
        how = f"`tallyfeed approve {self._merchant}/{self._source}` loads it"
        return Taken(self._merchant, self._source, file.name, "held", f"{why}; {how}")

    def _load(self, file: Path, sha256: str, said: SnapshotRead, levels: Levels, facts: Mapping[str, object]) -> Taken:
        kept = self._levels.keep(levels)
        crash_point("levels kept")
        counts, as_of = said.counts, max(said.as_of.values())
        loaded = ", ".join(map(counted, (counts.rows, counts.skus, counts.units), ("row", "SKU", "unit")))
        notes = [*said.notes, *self._unlisted(levels)]
        rejects = self._files.rejects_of(file, sha256)
        if counts.bad_rows:
            where = self._workspace.settings.state.files / rejects
            notes.insert(0, f"{counted(counts.bad_rows, 'bad row')} set aside in {where}")
            write_rejects(file, said, self._workspace.files / rejects)
        message = "; ".join([loaded, *notes])
        if counts.bad_rows or said.doubts.height:
            report = self._report(file, message, bad=examples_of(said.rejects), doubts=examples_of(said.doubts))
            write_report(self._workspace.files / rejects, replace(report, loaded=loaded, notes=tuple(notes)))
        with self._state.writing() as tx:
            moot = self._log.supersede_held(tx, as_of, partial(self._speaks_alike, file.name))
            known = {**asdict(extent_of(said)), "as_of": as_of, "rejected": counts.bad_rows, **facts}
            snapshot_id = self._record(tx, file, sha256, "loaded", message, **known)
            self._levels.remember(tx, self._merchant, self._source, snapshot_id, kept)
        crash_point("snapshot recorded")
        self._files.keep(snapshot_id, file, "archive")
        self._files.archive(moot)
        return Taken(self._merchant, self._source, file.name, "loaded", message, counts.bad_rows)

    def _put_away(
        self,
        file: Path,
        sha256: str,
        outcome: Outcome,
        message: str,
        *,
        examples: Sequence[Example] = (),
        **facts: object,
    ) -> Taken:
        with self._state.writing() as tx:
            snapshot_id = self._record(tx, file, sha256, outcome, message, **facts)
        kept_as = self._files.keep(snapshot_id, file, "quarantine" if outcome == "refused" else "archive")
        if outcome == "refused":
            write_report(kept_as, self._report(file, message, bad=examples))
        return Taken(self._merchant, self._source, file.name, outcome, message)

    def _record(self, tx: Connection, file: Path, sha256: str, status: Outcome, message: str, **facts: object) -> int:
        values = {"file_name": file.name, "sha256": sha256, "status": status, "message": message}
        return self._log.add(tx, **values, loaded_at=self._now, **facts)

    def _report(
        self, file: Path, message: str, *, bad: Sequence[Example], doubts: Sequence[Example] = ()
    ) -> FileReport:
        when = self._now.astimezone(self._zone)
        return FileReport(file.name, self._merchant, self._source, when, message, bad=bad, doubts=doubts)

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


def _known_as_of(said: SnapshotRead, levels: Levels | None, newest: datetime | None) -> datetime | None:
    """The moment of what is known already of the warehouses that a snapshot speaks of."""
    if said.of_warehouse:
        return levels.as_of.get(said.of_warehouse) if levels else None
    return newest


def _is_older(said: SnapshotRead, current: Row[Any], before: Levels | None) -> str | None:
    as_of, known = max(said.as_of.values()), _known_as_of(said, before, current.as_of)
    if known is None or as_of >= known:
        return None
    theirs = f"those of {said.of_warehouse or current.file_name} ({known:%Y-%m-%d %H:%M:%S} UTC)"
    return f"its levels are of {as_of:%Y-%m-%d %H:%M:%S} UTC, older than {theirs}"
