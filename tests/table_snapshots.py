"""Reads snapshots of any format from their text, and tells what they said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from snapshot_reading import FILE_TIME, NEW_YORK

from formats.errors import FileRefused
from formats.snapshot.result import SnapshotRead
from formats.snapshot.table_snapshot import TableSnapshot


def read_as(
    kind: type[TableSnapshot], folder: Path, content: str | bytes, *, name: str = "stock", **settings: Any
) -> SnapshotRead:
    """What a snapshot of this format and content says."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return kind.model_validate(settings).read(file, warehouses=(), file_time=FILE_TIME, timezone=NEW_YORK)


def refused_as(kind: type[TableSnapshot], folder: Path, content: str | bytes, **settings: Any) -> str:
    """Why such a snapshot is refused."""
    with pytest.raises(FileRefused) as caught:
        read_as(kind, folder, content, **settings)
    return str(caught.value)


def complaints(said: SnapshotRead) -> list[tuple[str | None, str | None, str | None, str, str | None]]:
    """The bad rows: place, column, value, reason, SKU."""
    return said.rejects.select("place", "column", "value", "reason", "sku").rows()
