"""Text to whole quantities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from formats.cells import BLANKS, stripped
from mappings.model import MAX_QUANTITY

DecimalMark = Literal[".", ","]
ThousandsMark = Literal["", ",", ".", " ", "'"]

#: What a source may put between thousands; blanks and apostrophes come in several shapes.
_BETWEEN_THOUSANDS: Mapping[ThousandsMark, str] = {
    ",": ",",
    ".": r"\.",
    " ": "[ \u00a0\u202f]",  # with the no-break spaces of French and SI spelling
    "'": "['\u2019]",
}
_LOOKS_NUMERIC = re.compile(r"[-+0-9., '\u00a0\u202f\u2019]+")


def plain_quantity(column: str) -> pl.Expr:
    """The cells of a column of text that are digits alone, perhaps after a sign; null for every other text."""
    number = pl.col(column).cast(pl.Int64, strict=False)
    return pl.when(number.is_between(-MAX_QUANTITY, MAX_QUANTITY)).then(number)


@dataclass(frozen=True, slots=True)
class Quantities:
    """How a source writes quantities.

    Attributes:
        decimal: the mark between units and their fraction.
        thousands: the mark between groups of three digits, which may also be missing.
        words: texts that stand for a quantity (units).
    """

    decimal: DecimalMark = "."
    thousands: ThousandsMark = ""
    words: Mapping[str, int] = field(default_factory=dict)

    def read(self, rows: pl.LazyFrame, column: str, *, round_up: bool = False) -> pl.LazyFrame:
        """Replaces a column of text by its quantities (Int64, units; null where a text is none).

        Every row is rounded by itself, toward minus infinity, so that no sum of rows promises more than there is.

        Args:
            rows: the rows.
            column: of text; blanks around a text don't matter.
            round_up: toward plus infinity instead: for quantities that will be subtracted.

        Returns:
            The rows with two columns more: ``<column>:text`` (String, without blanks around it) and
            ``<column>:rounded`` (Boolean, whether there was a fraction).
        """
        text, rounded = f"{column}:text", f"{column}:rounded"
        units = pl.col(text).str.extract(f"^{self._number}$")
        if self.thousands:
            units = units.str.replace_all(_BETWEEN_THOUSANDS[self.thousands], "")
        is_fraction = pl.col(text).str.contains(f"^{self._fraction}$")
        negative = pl.col(text).str.starts_with("-")
        step = (pl.col(rounded) & ~negative) if round_up else -(pl.col(rounded) & negative).cast(pl.Int8)
        inside = pl.col(column).is_between(-MAX_QUANTITY, MAX_QUANTITY)
        # One step after the other: what is used twice within one step would be computed twice.
        rows = rows.with_columns(stripped(column).str.replace(self._bare_fraction, "${1}0$2").alias(text))
        rows = rows.with_columns(units.cast(pl.Int64, strict=False).alias(column), is_fraction.alias(rounded))
        rows = rows.with_columns(pl.when(inside).then(pl.col(column) + step).alias(column))
        if not self.words:
            return rows
        words = pl.col(text).replace_strict(dict(self.words), default=None, return_dtype=pl.Int64)
        return rows.with_columns(pl.coalesce(words, column).alias(column))

    def why_not(self, text: str) -> str | None:
        """Why a text is no quantity, as the end of a sentence that begins with it; None if it is one."""
        text = text.strip(BLANKS)
        if text in self.words:
            return None
        if not text:
            return "is empty"
        number = re.fullmatch(self._number, re.sub(self._bare_fraction, r"\g<1>0\2", text))
        if number is None and _LOOKS_NUMERIC.fullmatch(text):
            return f'is not a number with decimal = "{self.decimal}" and thousands = "{self.thousands}"'
        if number is None:
            return "is not a whole number"
        digits = re.sub("[^0-9]", "", number[1]).lstrip("0")
        if len(digits) <= 18 and int(digits or "0") <= MAX_QUANTITY:
            return None
        return f"is beyond {MAX_QUANTITY:,}, the largest quantity"

    @property
    def _units(self) -> str:
        if not self.thousands:
            return "[0-9]+"
        return f"(?:[0-9]{{1,3}}(?:{_BETWEEN_THOUSANDS[self.thousands]}[0-9]{{3}})+|[0-9]+)"

    @property
    def _number(self) -> str:
        return f"([+-]?{self._units})(?:{re.escape(self.decimal)}[0-9]*)?"

    @property
    def _fraction(self) -> str:
        return f"[+-]?{self._units}{re.escape(self.decimal)}[0-9]*[1-9][0-9]*"

    @property
    def _bare_fraction(self) -> str:
        """A fraction that lacks the 0 in front, as databases write it."""
        return f"^([+-]?)({re.escape(self.decimal)}[0-9])"
