"""Feeds as XML: text around the items, an item's own text, and one per warehouse inside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from formats.feed import template
from formats.feed.errors import FeedError
from formats.feed.template import FEED_FACTS, LINE_COLUMNS, WAREHOUSE_FACTS, WAREHOUSE_VALUES, Piece
from formats.feed.writable import Check, require_breakdown, require_writable, unwritable
from formats.settings import Settings, StatusWords
from formats.x12.interchange import Interchange
from mappings.model import Feed, Warehouse

_WAREHOUSES = "warehouses"
#: Line breaks and tabs would become blanks in an attribute; apostrophes may delimit one.
_ESCAPES = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip
#: Not in XML 1.0, not even as references.
_IMPOSSIBLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"


class XmlFeed(Settings):
    """A feed as XML in UTF-8."""

    type: Literal["xml"] = "xml"
    head: str = Field(
        description="Everything before the first item; may name facts such as {merchant}, {as_of}, {lines}."
    )
    item: str = Field(description="One item; {warehouses} is where its warehouses go.")
    warehouse: str | None = Field(None, description="One warehouse of an item.")
    tail: str = Field(description="Everything after the last item; may name the same facts as the head.")
    status: StatusWords = Field(StatusWords(), description="Words for the status of a line.")

    suffix: ClassVar[str] = ".xml"
    needs_interchange: ClassVar[bool] = False

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        facts, line = FEED_FACTS, {**FEED_FACTS, **LINE_COLUMNS}
        if (_WAREHOUSES in template.names(self.item)) != (self.warehouse is not None):
            raise ValueError("{warehouses} in item and a text for warehouse go together")
        template.check(self.head, facts)
        template.check(self.item, {**line, _WAREHOUSES: []})
        template.check(self.warehouse or "", {**line, **WAREHOUSE_VALUES})
        template.check(self.tail, facts)
        if not template.text_columns(template.names(self.item)):
            raise ValueError('the item does not name the product; use "{code}"')
        self._parse_sample()
        return self

    def details(self) -> frozenset[str]:
        """The product details that the file sends."""
        return template.details(self.item, self.warehouse or "")

    @property
    def breaks_down(self) -> bool:
        """Whether the file says what lies in which warehouse."""
        return self.warehouse is not None

    def check_warehouses(self, order_source: str, warehouses: Sequence[Warehouse]) -> None:
        """Refuse warehouses that the file could not tell apart (FeedError)."""
        if self.breaks_down:
            require_breakdown(order_source, warehouses)

    def unwritable(self, feed: Feed) -> pl.DataFrame:
        """The lines that XML cannot hold: ``code``, ``column``, ``value``, ``reason`` (String).

        Raises:
            FeedError: a warehouse or a constant cannot be written as XML.
        """
        self.check_warehouses(feed.order_source, feed.warehouses)
        self._filled(feed)
        reason = "holds a control character, which XML cannot hold"
        return unwritable(
            feed.lines,
            [Check(name, pl.col(name).str.contains(_IMPOSSIBLE), reason) for name in self._texts],
        )

    def write(self, feed: Feed, out: Path, interchange: Interchange | None = None) -> None:
        """Write the whole document; equal feeds give equal bytes.

        Raises:
            FeedError: a line, a warehouse or a constant cannot be written as XML.
        """
        require_writable(feed, self.unwritable(feed))
        head, item, tail = self._filled(feed)
        lines = feed.lines.with_columns(self.status.translated(), *(_escaped_column(name) for name in self._texts))
        with out.open("wb") as file:
            file.write(head.encode())
            template.write_lines(lines, item, file)
            file.write(tail.encode())

    @property
    def _texts(self) -> list[str]:
        return template.text_columns(template.names(self.item, self.warehouse or ""))

    def _filled(self, feed: Feed) -> tuple[str, pl.Expr, str]:
        """Head, item and tail, with the facts of a feed in them."""
        facts = template.feed_facts(feed)
        line = {**facts, **template.line_columns(feed)}
        warehouses: list[Piece] = []
        for warehouse in feed.warehouses:
            place = {**line, **template.warehouse_values(warehouse)}
            warehouses += template.fill(self.warehouse or "", place, _escaped)
        item = template.fill(self.item, {**line, _WAREHOUSES: warehouses}, _escaped)
        head, tail = (template.fill_facts(text, facts, _escaped) for text in (self.head, self.tail))
        return head, template.concat(item), tail

    def _parse_sample(self) -> None:
        from lxml import etree

        texts = (self.head, self.item, self.warehouse or "", self.tail)
        sample = {**dict.fromkeys(template.names(*texts), "sample"), **FEED_FACTS, **WAREHOUSE_FACTS}
        sample[_WAREHOUSES] = template.fill_facts(self.warehouse or "", sample)
        document = "".join(template.fill_facts(text, sample) for text in (self.head, self.item, self.item, self.tail))
        try:
            root = etree.fromstring(document.encode(), etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError as error:
            raise ValueError(f"a sample of this layout is not well-formed: {error.msg}") from None
        encoding = root.getroottree().docinfo.encoding
        if encoding and encoding.upper() != "UTF-8":
            raise ValueError(f"the head declares {encoding}, but the file is written in UTF-8")


def _escaped(text: str) -> str:
    if found := re.search(_IMPOSSIBLE, text):
        raise FeedError(f"{text!r} holds {found[0]!r}, which XML cannot hold")
    return "".join(_ESCAPES.get(character, character) for character in text)


def _escaped_column(name: str) -> pl.Expr:
    return pl.col(name).fill_null("").str.replace_many(_ESCAPES)
