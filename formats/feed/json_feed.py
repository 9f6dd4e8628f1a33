"""Feeds as JSON: a document with a list of items in it, or an item per line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from formats.feed.nested_feed import Layout, NestedFeed, Optional
from formats.feed.template import parts

#: Placeholders that are written as numbers where they are all of a value.
_NUMBERS = ("total", "quantity", "lines", "units", "number", "sequence", "file", "files", "warehouse_number")
_LISTS = ("items", "groups", "warehouses")
_CONTROLS = {chr(code): json.dumps(chr(code))[1:-1] for code in range(0x20)}
_ESCAPES = {'"': '\\"', "\\": "\\\\", **_CONTROLS}


class JsonFeed(NestedFeed):
    """A feed as JSON in UTF-8."""

    type: Literal["json"] = "json"
    document: dict[str, Any] | list[Any] | None = Field(
        None,
        description='What is around the items, with `["{items}"]`, or `["{groups}"]`, where they go. Without it each '
        "item is a line of its own.",
    )
    group: dict[str, Any] | None = Field(
        None, description='Around the items of one warehouse, where each has its own list, with `["{items}"]`.'
    )
    item: dict[str, Any] = Field(
        description='One item. A text that is all `"{total}"` or `"{quantity}"` is written as a number, '
        '`["{warehouses}"]` is where its warehouses go, and `"{detail:upc?}"` is left out with its name where it is '
        "not known."
    )
    warehouse: dict[str, Any] | None = Field(None, description="One warehouse of an item.")

    suffix: ClassVar[str] = ".json"

    @model_validator(mode="after")
    def _sound(self) -> Self:
        self.check_layout()
        return self

    @cached_property
    def layout(self) -> Layout:
        """The texts of the document."""
        compiled = _Compiled()
        head, tail = compiled.around(self.document)
        item = compiled.text(self.item) + ("" if self.document else "\n")
        warehouse = None if self.warehouse is None else compiled.text(self.warehouse)
        group = None if self.group is None else compiled.text(self.group)
        return Layout(head, group, item, warehouse, tail, ",\n" if self.document else "", ", ", compiled.optional)

    @property
    def impossible(self) -> tuple[str, str]:
        """A pattern of what no text of the document may hold: nothing."""
        return r"[^\s\S]", ""

    def escaped(self, text: str) -> str:
        """A text as it stands between quotes."""
        return "".join(_ESCAPES.get(character, character) for character in text)

    def escaped_column(self, name: str) -> pl.Expr:
        """A column of text as it stands between quotes."""
        return pl.col(name).fill_null("").str.replace_many(_ESCAPES)

    def parse(self, sample: str) -> None:
        """Refuse a document that is no JSON (ValueError)."""
        try:
            for text in [sample] if self.document else sample.splitlines():
                json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"a sample of this layout is no JSON: {error}") from None


class _Compiled:
    """Turns tables of a profile into templates, and remembers the parts of an item that may be left out."""

    def __init__(self) -> None:
        self.optional: dict[str, Optional] = {}

    def around(self, document: dict[str, Any] | list[Any] | None) -> tuple[str, str]:
        """The templates of what is before and after the list of items or groups."""
        if document is None:
            return "", ""
        found = re.split(r"\{(?:items|groups)\}", self.text(document))
        if len(found) != 2:
            raise ValueError('the document needs one list that is ["{items}"], or ["{groups}"]')
        return found[0], found[1] + "\n"

    def text(self, value: Any) -> str:
        """The template of any value."""
        if isinstance(value, Mapping):
            return "{{" + self._members(value) + "}}"
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, Sequence):
            inner = ", ".join(map(self.text, value))
            return f"[{inner}]"
        return json.dumps(value)

    def _members(self, table: Mapping[str, Any]) -> str:
        members: list[str] = []
        for key, value in table.items():
            member = f"{_quoted(key)}: {self.text(value)}"
            if isinstance(value, str) and re.fullmatch(r"\{detail:[^{}]+\?\}", value):
                if not members:
                    raise ValueError(f"{key} may be left out, and so can't come first: put it behind another")
                name = f"part{len(self.optional) + 1}"
                self.optional[name] = Optional(text=", " + member)
                members[-1] += "{optional:" + name + "}"
            else:
                members.append(member)
        return ", ".join(members)

    def _string(self, text: str) -> str:
        if (name := text[1:-1]) in (*_NUMBERS, *_LISTS) and text == "{" + name + "}":
            return text
        list(parts(text))  # a badly written placeholder is named as it was written
        return _quoted(text)


def _quoted(text: str) -> str:
    """A text with its quotes; placeholders in it stay as they are."""
    return json.dumps(text, ensure_ascii=False)
