"""What one order source is told now, against what it was told last."""

from __future__ import annotations

from typing import Literal

import polars as pl

from mappings.model import DETAIL_PREFIX, WAREHOUSE_PREFIX, FeedKind

col = pl.col

#: What an order source makes of a SKU that a full feed leaves out; ``announced``: it must be told first that it goes.
Absent = Literal["unchanged", "announced", "zero", "deleted"]
#: Of these, the ones that make an incomplete full feed do harm.
DESTRUCTIVE: tuple[Absent, ...] = ("zero", "deleted")


def feed_lines(lines: pl.DataFrame, baseline: pl.DataFrame | None, kind: FeedKind, absent: Absent) -> pl.DataFrame:
    """The lines of a feed, sorted by ``code``.

    A full feed says everything, a delta the lines of which any sent value differs from the baseline. A code of the
    baseline that is no longer offered is told once, with quantity 0 and status ``gone``; in a full feed only where
    leaving it out would change nothing at the other end.

    Args:
        lines: what may be sold now (see ``Feed.lines``).
        baseline: what was delivered last, same columns; None where nothing ever was.
        kind: ``full`` or ``delta``.
        absent: what the order source makes of a code that a full feed leaves out.
    """
    if baseline is None:
        return lines
    told = lines if kind == "full" else changed_lines(lines, baseline)
    if kind == "full" and absent in DESTRUCTIVE:
        return told
    gone = gone_lines(lines, baseline)
    return told if gone.is_empty() else pl.concat([told, gone]).sort("code")


def changed_lines(lines: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """The lines that are not in the baseline, or of which any sent value differs."""
    sent = [c for c in lines.columns if c not in ("sku", "code")]
    if not set(sent) <= set(baseline.columns):
        return lines
    before = _aligned(baseline, lines)
    return lines.filter(pl.any_horizontal(lines[c].ne_missing(before[c]) for c in sent))


def gone_lines(lines: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """The codes that were told as sellable and are no longer offered: quantity 0, status ``gone``."""
    sellable = baseline.filter(col("quantity") > 0)
    gone = sellable.clear() if _same_codes(baseline, lines) else sellable.join(lines, on="code", how="anti")
    numbers = [c for c in lines.columns if c == "quantity" or c.startswith(WAREHOUSE_PREFIX)]
    unknown = [c for c in lines.columns if c.startswith(DETAIL_PREFIX) and c not in baseline.columns]
    return gone.with_columns(
        pl.lit("gone").alias("status"),
        *(pl.lit(0, pl.Int64).alias(c) for c in numbers),
        *(pl.lit(None, pl.String).alias(c) for c in unknown),
    ).select(lines.columns)


def zeroed(lines: pl.DataFrame, baseline: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """How many codes would now become 0, those no longer offered included, and how many were sellable.

    Args:
        lines: what may be sold now.
        baseline: what was told last.

    Returns:
        Both numbers for ``quantity`` and each ``wh:`` column that both frames have.
    """
    before, both = _aligned(baseline, lines), set(lines.columns) & set(baseline.columns)
    numbers = [c for c in lines.columns if c in both and (c == "quantity" or c.startswith(WAREHOUSE_PREFIX))]
    sellable = {c: int((baseline[c] > 0).sum()) for c in numbers}
    return {c: (sellable[c] - int(((before[c] > 0) & (lines[c] > 0)).sum()), sellable[c]) for c in numbers}


def risen(lines: pl.DataFrame, baseline: pl.DataFrame, *, times: int, units: int) -> pl.DataFrame:
    """Lines that rose both more than so many times and by more than so many units: ``code``, ``quantity``, ``before``.

    A code that the baseline doesn't know rose from 0.
    """
    before = _aligned(baseline, lines)["quantity"].fill_null(0)
    return lines.select("code", "quantity", before=before).filter(
        col("quantity") > times * col("before"), col("quantity") - col("before") > units
    )


def dropped_lines(lines: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """The lines that are offered, were told as sellable and are 0 now."""
    return lines.filter((_aligned(baseline, lines)["quantity"] > 0) & (lines["quantity"] == 0))


def with_lines(baseline: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """What an order source knows that was told some lines of the same columns on top of its baseline."""
    others = baseline.join(told, on="code", how="anti")
    return pl.concat([others, told.select(baseline.columns)]).sort("code")


def _aligned(baseline: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The baseline's row of every line, in the order of the lines; nulls for a code that it doesn't know."""
    if _same_codes(baseline, lines):
        return baseline
    return lines.select("code").join(baseline, on="code", how="left", maintain_order="left")


def _same_codes(baseline: pl.DataFrame, lines: pl.DataFrame) -> bool:
    """Whether both hold the same codes in the same order, as they mostly do: then nothing has to be joined."""
    return baseline["code"].equals(lines["code"])
