"""Puts a feed into the outbox: its files, the baselines that they make, and their control numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from batch import ledger
from batch.crash import crash_point
from batch.destinations import destination
from batch.errors import ConfigProblem
from batch.feeding import Feeding
from batch.ledger import Channel, DeliveryState
from batch.parts import Part
from formats.feed.template import feed_facts, warehouse_values
from formats.x12.interchange import Interchange, TradingPair
from mappings.model import Feed


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A file that is written and not recorded yet, by the hashes of its content and of the baseline that it makes."""

    part: Part
    sha256: str
    told: str
    baseline: str
    number: int | None


def enqueue(
    feeding: Feeding,
    channel: Channel,
    run_id: int,
    parts: Sequence[Part],
    *,
    values: dict[str, Any],
    held: str | None,
) -> None:
    """Writes the files under their content hashes, then records them in one transaction with their control numbers.

    Older files of the channel that never left are superseded: what they said is in these.

    Args:
        feeding: the order source.
        channel: taken by this process.
        run_id: the run that built the feed.
        parts: what each file says, and what the order source will know once it is delivered.
        values: of the run's row.
        held: why a person must approve the files first.
    """
    pair = feeding.trading_pair()
    key = pair.key if pair else None
    recorded = False
    while not recorded:  # another order source of the same trading pair may take the numbers first
        with feeding.state.reading() as tx:
            first = ledger.next_control_number(tx, key) if key else None
        numbers = [None if first is None else ledger.later_number(first, n) for n in range(len(parts))]
        files = [_built(feeding, part, pair, number) for part, number in zip(parts, numbers, strict=True)]
        crash_point("built")
        with feeding.state.writing() as tx:
            channel.row(tx)
            recorded = key is None or all(ledger.take_control_number(tx, key, number) for number in numbers if number)
            if recorded:
                ledger.change_run(tx, run_id, **values)
                _record(tx, feeding, channel, run_id, files, held=held)
    crash_point("recorded")


def write_feed(feeding: Feeding, feed: Feed, out: Path, pair: TradingPair | None, number: int | None) -> None:
    """Writes the file of a feed, with its control number where it has one."""
    interchange = Interchange(pair=pair, number=number, group_number=number) if pair and number else None
    feeding.profile.format.write(feed, out, interchange)


def _built(feeding: Feeding, part: Part, pair: TradingPair | None, number: int | None) -> BuiltFile:
    return BuiltFile(
        part,
        sha256=feeding.artifacts.keep(partial(write_feed, feeding, part.feed, pair=pair, number=number)),
        told=feeding.told.keep(part.feed.lines.write_parquet),
        baseline=feeding.baselines.keep(part.known.write_parquet),
        number=number,
    )


def _record(
    tx: Connection, feeding: Feeding, channel: Channel, run_id: int, files: Sequence[BuiltFile], *, held: str | None
) -> None:
    now, state = feeding.clock(), DeliveryState.HELD if held else DeliveryState.READY
    pair, predecessor = feeding.trading_pair(), ledger.supersede_undelivered(tx, channel, now)
    for file in files:
        feed = file.part.feed
        name = file_name(feeding, feed, file.number)
        marker, marker_text = feeding.profile.render_marker(name)
        predecessor = ledger.add_delivery(
            tx,
            run_id=run_id,
            merchant=feeding.merchant,
            order_source=feeding.order_source,
            state=state,
            kind=feed.kind,
            file_name=name,
            marker=marker,
            marker_text=marker_text,
            replace=not feeding.profile.names_are_unique,
            sha256=file.sha256,
            size=feeding.artifacts.path(file.sha256).stat().st_size,
            lines=feed.lines.height,
            pair=pair.key if pair else None,
            control_number=file.number,
            told=file.told,
            baseline=file.baseline,
            settings=file.part.shape,
            predecessor=predecessor,
            attempt=0,
            as_of=feed.as_of,
            built_at=now,
            error=held,
            destination=destination(feeding.workspace, feeding.merchant, feeding.order_source).describe(),
        )
        channel.note(tx, now, state, run=run_id, delivery=predecessor, detail=held)
    ledger.change_run(tx, run_id, status="held" if held else "running", message=held)


def file_name(feeding: Feeding, feed: Feed, number: int | None) -> str:
    """The name that a file will have at the other side, rendered once.

    Raises:
        ConfigProblem: it is no name for a file there.
    """
    place = warehouse_values(feed.warehouses[0]) if feeding.profile.files.per_warehouse else {}
    facts = {**feed_facts(feed), **place, "control_number": number or 0, "suffix": feeding.profile.format.suffix}
    name = feeding.profile.render_file_name(facts)
    if why := feeding.settings.deliver.server.refuses(name):
        raise ConfigProblem(feeding.merchant_file, [f"order_sources.{feeding.order_source}: {why}"])
    return name
