"""Tables whose rows name several warehouses, made into tables with a column for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import polars as pl

from formats.cells import BLANKS, stripped
from formats.errors import FileRefused
from formats.snapshot.settings import NUMBER, WAREHOUSE, SnapshotSettings
from formats.table import Table

col = pl.col

#: With more codes than this where warehouses should be named, something else is.
MOST_WAREHOUSES = 1000

_FILLED = f"[^=]*[^={BLANKS}][^=]*"


@dataclass(frozen=True, slots=True, kw_only=True)
class WidenedTable(Table):
    """A table with further columns, which are worked out from its own.

    Attributes:
        base: the table.
        more: the texts of the further columns.
    """

    base: Table
    more: tuple[pl.Expr, ...]

    @property
    def width(self) -> int:
        """How many columns the file itself has."""
        return self.base.width

    def rows(self) -> pl.LazyFrame:
        """All rows, with the further columns."""
        return self._widened(self.base.rows())

    def numbered_rows(self) -> pl.LazyFrame:
        """The rows that are not blank, with the further columns."""
        return self._widened(self.base.numbered_rows())

    def place(self) -> pl.Expr:
        """As of the table."""
        return self.base.place()

    def notes(self) -> Sequence[str]:
        """Those of the table."""
        return self.base.notes()

    def _widened(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        names = self.names()[self.width :]
        return rows.with_columns(text.alias(name) for name, text in zip(names, self.more, strict=True))


@dataclass(frozen=True, slots=True)
class _Shape:
    """How rows name several warehouses.

    Attributes:
        header: what the columns that are made of it are called after.
        codes: the codes that a row names, as a list.
        quantities: from a code to the texts that stand beside it in a row, as a list.
        flaw: the text of what does not fit; null where all does.
    """

    header: str
    codes: pl.Expr
    quantities: Callable[[str], pl.Expr]
    flaw: pl.Expr


def widened(table: Table, settings: SnapshotSettings) -> tuple[Table, SnapshotSettings]:
    """The same table with a column for each warehouse, and the settings that read it so.

    Args:
        table: any; one whose rows speak of one warehouse, or whose columns are listed, stays as it is.
        settings: how its source writes.

    Raises:
        FileRefused: nothing names a warehouse where it should, or more than ``MOST_WAREHOUSES`` are named.
    """
    pattern = settings.warehouse_columns
    if isinstance(pattern, str):
        return table, settings.model_copy(update={"warehouse_columns": _by_pattern(table, settings, pattern)})
    if settings.warehouse_list:
        return _with_columns(table.proven(), settings, _listed(table, settings.warehouse_list))
    if settings.repeats:
        return _with_columns(table.proven(), settings, _repeated(table, *settings.repeats))
    return table, settings


def check_number(table: Table, header: str, codes: Collection[str]) -> None:
    """Refuses a file that names too many warehouses.

    Raises:
        FileRefused: there are more than ``MOST_WAREHOUSES``.
    """
    if len(codes) > MOST_WAREHOUSES:
        raise FileRefused(
            table.source,
            f'column "{header}" holds {len(codes):,} different codes, too many for warehouses '
            f"(at most {MOST_WAREHOUSES:,}); correct columns.warehouse",
        )


def _by_pattern(table: Table, settings: SnapshotSettings, pattern: str) -> dict[str, str]:
    """The header of each warehouse's column."""
    form = re.compile(re.escape(pattern).replace(re.escape(WAREHOUSE), "(.+)"))
    others = {*settings.columns.model_dump(exclude_none=True).values(), *settings.no_warehouses, *settings.wanted()}
    headers = [header for header in table.header if header not in others and form.fullmatch(header)]
    columns = {form.sub(r"\1", header).strip(BLANKS): header for header in headers}
    if len(columns) < len(headers):
        raise FileRefused(table.source, f"several columns are of one warehouse: {', '.join(headers)}")
    if not columns:
        raise FileRefused(table.source, f'no column is called "{pattern}"; {table.what_there_is()}')
    check_number(table, pattern, columns)
    return columns


def _with_columns(table: Table, settings: SnapshotSettings, shape: _Shape) -> tuple[Table, SnapshotSettings]:
    named = table.rows().select(shape.codes.explode().unique()).collect().to_series().drop_nulls()
    codes = sorted(set(named) - {""})
    if not codes:
        raise FileRefused(table.source, f'column "{shape.header}" names no warehouse in any row')
    check_number(table, shape.header, codes)
    headers = {code: f"{shape.header}: {code}" for code in codes}
    wide = WidenedTable(
        source=table.source,
        header=(*table.header, *headers.values()),
        broken=table.broken,
        copied=table.copied,
        delimiter=table.delimiter,
        base=table,
        more=tuple(pl.coalesce(shape.flaw, shape.quantities(code).list.join(" and ")) for code in codes),
    )
    columns = settings.columns.model_copy(update=dict.fromkeys(("warehouse", "available", "on_hand", "allocated")))
    return wide, settings.model_copy(
        update={"columns": columns, "warehouse_columns": headers, "warehouse_list": None, "quantity": "available"}
    )


def _listed(table: Table, header: str) -> _Shape:
    """Cells such as ``NYC=1, Atlanta=3``."""
    cell, piece = stripped(table.column(header)), pl.element()
    pieces = cell.str.split(",").list.eval(_bare(piece).filter(_bare(piece) != ""))
    parts = piece.str.splitn("=", 2).struct
    code, quantity = _bare(parts.field("field_0")), _bare(parts.field("field_1"))
    fits = pieces.list.eval(piece.str.contains(f"^{_FILLED}={_FILLED}$")).list.all()
    return _Shape(
        header,
        codes=pieces.list.eval(code.filter(piece.str.contains("=", literal=True))),
        quantities=lambda wanted: pieces.list.eval(quantity.filter(code == wanted)),
        flaw=pl.when(~fits).then(pl.concat_str(cell, pl.lit(" (should be as in NYC=1, Atlanta=3)"))),
    )


def _repeated(table: Table, places: str, quantities: str) -> _Shape:
    """Columns such as ``code_1``, ``quantity_1``, ``code_2``, ``quantity_2``."""
    place_of, quantity_of = _numbered(table, places), _numbered(table, quantities)
    if not place_of:
        raise FileRefused(table.source, f'no column is called "{places}"; {table.what_there_is()}')
    if place_of.keys() != quantity_of.keys():
        reason = f'not every "{places}" has its "{quantities}", or the other way round; {table.what_there_is()}'
        raise FileRefused(table.source, reason)
    pairs = [(stripped(place_of[key]), stripped(quantity_of[key])) for key in place_of]
    flaws = (
        pl.when(code == "", units != "").then(pl.concat_str(units, pl.lit(" (of no warehouse)")))
        for code, units in pairs
    )

    def found(wanted: str) -> pl.Expr:
        said = (pl.when(code == wanted).then(units.replace("", "(nothing)")) for code, units in pairs)
        return pl.concat_list(said).list.drop_nulls()

    return _Shape(places, pl.concat_list(code for code, _ in pairs), found, pl.coalesce(*flaws))


def _numbered(table: Table, pattern: str) -> dict[tuple[str, int], str]:
    """The columns that a pattern names, by their number and, of those with the same header, which of them it is."""
    form = re.compile(re.escape(pattern).replace(re.escape(NUMBER), "([0-9]*)"))
    found: dict[tuple[str, int], str] = {}
    for index, header in enumerate(table.header):
        if match := form.fullmatch(header):
            found[match[1], table.header[:index].count(header)] = str(index)
    return found


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars(BLANKS)
