"""SLN: the warehouses of a line, or the parts of its product, whose quantities are no stock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from formats.edi846_reading.places import said_of
from formats.edi846_reading.quantities import Problem
from formats.edi846_reading.settings import Edi846Settings

col = pl.col

_FIRST_PAIR = {"LIN": 2, "SLN": 9}


class Sublines(NamedTuple):
    """What SLN say.

    Attributes:
        said: quantities per warehouse of their line (``QUANTITIES_SCHEMA``).
        problems: what is wrong with others.
        unread: how many tell no stock of their line: they name no warehouse, or a part of the product. The standard
            compares them to a bill of materials; their quantity is what one piece of the product is made of.
    """

    said: pl.DataFrame
    problems: list[Problem]
    unread: int


def sublines(sln: pl.DataFrame, lin: pl.DataFrame, settings: Edi846Settings) -> Sublines:
    """Reads SLN.

    Args:
        sln: ``item``, ``row``, ``e1`` to ``e10`` and more.
        lin: the LIN of the same lines: ``item``, ``row``, ``e1`` …
        settings: which ids name a warehouse or a product.
    """
    ids = _ids(sln, "SLN")
    codes = settings.place_codes("SLN") if settings.looks_at("sln") else ()
    places = ids.filter(col("code").is_in(codes)).sort(_rank(codes), maintain_order=True)
    places = places.unique("row", keep="first", maintain_order=True).select("row", subplace="id")
    products = ids.filter(col("code").is_in(settings.product_qualifiers)).join(places, on="row", how="semi")
    parts, doubtful = _of_others(products, _ids(lin, "LIN"))
    named = sln.join(places, on="row", maintain_order="left").filter(~col("row").is_in(parts.implode()))
    problems = [
        Problem(item, row, column, id_, "is a product that its line does not name")
        for item, row, column, id_ in doubtful.select("item", "row", "column", "id").iter_rows()
    ]
    said = said_of(named, place="subplace", quantity="e4", unit="e5", name="SLN")
    return Sublines(said, problems, sln.height - said.height)


def _ids(segments: pl.DataFrame, name: str) -> pl.DataFrame:
    """The pairs of qualifier and id: ``item``, ``row``, ``column`` (the element of the id), ``code``, ``id``."""
    last = max(int(column[1:]) for column in segments.columns if column[1:].isdecimal())
    said = [
        segments.select(
            *("item", "row"), column=pl.lit(f"{name}{n + 1:02d}"), code=f"e{n}", id=col(f"e{n + 1}").str.strip_chars()
        )
        for n in range(_FIRST_PAIR[name], last, 2)
    ]
    return pl.concat(said).drop_nulls().filter(col("id") != "")


def _rank(codes: Sequence[str]) -> pl.Expr:
    return col("code").replace_strict({code: n for n, code in enumerate(codes)}, default=None, return_dtype=pl.Int64)


def _of_others(products: pl.DataFrame, of_line: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """The rows of SLN whose products are not those of their line, and the ids that cannot be compared with it."""
    both = products.join(of_line.select("item", "code", own="id"), on=["item", "code"], how="left")
    same, compared = (col("id") == col("own")).fill_null(False).any(), col("own").is_not_null().any()
    rows = both.group_by("row").agg(same=same, compared=compared).filter(~col("same"))
    doubtful = products.join(rows.filter(~col("compared")), on="row", how="semi")
    return rows.filter("compared")["row"], doubtful.sort("row").unique("row", keep="first", maintain_order=True)
