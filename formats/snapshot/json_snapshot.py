"""Snapshots as JSON, or as a JSON value to a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from formats.delimited.bytes import marked_encoding
from formats.errors import FileRefused
from formats.snapshot.gathered import Gathered
from formats.snapshot.json_text import JsonText, Twice
from formats.snapshot.nested import (
    ColumnPath,
    ElementPath,
    NestedSnapshot,
    Record,
    Steps,
    Unclear,
    descended,
    records,
    steps_of,
)

#: NULs and halves of characters, both of which JSON can spell.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class JsonSnapshot(NestedSnapshot):
    """A source that writes its snapshots as JSON, or as a JSON value to a line (NDJSON).

    Columns are paths from the row's object, as in `quantity/amount` or `../sku`. A list is no step: `items` stands for
    each of the items. `*` stands for each member of an object, and `@key` for the key of such a member.
    """

    format: Literal["json"] = Field(
        default="json", description="JSON, one document or one to a line; `rows` says which object is a row."
    )
    rows: ElementPath = Field(default="", description="The path to the row; without: the document, or each of a list.")

    def gather(self, path: Path, rows: Gathered, columns: Sequence[ColumnPath]) -> None:
        """Reads all rows of a file.

        Raises:
            FileRefused: it is not JSON, or is cut short.
        """
        read = self.reader(rows, columns, _value)
        streamed, within = self._split(columns)
        encoding = marked_encoding(path) or "utf-8"
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            text = JsonText(path, file)
            for place, line, value in _documents(text, streamed):
                try:
                    for row in descended(Record((value,), places=place), within, _children):
                        for record in records(row, self.inner, _children):
                            read(_named(record.places, line), record)
                except Unclear as unclear:
                    raise FileRefused(path, f"{_named(place, line)} {unclear}") from None

    def _split(self, columns: Sequence[ColumnPath]) -> tuple[Steps, Steps]:
        """The path to the rows: so much of it that one value is in memory at a time, and the rest within that value."""
        steps = steps_of(self.rows)
        outward = max(column.up for column in columns) - sum(map(len, self.inner))
        streamed = len(steps) - max(0, min(outward, len(steps)))
        return steps[:streamed], steps[streamed:]


def _named(place: str, line: int) -> str:
    """A place as errors name it."""
    return f"{place.removeprefix('.')} in line {line}" if place else f"line {line}"


def _documents(text: JsonText, steps: Steps) -> Iterator[tuple[str, int, Any]]:
    try:
        while text.next():
            yield from _values(text, steps)
    except RecursionError:
        text.refuse("values are nested too deeply")


def _values(text: JsonText, steps: Steps, place: str = "", key: str | None = None) -> Iterator[tuple[str, int, Any]]:
    """The values at a path, each with its place and line."""
    first = text.next()
    if first == "[":
        for index in text.elements():
            yield from _values(text, steps, f"{place}[{index}]", key)
    elif not steps:
        line, value = text.line, text.value()
        yield place, line, value if key is None else _member(key, value)
    elif first == "{":
        found = set()
        for name in text.members():
            if steps[0] not in {name, "*"}:
                text.value()
                continue
            if name in found:
                text.refuse(f'the key "{name}" is in an object twice')
            found.add(name)
            yield from _values(text, steps[1:], f"{place}.{name}", name if steps[0] == "*" else None)
    else:
        text.value()


def _children(node: Any, step: str) -> Iterator[tuple[str, Any]]:
    """The values under a key of an object, or under each with ``*``, those of lists one by one."""
    if not isinstance(node, dict):
        return
    for key in list(node) if step == "*" else [step]:
        if isinstance(value := node.get(key), Twice):
            raise Unclear(f'has within it the key "{key}" twice')
        for place, each in _each(value, f".{key}") if key != "@key" else ():
            yield place, _member(key, each) if step == "*" else each


def _each(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """A value, or those of a list."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _each(each, f"{place}[{index}]")
    elif value is not None or place.endswith("]"):
        yield place, value


def _member(key: str, value: Any) -> Any:
    """A value that knows its key."""
    return {**(value if isinstance(value, dict) else {".": value}), "@key": key}


def _value(node: Any, steps: Steps) -> str | None:
    """The text of what is at a path; None if it is null or isn't there."""
    for step in steps:
        if isinstance(node, dict):
            node = node.get(step)
        elif step != ".":
            return None
    if isinstance(node, Twice):
        raise Unclear(f"{len(node)} values")
    if isinstance(node, dict | list):
        raise Unclear("an object instead of a value" if isinstance(node, dict) else "a list instead of a value")
    if node is None or isinstance(node, bool):
        return None if node is None else str(node).lower()
    if _NO_TEXT.search(node):
        raise Unclear("characters that are no text")
    return str(node)
