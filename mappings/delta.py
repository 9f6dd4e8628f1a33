"""What one order source is told now, against what it was told last."""

from __future__ import annotations

from typing import Literal

import polars as pl

from mappings.model import DETAIL_PREFIX, WAREHOUSE_PREFIX, FeedKind

col = pl.col

#: What an order source makes of a SKU that a full feed leaves out.
Absent = Literal["unchanged", "zero", "deleted"]


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
    if kind == "full" and absent != "unchanged":
        return told
    return pl.concat([told, gone_lines(lines, baseline)]).sort("code")


def changed_lines(lines: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """The lines that are not in the baseline, or of which any sent value differs."""
    sent = [c for c in lines.columns if c not in ("sku", "code")]
    if not set(sent) <= set(baseline.columns):
        return lines
    both = lines.join(baseline, on="code", how="left", suffix=":before", maintain_order="left")
    differs = pl.any_horizontal(col(c).ne_missing(col(f"{c}:before")) for c in sent)
    return both.filter(differs).select(lines.columns)


def gone_lines(lines: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """The codes that were told as sellable and are no longer offered: quantity 0, status ``gone``."""
    numbers = [c for c in lines.columns if c == "quantity" or c.startswith(WAREHOUSE_PREFIX)]
    details = [c for c in lines.columns if c.startswith(DETAIL_PREFIX)]
    missing = [pl.lit(None, pl.String).alias(c) for c in details if c not in baseline.columns]
    gone = baseline.filter(col("quantity") > 0).join(lines, on="code", how="anti").with_columns(missing)
    zeros = [pl.lit(0, pl.Int64).alias(c) for c in numbers]
    return gone.with_columns(pl.lit("gone").alias("status"), *zeros).select(lines.columns)


def zeroed_percent(lines: pl.DataFrame, baseline: pl.DataFrame) -> float:
    """How many percent of the codes that were sellable would now become 0, those no longer offered included."""
    sellable = baseline.filter(col("quantity") > 0).select("code")
    if sellable.is_empty():
        return 0.0
    still = sellable.join(lines.filter(col("quantity") > 0), on="code", how="semi").height
    return 100 * (sellable.height - still) / sellable.height
