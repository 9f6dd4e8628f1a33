"""What can be wrong with the value of an element, as expressions over the columns of cells."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from formats.verify.segments import Marks


class Fault(NamedTuple):
    """One thing that can be wrong.

    Attributes:
        name: key of ``DEVIATIONS``.
        types: of which elements.
        holds: whether a cell (``id``, ``value``, ``shortest``, ``longest``) has it.
        why: what the element is then, as in "is too long".
        expected: what would be right.
    """

    name: str
    types: tuple[str, ...]
    holds: pl.Expr
    why: str
    expected: pl.Expr


_VALUE = pl.col("value")
_TEXTS, _NUMBERS, _TIMES = ("AN", "ID"), ("R", "N"), ("DT", "TM")
_EVERY = (*_TEXTS, *_NUMBERS, *_TIMES)
_DECIMAL = r"^-?(\d+(\.\d+)?|\.\d+)$"
_TIME = r"^([01]\d|2[0-3])[0-5]\d([0-5]\d{1,3})?$"
_EARLIEST_YEAR = 1800


def faults(marks: Marks) -> list[Fault]:
    """All of them, the more telling before others that come with it."""
    separator = _VALUE.str.contains(marks.component, literal=True) & (pl.col("id") != "ISA")
    trimmed = _VALUE.str.strip_chars(" ")
    blanks = (trimmed != _VALUE) & (trimmed.str.len_chars() >= pl.col("shortest"))  # others fill the element up
    return [
        Fault("bad-character", _EVERY, _VALUE.str.contains("[^ -~]"), "is not all ASCII", pl.lit("printable ASCII")),
        Fault("bad-character", _EVERY, separator, "holds a component separator", pl.lit("no components")),
        *_lengths((*_TEXTS, *_TIMES), _VALUE.str.len_chars(), "characters"),
        *_lengths(_NUMBERS, _VALUE.str.replace_all("[-.]", "").str.len_chars(), "digits"),
        Fault("not-a-number", ("R",), ~_VALUE.str.contains(_DECIMAL), "is no number", pl.lit("digits")),
        Fault("not-a-number", ("N",), ~_VALUE.str.contains(r"^-?\d+$"), "is no whole number", pl.lit("digits")),
        Fault("bad-time", ("TM",), ~_VALUE.str.contains(_TIME), "is no time", pl.lit("HHMM, HHMMSS or HHMMSSDD")),
        Fault("bad-date", ("DT",), ~_is_date(), "is no date", pl.lit("a day of the calendar")),
        Fault("blanks", _TEXTS, blanks, "begins or ends with a blank", trimmed),
        Fault("bad-code", ("ID",), ~_VALUE.str.contains("^[A-Z0-9]+$"), "is no code", pl.lit("capitals and digits")),
    ]


def _lengths(types: tuple[str, ...], size: pl.Expr, what: str) -> list[Fault]:
    shortest, longest = pl.col("shortest"), pl.col("longest")
    one = pl.format("{} " + what, longest)
    expected = pl.when(shortest == longest).then(one).otherwise(pl.format("{} to {} " + what, shortest, longest))
    return [
        Fault("too-short", types, size < shortest, "is too short", expected),
        Fault("too-long", types, size > longest, "is too long", expected),
    ]


def _is_date() -> pl.Expr:
    """Whether it is a date with the century, or without where the element has six digits."""
    full = pl.when(pl.col("longest") == 6).then("20" + _VALUE).otherwise(_VALUE)
    date = full.str.to_date("%Y%m%d", strict=False)
    return _VALUE.str.contains(r"^\d+$") & date.is_not_null() & (date.dt.year() >= _EARLIEST_YEAR)
