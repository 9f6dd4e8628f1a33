"""Elements within elements, as XML and JSON have them, made into rows."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Generic, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from formats.errors import FileRefused
from formats.snapshot.gathered import Gathered
from formats.snapshot.settings import DEFAULT_WAREHOUSE
from formats.snapshot.table_snapshot import TableSnapshot
from formats.table import Table

Node = TypeVar("Node")
Steps = tuple[str, ...]

#: Further outward than elements can be nested.
_NOWHERE = sys.maxsize


def steps_of(path: str) -> Steps:
    """The steps of a path such as ``inventory/item``; the empty path has none."""
    return tuple(path.split("/")) if path else ()


def _names_elements(path: str) -> str:
    if any(step in {"", ".", ".."} or step.startswith("@") for step in steps_of(path)):
        raise ValueError(f'"{path}" is not a path of elements such as "inventory/item"')
    return path


ElementPath = Annotated[str, AfterValidator(_names_elements)]


class Unclear(Exception):
    """A row does not say clearly what a column holds; the text is the end of a sentence that begins with the row."""


@dataclass(frozen=True, slots=True)
class ColumnPath:
    """Where a column is, seen from the row: so many elements outward, then these steps inward.

    The last step may be an attribute, ``@name``. ``instead`` stands for it where there is no such element.
    """

    text: str
    up: int
    steps: Steps
    instead: str | None = None

    @classmethod
    def of(cls, text: str) -> ColumnPath:
        """Reads a path such as ``../header/@list-id``."""
        steps = steps_of(text)
        up = next((n for n, step in enumerate(steps) if step != ".."), len(steps))
        return cls(text, up, steps[up:])


@dataclass(frozen=True, slots=True)
class Record(Generic[Node]):
    """A row: its element behind those around it, and how many steps inward there would have been more.

    Attributes:
        chain: from the outermost element to that of the row.
        missing: steps to an inner element, if this one holds none and so stands for itself.
        places: for each step inward, which of several it was.
    """

    chain: tuple[Node, ...]
    missing: int = 0
    places: str = ""


class NestedSnapshot(TableSnapshot):
    """What XML and JSON share: rows are elements, which may hold others, and columns are paths from them."""

    rows: ElementPath = Field(description="The path to the element that is a row, from the outermost one.")
    inside: tuple[Annotated[ElementPath, Field(min_length=1)], ...] = Field(
        default=(),
        description="Paths within a row, one within the other, to elements that are rows of their own: the warehouses "
        "of a product, and their lots. An element that holds none stands for itself: its columns are read from it, and "
        f"its warehouse is `{DEFAULT_WAREHOUSE}`.",
    )

    @model_validator(mode="after")
    def _lists_its_warehouses(self) -> Self:
        if self.warehouse_columns and not isinstance(self.warehouse_columns, dict):
            raise ValueError("warehouse_columns is no pattern here; list the path of each warehouse's quantity")
        return self

    @contextmanager
    def opened(self, path: Path) -> Iterator[Table]:
        """Opens a file as a table whose headers are the paths of the columns.

        Raises:
            FileRefused: it is not of this format, or holds no row.
        """
        if path.stat().st_size == 0:
            raise FileRefused(path, "the file is empty")
        header = self.wanted()
        with TemporaryDirectory(prefix="tallyfeed-") as folder:
            rows = Gathered(path, Path(folder), header)
            self.gather(path, rows, [ColumnPath.of(text) for text in header])
            if rows.count == 0:
                raise FileRefused(path, f'it holds no row: nothing is at "{self.rows}"')
            yield rows.table()

    @abstractmethod
    def gather(self, path: Path, rows: Gathered, columns: Sequence[ColumnPath]) -> None:
        """Reads all rows of a file.

        Raises:
            FileRefused: it is not of this format.
        """

    @property
    def inner(self) -> tuple[Steps, ...]:
        """The steps of each path in ``inside``."""
        return tuple(map(steps_of, self.inside))

    def reader(
        self, rows: Gathered, columns: Sequence[ColumnPath], value: Callable[[Node, Steps], str | None]
    ) -> Callable[[str, Record[Node]], None]:
        """A function that reads the columns of the record at a place, and hands them on to the rows.

        Args:
            rows: take them; none is made of a record that only lacks what would have been a row.
            columns: to be read.
            value: finds one from the node that it begins at.
        """
        names = ", ".join(column.text for column in columns)
        ways = [self._way(columns, missing) for missing in range(sum(map(len, self.inner)) + 1)]

        def read(place: str, record: Record[Node]) -> None:
            chain, unclear = record.chain, ""
            cells: list[str | None] = []
            for column in ways[record.missing]:
                try:
                    cells.append(value(chain[~column.up], column.steps) if column.up < len(chain) else column.instead)
                except Unclear as error:
                    cells.append(None)
                    unclear = unclear or f'has at "{column.text}" {error}'
            if unclear or (cells and not any(cells)):
                rows.add_broken(place, cells, unclear or f"has none of {names}")
            elif cells:
                rows.add(place, cells)

        return read

    def _way(self, columns: Sequence[ColumnPath], missing: int) -> list[ColumnPath]:
        """The ways to the columns from an element that would be so many steps further in; none if it is no row."""
        if not missing:
            return list(columns)
        parts = {header: part for part, headers in self.choices().items() for header in headers}
        ways = []
        for column in columns:
            further_in, part = column.up < missing, parts.get(column.text)
            if further_in and part == "sku":
                return []
            if further_in and (column.up or part == "warehouse"):
                instead = DEFAULT_WAREHOUSE if part == "warehouse" else None
                ways.append(replace(column, up=_NOWHERE, instead=instead))
            else:
                ways.append(replace(column, up=max(0, column.up - missing)))
        return ways


def records(
    record: Record[Node], inner: Sequence[Steps], children: Callable[[Node, str], Iterable[tuple[str, Node]]]
) -> Iterator[Record[Node]]:
    """The innermost records within one.

    Args:
        record: the outermost.
        inner: the steps from each to those within it.
        children: the nodes that are one step away from a node, each with what it adds to the place.
    """
    if not inner:
        yield record
        return
    found = False
    for within in descended(record, inner[0], children):
        found = True
        yield from records(within, inner[1:], children)
    if not found:
        yield Record(record.chain, sum(map(len, inner)), record.places)


def descended(
    record: Record[Node], steps: Steps, children: Callable[[Node, str], Iterable[tuple[str, Node]]]
) -> Iterator[Record[Node]]:
    """The records that are some steps away."""
    if not steps:
        yield record
        return
    for place, node in children(record.chain[-1], steps[0]):
        within = Record((*record.chain, node), 0, record.places + place)
        yield from descended(within, steps[1:], children)
