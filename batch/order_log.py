"""What the state remembers of the order files of one table below ``[orders]``, query by query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from batch.tables import order_files


@dataclass(frozen=True, slots=True)
class OrderLog:
    """Every order file that came, and what became of it."""

    merchant: str
    source: str

    def add(self, tx: Connection, **values: object) -> int:
        """Records a file; returns its id."""
        row = insert(order_files).values(merchant=self.merchant, source=self.source, **values)
        key = tx.execute(row).inserted_primary_key
        assert key is not None  # noqa: S101  (an integer primary key is always returned)
        return int(key[0])

    def change(self, tx: Connection, file_id: int, **values: object) -> None:
        """Changes what is known of a file."""
        tx.execute(update(order_files).where(order_files.c.id == file_id).values(**values))

    def newest(self, tx: Connection) -> Row[Any] | None:
        """The file that came last, whatever became of it."""
        here = (order_files.c.merchant == self.merchant) & (order_files.c.source == self.source)
        return tx.execute(select(order_files).where(here).order_by(order_files.c.id.desc()).limit(1)).one_or_none()

    def loaded(self, tx: Connection, sha256: str) -> Row[Any] | None:
        """The file of this content, all of which was entered: again it would bring back what others have replaced."""
        here = (order_files.c.merchant == self.merchant) & (order_files.c.source == self.source)
        same = here & (order_files.c.sha256 == sha256) & (order_files.c.status == "loaded")
        whole = (order_files.c.rejected == 0) | order_files.c.kept_as.is_(None)
        newest = select(order_files).where(same, whole).order_by(order_files.c.id.desc()).limit(1)
        return tx.execute(newest).one_or_none()
