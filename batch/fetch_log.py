"""Remembers which files of a server were fetched, so that a crash neither loses one nor takes it twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from batch.state import State
from batch.tables import fetches
from transports.base import Found


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file that lies whole in our work folder.

    Attributes:
        id: of its row.
        found: how it looked at the server.
        sha256: of its content.
        aside: its name there once it is put aside; None: it stays as it is.
    """

    id: int
    found: Found
    sha256: str
    aside: str | None


class FetchLog:
    """The fetched files of one source."""

    def __init__(self, state: State, merchant: str, source: str) -> None:
        self._state, self._of = state, {"merchant": merchant, "source": source}
        self._here = (fetches.c.merchant == merchant) & (fetches.c.source == source)

    def begin(self, found: Found, sha256: str, aside: str | None) -> Fetch:
        """Records that a file lies in our work folder, before anything is done to it at the server."""
        values = {"name": found.name, "size": found.size, "modified": found.modified, "sha256": sha256, "aside": aside}
        with self._state.writing() as tx:
            key = tx.execute(insert(fetches).values(**self._of, **values, kept=False)).inserted_primary_key
        assert key is not None  # noqa: S101  (an integer primary key is always returned)
        return Fetch(int(key[0]), found, sha256, aside)

    def begun(self) -> list[Fetch]:
        """The files that a process which died has not put aside."""
        query = select(fetches).where(self._here, fetches.c.kept.is_(False)).order_by(fetches.c.id)
        with self._state.reading() as tx:
            rows = tx.execute(query).all()
        return [Fetch(row.id, Found(row.name, row.size, row.modified), row.sha256, row.aside) for row in rows]

    def end(self, fetch: Fetch, *, kept: bool) -> None:
        """Forgets a file that is put aside, or remembers one that stays there."""
        this = fetches.c.id == fetch.id
        with self._state.writing() as tx:
            tx.execute(update(fetches).where(this).values(kept=True) if kept else delete(fetches).where(this))

    def kept(self, listed: Collection[str]) -> set[Found]:
        """The files that stay at the server; those that are not listed any more are forgotten."""
        with self._state.reading() as tx:
            rows = tx.execute(select(fetches).where(self._here, fetches.c.kept.is_(True))).all()
        if gone := [row.id for row in rows if row.name not in listed]:
            with self._state.writing() as tx:
                for number in gone:
                    tx.execute(delete(fetches).where(fetches.c.id == number))
        return {Found(row.name, row.size, row.modified) for row in rows}
