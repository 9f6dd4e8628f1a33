"""Puts a feed into the outbox: the file, the baseline that it makes, and its control number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection

from batch import ledger
from batch.crash import crash_point
from batch.destinations import destination
from batch.feeding import Feeding
from batch.ledger import Channel, DeliveryState
from formats.x12.interchange import Interchange, TradingPair
from mappings.model import Feed


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A file that is written and not recorded yet, by the hashes of its content and of the baseline that it makes."""

    run_id: int
    feed: Feed
    sha256: str
    told: str
    baseline: str
    pair: str | None
    number: int | None
    held: str | None


def enqueue(
    feeding: Feeding,
    channel: Channel,
    run_id: int,
    feed: Feed,
    known: pl.DataFrame,
    *,
    values: dict[str, Any],
    held: str | None,
) -> None:
    """Writes the file under its content hash, then records it in one transaction with its control number.

    Older files of the channel that never left are superseded: what they said is in this one.

    Args:
        feeding: the order source.
        channel: taken by this process.
        run_id: the run that built the feed.
        feed: what to tell.
        known: what the order source will know once the file is delivered.
        values: of the run's row.
        held: why a person must approve the file first.
    """
    baseline, told = feeding.baselines.keep(known.write_parquet), feeding.told.keep(feed.lines.write_parquet)
    pair = feeding.trading_pair()
    key = pair.key if pair else None
    recorded = False
    while not recorded:  # another order source of the same trading pair may take the number first
        with feeding.state.reading() as tx:
            number = ledger.next_control_number(tx, key) if key else None
        sha256 = feeding.artifacts.keep(partial(write_feed, feeding, feed, pair=pair, number=number))
        crash_point("built")
        with feeding.state.writing() as tx:
            channel.row(tx)
            recorded = key is None or number is None or ledger.take_control_number(tx, key, number)
            if recorded:
                ledger.change_run(tx, run_id, **values)
                file = BuiltFile(run_id, feed, sha256, told, baseline, key, number, held)
                _record(tx, feeding, channel, file)
    crash_point("recorded")


def write_feed(feeding: Feeding, feed: Feed, out: Path, pair: TradingPair | None, number: int | None) -> None:
    """Writes the file of a feed, with its control number where it has one."""
    interchange = Interchange(pair=pair, number=number, group_number=number) if pair and number else None
    feeding.profile.format.write(feed, out, interchange)


def _record(tx: Connection, feeding: Feeding, channel: Channel, file: BuiltFile) -> None:
    now, feed = feeding.clock(), file.feed
    state = DeliveryState.HELD if file.held else DeliveryState.READY
    delivery_id = ledger.add_delivery(
        tx,
        run_id=file.run_id,
        merchant=feeding.merchant,
        order_source=feeding.order_source,
        state=state,
        kind=feed.kind,
        file_name=file_name(feeding, feed, file.run_id, file.number),
        replace=not feeding.profile.names_are_unique,
        sha256=file.sha256,
        size=feeding.artifacts.path(file.sha256).stat().st_size,
        lines=feed.lines.height,
        pair=file.pair,
        control_number=file.number,
        told=file.told,
        baseline=file.baseline,
        settings=feeding.shape,
        predecessor=ledger.supersede_undelivered(tx, channel, now),
        attempt=0,
        as_of=feed.as_of,
        built_at=now,
        error=file.held,
        destination=destination(feeding.workspace, feeding.merchant, feeding.order_source).describe(),
    )
    ledger.change_run(tx, file.run_id, status="held" if file.held else "running", message=file.held)
    channel.note(tx, now, state, run=file.run_id, delivery=delivery_id, detail=file.held)


def file_name(feeding: Feeding, feed: Feed, sequence: int, number: int | None) -> str:
    """The name that the file will have at the other side, rendered once."""
    return feeding.profile.render_file_name(
        merchant=feed.merchant,
        order_source=feed.order_source,
        kind=feed.kind,
        as_of=feed.as_of,
        built_at=feed.built_at,
        control_number=number or 0,
        sequence=sequence,
        suffix=feeding.profile.format.suffix,
    )
