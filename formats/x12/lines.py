"""The segments of many lines at once, written by the CSV writer of Polars.

The writer puts numbers straight into its output, which is faster than making texts of them first. So what is written
for a line is cut into columns where a separator stands beside a value, and the writer puts the separators back.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import IO, cast

import polars as pl

from formats.feed.template import Piece, concat, merged
from formats.pieces import piece_size

_VALUE = 8  # bytes, about
_BATCH = 2_048  # lines of a piece that one core writes at a time


def columns(pieces: Iterable[Piece], separator: str) -> list[pl.Expr]:
    """What is written for a line as columns; separators between them make the text of all pieces again.

    Text is cut at its first and at its last separator, so that as little of it as possible has to be joined to values:
    the code of a product and the end of its segment are joined once, however often a line repeats them.
    """
    cells: list[list[Piece]] = [[]]
    for piece in merged(pieces):
        if not isinstance(piece, str):
            cells[-1].append(piece)
            continue
        before, *between = piece.split(separator, 1)
        cells[-1].append(before)
        if between:
            cells += [[text] for text in between[0].rsplit(separator, 1)]
    return [_cell(cell).alias(str(number)) for number, cell in enumerate(cells)]


def write_lines(lines: pl.DataFrame, cells: list[pl.Expr], file: io.BufferedIOBase, separator: str) -> None:
    """Write the columns of every line, with separators between them and nothing between lines, a piece at a time."""
    target = cast("IO[bytes]", file)
    values = sum(len(cell.meta.root_names()) or 1 for cell in cells)
    for part in lines.iter_slices(max(1, piece_size() // (_VALUE * values))):
        part.lazy().select(cells).sink_csv(
            target,
            include_header=False,
            quote_style="never",
            line_terminator="",
            separator=separator,
            batch_size=_BATCH,
        )


def _cell(pieces: list[Piece]) -> pl.Expr:
    first, *others = merged(pieces) or [""]
    if others:
        return concat([first, *others])
    return pl.lit(first) if isinstance(first, str) else first
