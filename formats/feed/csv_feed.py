"""Feeds as delimited text: a row or a column per warehouse, warehouses packed into a cell, or totals alone."""

from __future__ import annotations

import codecs
from itertools import chain, groupby
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from formats.encodings import Recoded, encodable, has_all
from formats.feed import template
from formats.feed.errors import FeedError
from formats.feed.template import FEED_FACTS, LINE_COLUMNS, WAREHOUSE_FACTS, WAREHOUSE_VALUES, Piece, Values
from formats.feed.text_feed import NUMBER, TextFeed
from formats.feed.writable import Check, require_values, require_writable, unwritable
from formats.settings import Settings
from formats.x12.interchange import Interchange
from mappings.model import Feed


class Column(Settings):
    """One column of the file; where warehouses are columns, one that names its warehouse is repeated for each."""

    header: str = Field(description='Text of the header cell, such as "Qty {warehouse}".')
    value: str = Field(description='Text of every other cell, such as "{code}", "{as_of:%Y-%m-%d}" or "EACH".')
    only: Literal["in_stock", "out_of_stock"] | None = Field(
        None, description="Where the total is, or is not, above 0; the other cells are empty."
    )

    @property
    def per_warehouse(self) -> bool:
        """Whether the column says something else for every warehouse."""
        return not template.names(self.header, self.value).isdisjoint({*WAREHOUSE_VALUES, "warehouse_status"})

    @field_validator("value")
    @classmethod
    def _no_bare_name(cls, value: str) -> str:
        if value in {*FEED_FACTS, *LINE_COLUMNS, *WAREHOUSE_VALUES, NUMBER}:
            raise ValueError(f'"{value}" would be the same text in every row; write "{{{value}}}"')
        return value


class Packed(Settings):
    """All warehouses of a product in one cell."""

    text: str = Field(description='One warehouse, such as "{warehouse}={quantity}".')
    between: str = Field(", ", description="What stands between two.")


class CsvFeed(TextFeed):
    """A feed as delimited text."""

    type: Literal["csv"] = "csv"
    warehouses: Literal["rows", "columns", "packed", "total"] = Field(
        description='"rows": a row per code and warehouse; "columns": a row per code, in which the columns that name a '
        'warehouse are repeated for each; "packed": a row per code, in which {warehouses} holds them all; "total": a '
        "row per code."
    )
    packed: Packed | None = Field(None, description="What {warehouses} is made of.")
    columns: tuple[Column, ...] = Field(description="The columns, in order.")
    before: str = Field("", description="Text before the header, with its line breaks.")
    header: bool = Field(True, description="Whether the columns have headers.")
    delimiter: str = Field(",", description="The character between two cells.", min_length=1, max_length=1)
    quote: Literal["minimal", "all", "never"] = Field(
        "minimal",
        description='Which cells stand in quotes: those that need it, all, or none ("never" holds back lines with a '
        "delimiter or a line break in a cell).",
    )
    line_ending: Literal["\n", "\r\n"] = Field("\n", description="What ends a row.")
    encoding: str = Field("utf-8", description='Such as "utf-8", "utf-8-sig" (with a byte order mark) or "cp1252".')
    empty: str = Field("", description="Text of a detail that is not known.")

    suffix: ClassVar[str] = ".csv"

    @field_validator("delimiter")
    @classmethod
    def _separates(cls, delimiter: str) -> str:
        if delimiter in '"\r\n':
            raise ValueError("a quote or a line break cannot separate cells")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError(f'"{encoding}" is not an encoding of text; try "utf-8" or "cp1252"') from None
        return codecs.lookup(encoding).name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        facts = {**FEED_FACTS, "encoding": "UTF-8"}
        in_header = {**facts, **(WAREHOUSE_FACTS if self.warehouses == "columns" else {})}
        in_value = {**facts, **self.known(warehouse=self.warehouses in ("rows", "columns"))}
        in_value |= {"warehouses": []} if self.packed else {}
        template.check(self.before, facts)
        template.check(self.packed.text if self.packed else "", self.known(warehouse=True))
        for column in self.columns:
            template.check(column.header, in_header)
            template.check(column.value, in_value)
        if not self.text_columns():
            raise ValueError('no column names the product; add one with the value "{code}"')
        if (self.warehouses == "packed") != ("warehouses" in template.names(*self.texts())):
            raise ValueError('warehouses = "packed" and a column with {warehouses} go together')
        if self.breaks_down and template.names(*self.texts()).isdisjoint(WAREHOUSE_FACTS):
            raise ValueError('no column names the warehouse; use "{warehouse}", or warehouses = "total"')
        try:
            for text in (self.empty, *self.constants(), *self.texts()):
                self.escaped(text)
        except FeedError as error:
            raise ValueError(str(error)) from None
        return self

    def texts(self) -> list[str]:
        """All texts of the layout."""
        cells = [text for column in self.columns for text in (column.header, column.value)]
        return [*cells, self.packed.text if self.packed else "", self.before]

    @property
    def breaks_down(self) -> bool:
        """Whether the file says what lies in which warehouse."""
        return self.warehouses != "total"

    def rows(self, warehouses: int) -> int:
        """How many rows a product takes."""
        return warehouses if self.warehouses == "rows" else 1

    def unwritable(self, feed: Feed) -> pl.DataFrame:
        """The lines that the file cannot hold: ``code``, ``column``, ``value``, ``reason`` (String).

        Raises:
            FeedError: a warehouse or a constant cannot be written as this format demands.
        """
        require_values(feed, self.values())
        self.check_warehouses(feed.order_source, feed.warehouses)
        self._filled(feed)
        texts, checks = self.text_columns(), self.rule_checks(feed)
        if self.quote == "never":
            checks += [Check(name, pl.col(name).str.contains_any(self._breaks), _NO_QUOTES) for name in texts]
        if self.encoding != "utf-8":
            checks += [check for name in texts for check in encodable(feed.lines[name], self.encoding)]
        return unwritable(feed.lines, checks)

    def write(self, feed: Feed, out: Path, interchange: Interchange | None = None) -> None:
        """Write the whole file; equal feeds give equal bytes.

        Raises:
            FeedError: a line, a warehouse or a constant cannot be written as this format demands.
        """
        require_writable(feed, self.unwritable(feed))
        head, text = self._filled(feed)
        lines = self.sent_lines(feed).with_columns(pl.col("^detail:.*$").fill_null(self.empty))
        with out.open("wb") as raw:
            file = raw if self.encoding == "utf-8" else Recoded(raw, self.encoding)
            file.write(head.encode())
            template.write_lines(lines, text, file)

    def _filled(self, feed: Feed) -> tuple[str, pl.Expr]:
        """What stands before the lines, and the rows of one line, with the facts of a feed in them."""
        rows = self._rows(feed)
        before = template.fill_facts(self.before, {**template.feed_facts(feed), **self._own_facts}, self.escaped)
        header = self._header(rows[0]) if self.header else ""
        return before + header, template.concat(chain.from_iterable(self._row(row) for row in rows))

    def place_number(self, feed: Feed, place: int) -> pl.Expr:
        """The number of the row that says what lies in a warehouse, the so manieth of its feed."""
        line = super().place_number(feed, place)
        return (line - 1) * len(feed.warehouses) + place if self.warehouses == "rows" else line

    @property
    def _own_facts(self) -> dict[str, str]:
        return {"encoding": self.encoding.upper().replace("ISO8859", "ISO-8859")}

    def _rows(self, feed: Feed) -> list[list[_Cell]]:
        """The rows of one line: the columns of each, with the values they are filled from."""
        line = {**self.line_values(feed), **self._own_facts}
        places = [{**place, **self._own_facts} for place in self.place_values(feed)]
        if self.packed:
            filled = [template.fill(self.packed.text, place, self.escaped) for place in places]
            line["warehouses"] = template.joined(filled, self.packed.between)
        if self.warehouses in ("packed", "total"):
            return [[(column, line) for column in self.columns]]
        if self.warehouses == "rows":
            return [[(column, place) for column in self.columns] for place in places]
        row: list[_Cell] = []
        for repeated, group in groupby(self.columns, key=lambda column: column.per_warehouse):
            columns = list(group)
            row += [(column, values) for values in (places if repeated else [line]) for column in columns]
        return [row]

    def _header(self, row: list[_Cell]) -> str:
        cells = [self._constant(template.fill_facts(column.header, values, self.escaped)) for column, values in row]
        return self.delimiter.join(cells) + self.line_ending

    def _row(self, row: list[_Cell]) -> list[Piece]:
        pieces: list[Piece] = []
        for column, values in row:
            pieces += [*self._cell(column, values), self.delimiter]
        return [*pieces[:-1], self.line_ending]

    def _cell(self, column: Column, values: Values) -> list[Piece]:
        if column.only is None:
            return self._always(column, values)
        said = pl.col("quantity") > 0 if column.only == "in_stock" else pl.col("quantity") == 0
        return [pl.when(said).then(template.concat(self._always(column, values))).otherwise(pl.lit(""))]

    def _always(self, column: Column, values: Values) -> list[Piece]:
        pieces = template.fill(column.value, values, self.escaped)
        if all(isinstance(piece, str) for piece in pieces):
            return [self._constant("".join(map(str, pieces)))]
        if self.quote == "all":
            return ['"', template.concat(pieces).str.replace_all('"', '""', literal=True), '"']
        if self.quote == "never" or column.value in ("{total}", "{quantity}", "{number}"):
            return pieces
        return [self._quoted_where_needed(template.concat(pieces))]

    def _constant(self, text: str) -> str:
        if self.quote == "all" or (self.quote == "minimal" and any(mark in text for mark in self._marks)):
            return '"' + text.replace('"', '""') + '"'
        return text

    def escaped(self, text: str) -> str:
        """A constant, if the file can hold it (FeedError where it can't)."""
        if not has_all(self.encoding, text):
            raise FeedError(f"{text!r} holds a character that {self.encoding} does not have")
        if self.quote == "never" and any(mark in text for mark in self._breaks):
            raise FeedError(f"{text!r} {_NO_QUOTES}")
        return text

    def _quoted_where_needed(self, text: pl.Expr) -> pl.Expr:
        quoted = pl.lit('"') + text.str.replace_all('"', '""', literal=True) + pl.lit('"')
        return pl.when(text.str.contains_any(self._marks)).then(quoted).otherwise(text)

    @property
    def _breaks(self) -> list[str]:
        return [self.delimiter, "\r", "\n"]

    @property
    def _marks(self) -> list[str]:
        return ['"', *self._breaks]


_Cell = tuple[Column, Values]
_NO_QUOTES = "holds a delimiter or a line break, and this file has no quotes"
