"""What the state remembers of the snapshots of one source, query by query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from batch.snapshot_guards import Extent, Size, Streak
from batch.tables import snapshots, source_levels


@dataclass(frozen=True, slots=True)
class SnapshotLog:
    """Every file that a source has sent, and what became of it."""

    merchant: str
    source: str

    def add(self, tx: Connection, **values: object) -> int:
        """Records a file; returns its id."""
        key = tx.execute(
            insert(snapshots).values(merchant=self.merchant, source=self.source, **values)
        ).inserted_primary_key
        assert key is not None  # noqa: S101  (an integer primary key is always returned)
        return int(key[0])

    def change(self, tx: Connection, file_id: int, **values: object) -> None:
        """Changes what is known of a file."""
        tx.execute(update(snapshots).where(snapshots.c.id == file_id).values(**values))

    def current(self, tx: Connection) -> Row[Any] | None:
        """The snapshot whose levels stand."""
        query = (
            select(snapshots)
            .join(source_levels, source_levels.c.snapshot_id == snapshots.c.id)
            .where(source_levels.c.merchant == self.merchant, source_levels.c.source == self.source)
        )
        return tx.execute(query).one_or_none()

    def newest(self, tx: Connection) -> Row[Any] | None:
        """The file that came last, whatever became of it."""
        return tx.execute(self._newest_first().limit(1)).one_or_none()

    def held(self, tx: Connection) -> Row[Any] | None:
        """The file that waits for a person."""
        return tx.execute(self._newest_first().where(snapshots.c.status == "held").limit(1)).one_or_none()

    def history(self, tx: Connection, limit: int, warehouse: str | None = None) -> list[Extent]:
        """How much the last loaded snapshots said, newest first; none from before the last that a person approved.

        Args:
            tx: the connection.
            limit: how many at most.
            warehouse: only those that speak of it, if each has files of its own.
        """
        mine = (snapshots.c.merchant == self.merchant) & (snapshots.c.source == self.source)
        approved = select(func.max(snapshots.c.id)).where(mine, snapshots.c.approved_at.is_not(None)).scalar_subquery()
        loaded = self._newest_first().where(
            snapshots.c.status == "loaded", snapshots.c.id >= func.coalesce(approved, 0)
        )
        if warehouse is None:
            return [_extent(row) for row in tx.execute(loaded.limit(limit))]
        return list(islice((e for row in tx.execute(loaded) if warehouse in (e := _extent(row)).warehouses), limit))

    def streak(self, tx: Connection) -> Streak | None:
        """For how many snapshots in a row the source has said the same, and since when."""
        row = tx.execute(self._newest_first().where(snapshots.c.unchanged_since.is_not(None)).limit(1)).one_or_none()
        return None if row is None else Streak(row.unchanged_runs, row.unchanged_since)

    def supersede_held(
        self, tx: Connection, as_of: datetime | None, replaces: Callable[[str], bool]
    ) -> Sequence[Row[Any]]:
        """Makes held files moot whose name ``replaces`` names, those of a later moment than ``as_of`` apart."""
        held = self._newest_first().where(snapshots.c.status == "held")
        found = tx.execute(held if as_of is None else held.where(snapshots.c.as_of <= as_of)).all()
        rows = [row for row in found if replaces(row.file_name)]
        for row in rows:
            self.change(tx, row.id, status="superseded")
        return rows

    def _newest_first(self) -> Select[Any]:
        mine = (snapshots.c.merchant == self.merchant) & (snapshots.c.source == self.source)
        return select(snapshots).where(mine).order_by(snapshots.c.id.desc())


def _extent(row: Row[Any]) -> Extent:
    warehouses = {code: Size(*numbers) for code, numbers in (row.warehouses or {}).items()}
    return Extent(row.rows, row.skus, row.units, warehouses)
