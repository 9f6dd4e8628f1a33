"""CSV snapshots of which nobody has said what their columns mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field

from formats.errors import FileRefused
from formats.sample.csv_sample import read_csv_sample
from formats.sample.snapshot_guess import guessed_source
from formats.settings import Settings
from formats.snapshot.archive import unpacked
from formats.snapshot.as_of import FileName
from formats.snapshot.bad_rows import MaxBadRows
from formats.snapshot.codes import nothing_known
from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.result import SnapshotRead


class GuessedCsv(Settings):
    """A source of CSV files, or with semicolons, tabs or bars, whose headers say what the columns mean."""

    format: Literal["guessed"] = Field(
        default="guessed",
        description="CSV whose columns are known by their headers, if these are beyond doubt: what a source without "
        "`format` and `columns` is. The run notes what each was taken for.",
    )
    duplicates: Literal["sum", "refuse", "last"] | None = Field(
        default=None, description="Rows that speak of the same, as in a CSV source."
    )
    max_bad_rows: MaxBadRows = Field(
        default="1%", description="More bad rows than this, a share or a number, refuse the whole file."
    )
    as_of: Literal["file_time"] | FileName = Field(
        default="file_time", description="Where the moment comes from if no column holds it."
    )

    def read(
        self,
        path: Path,
        *,
        warehouses: Sequence[str],
        file_time: datetime,
        timezone: ZoneInfo,
        known: Callable[[], pl.Series] = nothing_known,
    ) -> SnapshotRead:
        """Reads a snapshot by its headers, as :meth:`formats.snapshot.table_snapshot.TableSnapshot.read` does.

        Raises:
            FileRefused: a header is unknown or could mean several things, or nothing of the file can be used.
        """
        with unpacked(path, None) as file:
            guess = guessed_source(path, read_csv_sample(file))
        if by_place := guess.get("warehouse_columns"):
            columns = by_place if isinstance(by_place, str) else ", ".join(by_place.values())
            raise FileRefused(
                path, f"columns {columns} could be of one warehouse each; set columns to say what they are"
            )
        guess.pop("encoding", None)  # whoever reads all of it can tell whether that is safe
        own = self.model_dump(include=set(CsvSnapshot.model_fields) - {"format"}, exclude_unset=True)
        said = CsvSnapshot.model_validate(guess | own).read(
            path, warehouses=warehouses, file_time=file_time, timezone=timezone, known=known
        )
        return replace(said, notes=(guess_note(guess), *said.notes))


def guess_note(guess: dict[str, Any]) -> str:
    """What the columns of a file were taken for.

    Args:
        guess: settings that were found by the headers.
    """
    taken = [f"{header} = {part}" for part, header in guess["columns"].items()]
    if "warehouse_list" in guess:
        taken.append(f"{guess['warehouse_list']} = warehouses with their quantities")
    on_hand = "; all that is on hand is sold" if guess.get("quantity") == "on_hand" else ""
    return f"columns guessed: {', '.join(taken)}{on_hand}"
