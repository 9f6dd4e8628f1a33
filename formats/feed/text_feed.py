"""What all feeds have in common whose layout is text with placeholders: CSV, XML, JSON."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from formats.feed import template
from formats.feed.errors import FeedError
from formats.feed.rules import Rule, check_warehouse_codes, cuts, line_checks, sent
from formats.feed.template import FEED_FACTS, LINE_COLUMNS, VALUE_PREFIX, WAREHOUSE_VALUES, Values
from formats.feed.writable import Check, require_breakdown
from formats.settings import Settings, StatusWords
from mappings.model import DETAIL_PREFIX, Feed, Warehouse, warehouse_column

WORD_PREFIX = "word:"
#: Which row or item of the file this is; the lines have a column of this name, in which they are numbered.
NUMBER = "number"


class WarehouseNumbers(Settings):
    """The numbers of the warehouses in a layout that numbers them: a file has room for so many."""

    first: int = Field(1, ge=0, description="Number of the first warehouse.")
    last: int | None = Field(None, ge=1, description="Number of the last warehouse that has room in the file.")

    def check(self, order_source: str, warehouses: Sequence[Warehouse]) -> None:
        """Refuse more warehouses than have room (FeedError)."""
        if self.last is not None and len(warehouses) > (room := self.last - self.first + 1):
            raise FeedError(
                f"{order_source}: {len(warehouses)} warehouses are selected, but its files have room for {room}; "
                "choose them in warehouses"
            )


class TextFeed(Settings):
    """Settings and rules of a feed made of text."""

    status: StatusWords = Field(
        StatusWords(), description="Words for `{status}`, by the total, and `{warehouse_status}`, by a warehouse."
    )
    words: dict[str, StatusWords] = Field({}, description="More words for the status, each the text of `{word:NAME}`.")
    rules: dict[str, Rule] = Field(
        {},
        description='What values must be like: of `code`, `sku`, `"detail:upc"`, `total`, `quantity`, `warehouse`.',
    )
    warehouse_numbers: WarehouseNumbers = Field(
        WarehouseNumbers(), description="What `{warehouse_number}` is, and how many warehouses have room in a file."
    )

    needs_interchange: ClassVar[bool] = False

    @model_validator(mode="after")
    def _words_are_texts(self) -> Self:
        for word in self.constants():
            template.check(word, {**FEED_FACTS, **LINE_COLUMNS})
        return self

    @field_validator("rules")
    @classmethod
    def _about_values(cls, rules: dict[str, Rule]) -> dict[str, Rule]:
        known = ("code", "sku", "total", "quantity", "warehouse")
        for name in rules:
            if name not in known and not name.startswith(DETAIL_PREFIX):
                raise ValueError(f"there is no value {name!r}; rules are for {', '.join(known)} and detail:NAME")
        return rules

    @property
    @abstractmethod
    def breaks_down(self) -> bool:
        """Whether the file says what lies in which warehouse."""

    @abstractmethod
    def texts(self) -> Sequence[str]:
        """All texts of the layout."""

    @abstractmethod
    def escaped(self, text: str) -> str:
        """A text as it stands in the file (FeedError where it can't)."""

    def details(self) -> frozenset[str]:
        """The product details that the file sends."""
        return template.details(*self.texts(), *self.constants())

    def required_details(self) -> frozenset[str]:
        """Of them, those that every merchant's products must have."""
        return template.required_details(*self.texts(), *self.constants())

    def values(self) -> frozenset[str]:
        """The names of the values that the order source's settings must give."""
        return template.within(VALUE_PREFIX, template.names(*self.texts(), *self.constants()))

    def check_warehouses(self, order_source: str, warehouses: Sequence[Warehouse]) -> None:
        """Refuse warehouses that the file could not tell apart, or whose codes break a rule (FeedError)."""
        if self.breaks_down:
            require_breakdown(order_source, warehouses)
            self.warehouse_numbers.check(order_source, warehouses)
            check_warehouse_codes(self.rules, order_source, list(warehouses))

    def replaced(self, feed: Feed) -> pl.DataFrame:
        """The texts that are cut by a rule: ``code``, ``column``, ``value``, ``sent`` (String), sorted by code."""
        return cuts(self.rules, feed.lines)

    def known(self, *, warehouse: bool = False) -> Values:
        """The placeholders of a line, or of a line's warehouse, with an example of each."""
        words = dict.fromkeys((WORD_PREFIX + name for name in self.words), pl.lit(""))
        place = {**WAREHOUSE_VALUES, "warehouse_status": pl.lit("")} if warehouse else {}
        return {**FEED_FACTS, **LINE_COLUMNS, **words, NUMBER: pl.col(NUMBER), **place}

    def line_values(self, feed: Feed) -> dict[str, Any]:
        """What the placeholders of a line stand for."""
        line = {**template.feed_facts(feed), **template.line_columns(feed), NUMBER: pl.col(NUMBER)}
        words = {WORD_PREFIX + name: self._said(words, line) for name, words in self.words.items()}
        return {**line, "status": self._said(self.status, line), **words}

    def place_values(self, feed: Feed) -> list[dict[str, Any]]:
        """What the placeholders of each warehouse of a line stand for."""
        line = self.line_values(feed)
        return [
            {
                **line,
                **template.warehouse_values(warehouse, self.warehouse_numbers.first + place - 1),
                "warehouse_status": self._said(self.status, line, warehouse_column(warehouse.code)),
                NUMBER: self.place_number(feed, place),
            }
            for place, warehouse in enumerate(feed.warehouses, 1)
        ]

    def place_number(self, feed: Feed, place: int) -> pl.Expr:
        """The number of the row or item that says what lies in a warehouse, the so manieth of its feed."""
        return pl.col(NUMBER)

    def text_columns(self) -> list[str]:
        """The columns of the lines that hold text from outside."""
        return template.text_columns(template.names(*self.texts(), *self.constants()))

    def rule_checks(self, feed: Feed) -> list[Check]:
        """The rules of the layout about the lines of a feed."""
        return list(line_checks(self.rules, feed.lines, list(feed.warehouses) if self.breaks_down else []))

    def sent_lines(self, feed: Feed) -> pl.DataFrame:
        """The lines of a feed as they are sent: texts cut and dates written as the rules say, numbered from 1."""
        return sent(self.rules, feed.lines).with_row_index(NUMBER, offset=1)

    def constants(self) -> list[str]:
        """The words that may stand in a file for a status."""
        return [word for words in (self.status, *self.words.values()) for word in words.texts()]

    def _said(self, words: StatusWords, values: Values, quantity: str = "quantity") -> pl.Expr:
        """The status of every line in these words, by what there is in a column."""
        return words.of(quantity, lambda word: template.concat(template.fill(word, values, self.escaped)))
