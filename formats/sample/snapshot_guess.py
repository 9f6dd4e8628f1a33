"""How an unknown delimited file could be read as a snapshot, by its headers and its first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formats.errors import FileRefused
from formats.sample.csv_sample import CsvSample, packed_column, warehouse_columns
from formats.sample.meaning import meaning, moment_format, plain
from formats.snapshot.synonyms import SYNONYMS

_MOMENTS = {"asof", "asofdate", "snapshotdate", "date", "timestamp", "updatedat", "lastupdated", "stand", "datetime"}
_ISO = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")


def guessed_source(path: Path, sample: CsvSample) -> dict[str, Any]:
    """The settings that would read a file, as a table of a source has them, beyond ``format`` and ``from``.

    Args:
        path: the file, for errors.
        sample: the file, taken apart.

    Raises:
        FileRefused: no column is known as the SKU or as a quantity, or two could be the same part.
    """
    if sample.header is None:
        raise FileRefused(path, "its first line is no header; name the columns in one, or have it sent with one")
    settings: dict[str, Any] = {}
    if sample.encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        settings["encoding"] = sample.encoding
    if sample.before:
        settings["skip_lines"] = sorted({line[:5] for line in sample.before.splitlines() if line})
    repeated = _repeated(sample)
    columns = _known_columns(path, sample, {header.removesuffix("{n}") for header in repeated.values()})
    texts = [meaning(name, values) for name, values in zip(sample.names, sample.columns, strict=True)]
    group = warehouse_columns(sample.names, sample.columns, texts)
    if repeated:
        columns = {part: header for part, header in columns.items() if part in ("sku", "as_of")} | repeated
    elif (packed := packed_column(sample)) is not None:
        columns, settings["warehouse_list"] = _alone(columns), sample.names[packed]
    elif "warehouse" not in columns and group:
        codes = {sample.names[n]: sample.names[n] for n in group.places}
        columns = _alone(columns)
        settings["warehouse_columns"] = codes if group.header == "{warehouse}" else group.header
    if "sku" not in columns:
        raise FileRefused(path, f"no column is known as the SKU: {', '.join(sample.names)}; name it in columns.sku")
    if not repeated and not settings.keys() & {"warehouse_list", "warehouse_columns"}:
        settings |= _quantity(path, sample, columns)
    return {"columns": columns} | settings | _moments(sample, columns)


def _known_columns(path: Path, sample: CsvSample, repeated: set[str]) -> dict[str, str]:
    """The columns that are known by their headers, without those that repeat in a row."""
    found: dict[str, str] = {}
    single = [header for header in sample.names if re.sub(r"[0-9]{1,2}$", "", header) not in repeated]
    for part, names in SYNONYMS.items():
        headers = [header for header in single if plain(header) in names or header.lower() in names]
        if len(headers) > 1 and part not in ("lot", "bin"):
            raise FileRefused(
                path, f"columns {' and '.join(headers)} could both be the {part}; name one in columns.{part}"
            )
        if headers:
            found[part] = headers[0]
    moments = [header for header in sample.names if plain(header) in _MOMENTS]
    return found | ({"as_of": moments[0]} if len(moments) == 1 else {})


def _quantity(path: Path, sample: CsvSample, columns: dict[str, str]) -> dict[str, Any]:
    """Which quantity is sold: what is available, where the file says it."""
    if "available" in columns:
        for part in ("on_hand", "allocated"):
            columns.pop(part, None)
        kind = {}
    elif "on_hand" in columns:
        kind = {} if "allocated" in columns else {"quantity": "on_hand"}
    else:
        raise FileRefused(
            path, f"no column is known as a quantity: {', '.join(sample.names)}; name it in columns.available"
        )
    header = columns.get("available") or columns["on_hand"]
    values = sample.columns[sample.names.index(header)]
    comma = any(re.fullmatch(r"-?[0-9.]*,[0-9]{1,2}", value) for value in values)
    return (
        kind
        | ({"decimal": ","} if comma else {})
        | ({"thousands": "."} if comma and any("." in v for v in values) else {})
    )


def _moments(sample: CsvSample, columns: Mapping[str, str]) -> dict[str, Any]:
    if "as_of" not in columns:
        return {}
    values = [value for value in sample.columns[sample.names.index(columns["as_of"])] if value]
    form = moment_format(values[0]) if values else None
    return {"as_of_format": form} if form and form not in _ISO else {}


def _repeated(sample: CsvSample) -> dict[str, str]:
    """Columns that repeat in a row: ``warehouse_code_1``, ``warehouse_quantity_1``, and so on, or without numbers."""
    bases = Counter(re.sub(r"[0-9]{1,2}$", "", header) for header in sample.names)
    several = [base for base, times in bases.items() if times > 1]
    places = [base for base in several if plain(base) in SYNONYMS["warehouse"]]
    units = [base for base in several if base not in places and plain(base).endswith(("quantity", "qty", "available"))]
    if len(places) != 1 or len(units) != 1:
        return {}
    return {"warehouse": places[0] + "{n}", "available": units[0] + "{n}"}


def _alone(columns: Mapping[str, str]) -> dict[str, str]:
    return {part: header for part, header in columns.items() if part in ("sku", "as_of", "lot", "bin")}
