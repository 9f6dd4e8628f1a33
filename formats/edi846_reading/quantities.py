"""The quantities of an 846: text and unit to pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from formats.snapshot.quantities import Quantities, plain_quantity
from mappings.model import MAX_QUANTITY

col = pl.col

#: A quantity as it stands in a segment: the row of its line, its own, the place it speaks of (null: of its line's).
QUANTITIES_SCHEMA: dict[str, pl.DataType] = {
    "item": pl.Int64(),
    "row": pl.Int64(),
    "place": pl.String(),
    "quantity": pl.String(),
    "unit": pl.String(),
    "column": pl.String(),
    "unit_column": pl.String(),
}


class Problem(NamedTuple):
    """What is wrong with a line: the row of its LIN and of the segment, the element, its text, and why."""

    item: int
    row: int
    column: str | None
    value: str | None
    reason: str


class Counted(NamedTuple):
    """Quantities read: ``item``, ``row``, ``place``, ``column``, ``pieces``; bad ones are not among them."""

    frame: pl.DataFrame
    problems: list[Problem]
    rounded: int


_NUMBERS = Quantities()


def counted(said: pl.DataFrame, pieces: Mapping[str, int]) -> Counted:
    """Reads quantities (``QUANTITIES_SCHEMA``): fractions are rounded down, toward minus infinity.

    Args:
        said: the quantities.
        pieces: how many pieces each known unit is; no unit at all means pieces.
    """
    plain = said.with_columns(plain_quantity("quantity").alias("pieces"))
    one_piece = [unit for unit, count in pieces.items() if count == 1]
    single = col("unit").is_null() | (col("unit") == "") | col("unit").is_in(one_piece)
    if plain.select((col("pieces").is_not_null() & single).all()).item():
        return Counted(plain, [], 0)
    factor = col("unit").fill_null("").replace_strict({"": 1} | dict(pieces), default=None, return_dtype=pl.Int64)
    read = _NUMBERS.read(said.lazy(), "quantity").collect()
    read = read.with_columns(factor=factor).with_columns(pieces=col("quantity") * col("factor"))
    good = col("pieces").is_between(-MAX_QUANTITY, MAX_QUANTITY).fill_null(False)
    rounded = read.filter(good & col("quantity:rounded")).height
    return Counted(read.filter(good), [_problem(bad) for bad in read.filter(~good).iter_rows(named=True)], rounded)


def _problem(bad: Mapping[str, object]) -> Problem:
    text, unit = str(bad["quantity:text"]), str(bad["unit"])
    column, value, reason = str(bad["column"]), text, _NUMBERS.why_not(text)
    if reason is None and bad["factor"] is None:
        column, value = str(bad["unit_column"]), unit
        reason = f'is not a unit of single pieces; say in units how many it is, as in units = {{ "{unit}" = 12 }}'
    reason = reason or f"is beyond {MAX_QUANTITY:,}, the largest quantity"
    return Problem(int(str(bad["item"])), int(str(bad["row"])), column, value, reason)
