"""The formats a snapshot can be read in. A new one is a file of its own and a name here."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from formats.edi846_reading.snapshot import Edi846Snapshot
from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.fixed_snapshot import FixedSnapshot
from formats.snapshot.json_snapshot import JsonSnapshot
from formats.snapshot.parquet_snapshot import ParquetSnapshot
from formats.snapshot.xlsx_snapshot import XlsxSnapshot
from formats.snapshot.xml_snapshot import XmlSnapshot


def csv_by_default(settings: object) -> object:
    """Settings that name no format are those of CSV."""
    return {"format": "csv", **settings} if isinstance(settings, dict) else settings


AnySnapshotFormat = Annotated[
    Annotated[
        CsvSnapshot | FixedSnapshot | XmlSnapshot | JsonSnapshot | XlsxSnapshot | ParquetSnapshot | Edi846Snapshot,
        Field(discriminator="format"),
    ],
    BeforeValidator(csv_by_default),
]
