"""The levels that the lines of an 846 add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from formats.edi846_reading.items import Lines
from formats.edi846_reading.quantities import Problem
from formats.edi846_reading.settings import Edi846Settings
from formats.snapshot.settings import DEFAULT_WAREHOUSE
from formats.snapshot.tally import as_of_column, tally
from mappings.model import WAREHOUSE_PREFIX, warehouse_column, warehouses_of

col = pl.col

_NO_PLACE = "names no warehouse, while other lines of the file do"
_CONTRADICTS = "contradicts the line in segment {}; set duplicates, or give lots their own qualifier (LT) in LIN"


class Summed(NamedTuple):
    """All lines of a file together.

    Attributes:
        frame: ``sku``, a ``wh:`` column per warehouse (Int64, perhaps below 0; null where nothing is said), and an
            ``as_of:`` column per warehouse where moments differ.
        problems: everything that is wrong with lines.
        untrusted: the SKUs of which lines with problems have spoken.
        folded: how many lines said nothing new, or gave way to a later one.
        refused: how many SKUs were left out because their lines contradict each other.
    """

    frame: pl.DataFrame
    problems: list[Problem]
    untrusted: tuple[str, ...]
    folded: int
    refused: int


def summed(parts: Sequence[Lines], settings: Edi846Settings, moments: pl.DataFrame) -> Summed:
    """Sums lines by SKU and warehouse.

    Args:
        parts: the lines.
        settings: what becomes of lines for the same SKU and warehouse.
        moments: ``set``, ``as_of``, where sets have different ones; else empty.
    """
    lines = pl.concat([part.frame for part in parts], how="diagonal")
    problems = [problem for part in parts for problem in part.problems]
    doubts = pl.concat([part.doubts for part in parts])
    lines, lost = _placed(lines)
    problems += [Problem(item, item, None, None, _NO_PLACE) for item in lost["item"]]
    doubts = pl.concat([doubts, lost.select("sku", place=pl.lit(None, pl.String))]).drop_nulls("sku")
    if moments.height:
        lines = lines.join(moments, on="set", how="left", maintain_order="left")
    frame, contradictions, folded = _settled(lines, settings)
    problems += contradictions
    items = [problem.item for problem in contradictions]
    refused = lines.filter(col("item").is_in(items))["sku"].unique()
    frame = _believed(_completed(frame, lines), doubts).filter(~col("sku").is_in(refused.implode()))
    untrusted = pl.concat([doubts["sku"], refused]).unique().sort()
    return Summed(frame, problems, tuple(untrusted), folded, refused.len())


def _levels(frame: pl.DataFrame) -> list[str]:
    return [warehouse_column(warehouse) for warehouse in warehouses_of(frame)]


def _placed(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines without ``unplaced``, and those of which nobody knows where their quantity is.

    Where no line names a warehouse, all stock is in one place. Where lines break their total down, a total of 0 is 0
    in every warehouse.
    """
    if not _levels(lines):
        return lines.rename({"unplaced": warehouse_column(DEFAULT_WAREHOUSE)}), lines.clear()
    nothing = (col("unplaced") == 0) & lines["whole"].is_not_null().any()
    lost = lines.filter(col("unplaced").is_not_null() & ~nothing)
    kept = lines.with_columns(whole=pl.when(nothing).then(True).otherwise("whole"))
    return kept.drop("unplaced"), lost


def _settled(lines: pl.DataFrame, settings: Edi846Settings) -> tuple[pl.DataFrame, list[Problem], int]:
    """One row per SKU; the lines that contradict each other; how many lines repeat another."""
    levels = _levels(lines)
    said = lines.filter(pl.any_horizontal(col(level).is_not_null() for level in levels) | col("whole"))
    if "as_of" not in said.columns and said["sku"].n_unique() == said.height:
        return said.select("sku", *levels), [], 0
    whole = _tallied(said, levels)
    policy = settings.duplicates or ("sum" if lines["lot"].count() else "refuse")
    twice = whole.filter("twice").select("sku")
    if policy == "sum" or twice.is_empty():
        return whole.drop("twice"), [], 0
    again = said.join(twice, on="sku", how="semi").sort("item")
    contradictions = _contradictions(again, levels) if policy == "refuse" else []
    one = pl.col(levels).drop_nulls()
    chosen = again.group_by("sku").agg(one.first() if policy == "refuse" else one.last())
    chosen = chosen.join(whole.select(pl.exclude(*levels, "twice")), on="sku").select(whole.drop("twice").columns)
    folded = again.height - twice.height - (len(contradictions) and _beyond_first(again, contradictions))
    return pl.concat([whole.join(twice, on="sku", how="anti").drop("twice"), chosen]), contradictions, folded


def _tallied(said: pl.DataFrame, levels: Sequence[str]) -> pl.DataFrame:
    """A tally; where moments differ, a warehouse that a SKU leaves out has the earliest of the SKU's."""
    warehouses = [level.removeprefix(WAREHOUSE_PREFIX) for level in levels]
    if "as_of" not in said.columns:
        return tally(said.lazy().select("sku", *levels), warehouses).frame
    frame = tally(said.lazy().select("sku", "as_of", *levels), warehouses).frame
    earliest = frame.join(said.group_by("sku").agg(col("as_of").min()), on="sku", how="left")
    moments = [as_of_column(warehouse) for warehouse in warehouses]
    return earliest.with_columns(col(moment).fill_null(col("as_of")) for moment in moments).drop("as_of")


def _beyond_first(lines: pl.DataFrame, contradictions: Sequence[Problem]) -> int:
    """How many lines more than SKUs contradict each other."""
    skus = lines.filter(col("item").is_in([problem.item for problem in contradictions]))["sku"].unique()
    of_these = lines.filter(col("sku").is_in(skus.implode()))
    return of_these.height - skus.len()


def _contradictions(lines: pl.DataFrame, levels: Sequence[str]) -> list[Problem]:
    said = lines.unpivot(levels, index=["item", "sku"], variable_name="level", value_name="units").drop_nulls("units")
    key = ["sku", "level"]
    said = said.sort("item").with_columns(
        first=col("units").first().over(key), first_item=col("item").first().over(key)
    )
    differs = col("units") != col("first")
    both = said.with_columns(next_item=col("item").filter(differs).first().over(key)).drop_nulls("next_item")
    other = pl.when(differs).then("first_item").otherwise("next_item")
    found = both.select("item", "units", other=other).sort("item").unique("item", keep="first", maintain_order=True)
    return [
        Problem(item, item, "QTY", str(units), _CONTRADICTS.format(other)) for item, units, other in found.iter_rows()
    ]


def _completed(frame: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Says 0 for the warehouses that a SKU leaves out although the others make up its total."""
    levels = _levels(frame)
    if lines["whole"].null_count() == lines.height or not sum(frame.select(levels).null_count().row(0)):
        return frame
    partly = lines.filter(~col("whole").fill_null(False))["sku"].unique()
    fills = ~col("sku").is_in(partly.implode())
    return frame.with_columns(
        pl.when(fills).then(col(level).fill_null(0)).otherwise(level).alias(level) for level in levels
    )


def _believed(frame: pl.DataFrame, doubts: pl.DataFrame) -> pl.DataFrame:
    """Without the levels of which a line with problems may have spoken, and without SKUs that have none left."""
    if doubts.is_empty():
        return frame
    everywhere = doubts.filter(col("place").is_null())["sku"]
    for warehouse in warehouses_of(frame):
        doubted = pl.concat([everywhere, doubts.filter(col("place") == warehouse)["sku"]])
        level = warehouse_column(warehouse)
        frame = frame.with_columns(pl.when(~col("sku").is_in(doubted.implode())).then(level).alias(level))
    return frame.filter(pl.any_horizontal(col(level).is_not_null() for level in _levels(frame)))
