"""Feeds whose items hold, or are held by, their warehouses: what XML and JSON have in common."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl
from pydantic import Field

from formats.feed import template
from formats.feed.errors import FeedError
from formats.feed.template import FEED_FACTS, WAREHOUSE_FACTS, WAREHOUSE_VALUES, Piece, Values
from formats.feed.text_feed import TextFeed
from formats.feed.writable import Check, require_values, require_writable, unwritable
from formats.settings import Settings
from formats.x12.interchange import Interchange
from mappings.model import DETAIL_PREFIX, Feed

_OPTIONAL = "optional:"


class Optional(Settings):
    """A part of an item that only some items have."""

    text: str = Field(description="The part; left out where a detail that it names is not known.")
    only: Literal["in_stock", "out_of_stock"] | None = Field(
        None, description="Left out as well where the total is, or is not, above 0."
    )

    def expression(self, values: Values, pieces: Sequence[Piece]) -> pl.Expr:
        """The part of every line, or nothing."""
        there = [values[f"{DETAIL_PREFIX}{name}"] != "" for name in template.details(self.text)]
        if self.only:
            there.append((pl.col("quantity") > 0) if self.only == "in_stock" else (pl.col("quantity") == 0))
        whole = template.concat(pieces)
        return pl.when(pl.all_horizontal(there)).then(whole).otherwise(pl.lit("")) if there else whole


class Layout(NamedTuple):
    """The texts of a document.

    Attributes:
        head: before everything.
        group: around the items of one warehouse, with ``{items}``; None: there is one list of items.
        item: one product, with ``{warehouses}`` or, where it names a warehouse itself, one per warehouse.
        warehouse: one warehouse of an item.
        tail: after everything.
        between: two items or groups.
        between_warehouses: two warehouses of an item.
        optional: parts of an item.
    """

    head: str
    group: str | None
    item: str
    warehouse: str | None
    tail: str
    between: str
    between_warehouses: str
    optional: dict[str, Optional]


class NestedFeed(TextFeed):
    """Settings and rules of a feed made of items."""

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """The texts of the document."""

    @property
    @abstractmethod
    def impossible(self) -> tuple[str, str]:
        """A pattern of what no text of the document may hold, and why not."""

    @abstractmethod
    def escaped_column(self, name: str) -> pl.Expr:
        """A column of text as it stands in the document."""

    @abstractmethod
    def parse(self, sample: str) -> None:
        """Refuse a document that no reader would take (ValueError)."""

    @cached_property
    def shape(self) -> Literal["groups", "nested", "rows", "total"]:
        """Where the warehouses are: around the items, inside them, an item each, or nowhere."""
        if self.layout.group is not None:
            return "groups"
        if self.layout.warehouse is not None:
            return "nested"
        named = not template.names(self.layout.item).isdisjoint({*WAREHOUSE_VALUES, "warehouse_status"})
        return "rows" if named else "total"

    @property
    def breaks_down(self) -> bool:
        """Whether the file says what lies in which warehouse."""
        return self.shape != "total"

    def rows(self, warehouses: int) -> int:
        """How many items a product takes."""
        return warehouses if self.shape in ("groups", "rows") else 1

    def texts(self) -> list[str]:
        """All texts of the layout."""
        layout = self.layout
        optional = [part.text for part in layout.optional.values()]
        return [layout.head, layout.group or "", layout.item, layout.warehouse or "", layout.tail, *optional]

    def place_number(self, feed: Feed, place: int) -> pl.Expr:
        """The number of the item that says what lies in a warehouse, the so manieth of its feed."""
        line = super().place_number(feed, place)
        if self.shape == "rows":
            return (line - 1) * len(feed.warehouses) + place
        return line + (place - 1) * feed.lines.height if self.shape == "groups" else line

    def check_layout(self) -> None:
        """Refuse a layout with an unknown placeholder, without products, or that no reader would take (ValueError)."""
        layout = self.layout
        if ("warehouses" in template.names(layout.item)) != (layout.warehouse is not None):
            raise ValueError("{warehouses} in item and a text for warehouse go together")
        optional: Values = {_OPTIONAL + name: pl.lit("") for name in layout.optional}
        own = self.known(warehouse=self.shape in ("groups", "rows"))
        for text in (layout.head, layout.tail):
            template.check(text, FEED_FACTS)
        template.check(layout.group or "", {**FEED_FACTS, **WAREHOUSE_FACTS, "items": []})
        template.check(layout.item, {**own, **optional, **({"warehouses": []} if layout.warehouse else {})})
        template.check(layout.warehouse or "", {**self.known(warehouse=True), **optional})
        for part in layout.optional.values():
            template.check(part.text, own)
        if not self.text_columns():
            raise ValueError('the item does not name the product; use "{code}"')
        if self.breaks_down and template.names(*self.texts()).isdisjoint(WAREHOUSE_FACTS):
            raise ValueError('nothing names the warehouse of a quantity; use "{warehouse}", or "{total}"')
        self.parse(self._sample())

    def unwritable(self, feed: Feed) -> pl.DataFrame:
        """The lines that the file cannot hold: ``code``, ``column``, ``value``, ``reason`` (String).

        Raises:
            FeedError: a warehouse or a constant cannot be written in this format.
        """
        require_values(feed, self.values())
        self.check_warehouses(feed.order_source, feed.warehouses)
        self._filled(feed)
        pattern, reason = self.impossible
        held = [Check(name, pl.col(name).str.contains(pattern), reason) for name in self.text_columns()]
        return unwritable(feed.lines, [*held, *self.rule_checks(feed)])

    def write(self, feed: Feed, out: Path, interchange: Interchange | None = None) -> None:
        """Write the whole document; equal feeds give equal bytes.

        Raises:
            FeedError: a line, a warehouse or a constant cannot be written in this format.
        """
        require_writable(feed, self.unwritable(feed))
        texts = [self.escaped_column(name).alias(name) for name in self.text_columns()]
        lines = self.sent_lines(feed).with_columns(texts)
        head, groups, tail = self._filled(feed)
        with out.open("wb") as file:
            file.write(head.encode())
            for before, item, after in groups:
                file.write(before.encode())
                self._write_items(lines, item, file)
                file.write(after.encode())
            file.write(tail.encode())

    def _write_items(self, lines: pl.DataFrame, item: list[Piece], file: io.BufferedIOBase) -> None:
        if not (between := self.layout.between):
            template.write_lines(lines, template.concat(item), file)
            return
        template.write_lines(lines.head(1), template.concat(item), file)
        template.write_lines(lines.slice(1), template.concat([between, *item]), file)

    def _filled(self, feed: Feed) -> tuple[str, list[tuple[str, list[Piece], str]], str]:
        """Head, groups and tail of a feed; a group is what is before its items, an item, and what is after."""
        facts = template.feed_facts(feed)
        head, tail = (template.fill_facts(text, facts, self.escaped) for text in (self.layout.head, self.layout.tail))
        places = self.place_values(feed)
        if self.shape != "groups":
            return head, [("", self._items(self.line_values(feed), places), "")], tail
        groups = []
        for number, place in enumerate(places):
            before, after = (template.fill_facts(text, place, self.escaped) for text in self._around_items())
            groups.append(((self.layout.between if number else "") + before, self._item(place), after))
        return head, groups, tail

    def _items(self, line: dict[str, Any], places: list[dict[str, Any]]) -> list[Piece]:
        """The items of one line: one, or one per warehouse."""
        if self.shape == "rows":
            return template.joined([self._item(place) for place in places], self.layout.between)
        inner = [self._whole(self.layout.warehouse or "", place) for place in places]
        return self._item({**line, "warehouses": template.joined(inner, self.layout.between_warehouses)})

    def _item(self, values: dict[str, Any]) -> list[Piece]:
        return self._whole(self.layout.item, values)

    def _whole(self, text: str, values: dict[str, Any]) -> list[Piece]:
        """A text of the layout with the parts in it that may be missing."""
        optional = {
            _OPTIONAL + name: part.expression(values, template.fill(part.text, values, self.escaped))
            for name, part in self.layout.optional.items()
        }
        return template.fill(text, {**values, **optional}, self.escaped)

    def _around_items(self) -> tuple[str, str]:
        before, _, after = (self.layout.group or "{items}").partition("{items}")
        return before, after

    def _sample(self) -> str:
        """A document of two items, of two groups if it has groups."""
        layout = self.layout
        names = dict.fromkeys(template.names(*self.texts()), "1")
        values = {**names, **FEED_FACTS, **WAREHOUSE_FACTS}
        values |= {_OPTIONAL + name: template.fill_facts(part.text, values) for name, part in layout.optional.items()}
        values["warehouses"] = template.fill_facts(layout.warehouse or "", values)
        item = template.fill_facts(layout.item, values)
        before, after = (template.fill_facts(text, values) for text in self._around_items())
        group = before + item + layout.between + item + after
        middle = group + layout.between + group if self.shape == "groups" else group
        return template.fill_facts(layout.head, values) + middle + template.fill_facts(layout.tail, values)


def refuse_impossible(text: str, pattern: str, format_name: str) -> None:
    """Refuse a constant that a document can't hold (FeedError)."""
    import re

    if found := re.search(pattern, text):
        raise FeedError(f"{text!r} holds {found[0]!r}, which {format_name} cannot hold")
