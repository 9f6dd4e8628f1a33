"""The quick way through SDQ: every line names the same warehouses in the same order, in plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import polars as pl

from mappings.model import MAX_QUANTITY, warehouse_column

col = pl.col

_PAIRS = range(3, 22, 2)
_ELEMENTS = 22  # what SDQ23 says is not read


def fixed_sdq(sdq: pl.DataFrame, separator: str, one_piece: Sequence[str]) -> pl.DataFrame | None:
    """Reads SDQ.

    Args:
        sdq: ``item``, ``row``, ``text``; of each line one segment or several, one after the other.
        separator: between elements.
        one_piece: the units that are single pieces.

    Returns:
        ``item`` and a ``wh:`` column per warehouse (Int64); None if they aren't all alike, or hold anything unusual.
    """
    if sdq.is_empty():
        return None
    if one_each(sdq):
        return _alike(sdq, separator, one_piece)
    begins = col("item").ne_missing(col("item").shift(1))
    ranked = sdq.with_columns(rank=col("row") - pl.when(begins).then("row").forward_fill())
    alike = [_alike(segments, separator, one_piece) for segments in ranked.partition_by("rank", maintain_order=True)]
    frames = [frame for frame in alike if frame is not None]
    levels = [level for frame in frames for level in frame.columns[1:]]
    if len(frames) < len(alike) or len(set(levels)) < len(levels):
        return None
    return reduce(lambda left, right: left.join(right, on="item", how="left", maintain_order="left"), frames)


def one_each(facts: pl.DataFrame) -> bool:
    """Whether no two rows in a row speak of the same line."""
    return bool((facts["item"] != facts["item"].shift(1)).all())


def _alike(sdq: pl.DataFrame, separator: str, one_piece: Sequence[str]) -> pl.DataFrame | None:
    """The same, of one segment for each line: all as long as the first, which differ in their quantities alone."""
    first = sdq["text"][0].split(separator)
    places = {n: first[n].strip() for n in _PAIRS if n < len(first) and first[n]}
    codes = list(places.values())
    if first[1:2] not in [[unit] for unit in one_piece] or not codes or not all(codes) or len({*codes}) < len(codes):
        return None
    fixed = [n for n in range(1, min(len(first), _ELEMENTS + 1)) if n - 1 not in places]
    element = [col("elements").list.get(n, null_on_oob=True) for n in range(_ELEMENTS + 1)]
    split = sdq.select("item", elements=col("text").str.split(separator))
    numbers = split.select(
        "item",
        *(element[n + 1].cast(pl.Int64, strict=False).alias(warehouse_column(code)) for n, code in places.items()),
        alike=pl.all_horizontal(col("elements").list.len() == len(first), *(element[n] == first[n] for n in fixed)),
    )
    units = numbers.drop("item", "alike")
    plain = not sum(units.null_count().row(0)) and min(units.min().row(0)) >= 0
    known = plain and max(units.max().row(0)) <= MAX_QUANTITY and numbers["alike"].all()
    return numbers.drop("alike") if known else None
