"""What an answer says of a file of ours, and what that changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, func, insert, select

from batch import ledger
from batch.feeding import Feeding
from batch.ledger import Channel
from batch.locks import locked
from batch.rejected import rejected_codes, rejections_of
from batch.tables import answers, deliveries, rejections
from formats.acknowledgement.reading import Acknowledgement, GroupAnswer, State, joined, read_acknowledgements
from formats.acknowledgement.sent import sent_groups

col = pl.col

#: What an answer is about: the id of a delivery, if it is known, and the kind of the answer.
About = tuple[int | None, str]

_LOOKED_THROUGH = 100  # the newest files, for a group that is not numbered like its interchange


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


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file that an order source left, by its name and content, and where it is kept."""

    feeding: Feeding
    name: str
    sha256: str
    kept_as: str

    def insert(self, tx: Connection, delivery_id: int | None, kind: str, state: str, message: str) -> int:
        """Records what it says of a delivery, or of none; returns the id of the row."""
        values = {"delivery_id": delivery_id, "kind": kind, "state": state, "message": message}
        key = tx.execute(
            insert(answers).values(
                merchant=self.feeding.merchant,
                order_source=self.feeding.order_source,
                file_name=self.name,
                sha256=self.sha256,
                read_at=self.feeding.clock(),
                kept_as=self.kept_as,
                **values,
            )
        ).inserted_primary_key
        assert key is not None  # noqa: S101  (an integer primary key is always returned)
        return int(key[0])

    def answered(self, kind: str, state: str, message: str, about: str | None = None) -> Answered:
        """What it says, for people."""
        return Answered(self.feeding.merchant, self.feeding.order_source, self.name, kind, state, about, message)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer on its way into the state: to a group of ours, or to an interchange as a whole (``group`` is None)."""

    file: AnswerFile
    acknowledgement: Acknowledgement
    control_number: int
    state: State
    why: str
    group: GroupAnswer | None = None

    @property
    def kind(self) -> str:
        """997, 999 or TA1."""
        return self.acknowledgement.kind if self.group else "TA1"

    def record(self, before: Counter[About]) -> Iterator[Answered]:
        """Finds the file that is answered and records what became of it, unless a process that died has done so.

        Args:
            before: how often this answer file has said something about a delivery; this answer is added.
        """
        with self.file.feeding.state.reading() as tx:
            delivery = self._delivery(tx)
            about = (delivery.id if delivery else None, self.kind)
            before[about] += 1
            if self._recorded(tx, about) >= before[about]:
                return
        if delivery is None:
            ours = self.acknowledgement.receiver
            message = f"it answers control number {self.control_number} of {ours.qualifier}:{ours.id}, never sent"
            with self.file.feeding.state.writing() as tx:
                self.file.insert(tx, None, self.kind, "unknown", message)
            yield self.file.answered(self.kind, "unknown", message)
            return
        feeding = self._feeding_of(delivery)
        with locked(feeding.workspace.files, f"feed.{feeding.merchant}.{feeding.order_source}"):
            yield self._settle(feeding, delivery)

    def _delivery(self, tx: Connection) -> Row[Any] | None:
        """The newest file that was sent under this number: to this partner by its ids, or by this order source."""
        ours, theirs, here = self.acknowledgement.receiver, self.acknowledgement.sender, self.file.feeding
        by_pair = deliveries.c.pair == f"{ours.qualifier}:{ours.id}>{theirs.qualifier}:{theirs.id}"
        of_channel = (deliveries.c.merchant == here.merchant) & (deliveries.c.order_source == here.order_source)
        numbered = deliveries.c.control_number == self.control_number
        ways = [by_pair & numbered, of_channel & numbered, *((by_pair, of_channel) if self.group else ())]
        newest_first = select(deliveries).where(deliveries.c.state == "delivered").order_by(deliveries.c.id.desc())
        found = (row for way in ways for row in tx.execute(newest_first.where(way).limit(_LOOKED_THROUGH)))
        return next((row for row in found if self._is_of(row)), None)

    def _is_of(self, delivery: Row[Any]) -> bool:
        """Whether the group that is answered was in this file; a dialect may number groups as it likes."""
        feeding = self.file.feeding
        sent = feeding.artifacts.path(delivery.sha256)
        is_kept = sent.exists() and feeding.told.path(delivery.told).exists()
        return is_kept and (self.group is None or self.control_number in sent_groups(sent))

    def _recorded(self, tx: Connection, about: About) -> int:
        """How many answers about it, out of a file of this content, are recorded."""
        delivery_id, kind = about
        of_file = (answers.c.sha256 == self.file.sha256) & (answers.c.kind == kind)
        query = select(func.count()).select_from(answers).where(of_file, answers.c.delivery_id == delivery_id)
        return int(tx.execute(query).scalar_one())

    def _feeding_of(self, delivery: Row[Any]) -> Feeding:
        here = self.file.feeding
        if (delivery.merchant, delivery.order_source) == (here.merchant, here.order_source):
            return here
        return Feeding.of(here.workspace, here.state, delivery.merchant, delivery.order_source, here.clock)

    def _settle(self, feeding: Feeding, delivery: Row[Any]) -> Answered:
        sent = feeding.artifacts.path(delivery.sha256)
        told = pl.read_parquet(feeding.told.path(delivery.told))
        wrong = rejections_of(sent, told, self.group)
        codes = rejected_codes(sent, told, self.state, self.group)
        outcome = self._outcome(feeding, delivery)
        remarks = [*(self.group.contradictions if self.group else ()), *self.acknowledgement.warnings]
        message = "; ".join(filter(None, [self.why, *map(str, wrong[:5]), *remarks]))
        with feeding.state.writing() as tx:
            channel = Channel.taken(tx, feeding.merchant, feeding.order_source)
            answer_id = self.file.insert(tx, delivery.id, self.kind, self.state, message)
            for one in wrong:
                tx.execute(insert(rejections).values(answer_id=answer_id, delivery_id=delivery.id, **asdict(one)))
            ledger.change_delivery(tx, delivery.id, answer=outcome)
            if codes:
                _forget(tx, feeding, channel, codes)
            channel.note(tx, feeding.clock(), self.state, run=delivery.run_id, delivery=delivery.id, detail=message)
        return self.file.answered(self.kind, self.state, message, delivery.file_name)

    def _outcome(self, feeding: Feeding, delivery: Row[Any]) -> str:
        """What has become of the file by all that was answered; that its envelope was taken says little."""
        if self.group:
            sent = sent_groups(feeding.artifacts.path(delivery.sha256))
            return _of_groups(self._so_far(feeding, delivery), sent, delivery.answer)
        expected = feeding.profile.expected_answer
        more_follows = delivery.answer == "awaited" and expected is not None and expected.expects != "TA1"
        is_settled = delivery.answer not in (None, "awaited")
        return str(delivery.answer) if self.state != "rejected" and (more_follows or is_settled) else self.state

    def _so_far(self, feeding: Feeding, delivery: Row[Any]) -> Iterator[GroupAnswer]:
        """All that was answered: some partners answer every group or transaction set in a file of its own."""
        earlier = select(answers.c.kept_as).where(answers.c.delivery_id == delivery.id).order_by(answers.c.id)
        with feeding.state.reading() as tx:
            files = [feeding.workspace.files / name for name in tx.execute(earlier).scalars()]
        yield from (one for file in files for found in read_acknowledgements(file) for one in found.groups)
        yield from (self.group,) if self.group else ()


def _of_groups(said: Iterable[GroupAnswer], sent: Sequence[int], before: str | None) -> str:
    """What became of a file whose groups, and every set of them, may have been answered by themselves."""
    answered: dict[int, GroupAnswer] = {}
    for one in said:
        number = one.group_control_number
        if number in sent:
            answered[number] = joined(answered[number], one) if number in answered else one
    states = {_of_sets(group) for group in answered.values()}
    more_follow = len(answered) < len(sent)
    if states <= {"accepted", "accepted with errors"}:
        so_far = "accepted" if states == {"accepted"} else "accepted with errors"
        return "awaited" if more_follow and before == "awaited" else so_far
    return "rejected" if states == {"rejected"} and not more_follow else "partly accepted"


def _of_sets(group: GroupAnswer) -> str:
    """What became of a group of which every set may have been answered by itself."""
    refused = [answer.state == "rejected" for answer in group.sets]
    if any(refused) and not all(refused):
        return "partly accepted"
    return "rejected" if any(refused) else group.state


def _forget(tx: Connection, feeding: Feeding, channel: Channel, codes: set[str]) -> None:
    """Takes rejected codes out of the baseline, so that the next feed tells them again."""
    row = channel.row(tx)
    if row.baseline is None:
        return
    baseline = pl.read_parquet(feeding.baselines.path(row.baseline))
    left = baseline.filter(~col("code").is_in(list(codes)))
    channel.change(tx, baseline=feeding.baselines.keep(left.write_parquet))
