"""Feeds as XML: text around the items, an item's own text, and one per warehouse inside or around it."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from formats.feed.nested_feed import Layout, NestedFeed, Optional, refuse_impossible

#: Line breaks and tabs would become blanks in an attribute; apostrophes may delimit one.
_ESCAPES = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip
#: Not in XML 1.0, not even as references.
_IMPOSSIBLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"


class XmlFeed(NestedFeed):
    """A feed as XML in UTF-8."""

    type: Literal["xml"] = "xml"
    head: str = Field(
        description="Everything before the first item; may name facts such as {merchant}, {as_of}, {lines}."
    )
    group: str | None = Field(
        None, description="Around the items of one warehouse, where each has its own list; {items} is where they go."
    )
    item: str = Field(
        description="One item; {warehouses} is where its warehouses go. One that names a warehouse itself, outside "
        "of a group, is written for each."
    )
    warehouse: str | None = Field(None, description="One warehouse of an item.")
    tail: str = Field(description="Everything after the last item; may name the same facts as the head.")
    optional: dict[str, Optional] = Field(
        {}, description="Parts of an item, or of its warehouses, each the text of {optional:NAME}."
    )

    suffix: ClassVar[str] = ".xml"

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        self.check_layout()
        return self

    @cached_property
    def layout(self) -> Layout:
        """The texts of the document."""
        return Layout(self.head, self.group, self.item, self.warehouse, self.tail, "", "", self.optional)

    @property
    def impossible(self) -> tuple[str, str]:
        """A pattern of what no text of the document may hold, and why not."""
        return _IMPOSSIBLE, "holds a control character, which XML cannot hold"

    def escaped(self, text: str) -> str:
        """A text as it stands in the document (FeedError where it can't)."""
        refuse_impossible(text, _IMPOSSIBLE, "XML")
        return "".join(_ESCAPES.get(character, character) for character in text)

    def escaped_column(self, name: str) -> pl.Expr:
        """A column of text as it stands in the document."""
        return pl.col(name).fill_null("").str.replace_many(_ESCAPES)

    def parse(self, sample: str) -> None:
        """Refuse a document that is not well-formed, or declares another encoding than UTF-8 (ValueError)."""
        from lxml import etree

        try:
            root = etree.fromstring(sample.encode(), etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError as error:
            raise ValueError(f"a sample of this layout is not well-formed: {error.msg}") from None
        encoding = root.getroottree().docinfo.encoding
        if encoding and encoding.upper() != "UTF-8":
            raise ValueError(f"the head declares {encoding}, but the file is written in UTF-8")
