"""What an unknown file says, and the settings that read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from batch.errors import BatchError
from batch.profiles import built_in_profiles, load_profile, snapshot_settings
from formats.errors import FileRefused
from formats.feed.csv_feed import CsvFeed
from formats.sample.csv_sample import CsvSample
from formats.sample.draft import toml, toml_key
from formats.snapshot.result import SnapshotRead
from mappings.model import warehouse_column, warehouses_of


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a file says.

    Attributes:
        facts: name and text of each thing that was understood.
        warehouses: code, SKUs and units of each.
        notes: what a person should know.
        config: lines for the merchant's file.
    """

    facts: dict[str, str]
    warehouses: list[tuple[str, int, int]]
    notes: tuple[str, ...]
    config: str


def first_look(path: Path) -> FirstLook:
    """Reads a delimited file of which nothing is known.

    Raises:
        BatchError: it can't be understood; says which column is missing or unclear.
    """
    from formats.sample.csv_sample import read_csv_sample
    from formats.sample.snapshot_guess import guessed_source
    from formats.snapshot.csv_snapshot import CsvSnapshot

    try:
        sample = read_csv_sample(path)
        profile = _profile_of(sample)
        settings = snapshot_settings(profile, Path()) if profile else guessed_source(path, sample)
        file_time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        said = CsvSnapshot.model_validate(settings).read(
            path, warehouses=(), file_time=file_time, timezone=ZoneInfo("UTC")
        )
    except FileRefused as error:
        raise BatchError(str(error)) from None
    return FirstLook(
        facts=_facts(sample, settings, said),
        warehouses=[(code, *_stock(said, code)) for code in sorted(warehouses_of(said.available))],
        notes=tuple(_notes({} if profile else settings, said)),
        config="\n".join(_config(path, {"profile": profile} if profile else {"format": "csv", **settings}, said)),
    )


def _facts(sample: CsvSample, settings: dict[str, Any], said: SnapshotRead) -> dict[str, str]:
    counts = said.counts
    return {
        "delimiter": {"\t": "tab"}.get(sample.delimiter, sample.delimiter),
        "encoding": sample.encoding,
        "columns": ", ".join(f"{header} = {part}" for part, header in settings["columns"].items()),
        "warehouses": _shape(settings),
        "rows": f"{counts.rows:,}" + (f", {counts.bad_rows:,} bad" if counts.bad_rows else ""),
        "SKUs": f"{counts.skus:,}",
        "units": f"{counts.units:,}",
        "as of": f"{min(said.as_of.values()):%Y-%m-%d %H:%M} UTC",
    }


def _shape(settings: dict[str, Any]) -> str:
    if "warehouse_list" in settings:
        return f"listed in a cell, {settings['warehouse_list']}"
    if "warehouse_columns" in settings:
        return "a column for each"
    if "warehouse" in settings:
        return "one for each file, which its name tells"
    header = settings["columns"].get("warehouse")
    if header is None:
        return "none: all stock is in one place"
    return "columns that repeat in a row" if "{n}" in header else "a row for each"


def _stock(said: SnapshotRead, code: str) -> tuple[int, int]:
    levels = said.available[warehouse_column(code)].drop_nulls()
    return levels.len(), int(levels.sum())


def _notes(settings: dict[str, Any], said: SnapshotRead) -> Iterator[str]:
    if settings.get("quantity") == "on_hand":
        yield "no column says what is available: all that is on hand would be sold; is nothing of it promised already?"
    yield from said.notes
    for row, column, value, reason in said.rejects.select("row", "column", "value", "reason").head(3).iter_rows():
        yield f"row {row}, column {column}: {value!r} {reason}" if column else f"row {row}: {reason}"


def _profile_of(sample: CsvSample) -> str | None:
    """A built-in profile whose files have these very columns, and can be read."""
    for name in built_in_profiles():
        profile = load_profile(name, Path())
        layout = profile.format
        if profile.snapshot and isinstance(layout, CsvFeed) and layout.header and layout.delimiter == sample.delimiter:
            headers = [column.header for column in layout.columns]
            if len(headers) > 3 and headers == list(sample.header or ()):  # fewer may be anybody's
                return name
    return None


def _config(path: Path, settings: dict[str, Any], said: SnapshotRead) -> Iterator[str]:
    for code in sorted(warehouses_of(said.available)):
        if code != "default":
            yield f"[warehouses.{toml_key(code)}]"
    yield "[sources.stock]"
    yield from (f"{key} = {toml(value)}" for key, value in settings.items())
    yield f'from = {{ type = "folder", path = "inbox", pattern = "*{path.suffix}" }}'
