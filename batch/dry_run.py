"""What a run would do: the files are built, nothing is sent, moved or remembered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import reduce
from pathlib import Path

import polars as pl
from sqlalchemy import select

from batch.build import offer, told
from batch.config import Workspace
from batch.enqueue import file_name, write_feed
from batch.errors import BatchError
from batch.feeding import Feeding
from batch.guards import FeedGuards, losing, stale
from batch.inputs import Inputs, load_inputs
from batch.intake import Intake
from batch.order_intake import order_intakes
from batch.parts import parts
from batch.run import Report, feed_kind
from batch.state import State
from batch.tables import channels
from mappings.model import Feed, FeedKind


def dry_run(
    workspace: Workspace,
    state: State,
    targets: Iterable[tuple[str, str]],
    now: datetime,
    out: Path | None,
    *,
    full: bool,
) -> Iterator[Report]:
    """Reports what each order source would be told, waiting snapshots included.

    Args:
        workspace: the workspace.
        state: is only read.
        targets: merchants and order sources.
        now: the clock.
        out: a folder for the files, `<merchant>/<order source>/<file>`; None: they are not written.
        full: tell everything.
    """
    inputs: dict[str, tuple[Inputs, str]] = {}
    for merchant, order_source in targets:
        try:
            if merchant not in inputs:
                inputs = {merchant: _inputs(workspace, state, merchant, now)}
            feeding = Feeding.of(workspace, state, merchant, order_source, lambda: now)
            known, set_aside = inputs[merchant]
            report = _rehearse(feeding, known, now, out, full=full)
            yield replace(report, message=report.message + set_aside)
        except BatchError as error:
            yield Report(merchant, order_source, "failed", str(error), exit_code=error.exit_code)


def _inputs(workspace: Workspace, state: State, merchant: str, now: datetime) -> tuple[Inputs, str]:
    """A merchant's inputs with the waiting snapshots, and what to say of those that a guard would set aside."""
    sources = workspace.merchant(merchant).sources
    previews = {source: Intake(workspace, state, merchant, source, now).preview() for source in sources}
    intakes = list(order_intakes(workspace, state, merchant, now))

    def waiting(known: pl.DataFrame) -> pl.DataFrame:
        return reduce(lambda lines, intake: intake.preview(lines), intakes, known)

    levels = {source: seen.levels for source, seen in previews.items()}
    inputs = load_inputs(workspace, state, merchant, levels, waiting)
    return inputs, "".join(f"; {why}" for seen in previews.values() for why in seen.held)


def _rehearse(feeding: Feeding, inputs: Inputs, now: datetime, out: Path | None, *, full: bool) -> Report:
    offered = offer(feeding, inputs, now)
    owner = feeding.workspace.merchant(feeding.merchant)
    baseline, kind = _baseline(feeding, full=full)
    lines, known = told(offered, feeding.profile, kind, baseline)
    report = Report(
        feeding.merchant, feeding.order_source, "nothing", "nothing to do: every number is as it was told last"
    )
    if not lines.is_empty():
        feeds = [part.feed for part in parts(feeding, replace(offered.feed, kind=kind, lines=lines), known, baseline)]
        names = [file_name(feeding, feed, number) for number, feed in enumerate(feeds, 1)]
        folder = out / feeding.merchant / feeding.order_source if out else None
        where = _write(feeding, dict(zip(names, feeds, strict=True)), folder) if folder else "not written"
        report = replace(
            report, status="success", message=where, kind=kind, lines=lines.height, file_name=", ".join(names)
        )
    danger = (
        stale(owner, inputs, offered.feed.warehouses, now)
        or FeedGuards(feeding.settings, by_warehouse=feeding.profile.breaks_down).harmful(known, baseline)
        or losing(feeding.profile, kind, offered.unwritable)
    )
    if danger:
        report = replace(report, message=f"{report.message}; it would be held: {danger}")
    return replace(report, counts=offered.counts())


def _baseline(feeding: Feeding, *, full: bool) -> tuple[pl.DataFrame | None, FeedKind]:
    here = (channels.c.merchant == feeding.merchant) & (channels.c.order_source == feeding.order_source)
    with feeding.state.reading() as tx:
        row = tx.execute(select(channels).where(here)).one_or_none()
    if row is None or row.baseline is None:
        return None, "full"
    return pl.read_parquet(feeding.baselines.path(row.baseline)), feed_kind(feeding, row, full=full)


def _write(feeding: Feeding, feeds: dict[str, Feed], folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, feed) in enumerate(feeds.items(), 1):
        write_feed(feeding, feed, folder / name, feeding.trading_pair(), number)
    return f"written to {folder / name}" if len(feeds) == 1 else f"{len(feeds)} files written to {folder}"
