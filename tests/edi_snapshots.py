"""Writes an 846 by hand and reads it as a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from formats.edi846_reading.snapshot import Edi846Snapshot
from formats.errors import FileRefused
from formats.snapshot.result import SnapshotRead
from mappings.model import warehouse_column, warehouses_of

FILE_TIME = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")

ISA = (
    *("ISA", "00", " " * 10, "00", " " * 10, "01", "123456789      ", "12", "5551234567     "),
    *("251114", "0645", "U", "00401", "000000042", "0", "P", ">"),
)
GS = ("GS", "IB", "123456789", "5551234567", "20251114", "0645", "17", "X", "004010")
BIA = "BIA*00*SI*R1*20251114*0645"


def transaction_set(*segments: str, number: str = "0001", kind: str = "846") -> list[str]:
    """ST to SE around segments, which are written with `*`."""
    return [f"ST*{kind}*{number}", *segments, f"SE*{len(segments) + 2}*{number}"]


def interchange(*sets: Sequence[str], element: str = "*", terminator: str = "~", line_break: str = "\n") -> str:
    """ISA to IEA around transaction sets."""
    inner = [segment for one in sets for segment in one]
    all_of_it = ["*".join(ISA), "*".join(GS), *inner, f"GE*{len(sets)}*17", "IEA*1*000000042"]
    return "".join(segment.replace("*", element) + terminator + line_break for segment in all_of_it)


def lines(*segments: str, heading: Sequence[str] = (BIA,), **how: str) -> str:
    """An interchange with one transaction set of these lines."""
    return interchange(transaction_set(*heading, *segments), **how)


def read(folder: Path, data: str | bytes, **settings: Any) -> SnapshotRead:
    """What an 846 with this content says."""
    file = folder / "stock.edi"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    source = Edi846Snapshot.model_validate(settings)
    return source.read(file, warehouses=(), file_time=FILE_TIME, timezone=NEW_YORK)


def refused(folder: Path, data: str | bytes, **settings: Any) -> str:
    """Why an 846 with this content is refused."""
    with pytest.raises(FileRefused) as caught:
        read(folder, data, **settings)
    return str(caught.value)


def levels(said: SnapshotRead) -> dict[tuple[str, str], int]:
    """What is said of each SKU and warehouse."""
    return {
        (row["sku"], warehouse): row[warehouse_column(warehouse)]
        for row in said.available.sort("sku").iter_rows(named=True)
        for warehouse in sorted(warehouses_of(said.available))
        if row[warehouse_column(warehouse)] is not None
    }


def problems(said: SnapshotRead) -> list[tuple[int, str | None, str | None, str, str | None, str]]:
    """The bad rows: segment, element, value, reason, SKU, text."""
    rows = said.rejects.select("row", "column", "value", "reason", "sku", "cells").rows()
    return [(*facts, cells[0]) for *facts, cells in rows]
