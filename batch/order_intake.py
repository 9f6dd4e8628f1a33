"""Picks up order files: enters them into the ledger, archives them, or quarantines them with the reason."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, select

from batch import order_ledger
from batch.blobs import sha256_of
from batch.claim import oldest_first
from batch.config import Workspace
from batch.crash import crash_point
from batch.inboxes import inbox_of
from batch.intake import Outcome, Taken
from batch.level_store import LevelStore
from batch.locks import locked
from batch.models import AnyOrderFiles, Merchant
from batch.order_log import OrderLog
from batch.output import counted
from batch.pickups import AnyPickup
from batch.settle import StillWritten, look_at_rest
from batch.snapshot_files import SnapshotFiles
from batch.state import State
from batch.tables import source_levels
from formats.errors import FileRefused
from formats.orders.result import OrdersRead
from formats.snapshot.archive import unpacked
from formats.snapshot.reject_file import harmless
from mappings.levels import oldest


class OrderIntake:
    """Takes in the order files of one table below ``[orders]``.

    Args:
        workspace: the workspace.
        state: holds the ledger.
        merchant: key of the merchant.
        source: key of the table, which says where files are dropped.
        pickup: where that is.
        now: the clock.
    """

    def __init__(
        self, workspace: Workspace, state: State, merchant: str, source: str, *, pickup: AnyPickup, now: datetime
    ) -> None:
        self._workspace, self._state, self._now = workspace, state, now
        self._inbox = inbox_of(workspace, state, merchant, source, pickup)
        self.merchant, self.source = merchant, source
        self._log = OrderLog(merchant, source)
        self._files = SnapshotFiles(workspace.files, state, self._log, now)
        self._owner = workspace.merchant(merchant)
        self._settings: AnyOrderFiles = self._owner.orders[source]

    def take_all(self) -> Iterator[Taken]:
        """Takes every file that is waiting, oldest first.

        Raises:
            AlreadyRunning: another process takes in these files.
        """
        work = self._workspace.files / "work" / self.merchant / self.source
        with locked(self._workspace.files, f"source.{self.merchant}.{self.source}"):
            for left in self._inbox.claim_all(work):
                yield Taken(self.merchant, self.source, left.name, left.outcome, left.why)
            claimed = oldest_first(work.glob("[!.]*"))
            for file in claimed:
                try:
                    yield self._take(file)
                except StillWritten as error:
                    self._inbox.put_back(file)
                    yield Taken(self.merchant, self.source, file.name, "waiting", str(error))
            if claimed:
                self._forget_old_lines()

    def preview(self, known: pl.DataFrame) -> pl.DataFrame:
        """What the waiting files would make of lines of the ledger; nothing is moved or remembered."""
        with self._inbox.preview() as files:
            for file in oldest_first(files):
                try:
                    lines = self._read(file).lines
                except FileRefused:
                    continue
                newer = order_ledger.newer_lines(known, lines, file_id=0, source=self.source, received_at=self._now)
                known = order_ledger.replaced(known, newer)
        return known

    def _read(self, file: Path) -> OrdersRead:
        return read_orders(self._workspace, self._state, self.merchant, self.source, file)

    def _take(self, file: Path) -> Taken:
        look_at_rest(file)
        sha256 = sha256_of(file)
        with self._state.reading() as tx:
            before = self._log.loaded(tx, sha256)
        if before is not None and before.kept_as is None:
            self._files.keep(before.id, file, "archive")  # entered by a process that died before it could
            return Taken(self.merchant, self.source, file.name, "loaded", str(before.message), before.rejected)
        if before is not None:
            message = f"the same content as {before.file_name}, loaded before"
            return self._put_away(file, sha256, "duplicate", message)
        try:
            read = self._read(file)
        except FileRefused as error:
            return self._put_away(file, sha256, "refused", str(error))
        return self._enter(file, sha256, read)

    def _enter(self, file: Path, sha256: str, read: OrdersRead) -> Taken:
        rejected = read.set_aside
        message = f"{counted(read.orders, 'order')}, {counted(read.lines.height, 'line')}"
        notes = list(read.notes)
        if read.faults.height:
            rejects = self._files.rejects_of(file, sha256)
            _write_faults(file, read, self._workspace.files / rejects)
            where = self._workspace.settings.state.files / rejects
            notes.insert(0, f"{counted(rejected, 'order')} set aside, see {where}; the first: {read.first_fault()}")
        message = "; ".join([message, *notes])
        with self._state.writing() as tx:
            file_id = self._record(tx, file, sha256, "loaded", message, orders=read.orders, rejected=rejected)
            order_ledger.enter(
                tx, self.merchant, read.lines, file_id=file_id, source=self.source, received_at=self._now
            )
        crash_point("orders entered")
        self._files.keep(file_id, file, "archive")
        return Taken(self.merchant, self.source, file.name, "loaded", message, rejected)

    def _put_away(self, file: Path, sha256: str, outcome: Outcome, message: str) -> Taken:
        with self._state.writing() as tx:
            file_id = self._record(tx, file, sha256, outcome, message)
        kept_as = self._files.keep(file_id, file, "quarantine" if outcome == "refused" else "archive")
        if outcome == "refused":
            kept_as.with_name(kept_as.name + ".why.txt").write_text(message + "\n", "utf-8")
        return Taken(self.merchant, self.source, file.name, outcome, message)

    def _record(self, tx: Connection, file: Path, sha256: str, status: Outcome, message: str, **facts: object) -> int:
        values = {"file_name": file.name, "sha256": sha256, "status": status, "message": message}
        return self._log.add(tx, **values, loaded_at=self._now, **facts)

    def _forget_old_lines(self) -> None:
        before = self._now - self._settings.keep
        with self._state.writing() as tx:
            order_ledger.forget(tx, self.merchant, self.source, before=before, ended=self._ended(tx))

    def _ended(self, tx: Connection) -> datetime | None:
        """Until when orders are in every level; None while a source has none."""
        store = LevelStore(self._workspace.files)
        levels = [store.of(tx, self.merchant, source) for source in self._owner.sources]
        return min((oldest(known) for known in levels if known), default=None) if all(levels) else None


def order_intakes(workspace: Workspace, state: State, merchant: str, now: datetime) -> Iterator[OrderIntake]:
    """One for each table below ``[orders]`` whose files are dropped."""
    for source, files in workspace.merchant(merchant).orders.items():
        if files.pickup:
            yield OrderIntake(workspace, state, merchant, source, pickup=files.pickup, now=now)


def read_orders(workspace: Workspace, state: State, merchant: str, source: str, file: Path) -> OrdersRead:
    """Reads an order file by the settings of a table below ``[orders]``.

    Raises:
        FileRefused: none of its orders can be used.
    """
    owner = workspace.merchant(merchant)
    settings = owner.orders[source]
    with state.reading() as tx:
        rows = tx.execute(select(source_levels.c.as_of).where(source_levels.c.merchant == merchant)).scalars()
        seen = [warehouse for row in rows for warehouse in row]
    places = _places(owner, settings, seen)
    zone = ZoneInfo(owner.timezone)
    with unpacked(file, None) as plain:
        return settings.read_orders(plain, timezone=zone, order_source=settings.order_source, places=places)


def _places(owner: Merchant, settings: AnyOrderFiles, seen: list[str]) -> Mapping[str, str]:
    """Our warehouse by each code that may name it: ours, or in EDI those of the order source first."""
    ours = {code: code for code in [*owner.warehouses, *seen]}
    if settings.format == "csv" or settings.order_source is None:
        return ours
    theirs = owner.order_sources[settings.order_source].warehouse_codes
    codes = list(theirs.values())
    return ours | {code: warehouse for warehouse, code in theirs.items() if codes.count(code) == 1}


def _write_faults(file: Path, read: OrdersRead, out_csv: Path) -> None:
    """Writes what is wrong with a file; cells that a spreadsheet would run as formulas begin with an apostrophe."""
    out_csv.parent.mkdir(parents=True, exist_ok=True)
    with out_csv.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["file", read.unit, *read.faults.columns[1:]])
        for row in read.faults.rows():
            writer.writerow([harmless(str("" if cell is None else cell)) for cell in (file.name, *row)])
