"""Text to moments: of a column, of a file's name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field, field_validator

from formats.cells import stripped
from formats.settings import Settings
from mappings.model import INSTANT

#: ISO 8601, as files write it: a blank may stand for the T, and time, seconds, fraction and offset may be missing.
_DATE, _TIME, _OFFSET = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?", r"(?:Z|[+-]\d\d:?\d\d|[+-]\d\d)"
_BASIC = r"\d{8}(?:T\d{6})?"
_LOCAL = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d %H%M%S", "%Y%m%d")
_WITH_OFFSET = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z")


class FileName(Settings):
    """The name of the file tells it."""

    file_name: str = Field(
        description="A regular expression; its group is what the name tells, as in `_(\\d{8}T\\d{6})`."
    )

    @field_validator("file_name")
    @classmethod
    def _has_one_group(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from None
        if groups != 1:
            raise ValueError("needs one group, in parentheses, around what the name tells")
        return pattern

    def text(self, name: str) -> str | None:
        """What the file's name tells, if it fits the pattern."""
        found = re.search(self.file_name, name)
        return found[1] if found else None


def moments(column: str, *, form: str | None, timezone: ZoneInfo) -> pl.Expr:
    """The moments that a column of text holds (UTC); null where a text is none, or never was on that zone's clocks.

    Args:
        column: the texts; blanks around them don't matter.
        form: how they are written, in the letters of ``strptime``; None: ISO 8601.
        timezone: of texts without an offset. An hour that a clock change repeats is taken the first time: what is
            true for an earlier moment has more orders subtracted from it, and never promises too much.
    """
    text = stripped(column)
    if form is not None:
        return _instant(text.str.to_datetime(form, strict=False, time_unit="us"), form, timezone)
    local = pl.when(text.str.contains(f"^(?:{_DATE}(?:[T ]{_TIME})?|{_BASIC})$")).then(text)
    exact = pl.when(text.str.contains(f"^{_DATE}[T ]{_TIME} ?{_OFFSET}$")).then(text)
    return pl.coalesce(
        *(_instant(_parsed(local, form), form, timezone) for form in _LOCAL),
        *(_instant(_parsed(exact, form), form, timezone) for form in _WITH_OFFSET),
    )


def moment(text: str, *, form: str | None, timezone: ZoneInfo) -> datetime | None:
    """The moment of one text, by the rules of :func:`moments`."""
    found = pl.select(text=pl.lit(text)).select(moments("text", form=form, timezone=timezone)).item()
    return found.astimezone(UTC) if found else None


def _parsed(text: pl.Expr, form: str) -> pl.Expr:
    spaced = text.str.replace("T", " ", literal=True).str.replace(r" ([Z+-])", "$1")
    return spaced.str.to_datetime(form, strict=False, time_unit="us")


def _instant(parsed: pl.Expr, form: str, timezone: ZoneInfo) -> pl.Expr:
    if re.search(r"%[:#]?z|%\+", form):  # the text names its offset, and the parser has made it UTC
        return parsed.cast(INSTANT)
    zone = "UTC" if "%s" in form else timezone.key  # seconds since 1970 are counted in UTC
    return parsed.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
