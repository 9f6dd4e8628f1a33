"""Of the rows and columns of a file, those that its source wants to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from formats.cells import stripped
from formats.snapshot.settings import SnapshotSettings
from formats.snapshot.widened import WidenedTable
from formats.table import Table

col = pl.col

#: A row is told by these columns even where it can't be read, so that they are the same in all rows.
_CODES = {"sku", "warehouse", "lot", "bin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredTable(Table):
    """A table without some of its rows.

    Attributes:
        base: the table.
        left_out: whether a row is.
    """

    base: Table
    left_out: pl.Expr

    @property
    def width(self) -> int:
        """How many columns the file itself has."""
        return self.base.width

    def rows(self) -> pl.LazyFrame:
        """The rows that are read."""
        return self.base.rows().filter(~self.left_out)

    def numbered_rows(self) -> pl.LazyFrame:
        """Of them, those that are not blank, with their numbers."""
        return self.base.numbered_rows().filter(~self.left_out)

    def place(self) -> pl.Expr:
        """As of the table."""
        return self.base.place()

    def notes(self) -> Sequence[str]:
        """Those of the table, and how many rows are not read."""
        count = self.base.numbered_rows().select(self.left_out.sum()).collect().item()
        return [*self.base.notes(), *([f"rows left out by only and skip: {count}"] if count else [])]


def chosen(table: Table, settings: SnapshotSettings) -> tuple[Table, SnapshotSettings]:
    """The rows and columns that are read, and the settings that read them.

    Args:
        table: the file.
        settings: how its source writes.

    Raises:
        FileRefused: a column is missing.
    """
    if settings.only or settings.skip:
        table = _filtered(table.proven(), settings)
    if settings.fallback:
        return _fallen_back(table, settings)
    return table, settings


def _filtered(table: Table, settings: SnapshotSettings) -> Table:
    unwanted = [~_is_one_of(table, header, texts) for header, texts in settings.only.items()]
    unwanted += [_is_one_of(table, header, texts) for header, texts in settings.skip.items()]
    return FilteredTable(
        source=table.source,
        header=table.header,
        broken=table.broken,
        copied=table.copied,
        delimiter=table.delimiter,
        base=table,
        left_out=pl.any_horizontal(unwanted),
    )


def _is_one_of(table: Table, header: str, texts: Sequence[str]) -> pl.Expr:
    return stripped(table.column(header)).is_in(list(texts))


def _fallen_back(table: Table, settings: SnapshotSettings) -> tuple[Table, SnapshotSettings]:
    """The table in which each part has one column."""
    found = dict(_present(table, settings.choices()))
    several = {part: headers for part, headers in found.items() if len(headers) > 1}
    headers = {part: " or ".join(choices) for part, choices in found.items()}
    columns = settings.columns.model_copy(
        update={part: header for part, header in headers.items() if hasattr(settings.columns, part)}
    )
    settings = settings.model_copy(update={"columns": columns, "fallback": {}})
    if not several:
        return table, settings
    table = table.proven()
    return WidenedTable(
        source=table.source,
        header=(*table.header, *(headers[part] for part in several)),
        broken=table.broken,
        copied=table.copied,
        delimiter=table.delimiter,
        base=table,
        more=tuple(_first_filled(table, choices) for choices in several.values()),
    ), settings


def _present(table: Table, choices: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Sequence[str]]]:
    """For each part, the headers that the file has; one of them where all rows must have the same."""
    for part, headers in choices.items():
        here = [header for header in headers if header in table.header] or [headers[0]]
        yield part, here[:1] if part in _CODES else here


def _first_filled(table: Table, headers: Sequence[str]) -> pl.Expr:
    texts = (stripped(table.column(header)) for header in headers)
    return pl.coalesce(pl.when(text != "").then(text) for text in texts)
