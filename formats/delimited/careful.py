"""Proof that every line of a CSV file is a whole row, and a copy of its whole rows where there is none."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from formats.cells import BLANKS
from formats.delimited.records import MOST_BROKEN_ROWS, check_number, copy_of_records, wrong_length
from formats.delimited.text import CsvText
from formats.table import BrokenRow

col = pl.col


def proven(text: CsvText) -> CsvText:
    """The same text, now known to be whole, if each of its lines is a row; else a copy of the rows that are.

    Raises:
        FileRefused: a quote opens and does not close within its row, or far too many rows are broken.
    """
    if text.whole:
        return text
    broken = _lines(text).filter(~_is_whole(text)).head(MOST_BROKEN_ROWS + 1).collect()
    if broken.is_empty():
        return replace(text, whole=True)
    if broken["line"].str.contains('"', literal=True).any():  # cells may run on over several lines
        return copy_of_records(text)
    return _copy_of_lines(text, broken)


def _lines(text: CsvText) -> pl.LazyFrame:
    return pl.scan_lines(text.path, row_index_name="row", row_index_offset=1, glob=False).filter(
        col("row") > text.skipped
    )


def _is_whole(text: CsvText) -> pl.Expr:
    """Whether a line is blank, or has one cell per header, each of them without quotes or correctly within them."""
    delimiter = re.escape(text.delimiter)
    cell = f'(?:"(?:[^"]|"")*"|[^"{delimiter}]*)'
    return col("line").str.contains(f"^(?:[{BLANKS}]*|\ufeff?{cell}(?:{delimiter}{cell}){{{len(text.header) - 1}}})$")


def _copy_of_lines(text: CsvText, broken: pl.DataFrame) -> CsvText:
    """A copy of the whole lines, each with its number in front."""
    lines = [(row, tuple(line.split(text.delimiter))) for row, line in broken.iter_rows()]
    rows = tuple(BrokenRow(row, cells, wrong_length(cells, text)) for row, cells in lines)
    check_number(text, rows)
    copy, header = text.folder / "lines.csv", text.delimiter.join(["row", *map(str, range(len(text.header)))])
    numbered = pl.concat_str(col("row"), pl.lit(text.delimiter), col("line")).alias(header)
    _lines(text).filter(_is_whole(text), col("row") > 1 + text.skipped).select(numbered).sink_csv(
        copy, quote_style="never"
    )
    return replace(text, path=copy, whole=True, broken=rows, copied=True)
