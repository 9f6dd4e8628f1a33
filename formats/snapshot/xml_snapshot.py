"""Snapshots as XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from formats.errors import FileRefused
from formats.snapshot.gathered import Gathered
from formats.snapshot.nested import ColumnPath, NestedSnapshot, Record, Steps, Unclear, records, steps_of

if TYPE_CHECKING:
    from lxml.etree import _Element

#: No row, nor what stands around the rows and is read, has more elements than this.
MOST_ELEMENTS = 1_000_000


class XmlSnapshot(NestedSnapshot):
    """A source that writes its snapshots as XML.

    Columns are paths from the row's element, as in `quantity/amount`, `@code` or `../header/@list-id`; `.` is its own
    text. Namespaces don't matter.
    """

    format: Literal["xml"] = Field(default="xml", description="XML; `rows` says which element is a row.")

    @field_validator("rows")
    @classmethod
    def _names_the_root(cls, rows: str) -> str:
        if not rows:
            raise ValueError('needs the path to the row from the root element, as in "inventory/item"')
        return rows

    def gather(self, path: Path, rows: Gathered, columns: Sequence[ColumnPath]) -> None:
        """Reads all rows of a file.

        Raises:
            FileRefused: it is not XML, is cut short, or has a DOCTYPE.
        """
        read = self.reader(rows, columns, _value)
        name = steps_of(self.rows)[-1]
        for number, chain in enumerate(_chains(path, steps_of(self.rows), self._around(columns)), 1):
            for record in records(Record(chain), self.inner, _children):
                read(f"{name} {number} in line {record.chain[-1].sourceline}", record)

    def _around(self, columns: Sequence[ColumnPath]) -> set[Steps]:
        """The paths of elements beside the rows that columns name."""
        rows = steps_of(self.rows)
        inward = sum(map(len, self.inner))
        outward = [(column.up - inward, column.steps) for column in columns if column.up > inward]
        return {(*rows[: len(rows) - up], *(s for s in steps if s[0] != "@")) for up, steps in outward}


def _chains(path: Path, rows: Steps, around: set[Steps]) -> Iterator[tuple[_Element, ...]]:
    """For each row, the elements from the root to it; what isn't needed again is forgotten."""
    chain: list[_Element] = []
    names: Steps = ()
    inside = 0  # how deep in a row
    held = beside = 0  # elements in memory, and those of them that are beside the rows
    for event, element in _events(path):
        if event == "start":
            held += 1
            _check(path, element, held, is_root=not chain)
            if inside:
                inside += 1
                continue
            chain.append(element)
            names = (*names, _local(element.tag))
            inside = int(names == rows)
        elif inside > 1:
            inside -= 1
        else:
            if inside:
                yield tuple(chain)
            if not inside and _is_needed(names, around):
                beside += 1
            else:
                _forget(element, names, around)
                held = beside if inside else held - 1
            inside = 0
            chain.pop()
            names = names[:-1]


def _events(path: Path) -> Iterator[tuple[str, _Element]]:
    """The beginning and the end of each element."""
    from lxml import etree

    with path.open("rb") as file:
        try:
            yield from etree.iterparse(
                file,
                events=("start", "end"),
                remove_comments=True,
                remove_pis=True,
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
            )
        except etree.XMLSyntaxError as error:
            raise FileRefused(path, f"it is not XML, or not all of it: {error.msg}") from None


def _check(path: Path, element: _Element, held: int, *, is_root: bool) -> None:
    if is_root and element.getroottree().docinfo.internalDTD is not None:
        raise FileRefused(path, "it has a DOCTYPE, which is never read; have it written without one")
    if held > MOST_ELEMENTS:
        reason = f"line {element.sourceline}: more than {MOST_ELEMENTS:,} elements belong to one row; correct rows"
        raise FileRefused(path, reason)


def _forget(element: _Element, names: Steps, around: set[Steps]) -> None:
    """Empties an element, and takes out the one before it; it can't be taken out itself while it is being read."""
    element.clear()
    before, parent = element.getprevious(), element.getparent()
    if before is not None and parent is not None and not _is_needed((*names[:-1], _local(before.tag)), around):
        parent.remove(before)


def _is_needed(names: Steps, around: set[Steps]) -> bool:
    """Whether an element is, holds, or lies in one that a column names."""
    return any(names[: len(path)] == path[: len(names)] for path in around)


@lru_cache(1000)
def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def _children(element: _Element, step: str) -> Iterator[tuple[str, _Element]]:
    """The elements of this name within one."""
    return (("", child) for child in element.iterchildren("{*}" + step))


def _value(element: _Element, steps: Steps) -> str | None:
    """The text of an element or attribute; None if it isn't there."""
    if steps in ((), (".",)):
        return _text(element)
    if steps[0].startswith("@"):
        plain = element.get(steps[0][1:])
        return plain if plain is not None else _in_any_namespace(element, steps[0][1:])
    found = list(element.iterchildren("{*}" + steps[0]))
    if len(found) > 1:
        raise Unclear(f"{len(found)} elements")
    return _value(found[0], steps[1:]) if found else None


def _in_any_namespace(element: _Element, attribute: str) -> str | None:
    return next((str(value) for name, value in element.items() if _local(str(name)) == attribute), None)


def _text(element: _Element) -> str:
    if len(element):
        raise Unclear("other elements instead of a text")
    return element.text or ""
