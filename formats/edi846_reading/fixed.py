"""The quick way through SDQ: every line names the same warehouses in the same order, in plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import polars as pl

from mappings.model import MAX_QUANTITY, warehouse_column

col = pl.col

_PAIRS = range(3, 22, 2)


def fixed_sdq(sdq: pl.DataFrame, one_piece: Sequence[str]) -> pl.DataFrame | None:
    """Reads SDQ.

    Args:
        sdq: ``item``, ``row``, ``e1`` to ``e22``; of each line one segment or several, one after the other.
        one_piece: the units that are single pieces.

    Returns:
        ``item`` and a ``wh:`` column per warehouse (Int64); None if they aren't all alike, or hold anything unusual.
    """
    if sdq.is_empty():
        return None
    if one_each(sdq):
        return _alike(sdq, one_piece)
    begins = col("item").ne_missing(col("item").shift(1))
    ranked = sdq.with_columns(rank=col("row") - pl.when(begins).then("row").forward_fill())
    alike = [_alike(segments, one_piece) for segments in ranked.partition_by("rank", maintain_order=True)]
    frames = [frame for frame in alike if frame is not None]
    levels = [level for frame in frames for level in frame.columns[1:]]
    if len(frames) < len(alike) or len(set(levels)) < len(levels):
        return None
    return reduce(lambda left, right: left.join(right, on="item", how="left", maintain_order="left"), frames)


def one_each(facts: pl.DataFrame) -> bool:
    """Whether no two rows in a row speak of the same line."""
    return bool((facts["item"] != facts["item"].shift(1)).all())


def _alike(sdq: pl.DataFrame, one_piece: Sequence[str]) -> pl.DataFrame | None:
    """The same, of one segment for each line."""
    places = [f"e{n}" for n in _PAIRS if sdq[f"e{n}"].null_count() < sdq.height]
    first = sdq.row(0, named=True)
    codes = [first[place].strip() for place in places if first[place]]
    if first["e1"] not in one_piece or not all(codes) or len({*codes}) < len(places) or not codes:
        return None
    one_layout = pl.all_horizontal((col(name) == first[name]).all() for name in ("e1", *places))
    if sum(sdq.select(places).null_count().row(0)) or not sdq.select(one_layout).item():
        return None
    numbers = sdq.select(
        "item",
        *(
            col(f"e{int(place[1:]) + 1}").cast(pl.Int64, strict=False).alias(warehouse_column(code))
            for place, code in zip(places, codes, strict=True)
        ),
    )
    units = numbers.drop("item")
    plain = not sum(units.null_count().row(0)) and min(units.min().row(0)) >= 0
    return numbers if plain and max(units.max().row(0)) <= MAX_QUANTITY else None
