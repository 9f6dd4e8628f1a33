"""Several rows for one SKU, warehouse, lot and bin: which of them count."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from formats.snapshot.passes import Pass
from formats.snapshot.tally import Tally, tally
from mappings.model import empty, warehouse_column

col = pl.col

_CONTRADICTIONS_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "sku": pl.String(),
    "level": pl.String(),
    "other": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """A tally in which no two rows speak of the same level, or all that do are to be summed.

    Attributes:
        frame: as of the tally.
        folded: how many rows said nothing new, or gave way to a later one.
        contradictions: ``row``, ``sku``, ``level`` (a ``wh:`` name) and ``other``, the number of a row that says
            otherwise; in order, one per row. Their SKUs are not in ``frame``.
    """

    frame: pl.DataFrame
    folded: int = 0
    contradictions: pl.DataFrame = field(default_factory=lambda: empty(_CONTRADICTIONS_SCHEMA))


def settled(reading: Pass, summed: Tally) -> Settled:
    """Decides between rows for the same SKU, warehouse, lot and bin, by the policy of the source."""
    policy, twice = reading.settings.policy, summed.frame.filter("twice").select("sku")
    if policy == "sum" or twice.is_empty():
        return Settled(summed.frame)
    said = _said(reading, twice)
    key: list[str] = [name for name in ("sku", "level", "lot", "bin") if name in said.columns]
    contradictions = _contradictions(said, key) if policy == "refuse" else empty(_CONTRADICTIONS_SCHEMA)
    agreed = said.join(contradictions, on="sku", how="anti")
    if policy == "last":
        kept = agreed.sort("row").unique(key, keep="last", maintain_order=True)
    else:  # of rows that agree, the earliest moment is the safe one
        earliest = [name for name in ("as_of", "row") if name in said.columns]
        kept = agreed.sort(earliest).unique(key, keep="first", maintain_order=True)
    levels = [warehouse_column(warehouse) for warehouse in reading.warehouses]
    lines = kept.lazy().with_columns(pl.when(col("level") == level).then("quantity").alias(level) for level in levels)
    again = tally(lines, reading.warehouses).frame.select(summed.frame.columns)
    frame = pl.concat([summed.frame.join(twice, on="sku", how="anti"), again])
    return Settled(frame, agreed["row"].n_unique() - kept["row"].n_unique(), contradictions)


def _said(reading: Pass, skus: pl.DataFrame) -> pl.DataFrame:
    """What the rows of some SKUs say, level by level: row, sku, level, quantity, and lot, bin, as_of where read."""
    lines = reading.lines(reading.table.numbered_rows()).filter(~col("bad"))
    facts = ["row", "sku", *sorted({"lot", "bin", "as_of"}.intersection(lines.collect_schema()))]
    levels = [warehouse_column(warehouse) for warehouse in reading.warehouses]
    doubled = lines.select(*facts, *levels).join(skus.lazy(), on="sku", how="semi").collect()
    return doubled.unpivot(levels, index=facts, variable_name="level", value_name="quantity").drop_nulls("quantity")


def _contradictions(said: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    first = said.with_columns(
        first=col("quantity").sort_by("row").first().over(key), first_row=col("row").min().over(key)
    )
    differs = col("quantity") != col("first")
    both = first.with_columns(next_row=col("row").filter(differs).min().over(key)).drop_nulls("next_row")
    other = pl.when(differs).then("first_row").otherwise("next_row")
    return both.select("row", "sku", "level", other=other).sort("row", "level").unique("row", maintain_order=True)
