"""What all rows of a SKU say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from mappings.model import AS_OF_SCHEMA, empty, warehouse_column

col = pl.col


def as_of_column(warehouse: str) -> str:
    """The column of a tally that holds the earliest moment of a warehouse's rows."""
    return f"as_of:{warehouse}"


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows of a snapshot, summed.

    Attributes:
        frame: ``sku``, a ``wh:`` column per warehouse (Int64; null where no row speaks of it), an ``as_of:`` column
            per warehouse if the lines have moments, and ``twice``: whether several rows speak of the same level.
        rows: how many there were.
        flags: for each Boolean column of the lines, in how many rows it was true.
    """

    frame: pl.DataFrame
    rows: int
    flags: Mapping[str, int]


def tally(lines: pl.LazyFrame, warehouses: Sequence[str]) -> Tally:
    """Sums lines, as ``snapshot_lines`` makes them, in one pass."""
    schema = lines.collect_schema()
    flags = [name for name, kind in schema.items() if kind == pl.Boolean]
    levels = [warehouse_column(warehouse) for warehouse in warehouses]
    moments = [as_of_column(warehouse) for warehouse in warehouses] if "as_of" in schema else []
    per_sku = lines.group_by("sku").agg(
        *(col(level).sum() for level in levels),
        *(col(level).count().alias(f"rows:{level}") for level in levels),
        *(
            pl.when(col(level).is_not_null()).then("as_of").min().alias(moment)
            for level, moment in zip(levels, moments, strict=False)
        ),
        *(col(flag).sum() for flag in flags),
        pl.len().alias("rows"),
    )
    frame = per_sku.select(
        "sku",
        *(pl.when(col(f"rows:{level}") > 0).then(level).alias(level) for level in levels),
        *moments,
        pl.any_horizontal(pl.lit(False), *(col(f"rows:{level}") > 1 for level in levels)).alias("twice"),
        *flags,
        "rows",
    ).collect()
    totals = frame.select(col(*flags, "rows").sum()).row(0, named=True)
    return Tally(frame.drop(*flags, "rows"), totals.pop("rows"), totals)


def moments_of(
    frame: pl.DataFrame, warehouses: Sequence[str], as_of: datetime
) -> tuple[dict[str, datetime], pl.DataFrame]:
    """The moment of each warehouse, the one that most of its levels share, and the levels that have another.

    Args:
        frame: a tally: ``sku``, ``wh:`` columns and, if its lines have moments, ``as_of:`` columns.
        warehouses: to be told of.
        as_of: the moment of all of them, if the lines have none.

    Returns:
        The moment of each warehouse (UTC), and ``sku``, ``warehouse``, ``as_of`` of the other levels.
    """
    if as_of_column(warehouses[0]) not in frame.columns:
        return dict.fromkeys(warehouses, as_of), empty(AS_OF_SCHEMA)
    usual, others = {}, []
    for warehouse in warehouses:
        said = frame.filter(col(warehouse_column(warehouse)).is_not_null())
        said = said.select("sku", warehouse=pl.lit(warehouse), as_of=as_of_column(warehouse))
        by_count = said.group_by("as_of").len().sort("len", "as_of", descending=[True, False])
        usual[warehouse] = by_count["as_of"][0].astimezone(UTC)
        others.append(said.filter(col("as_of") != by_count["as_of"][0]))
    return usual, pl.concat(others)
