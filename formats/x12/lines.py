"""The segments of many lines at once, written by the CSV writer of Polars.

The writer puts numbers straight into its output, which is faster than making texts of them first. So what is written
for a line is cut into columns where a separator stands beside a value, and the writer puts the separators back.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import IO, NamedTuple, cast

import polars as pl

from formats.feed.template import Piece, merged
from formats.pieces import piece_size

_VALUE = 8  # bytes, about
_BATCH = 2_048  # lines of a piece that one core writes at a time


class Where(NamedTuple):
    """A text that only some lines have."""

    present: pl.Expr
    text: Piece


#: What is written for a line is made of these.
Part = Piece | Where


def where(present: pl.Expr | None, parts: Iterable[Part]) -> list[Part]:
    """Parts that only some lines have; None: all have."""
    if present is None:
        return list(parts)
    return [
        Where(present & part.present, part.text) if isinstance(part, Where) else Where(present, part)
        for part in merged(parts)
    ]


def count(text: str, parts: Iterable[Part]) -> tuple[int, pl.Expr | None]:
    """How often a text that no value holds occurs: in every line, and beside that in all lines of a frame together."""
    always, some = 0, list[pl.Expr]()
    for part in parts:
        constant = part.text if isinstance(part, Where) else part
        often = constant.count(text) if isinstance(constant, str) else 0
        if not isinstance(part, Where):
            always += often
        elif often:
            some.append(part.present.sum().cast(pl.Int64) * often)
    return always, pl.sum_horizontal(some) if some else None


def columns(parts: Iterable[Part], separator: str) -> list[pl.Expr]:
    """What is written for a line as columns; separators between them make the text of all parts again.

    Text is cut at its first and at its last separator, so that as little of it as possible has to be joined to values:
    the code of a product and the end of its segment are joined once, however often a line repeats them.
    """
    cells: list[list[Part]] = [[]]
    for part in merged(parts):
        if not isinstance(part, str):
            cells[-1].append(part)
            continue
        before, *between = part.split(separator, 1)
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


def _cell(parts: list[Part]) -> pl.Expr:
    """The text of several parts; what a line does not have is null, and left out."""
    texts = [_text(part) for part in merged(parts) or [""]]
    return texts[0] if len(texts) == 1 else pl.concat_str(texts, ignore_nulls=True)


def _text(part: Part) -> pl.Expr:
    if isinstance(part, Where):
        return pl.when(part.present).then(_text(part.text))
    return pl.lit(part) if isinstance(part, str) else part
