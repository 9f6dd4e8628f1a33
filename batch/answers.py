"""Reads what order sources answer: which file was accepted, and which SKU was not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, insert, select

from batch import ledger
from batch.blobs import sha256_of, sync
from batch.claim import move
from batch.crash import crash_point
from batch.destinations import seen_from
from batch.feeding import Feeding
from batch.ledger import Channel
from batch.locks import locked
from batch.rejected import Rejection, rejected_codes, rejections_of
from batch.tables import answers, deliveries, rejections
from formats.acknowledgement.reading import Acknowledgement, GroupAnswer, State, joined, read_acknowledgements
from formats.errors import FileRefused
from transports.base import Place

col = pl.col


@dataclass(frozen=True, slots=True)
class Answered:
    """What one answer says about one file of ours, or why it says nothing."""

    merchant: str
    order_source: str
    answer_file: str
    kind: str
    state: str
    file_name: str | None
    message: str

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look at it."""
        return self.state not in ("accepted", "accepted with errors")


def collect(feeding: Feeding) -> Iterator[Answered]:
    """Reads every answer that an order source has left, and removes what is recorded.

    Raises:
        AlreadyRunning: another process works on this order source.
        TransportError: the place can't be reached.
    """
    if feeding.settings.answers is None:
        return
    work = feeding.workspace.files / "work" / feeding.merchant / f"{feeding.order_source}.answers"
    work.mkdir(parents=True, exist_ok=True)
    with (
        locked(feeding.workspace.files, f"answers.{feeding.merchant}.{feeding.order_source}"),
        seen_from(feeding.workspace, feeding.settings.answers.place).open() as place,
    ):
        for name in place.names():
            if name.startswith(".") or not fnmatchcase(name, feeding.settings.answers.pattern):
                continue
            file = work / name
            _fetch(place, name, file)
            yield from _take_in(feeding, file)
            crash_point("answer recorded")
            place.remove(name)


def _fetch(place: Place, name: str, file: Path) -> None:
    with file.open("wb") as out:

        def take(chunk: bytes) -> None:
            out.write(chunk)

        place.read(name, take)
    sync(file)


def _take_in(feeding: Feeding, file: Path) -> Iterator[Answered]:
    sha256 = sha256_of(file)
    try:
        found = read_acknowledgements(file)
    except FileRefused as error:
        yield _unclear(feeding, file, sha256, str(error))
        return
    kept_as = _keep(feeding, file, "archive")
    for acknowledgement in found:
        for interchange in acknowledgement.interchanges:
            reader = _Reader(feeding, file.name, sha256, kept_as, acknowledgement, interchange.control_number)
            yield from reader.record(interchange.state, None, f"{interchange.code} {interchange.meaning}")
        for group in acknowledgement.groups:
            reader = _Reader(feeding, file.name, sha256, kept_as, acknowledgement, group.group_control_number)
            yield from reader.record(group.state, group, "; ".join(f"{c.code} {c.meaning}" for c in group.codes))


@dataclass(frozen=True, slots=True)
class _Reader:
    """One answer on its way into the state."""

    feeding: Feeding
    file_name: str
    sha256: str
    kept_as: str
    acknowledgement: Acknowledgement
    control_number: int

    def record(self, state: State, group: GroupAnswer | None, why: str) -> Iterator[Answered]:
        """Finds the file that is answered and records what became of it, unless a process that died has done so."""
        kind = "TA1" if group is None else self.acknowledgement.kind
        with self.feeding.state.reading() as tx:
            delivery = self._delivery(tx)
            same = (answers.c.sha256 == self.sha256) & (answers.c.kind == kind)
            answered = same & (answers.c.delivery_id == (delivery.id if delivery else None))
            if tx.execute(select(answers.c.id).where(answered)).first():
                return
        if delivery is None:
            ours = self.acknowledgement.receiver
            message = f"it answers control number {self.control_number} of {ours.qualifier}:{ours.id}, never sent"
            with self.feeding.state.writing() as tx:
                self._insert(tx, None, kind, "unknown", message)
            yield self._answered("unknown", None, message)
            return
        feeding = self._feeding_of(delivery)
        with locked(feeding.workspace.files, f"feed.{feeding.merchant}.{feeding.order_source}"):
            yield self._settle(feeding, delivery, state, group, why)

    def _settle(
        self,
        feeding: Feeding,
        delivery: Row[Any],
        state: State,
        group: GroupAnswer | None,
        why: str,
    ) -> Answered:
        sent = feeding.artifacts.path(delivery.sha256)
        told = pl.read_parquet(feeding.told.path(delivery.told))
        wrong = rejections_of(sent, told, state, group)
        codes = rejected_codes(sent, told, state, group)
        so_far = self._so_far(feeding, delivery, group)
        remarks = [*(group.contradictions if group else ()), *self.acknowledgement.warnings]
        message = "; ".join(filter(None, [why, *map(str, wrong[:5]), *remarks]))
        with feeding.state.writing() as tx:
            channel = Channel.taken(tx, feeding.merchant, feeding.order_source)
            answer_id = self._insert(
                tx, delivery.id, "TA1" if group is None else self.acknowledgement.kind, state, message
            )
            _insert_rejections(tx, answer_id, delivery.id, wrong)
            ledger.change_delivery(tx, delivery.id, answer=_in_all(so_far) if so_far else state)
            if codes:
                self._forget(tx, feeding, channel, codes)
            channel.note(tx, feeding.clock(), state, run=delivery.run_id, delivery=delivery.id, detail=message)
        return self._answered(state, delivery.file_name, message)

    def _so_far(self, feeding: Feeding, delivery: Row[Any], group: GroupAnswer | None) -> GroupAnswer | None:
        """All that was answered about the group: some partners answer every transaction set in a file of its own."""
        if group is None:
            return None
        earlier = select(answers.c.kept_as).where(answers.c.delivery_id == delivery.id).order_by(answers.c.id)
        with feeding.state.reading() as tx:
            files = [feeding.workspace.files / name for name in tx.execute(earlier).scalars()]
        said = [
            one for file in files for acknowledgement in read_acknowledgements(file) for one in acknowledgement.groups
        ]
        same = [one for one in said if one.group_control_number == group.group_control_number]
        return reduce(joined, [*same, group])

    def _forget(self, tx: Connection, feeding: Feeding, channel: Channel, codes: set[str]) -> None:
        """Takes rejected codes out of the baseline, so that the next feed tells them again."""
        row = channel.row(tx)
        if row.baseline is None:
            return
        baseline = pl.read_parquet(feeding.baselines.path(row.baseline))
        left = baseline.filter(~col("code").is_in(list(codes)))
        channel.change(tx, baseline=feeding.baselines.keep(left.write_parquet))

    def _delivery(self, tx: Connection) -> Row[Any] | None:
        ours, theirs = self.acknowledgement.receiver, self.acknowledgement.sender
        pair = f"{ours.qualifier}:{ours.id}>{theirs.qualifier}:{theirs.id}"
        numbered = select(deliveries).where(
            deliveries.c.control_number == self.control_number, deliveries.c.state == "delivered"
        )
        newest = numbered.order_by(deliveries.c.id.desc()).limit(1)
        by_pair = tx.execute(newest.where(deliveries.c.pair == pair)).one_or_none()
        here = (deliveries.c.merchant == self.feeding.merchant) & (
            deliveries.c.order_source == self.feeding.order_source
        )
        return by_pair or tx.execute(newest.where(here)).one_or_none()

    def _feeding_of(self, delivery: Row[Any]) -> Feeding:
        mine = (self.feeding.merchant, self.feeding.order_source)
        if (delivery.merchant, delivery.order_source) == mine:
            return self.feeding
        other = self.feeding
        return Feeding.of(other.workspace, other.state, delivery.merchant, delivery.order_source, other.clock)

    def _insert(self, tx: Connection, delivery_id: int | None, kind: str, state: str, message: str) -> int:
        return _insert_answer(
            tx,
            self.feeding,
            self.file_name,
            self.sha256,
            self.kept_as,
            kind=kind,
            state=state,
            message=message,
            delivery_id=delivery_id,
        )

    def _answered(self, state: str, file_name: str | None, message: str) -> Answered:
        feeding, kind = self.feeding, self.acknowledgement.kind
        return Answered(feeding.merchant, feeding.order_source, self.file_name, kind, state, file_name, message)


def _in_all(group: GroupAnswer) -> str:
    """What became of a group of which every set may have been answered by itself."""
    refused = [answer.state == "rejected" for answer in group.sets]
    if any(refused) and not all(refused):
        return "partly accepted"
    return "rejected" if any(refused) else group.state


def _unclear(feeding: Feeding, file: Path, sha256: str, why: str) -> Answered:
    """A file that is no acknowledgement: kept in quarantine, for a person."""
    kept_as = _keep(feeding, file, "quarantine")
    with feeding.state.writing() as tx:
        _insert_answer(tx, feeding, file.name, sha256, kept_as, kind="", state="unclear", message=why, delivery_id=None)
    return Answered(feeding.merchant, feeding.order_source, file.name, "", "unclear", None, why)


def _keep(feeding: Feeding, file: Path, place: str) -> str:
    kept_as = Path(
        place, feeding.merchant, f"{feeding.order_source}.answers", f"{feeding.clock():%Y%m%dT%H%M%S}_{file.name}"
    )
    move(file, feeding.workspace.files / kept_as)
    return str(kept_as)


def _insert_answer(
    tx: Connection, feeding: Feeding, file_name: str, sha256: str, kept_as: str, **values: object
) -> int:
    key = tx.execute(
        insert(answers).values(
            merchant=feeding.merchant,
            order_source=feeding.order_source,
            file_name=file_name,
            sha256=sha256,
            read_at=feeding.clock(),
            kept_as=kept_as,
            **values,
        )
    ).inserted_primary_key
    assert key is not None  # noqa: S101  (an integer primary key is always returned)
    return int(key[0])


def _insert_rejections(tx: Connection, answer_id: int, delivery_id: int, wrong: list[Rejection]) -> None:
    for rejection in wrong:
        values = {
            "set_control_number": rejection.set_control_number,
            "line": rejection.line,
            "sku": rejection.sku,
            "code": rejection.code,
            "where": rejection.where,
            "value": rejection.value,
            "reason": rejection.reason,
        }
        tx.execute(insert(rejections).values(answer_id=answer_id, delivery_id=delivery_id, **values))
