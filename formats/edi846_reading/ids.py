"""Which product a line of an 846 speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from formats.edi846_reading.quantities import Problem
from formats.edi846_reading.settings import Edi846Settings

col = pl.col

_PAIRS = range(2, 31, 2)


class Ids:
    """Finds the SKU of lines; the qualifier that the first line uses is that of the whole file, unless it is set."""

    def __init__(self, settings: Edi846Settings) -> None:
        self._settings = settings
        self._sku = settings.sku

    def read(self, lin: pl.DataFrame) -> tuple[pl.DataFrame, list[Problem]]:
        """Reads LIN (``item``, ``set``, ``e1`` …).

        Returns:
            ``item``, ``set``, ``sku``, ``lot``, ``lin_place`` (the warehouse, if LIN names one); and the lines that
            name no product, or more than one.
        """
        pairs = [n for n in _PAIRS if f"e{n + 1}" in lin.columns]
        self._sku = self._sku or _first_qualifier(lin, pairs, self._settings.sku_qualifiers)
        codes = self._sku or self._settings.sku_qualifiers
        places = self._settings.place_codes("LIN") if self._settings.looks_at("lin") else ()
        under_first = ((col(f"e{n}") == codes[0]).fill_null(False) for n in pairs)
        lines = lin.select(
            "item",
            "set",
            sku=_first_of(codes, pairs),
            lot=_first_of(("LT",), pairs),
            lin_place=_first_of(places, pairs),
            ids=pl.sum_horizontal(pl.lit(0), *under_first),
        )
        return lines.drop("ids"), list(_problems(lines, codes))


def _first_qualifier(lin: pl.DataFrame, pairs: Sequence[int], order: Sequence[str]) -> tuple[str, ...] | None:
    """The qualifier that holds the SKU: of the first line that has any of these, the first in order."""
    for row in lin.iter_rows(named=True):
        has = {row[f"e{n}"] for n in pairs if row[f"e{n + 1}"]}
        if known := [code for code in order if code in has]:
            return (known[0],)
    return None


def _first_of(codes: Sequence[str], pairs: Sequence[int]) -> pl.Expr:
    """The id that LIN holds under the first of these qualifiers that it has; null if it has none."""
    under = (pl.when(col(f"e{n}") == code).then(col(f"e{n + 1}")) for code in codes for n in pairs)
    filled = (pl.when(text != "").then(text) for text in under) if len(codes) > 1 else under
    text = pl.coalesce(*filled, pl.lit(None, pl.String)).str.strip_chars()
    return pl.when(text != "").then(text)


def _problems(lines: pl.DataFrame, codes: Sequence[str]) -> Iterator[Problem]:
    marred = pl.col("sku").str.contains("\ufffd", literal=True)
    doubtful = lines.filter(col("sku").is_null() | (col("ids") > 1) | marred)
    for item, sku, ids in doubtful.select("item", "sku", "ids").iter_rows():
        if sku is None:
            reason = f"has no SKU under {' or '.join(codes)}; name the qualifier that holds it in sku"
        elif ids > 1:
            reason = "is one of several SKUs of this line"
        else:
            reason = "has bytes that are no text in this encoding; set encoding, as in cp1252"
        yield Problem(item, item, "LIN", sku, reason)
