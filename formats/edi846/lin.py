"""The ids of the product in LIN."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from pydantic import Field, field_validator

from formats.edi846.elements import sendable
from formats.edi846.segments import one
from formats.feed import template
from formats.feed.template import FEED_FACTS, LINE_COLUMNS, Values
from formats.feed.writable import Check
from formats.settings import Settings
from formats.x12.interchange import Qualifier
from formats.x12.lines import Part, where
from formats.x12.syntax import Syntax

_IDS: Values = {name: LINE_COLUMNS[name] for name in ("code", "sku")}


class ItemId(Settings):
    """``[[format.lin]]``: one id of the product, as a pair of qualifier and value in LIN."""

    qualifier: Qualifier = Field(description="SK for a SKU, VN vendor's item number, UP for a 12-digit UPC.")
    value: str = Field(description='Such as "{code}" or "{detail:upc}".')
    required: bool = Field(True, description="Whether a product without it is held back; else the pair is left out.")
    max_length: int = Field(80, ge=1, le=80, description="The most characters that the partner takes.")
    lengths: tuple[int, ...] = Field((), description="The lengths that there are, such as [12] for UP; none: any.")
    check_digit: bool = Field(
        False, description="Whether it is a GTIN (UPC, EAN): digits alone, of which the last checks the others."
    )

    @field_validator("value")
    @classmethod
    def _known(cls, value: str) -> str:
        template.check(value, {**FEED_FACTS, **_IDS})
        if not template.text_columns(template.names(value)):
            raise ValueError('names no product; use "{code}" or "{detail:NAME}"')
        return value

    @property
    def columns(self) -> list[str]:
        """The columns that the value is made of."""
        return template.text_columns(template.names(self.value))

    def elements(self, values: Values, syntax: Syntax) -> list[Part]:
        """Qualifier and value with a separator before each; nothing where an optional value is missing."""
        pair = syntax.elements("", self.qualifier, self.text(values, syntax))
        return where(None if self.required else ~self.missing(values), pair)

    def missing(self, values: Values) -> pl.Expr:
        """Whether a line does not have this id."""
        return pl.any_horizontal(values[column] == "" for column in self.columns)

    def checks(self, values: Values, syntax: Syntax) -> Iterator[Check]:
        """What its columns must obey."""
        for column in self.columns:
            yield sendable(column, values[column], syntax)
            if self.required:
                yield Check(column, values[column] == "", f"is missing, and LIN {self.qualifier} requires it")
        sent = self.text(values, syntax)
        for wrong, reason in self._misfits(sent, syntax):
            yield Check(self.columns[0], wrong & ~self.missing(values), reason)

    def _misfits(self, sent: pl.Expr, syntax: Syntax) -> Iterator[tuple[pl.Expr, str]]:
        name, length = f"LIN {self.qualifier}", sent.str.len_chars()
        rule = syntax.release.element("LIN", 3)
        longest = min(self.max_length, rule.longest if rule else self.max_length)
        yield length > longest, f"is longer than the {longest} characters of {name}"
        yield sent != sent.str.strip_chars(), "begins or ends with a blank, which X12 does not keep"
        if self.lengths:
            lengths = " or ".join(map(str, self.lengths))
            yield ~length.is_in(self.lengths), f"does not have the {lengths} characters of {name}"
        if self.check_digit:
            yield ~_checked(sent), f"is no GTIN, as {name} must be: its check digit is wrong"

    def text(self, values: Values, syntax: Syntax) -> pl.Expr:
        """The value as it is sent."""
        pieces = template.fill(self.value, values)
        return one([syntax.constant(piece) if isinstance(piece, str) else piece for piece in pieces])


def _checked(gtin: pl.Expr) -> pl.Expr:
    """Whether the last digit is the one that GS1 computes: weights 3 and 1 from the right, sum divisible by ten."""
    digits = gtin.str.zfill(14)
    weighted = [digits.str.slice(at, 1).cast(pl.Int32, strict=False) * (3, 1)[at % 2] for at in range(14)]
    return gtin.str.contains(r"^[0-9]{8,14}$") & (pl.sum_horizontal(weighted) % 10 == 0)
