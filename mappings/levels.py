"""How a snapshot changes what is known, and how the levels of several sources become one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Literal

import polars as pl

from mappings.model import AS_OF_SCHEMA, WAREHOUSE_PREFIX, Levels, warehouse_column

col = pl.col

Content = Literal["complete", "changes"]


def after_snapshot(
    before: Levels | None, said: Levels, *, content: Content, keep: Sequence[str], absent_after: int = 1
) -> Levels:
    """The levels of one source after a snapshot.

    A ``complete`` snapshot speaks for everything that its source supplied before: a level that it no longer names has
    become 0, a SKU that it no longer names at all after ``absent_after`` such snapshots. A ``changes`` snapshot
    leaves unnamed levels as they were. Levels that were not spoken for keep the moment they were true for.

    Args:
        before: the levels so far, with their ``absent`` column (complete snapshots in a row that left the SKU out).
        said: what the snapshot says; null where it says nothing.
        content: ``complete`` or ``changes``.
        keep: SKUs of which a row could not be read; what the snapshot doesn't say of them stands as it was.
        absent_after: how many complete snapshots in a row must leave a SKU out before it is 0.

    Returns:
        The new levels, with their ``absent`` column.
    """
    named = said.available.with_columns(absent=pl.lit(0, pl.Int64))
    if before is None:
        return Levels(named.sort("sku"), said.as_of, said.as_of_exceptions)
    if "absent" not in before.available.columns:  # until now each warehouse had files of its own
        levels = before.drop_absent()
        before = replace(levels, available=levels.available.with_columns(absent=pl.lit(0, pl.Int64)))
    columns = [warehouse_column(w) for w in _union(before.warehouses, said.warehouses)]
    both = _side_by_side(_with_columns(named.sort("sku"), columns), _with_columns(before.available, columns))
    is_named, misses = col("absent").is_not_null(), col("absent:before") + 1
    waits = ~is_named & (misses < absent_after)
    stands = pl.lit(content == "changes") | col("sku").is_in(list(keep)) | waits
    unnamed = {c: pl.when(stands).then(f"{c}:before").when(col(f"{c}:before").is_not_null()).then(0) for c in columns}
    available = both.select(
        "sku",
        *(pl.coalesce(c, unnamed[c]).alias(c) for c in columns),
        pl.when(is_named | (content == "changes")).then(0).otherwise(misses).alias("absent"),
    )
    kept = [
        both.filter(stands & col(c).is_null() & col(f"{c}:before").is_not_null()).select(
            "sku", warehouse=pl.lit(c.removeprefix(WAREHOUSE_PREFIX))
        )
        for c in columns
    ]
    exceptions = pl.concat([said.as_of_exceptions, as_of_each(before, pl.concat(kept))])
    return Levels(available.sort("sku"), {**before.as_of, **said.as_of}, exceptions)


def after_part(
    before: Levels | None,
    said: Levels,
    *,
    warehouse: str,
    content: Content,
    keep: Sequence[str],
    absent_after: int = 1,
) -> Levels:
    """The levels of a source that has a file for each warehouse, after one of these.

    As :func:`after_snapshot` for the levels of that warehouse; those of the others stand as they were.

    Args:
        before: the levels so far, with an ``absent:`` column for each warehouse.
        said: what the snapshot says, of this warehouse alone.
        warehouse: its code.
        content: as there.
        keep: as there.
        absent_after: as there, of the snapshots of this warehouse.
    """
    part, others = (part_of(before, warehouse), _others(before, warehouse)) if before else (None, None)
    now = after_snapshot(part, said, content=content, keep=keep, absent_after=absent_after)
    own = now.available.rename({"absent": f"absent:{warehouse}"})
    if others is None:
        return replace(now, available=own)
    available = own.join(others.available, on="sku", how="full", coalesce=True).sort("sku")
    exceptions = pl.concat([now.as_of_exceptions, others.as_of_exceptions])
    return Levels(available, {**others.as_of, **now.as_of}, exceptions)


def part_of(levels: Levels, warehouse: str) -> Levels | None:
    """The levels of a warehouse that has files of its own, with their ``absent`` column; None before its first."""
    if f"absent:{warehouse}" not in levels.available.columns:
        return None
    level = warehouse_column(warehouse)
    part = levels.available.select("sku", level, absent=f"absent:{warehouse}").drop_nulls(level)
    exceptions = levels.as_of_exceptions.filter(col("warehouse") == warehouse)
    return Levels(part, {warehouse: levels.as_of[warehouse]}, exceptions)


def _others(levels: Levels, warehouse: str) -> Levels:
    """The levels of the other warehouses that have files of their own: no file would ever correct any further one."""
    codes = [w for w in levels.warehouses if w != warehouse and f"absent:{w}" in levels.available.columns]
    return Levels(
        levels.available.select("sku", *map(warehouse_column, codes), *(f"absent:{w}" for w in codes)),
        {w: levels.as_of[w] for w in codes},
        levels.as_of_exceptions.filter(col("warehouse").is_in(codes)),
    )


def _side_by_side(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Every SKU of either, with the columns of ``before`` called ``…:before``."""
    if not now["sku"].equals(before["sku"]):
        return now.join(before, on="sku", how="full", suffix=":before", coalesce=True)
    others = before.drop("sku").rename(lambda name: f"{name}:before")
    return pl.concat([now, others], how="horizontal")


def as_of_each(levels: Levels, pairs: pl.DataFrame) -> pl.DataFrame:
    """Adds the moment that each level is true for: ``sku``, ``warehouse``, ``as_of``; unknown warehouses drop out."""
    default = col("warehouse").replace_strict(dict(levels.as_of), default=None, return_dtype=AS_OF_SCHEMA["as_of"])
    known = pairs.join(levels.as_of_exceptions, on=["sku", "warehouse"], how="left")
    return known.with_columns(col("as_of").fill_null(default)).drop_nulls("as_of").select(list(AS_OF_SCHEMA))


def combined(sources: Iterable[Levels]) -> Levels:
    """The levels of all sources of a merchant; where two speak of the same level, the later one counts."""
    ordered = sorted(sources, key=lambda levels: max(levels.as_of.values()))
    return reduce(_laid_over, ordered)


def _laid_over(older: Levels, newer: Levels) -> Levels:
    columns = [warehouse_column(w) for w in _union(older.warehouses, newer.warehouses)]
    both = _with_columns(newer.available, columns).join(
        _with_columns(older.available, columns), on="sku", how="full", suffix=":older", coalesce=True
    )
    available = both.select("sku", *(pl.coalesce(c, f"{c}:older").alias(c) for c in columns)).sort("sku")
    shared = [w for w in older.warehouses if w in newer.as_of]
    only_older = [both.filter(col(warehouse_column(w)).is_null()).select("sku", warehouse=pl.lit(w)) for w in shared]
    elsewhere = older.as_of_exceptions.filter(~col("warehouse").is_in(shared))
    said = [newer.as_of_exceptions, elsewhere, *(as_of_each(older, pairs) for pairs in only_older)]
    return Levels(available, {**older.as_of, **newer.as_of}, pl.concat(said))


def _with_columns(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    missing = [pl.lit(None, pl.Int64).alias(c) for c in columns if c not in frame.columns]
    rest = [c for c in frame.columns if c not in columns and c != "sku"]
    return frame.with_columns(missing).select("sku", *columns, *rest)


def _union(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def oldest(levels: Levels) -> datetime:
    """The earliest moment that any level is true for: what was ordered until then is in all of them."""
    exceptions: list[datetime] = levels.as_of_exceptions["as_of"].drop_nulls().to_list()
    return min([*levels.as_of.values(), *exceptions])
