"""Clears away what was sent long ago: the files, and the lines that they told."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, or_, select

from batch.blobs import Blobs
from batch.config import Workspace
from batch.ledger import FINAL
from batch.state import State
from batch.tables import deliveries

_EVERY = timedelta(days=1)


def clear_away(workspace: Workspace, state: State, now: datetime) -> None:
    """Removes files older than ``[state] keep`` that no delivery under way and no awaited answer needs.

    Looks once a day, so that runs cost nothing. Baselines stay: they say what order sources know.
    """
    last = workspace.files / "cleared"
    if last.exists() and now - _EVERY < datetime.fromtimestamp(last.stat().st_mtime, now.tzinfo) <= now:
        return
    before = now - workspace.settings.state.keep
    with state.reading() as tx:
        for folder, column in (("outbox", deliveries.c.sha256), ("told", deliveries.c.told)):
            needed = set(tx.execute(select(column).where(_needed(before))).scalars())
            Blobs(workspace.files / folder).forget(but=needed, older_than=before.timestamp())
    _touch(last, now)


def _needed(before: datetime) -> ColumnElement[bool]:
    return or_(deliveries.c.built_at >= before, deliveries.c.state.not_in(FINAL), deliveries.c.answer == "awaited")


def _touch(file: Path, now: datetime) -> None:
    file.touch()
    os.utime(file, (now.timestamp(), now.timestamp()))
