"""What the cells of a table's column hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import polars as pl

from formats.snapshot.as_of import moments
from mappings.model import MAX_QUANTITY


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of cell.

    Attributes:
        read: from the name of a column of text, without blanks around it, to its values; null where a text is none.
        expected: what a text is not that can't be read.
        required: an empty cell is a problem; else it is null.
    """

    read: Callable[[str], pl.Expr]
    expected: str
    required: bool = True


def optional(kind: Kind) -> Kind:
    """The same kind of cell, which may also be empty."""
    return replace(kind, required=False)


def text() -> Kind:
    """Any text."""
    return Kind(lambda name: pl.when(pl.col(name) != "").then(name), "a text")


def whole(least: int, most: int = MAX_QUANTITY) -> Kind:
    """A whole number between bounds, which may be written with a fraction of zeros."""

    def read(name: str) -> pl.Expr:
        number = pl.col(name).str.extract(r"^\+?([0-9]+)(?:\.0*)?$").cast(pl.Int64, strict=False)
        return pl.when(number.is_between(least, most)).then(number)

    return Kind(read, f"a whole number from {least:,} to {most:,}")


def yes_or_no() -> Kind:
    """Yes or no, true or false, 1 or 0, in any case."""
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    return Kind(
        lambda name: pl.col(name).str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean),
        "yes or no",
    )


def moment_in(timezone: ZoneInfo) -> Kind:
    """A moment by ISO 8601; without an offset, in this zone."""
    return Kind(lambda name: moments(name, form=None, timezone=timezone), f"an ISO 8601 moment in {timezone.key}")
