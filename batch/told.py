"""What a file of ours was to tell: the feed that it was built from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Row, select

from batch import resolve
from batch.blobs import sha256_of
from batch.errors import NotPossible
from batch.feeding import Feeding
from batch.output import counted
from batch.session import Session
from batch.tables import deliveries
from formats.edi846.feed import Edi846Feed
from formats.verify.against import Told
from mappings.model import Feed, warehouses_of


def feed_of(feeding: Feeding, delivery: Row[Any]) -> Feed:
    """The feed of a delivery, as its file told it; warehouses are named as the settings name them now.

    Raises:
        NotPossible: it was sent so long ago that it was cleared away.
    """
    need_kept(feeding, delivery)
    lines = pl.read_parquet(feeding.told.path(delivery.told))
    codes = tuple(warehouses_of(lines))
    return Feed(
        merchant=feeding.merchant,
        merchant_name=feeding.workspace.merchant(feeding.merchant).name,
        order_source=feeding.order_source,
        kind=delivery.kind,
        as_of=feeding.profile.local(delivery.as_of),
        built_at=feeding.profile.local(delivery.built_at),
        warehouses=resolve.named_warehouses(feeding.workspace, feeding.merchant, feeding.order_source, codes),
        lines=lines,
        values=feeding.settings.values,
    )


def need_kept(feeding: Feeding, delivery: Row[Any]) -> None:
    """Makes sure that the file of a delivery, and what it told, are still there.

    Raises:
        NotPossible: it was sent so long ago that they were cleared away.
    """
    if not (feeding.artifacts.path(delivery.sha256).exists() and feeding.told.path(delivery.told).exists()):
        kept = f"state.keep is {feeding.workspace.settings.state.keep.days} days"
        raise NotPossible(f"{delivery.file_name} of run {delivery.run_id} was cleared away: {kept}")


def told_by_run(opened: Session, run_id: int) -> dict[str, tuple[Path, Told]]:
    """The files that a run built, by their names, and what each was to tell.

    Raises:
        NotPossible: there is no such run, or it built no EDI 846.
    """
    with opened.state.reading() as tx:
        of_run = select(deliveries).where(deliveries.c.run_id == run_id).order_by(deliveries.c.id)
        rows = tx.execute(of_run).all()
    if not rows:
        raise NotPossible(f"run {run_id} built no file; `tallyfeed history` lists those that did")
    feeding = _feeding(opened, rows[0])
    found = {row.file_name: (feeding.artifacts.path(row.sha256), _told(feeding, row)) for row in rows}
    files = {name: (path, told) for name, (path, told) in found.items() if told}
    if not files:
        raise NotPossible(f"run {run_id} built {rows[0].file_name}, which is no EDI 846")
    return files


def told_by_file(opened: Session, file: Path) -> Told | None:
    """What a file was to tell if it is an 846 of ours, by its content; None for any other."""
    same = select(deliveries).where(deliveries.c.sha256 == sha256_of(file)).order_by(deliveries.c.id.desc()).limit(1)
    with opened.state.reading() as tx:
        delivery = tx.execute(same).one_or_none()
    return None if delivery is None else _told(_feeding(opened, delivery), delivery)


def _feeding(opened: Session, delivery: Row[Any]) -> Feeding:
    return Feeding.of(opened.workspace, opened.state, delivery.merchant, delivery.order_source, opened.now)


def _told(feeding: Feeding, delivery: Row[Any]) -> Told | None:
    layout = feeding.profile.format
    if not isinstance(layout, Edi846Feed):
        return None
    name = f"run {delivery.run_id} of {feeding.name}, {counted(delivery.lines, 'line')}"
    changed = "" if delivery.settings in (None, feeding.shape) else "; its settings have been changed since"
    return Told(feed_of(feeding, delivery), layout, name + changed)
