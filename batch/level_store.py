"""The levels of each source: Parquet files that the state names by their hash."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, delete, insert, select

from batch.blobs import Blobs
from batch.tables import source_levels
from mappings.model import AS_OF_SCHEMA, Levels, empty


class LevelStore:
    """Keeps and reads the levels of sources."""

    def __init__(self, files: Path) -> None:
        self._blobs = Blobs(files / "levels")

    def keep(self, levels: Levels) -> dict[str, object]:
        """Writes the levels, durably; returns what ``remember`` needs."""
        exceptions = levels.as_of_exceptions
        return {
            "levels": self._blobs.keep(levels.available.write_parquet),
            "as_of": {warehouse: moment.isoformat() for warehouse, moment in levels.as_of.items()},
            "as_of_exceptions": self._blobs.keep(exceptions.write_parquet) if exceptions.height else None,
        }

    def remember(self, tx: Connection, merchant: str, source: str, snapshot_id: int, kept: dict[str, object]) -> None:
        """Makes kept levels those of the source."""
        here = (source_levels.c.merchant == merchant) & (source_levels.c.source == source)
        tx.execute(delete(source_levels).where(here))
        tx.execute(insert(source_levels).values(merchant=merchant, source=source, snapshot_id=snapshot_id, **kept))

    def of(self, tx: Connection, merchant: str, source: str) -> Levels | None:
        """The levels of a source now, with their ``absent`` column; None before its first snapshot."""
        here = (source_levels.c.merchant == merchant) & (source_levels.c.source == source)
        row = tx.execute(select(source_levels).where(here)).one_or_none()
        if row is None:
            return None
        exceptions = (
            pl.read_parquet(self._blobs.path(row.as_of_exceptions)) if row.as_of_exceptions else empty(AS_OF_SCHEMA)
        )
        as_of = {warehouse: datetime.fromisoformat(moment) for warehouse, moment in row.as_of.items()}
        return Levels(pl.read_parquet(self._blobs.path(row.levels)), as_of, exceptions)

    def forget_former(self, tx: Connection, now: datetime) -> None:
        """Removes levels that newer ones have replaced for a day."""
        rows = tx.execute(select(source_levels.c.levels, source_levels.c.as_of_exceptions)).all()
        named = {name for row in rows for name in row if name}
        self._blobs.forget(but=named, older_than=(now - timedelta(days=1)).timestamp())
