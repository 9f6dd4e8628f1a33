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

_SLICE = 25_000  # lines: few enough to bound memory
_BATCH = 2_048  # lines of a slice that one core writes at a time


def columns(pieces: Iterable[Piece], separator: str) -> list[pl.Expr]:
    """What is written for a line as columns; separators between them make the text of all pieces again."""
    cells: list[list[Piece]] = [[]]
    for piece in merged(pieces):
        if not isinstance(piece, str):
            cells[-1].append(piece)
            continue
        before, text, after = piece.startswith(separator), piece, piece.endswith(separator) and len(piece) > 1
        text = text[1:] if before else text
        cells += [[]] if before else []
        cells[-1].append(text[:-1] if after else text)
        cells += [[]] if after else []
    return [_cell(cell).alias(str(number)) for number, cell in enumerate(cells)]


def write_lines(lines: pl.DataFrame, cells: list[pl.Expr], file: io.BufferedIOBase, separator: str) -> None:
    """Write the columns of every line, with separators between them and nothing between lines."""
    target = cast("IO[bytes]", file)
    for part in lines.iter_slices(_SLICE):
        part.lazy().select(cells).sink_csv(
            target,
            include_header=False,
            quote_style="never",
            line_terminator="",
            separator=separator,
            batch_size=_BATCH,
        )


def _cell(pieces: list[Piece]) -> pl.Expr:
    pieces = merged(pieces)
    return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], pl.Expr) else concat(pieces or [pl.lit("")])
