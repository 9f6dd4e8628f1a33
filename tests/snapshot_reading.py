"""Writes a CSV snapshot and reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from formats.errors import FileRefused
from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.result import SnapshotRead
from mappings.model import warehouse_column, warehouses_of

FILE_TIME = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")

LONG = {"sku": "Item", "warehouse": "Loc", "available": "Avail"}


def read(
    folder: Path,
    content: str | bytes,
    *,
    name: str = "stock.csv",
    warehouses: Sequence[str] = (),
    columns: dict[str, str] = LONG,
    **settings: Any,
) -> SnapshotRead:
    """What a snapshot with this content says."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    source = CsvSnapshot.model_validate({"columns": columns, **settings})
    return source.read(file, warehouses=warehouses, file_time=FILE_TIME, timezone=NEW_YORK)


def refused(folder: Path, content: str | bytes, **settings: Any) -> str:
    """Why a snapshot with this content is refused."""
    with pytest.raises(FileRefused) as caught:
        read(folder, content, **settings)
    return str(caught.value)


def levels(said: SnapshotRead) -> dict[tuple[str, str], int]:
    """What is said of each SKU and warehouse."""
    return {
        (row["sku"], warehouse): row[warehouse_column(warehouse)]
        for row in said.available.iter_rows(named=True)
        for warehouse in warehouses_of(said.available)
        if row[warehouse_column(warehouse)] is not None
    }


def problems(said: SnapshotRead) -> list[tuple[int, str | None, str | None, str]]:
    """The bad rows: row, column, value, reason."""
    return said.rejects.select("row", "column", "value", "reason").rows()
