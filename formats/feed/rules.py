"""What an order source demands of the values in its files, whatever their format."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Mapping

import polars as pl
from pydantic import Field, field_validator

from formats.feed.errors import FeedError
from formats.feed.writable import Check
from formats.settings import Settings
from mappings.model import Warehouse, warehouse_column

_NUMBERS = ("total", "quantity")


class Rule(Settings):
    """What a value must be like; a line that breaks it is held back with the reason."""

    required: bool = Field(False, description="It may not be empty.")
    unless: str | None = Field(None, description='A value that makes up for it where it is empty: "detail:upc".')
    shortest: int | None = Field(None, ge=1, description="Characters that it has at least.")
    longest: int | None = Field(None, ge=1, description="Characters that it has at most.")
    cut: bool = Field(False, description="Whether a text that is too long is cut, and reported, instead of held back.")
    pattern: str | None = Field(None, description="Regular expression for the whole of it.")
    meaning: str | None = Field(None, description='What the pattern stands for, as in "12 or 13 digits".')
    unique: bool = Field(False, description="No two lines of a file may have the same.")
    most: int | None = Field(None, ge=0, description="The largest number, of a quantity.")
    date: str | None = Field(
        None, description='How a date is written, such as "%Y%m%d"; the products table says it as 2026-12-31.'
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return pattern

    @field_validator("date")
    @classmethod
    def _writes_dates(cls, date: str | None) -> str | None:
        try:
            pl.Series([datetime.date(2000, 1, 1)]).dt.strftime(date or "%Y")
        except pl.exceptions.ComputeError:
            raise ValueError(f'{date!r} is not a way to write a date; try "%Y%m%d"') from None
        return date

    def broken(self, text: str) -> str | None:
        """What is wrong with a text; None where nothing is."""
        if text == "":
            return "is missing" if self.required else None
        if self.shortest is not None and len(text) < self.shortest:
            return self._too_short
        if self.longest is not None and len(text) > self.longest:
            return self._too_long
        return None if self.pattern is None or re.fullmatch(self.pattern, text) else self._mismatch

    def checks(self, name: str, columns: Collection[str]) -> Iterator[Check]:
        """The rule for a column of text, which may be null, among these columns."""
        text = pl.col(name).fill_null("")
        known = text != ""
        if self.required and self.unless is not None and self.unless in columns:
            made_up = pl.col(self.unless).fill_null("") != ""
            yield Check(name, ~known & ~made_up, f"is missing, and so is {self.unless}")
        elif self.required:
            yield Check(name, ~known, "is missing")
        if self.shortest is not None:
            yield Check(name, known & (text.str.len_chars() < self.shortest), self._too_short)
        if self.longest is not None and not self.cut:
            yield Check(name, text.str.len_chars() > self.longest, self._too_long)
        if self.pattern is not None:
            yield Check(name, known & ~text.str.contains(f"^(?:{self.pattern})$"), self._mismatch)
        if self.unique:
            yield Check(name, known & text.is_duplicated(), "is the same on another line")
        if self.date is not None:
            yield Check(name, known & _date(text).is_null(), "is not a date such as 2026-12-31")

    def sent(self, name: str) -> pl.Expr:
        """A column of text as it is sent."""
        if self.date is not None:
            return _date(pl.col(name)).dt.strftime(self.date)
        return pl.col(name).str.slice(0, self.longest) if self.cut else pl.col(name)

    @property
    def _too_short(self) -> str:
        return f"is shorter than {self.shortest} characters"

    @property
    def _too_long(self) -> str:
        return f"is longer than {self.longest} characters"

    @property
    def _mismatch(self) -> str:
        return f"is not {self.meaning}" if self.meaning else f"does not match {self.pattern}"


Rules = Mapping[str, Rule]


def line_checks(rules: Rules, lines: pl.DataFrame, warehouses: list[Warehouse]) -> Iterator[Check]:
    """The rules for the lines of a feed; one about a detail that the layout does not send says nothing."""
    for name, rule in rules.items():
        if name in _NUMBERS:
            columns = (
                ["quantity"] if name == "total" else [warehouse_column(warehouse.code) for warehouse in warehouses]
            )
            yield from (Check(c, pl.col(c) > rule.most, f"is more than {rule.most}") for c in columns if rule.most)
        elif name in lines.columns:
            yield from rule.checks(name, lines.columns)


def check_warehouse_codes(rules: Rules, order_source: str, warehouses: list[Warehouse]) -> None:
    """Refuse a warehouse that the order source could not know by such a code.

    Raises:
        FeedError: names the warehouse, its code and what is wrong with it.
    """
    if (rule := rules.get("warehouse")) is None:
        return
    for warehouse in warehouses:
        if wrong := rule.broken(warehouse.partner_code):
            raise FeedError(
                f"{order_source}: warehouse {warehouse.code}: its code {warehouse.partner_code!r} {wrong}; "
                "see warehouse_codes"
            )


def sent(rules: Rules, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines as they are sent: texts that may be are cut, dates written as they should be."""
    return lines.with_columns(rule.sent(name) for name, rule in rules.items() if lines.schema.get(name) == pl.String)


def cuts(rules: Rules, lines: pl.DataFrame) -> pl.DataFrame:
    """The texts that are cut: ``code``, ``column``, ``value``, ``sent`` (String), sorted by code."""
    shorter = sent(rules, lines)
    found = [pl.DataFrame(schema=dict.fromkeys(("code", "column", "value", "sent"), pl.String()))]
    for name, rule in rules.items():
        if rule.cut and name in lines.columns:
            both = lines.select("code", column=pl.lit(name), value=pl.col(name)).with_columns(sent=shorter[name])
            found.append(both.filter(pl.col("value") != pl.col("sent")))
    return pl.concat(found).sort("code", maintain_order=True)


def _date(text: pl.Expr) -> pl.Expr:
    return text.str.to_date("%Y-%m-%d", strict=False)
