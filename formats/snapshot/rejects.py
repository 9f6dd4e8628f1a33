"""Rows of a snapshot that can't be used: where they are, what is wrong with them, and whom they leave in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from formats.cells import BLANKS
from formats.errors import Example
from formats.snapshot.result import REJECTS_SCHEMA
from formats.snapshot.settings import SnapshotSettings
from formats.table import BrokenRow, Table


@dataclass(frozen=True, slots=True)
class Reject:
    """One of them.

    Attributes:
        row: its number, as a spreadsheet shows it.
        column: the header above the cell that is wrong; None if all of the row is.
        value: of that cell.
        reason: the end of a sentence that begins with the value, or with the row.
        skus: of which it can have spoken; several if it isn't clear which cell is the SKU.
        warehouse: of which it spoke; None if that is unknown.
        cells: all texts of the row.
        place: where it is, if its number alone doesn't say that to a person.
    """

    row: int
    column: str | None
    value: str | None
    reason: str
    skus: tuple[str, ...]
    warehouse: str | None
    cells: tuple[str, ...]
    place: str | None = None

    @property
    def example(self) -> Example:
        """What a person is told of it."""
        return Example(self.place or f"row {self.row}", self.column, self.value, self.reason)

    def __str__(self) -> str:
        where = self.place or f"row {self.row}"
        where = where if self.column is None else f'{where}, column "{self.column}": "{self.value}"'
        return f"{where} {self.reason}"


class Judge:
    """Says of a row what is wrong with it."""

    def __init__(self, table: Table, settings: SnapshotSettings) -> None:
        self._settings = settings
        self._headers = settings.headers()
        self._positions = {part: int(table.column(header)) for part, header in self._headers.items()}
        self._width = table.width

    def broken(self, row: BrokenRow) -> Reject:
        """A row that has too few cells, too many, or can't be taken apart."""
        shift, sku = len(row.cells) - self._width, self._positions["sku"]
        possible = row.cells[max(0, sku + min(0, shift)) : sku + max(0, shift) + 1]
        skus = tuple(filter(None, (cell.strip(BLANKS) for cell in possible)))
        return Reject(row.row, None, None, row.reason, skus, None, row.cells, row.place)

    def unreadable(self, row: int, place: str | None, cells: tuple[str, ...], *, dated: bool) -> Reject:
        """A row with a cell that can't be read; ``dated``: it isn't the moment's."""
        part, reason = next(self._unreadable(cells, dated=dated), ("sku", "can't be read"))
        return self._of(row, place, cells, part, reason)

    def contradicting(self, row: int, place: str | None, cells: tuple[str, ...], *, level: str, other: str) -> Reject:
        """A row that says of a level (its ``wh:`` name) what another row denies."""
        part = level if level in self._headers else self._settings.quantity_parts[0]
        reason = f"contradicts {other}; set duplicates, or name the column that tells such rows apart as lot or bin"
        return self._of(row, place, cells, part, reason)

    def _unreadable(self, cells: tuple[str, ...], *, dated: bool) -> Iterator[tuple[str, str]]:
        for part, position in self._positions.items():
            text = cells[position].strip(BLANKS)
            if part in {"sku", "warehouse"} and not text:
                yield part, "is empty"
            elif part == "as_of" and not dated:
                yield part, self._not_a_moment(text)
            elif part in self._settings.quantity_parts and (reason := self._not_a_quantity(text)):
                yield part, reason

    def _not_a_quantity(self, text: str) -> str | None:
        if self._settings.warehouse_columns and not text:
            return None  # the row doesn't speak of that warehouse
        return self._settings.quantities.why_not(text)

    def _not_a_moment(self, text: str) -> str:
        if not text:
            return "is empty"
        form = self._settings.as_of_format
        return f"is not a moment written as {form}" if form else "is not an ISO 8601 moment; set as_of_format"

    def _of(self, row: int, place: str | None, cells: tuple[str, ...], part: str, reason: str) -> Reject:
        sku = cells[self._positions["sku"]].strip(BLANKS)
        warehouse = cells[self._positions["warehouse"]].strip(BLANKS) if "warehouse" in self._positions else ""
        value = cells[self._positions[part]]
        skus = (sku,) if sku else ()
        return Reject(row, self._headers[part], value, reason, skus, warehouse or None, cells, place)


def rejects_frame(rejects: Iterable[Reject], width: int) -> pl.DataFrame:
    """The same, in order, as a frame (``REJECTS_SCHEMA``), of unbroken rows so many cells."""
    facts = [
        (
            r.row,
            r.column,
            r.value,
            r.reason,
            r.skus[0] if len(r.skus) == 1 else None,
            list(r.cells if r.column is None else r.cells[:width]),
            r.place,
        )
        for r in sorted(rejects, key=lambda reject: reject.row)
    ]
    return pl.DataFrame(facts, schema=REJECTS_SCHEMA, orient="row")
