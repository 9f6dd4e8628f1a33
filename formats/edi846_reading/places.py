"""Quantities per warehouse inside a line of an 846: SDQ, LS to LE, and QTY04."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from formats.edi846_reading.quantities import Problem
from formats.edi846_reading.settings import Edi846Settings, Pattern
from mappings.model import empty

col = pl.col

_SDQ_PAIRS = range(3, 22, 2)


def any_sdq(sdq: pl.DataFrame) -> pl.DataFrame:
    """The pairs of SDQ, however they are laid out (``QUANTITIES_SCHEMA``)."""
    said = [said_of(sdq, place=f"e{n}", quantity=f"e{n + 1}", unit="e1", name="SDQ") for n in _SDQ_PAIRS]
    return pl.concat(said).filter((col("place") != "") | (col("quantity") != ""))


def qty_with_place(qty: pl.DataFrame) -> pl.DataFrame:
    """QTY whose fourth element names a warehouse."""
    return said_of(qty.filter(col("e4").fill_null("") != ""), place="e4", quantity="e2", unit="e3", name="QTY")


def totals(qty: pl.DataFrame) -> pl.DataFrame:
    """QTY that speak of all of their line."""
    names = {"column": pl.lit("QTY02"), "unit_column": pl.lit("QTY03")}
    return qty.select("item", "row", place=pl.lit("", pl.String), quantity=col("e2").fill_null(""), unit="e3", **names)


def own_places(segments: pl.DataFrame, settings: Edi846Settings) -> tuple[pl.DataFrame, list[Problem]]:
    """The warehouse that a REF or N1 of a line names.

    Args:
        segments: REF and N1 outside of loops: ``item``, ``row``, ``id``, ``e1`` … ``e4``.
        settings: which of them names one.

    Returns:
        ``item``, ``own_place``; and the lines that name several.
    """
    if segments.is_empty():
        return empty({"item": pl.Int64(), "own_place": pl.String()}), []
    rank = pl.lit(None, pl.Int64)
    ways: tuple[tuple[Literal["REF", "N1"], Pattern], ...] = (("REF", "item-ref"), ("N1", "item-name"))
    for name in [name for name, pattern in ways if settings.looks_at(pattern)]:
        ranks = {code: n for n, code in enumerate(settings.place_codes(name))}
        of_code = col("e1").replace_strict(ranks, default=None, return_dtype=pl.Int64)
        rank = pl.when(col("id") == name).then(of_code).otherwise(rank)
    by_name = pl.when(col("id") == "N1").then(pl.coalesce("e4", "e2")).otherwise(col("e2"))
    named = segments.select("item", "row", own_place=by_name.str.strip_chars(), rank=rank).drop_nulls()
    named = named.filter(col("own_place") != "").filter(col("rank") == col("rank").min().over("item"))
    kept = named.unique("item", keep="first", maintain_order=True).select("item", "own_place")
    other = named.join(kept, on="item", suffix=":first").filter(col("own_place") != col("own_place:first"))
    problems = [
        Problem(item, row, None, place, "is one of several warehouses of this line")
        for item, row, place in other.select("item", "row", "own_place").iter_rows()
    ]
    return kept, problems


def ls_loops(segments: pl.DataFrame, codes: Sequence[str]) -> tuple[pl.DataFrame, list[Problem]]:
    """QTY whose warehouse a REF between LS and LE names: of the QTY before LS, or of those behind each REF.

    Args:
        segments: REF and QTY in their order: ``item``, ``row``, ``id``, ``loop`` (the row of the LS that is open
            there, else 0), ``before`` (the row of the last QTY before that LS), ``e1`` … ``e4``; QTY only of the
            qualifiers that count.
        codes: the qualifiers of REF that name a warehouse.

    Returns:
        The quantities (``QUANTITIES_SCHEMA``), and what is wrong with other loops.
    """
    inside = segments.filter(col("loop") > 0)
    is_place = ((col("id") == "REF") & col("e1").is_in(codes)).fill_null(False)
    inside = inside.filter(is_place | (col("id") == "QTY")).with_columns(
        is_place=is_place,
        holds_qty=(col("id") == "QTY").any().over("loop"),
        places=is_place.sum().over("loop"),
        named=pl.when(is_place).then(col("e2").fill_null("")).forward_fill().over("loop"),
    )
    single = inside.filter(is_place, ~col("holds_qty"), col("places") == 1)
    ahead = single.select("before", "named").join(
        segments.filter(col("id") == "QTY").select("item", "row", "e2", "e3"), left_on="before", right_on="row"
    )
    within = inside.filter(col("id") == "QTY").select("named", "item", "row", "e2", "e3")
    found = pl.concat([ahead.rename({"before": "row"}).select(within.columns), within])
    shared = inside.filter(is_place, ~col("holds_qty"), col("places") > 1)
    problems = [
        Problem(item, row, "REF02", value, "is one of several warehouses that share one quantity")
        for item, row, value in shared.select("item", "row", "e2").iter_rows()
    ]
    problems += [
        Problem(item, row, "REF02", value, "is a warehouse without a quantity")
        for item, row, value in _without_quantity(inside).select("item", "row", "e2").iter_rows()
    ]
    return said_of(found, place="named", quantity="e2", unit="e3", name="QTY"), problems


def _without_quantity(inside: pl.DataFrame) -> pl.DataFrame:
    """The REF behind which no QTY stands before the next, in loops that hold QTY."""
    mixed = inside.filter("holds_qty").sort("row")
    followed = (col("id").shift(-1) == "QTY") & (col("loop").shift(-1) == col("loop"))
    return mixed.filter(col("is_place") & ~followed.fill_null(False))


def said_of(frame: pl.DataFrame, *, place: str, quantity: str, unit: str, name: str) -> pl.DataFrame:
    """Quantities (``QUANTITIES_SCHEMA``) of segments of one name, from the columns that hold them."""
    column = name + {"SDQ": f"{int(quantity[1:]):02d}", "QTY": "02", "SLN": "04"}[name]
    return frame.select(
        "item",
        "row",
        place=col(place).fill_null("").str.strip_chars(),
        quantity=col(quantity).fill_null(""),
        unit=col(unit),
        column=pl.lit(column),
        unit_column=pl.lit({"SDQ": "SDQ01", "QTY": "QTY03", "SLN": "SLN05"}[name]),
    )
