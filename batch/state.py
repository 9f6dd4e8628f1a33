"""The state's database: opened, brought up to date, and changed in short transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from batch.drives import NETWORK_DRIVES, kind_of_drive
from batch.errors import BatchError, ConfigProblem

#: The newest migration; `open_state` compares it with the database before anything else.
REVISION = "0001"


class State:
    """An open database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing."""
        with self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is durable when the block ends, or none of it ever happened."""
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Closes the database."""
        self._engine.dispose()


def open_state(url: str, workspace: Path) -> State:
    """Opens the database of a workspace, makes it on first use and brings its tables up to date.

    Raises:
        ConfigProblem: the URL names no database that can be used, or a SQLite file would lie on a network drive, where
            its locks can't be trusted.
        BatchError: the database was written by a newer Tallyfeed, or can't be opened.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        return _up_to_date(_engine(parsed), parsed.render_as_string())
    file = workspace / (parsed.database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    _refuse_network_drive(file.parent)
    engine = _engine(parsed.set(database=str(file)), connect_args={"timeout": 60, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediately)
    return _up_to_date(engine, str(file))


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or not parsed.database:  # the text itself isn't shown: it may hold a password
        raise ConfigProblem("tallyfeed.toml", ['state.url: names no database; write "sqlite:///state/tallyfeed.db"'])
    return parsed


def _engine(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, **options)
    except (NoSuchModuleError, ImportError):
        problem = f"state.url: the driver for {url.drivername!r} is not installed"
        raise ConfigProblem("tallyfeed.toml", [problem]) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: Connection) -> None:
    # a writer takes its turn at once: one that reads first and writes later would fail if another wrote in between
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _up_to_date(engine: Engine, name: str) -> State:
    try:
        revision = _revision(engine)
        if revision is not None and revision > REVISION:
            raise BatchError(
                f"{name} was written by a newer Tallyfeed (revision {revision}, this one knows {REVISION})"
            )
        if revision != REVISION:
            _migrate(engine)
    except DBAPIError as error:
        raise BatchError(f"{name} can't be opened: {error.orig}") from error
    return State(engine)


def _revision(engine: Engine) -> str | None:
    """The newest migration that the database has seen; None if it is new."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _refuse_network_drive(folder: Path) -> None:
    if (kind := kind_of_drive(folder)) in NETWORK_DRIVES:
        why = f"{folder} is on a network drive ({kind}), where SQLite loses data"
        raise ConfigProblem("tallyfeed.toml", [f"state.url: {why}; use a local folder or PostgreSQL"])
