"""Answers the 846s that a source has sent with a 997, once for each file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, update

from batch import ledger
from batch.blobs import Blobs
from batch.config import Workspace
from batch.crash import crash_point
from batch.destinations import seen_from
from batch.models import Edi846Source
from batch.state import State
from batch.tables import snapshots
from formats.acknowledgement.received import answers_to
from formats.acknowledgement.writing import write_997
from formats.errors import FileRefused
from formats.snapshot.archive import unpacked
from formats.x12.interchange import Interchange, TradingPair
from transports.base import Place
from transports.putting import put
from transports.servers import Server


def acknowledge(workspace: Workspace, state: State, merchant: str, source: str) -> Iterator[str]:
    """Sends a 997 for every file of a source that has none yet; says what was sent.

    A process that dies is followed by another, which sends the same bytes under the same name and control number.

    Raises:
        TransportError: the place can't be reached; the next run goes on.
    """
    settings = workspace.merchant(merchant).sources[source]
    if not isinstance(settings, Edi846Source) or settings.acknowledge is None:
        return
    here = (snapshots.c.merchant == merchant) & (snapshots.c.source == source) & snapshots.c.kept_as.is_not(None)
    unanswered = snapshots.c.answered_as.is_(None) & snapshots.c.status.in_(["loaded", "refused", "held"])
    with state.reading() as tx:
        rows = tx.execute(select(snapshots).where(here, unanswered).order_by(snapshots.c.id)).all()
    if not rows:
        return
    zone = ZoneInfo(workspace.merchant(merchant).timezone)
    transport = seen_from(workspace, settings.acknowledge.deliver)
    with transport.open() as place:
        for row in rows:
            answer = _Answer(workspace.files, state, settings, settings.acknowledge.edi, zone, row)
            yield answer.send(place, transport.server)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The 997 for one file."""

    files: Path
    state: State
    settings: Edi846Source
    pair: TradingPair
    zone: ZoneInfo
    row: Row[Any]

    def send(self, place: Place, server: Server) -> str:
        """Writes the 997, publishes it and records that."""
        number = self._number()
        name = f"997_{self.row.merchant}_{self.row.source}_{number:09d}.edi"
        artifacts = Blobs(self.files / "outbox")
        try:
            sha256 = artifacts.keep(partial(self._write, number))
        except FileRefused:
            self._record(answered_as="none")
            return f"{self.row.file_name} is no X12: there is nobody to answer"
        put(place, server, artifacts.path(sha256), name, server.temporary(name, "1"))
        crash_point("997 sent")
        self._record(answered_as=name)
        return name

    def _number(self) -> int:
        """The control number of the 997: taken once, kept for ever."""
        if self.row.answer_number is not None:
            return int(self.row.answer_number)
        with self.state.writing() as tx:
            number = ledger.next_control_number(tx, self.pair.key)
            ledger.take_control_number(tx, self.pair.key, number)
            tx.execute(update(snapshots).where(snapshots.c.id == self.row.id).values(answer_number=number))
        return number

    def _write(self, number: int, out: Path) -> None:
        file, refused = self.files / self.row.kept_as, self.row.status == "refused"
        with unpacked(file, self.settings.member) as segments:
            answers = answers_to(segments, set() if refused else self._bad_rows(file), refused=refused)
        interchange = Interchange(pair=self.pair, number=number, group_number=number)
        with out.open("wb") as stream:
            write_997(answers, interchange, self.row.loaded_at, stream)

    def _bad_rows(self, file: Path) -> set[int]:
        moment = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        return set(self.settings.read(file, warehouses=(), file_time=moment, timezone=self.zone).rejects["row"])

    def _record(self, **values: object) -> None:
        with self.state.writing() as tx:
            tx.execute(update(snapshots).where(snapshots.c.id == self.row.id).values(**values))
