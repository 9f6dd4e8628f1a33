"""Answers the 846s of a source, and the 850s of an order source, with a 997, once for each file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Table, select, update

from batch import ledger
from batch.blobs import Blobs
from batch.config import Workspace
from batch.crash import crash_point
from batch.destinations import seen_from
from batch.models import Acknowledge, Edi846Source, Edi850OrderFiles
from batch.order_intake import read_orders
from batch.state import State
from batch.tables import order_files, snapshots
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
    zone = ZoneInfo(workspace.merchant(merchant).timezone)

    def bad_rows(file: Path) -> set[int]:
        moment = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        return set(settings.read(file, warehouses=(), file_time=moment, timezone=zone).rejects["row"])

    how, member = settings.acknowledge, settings.member
    yield from _answered(
        workspace, state, snapshots, (merchant, source), settings=how, bad_rows=bad_rows, member=member
    )


def acknowledge_orders(workspace: Workspace, state: State, merchant: str, source: str) -> Iterator[str]:
    """Sends a 997 for every order file of a table below ``[orders]`` that has none yet; says what was sent.

    A set whose order was set aside is rejected.

    Raises:
        TransportError: the place can't be reached; the next run goes on.
    """
    settings = workspace.merchant(merchant).orders[source]
    if not isinstance(settings, Edi850OrderFiles) or settings.acknowledge is None:
        return

    def bad_rows(file: Path) -> set[int]:
        return set(read_orders(workspace, state, merchant, source, file).faults["row"])

    yield from _answered(
        workspace, state, order_files, (merchant, source), settings=settings.acknowledge, bad_rows=bad_rows
    )


def _answered(
    workspace: Workspace,
    state: State,
    files: Table,
    source: tuple[str, str],
    *,
    settings: Acknowledge,
    bad_rows: Callable[[Path], set[int]],
    member: str | None = None,
) -> Iterator[str]:
    here = (files.c.merchant == source[0]) & (files.c.source == source[1]) & files.c.kept_as.is_not(None)
    unanswered = files.c.answered_as.is_(None) & files.c.status.in_(["loaded", "refused", "held"])
    with state.reading() as tx:
        rows = tx.execute(select(files).where(here, unanswered).order_by(files.c.id)).all()
    if not rows:
        return
    transport = seen_from(workspace, settings.deliver)
    with transport.open() as place:
        for row in rows:
            answer = _Answer(workspace.files, state, files, settings.edi, bad_rows, member, row)
            yield answer.send(place, transport.server)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The 997 for one file."""

    files: Path
    state: State
    table: Table
    pair: TradingPair
    bad_rows: Callable[[Path], set[int]]
    member: str | None
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
            tx.execute(update(self.table).where(self.table.c.id == self.row.id).values(answer_number=number))
        return number

    def _write(self, number: int, out: Path) -> None:
        file, refused = self.files / self.row.kept_as, self.row.status == "refused"
        bad = set() if refused else self.bad_rows(file)
        with unpacked(file, self.member) as segments:
            answers = answers_to(segments, bad, refused=refused, whole_sets=self.table is order_files)
        interchange = Interchange(pair=self.pair, number=number, group_number=number)
        with out.open("wb") as stream:
            write_997(answers, interchange, self.row.loaded_at, stream)

    def _record(self, **values: object) -> None:
        with self.state.writing() as tx:
            tx.execute(update(self.table).where(self.table.c.id == self.row.id).values(**values))
