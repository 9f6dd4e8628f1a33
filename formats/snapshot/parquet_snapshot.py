"""Snapshots as Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import Field

from formats.errors import FileRefused
from formats.snapshot.table_snapshot import TableSnapshot
from formats.table import FrameTable, Table

_CODES = ("sku", "warehouse", "lot", "bin")


class ParquetSnapshot(TableSnapshot):
    """A source that writes its snapshots as Parquet; codes must be texts or whole numbers."""

    format: Literal["parquet"] = Field(default="parquet", description="Apache Parquet.")

    @contextmanager
    def opened(self, path: Path) -> Iterator[Table]:
        """Opens a file as a table.

        Raises:
            FileRefused: it is not Parquet, is damaged, or a column that is read holds something else.
        """
        try:
            frame = pl.scan_parquet(path, glob=False)
            schema = frame.collect_schema()
            self._check(path, schema)
            single = [name for name, kind in schema.items() if _is_single(kind)]
            texts = [_text(name, schema[name]).alias(str(index)) for index, name in enumerate(single)]
            frame = frame.with_row_index("row", offset=1).select("row", *texts)
            yield FrameTable(source=path, header=tuple(name.strip() for name in single), frame=frame)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise FileRefused(path, f"it is not Parquet, or damaged: {reason}") from None

    def _check(self, path: Path, schema: pl.Schema) -> None:
        for part, header in ((part, header) for part, headers in self.choices().items() for header in headers):
            kind = schema.get(header, pl.String())
            if not _is_single(kind):
                raise FileRefused(path, f'column "{header}" holds {kind}, not a single value per row')
            if part in _CODES and not (kind.is_integer() or kind in (pl.String, pl.Categorical, pl.Enum)):
                raise FileRefused(path, f'column "{header}" holds {kind}; codes must be texts or whole numbers')


def _is_single(kind: pl.DataType) -> bool:
    return not kind.is_nested() and kind not in (pl.Binary, pl.Object)


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    return pl.col(name).dt.to_string("iso:strict") if kind in (pl.Date, pl.Datetime) else pl.col(name).cast(pl.String)
