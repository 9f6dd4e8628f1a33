"""The text of a cell, without what surrounds it."""

from __future__ import annotations

import polars as pl

#: Blanks around a text mean nothing: spaces of every width, tabs, line breaks, and a byte order mark gone astray.
BLANKS = " \t\r\n\v\f\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\ufeff"


def stripped(column: str) -> pl.Expr:
    """The texts of a column without surrounding blanks; an empty cell is the empty text."""
    return pl.col(column).fill_null("").str.strip_chars(BLANKS)
