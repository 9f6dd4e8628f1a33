"""Durations as people write them: "90m", "6h", "2d"."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: object) -> timedelta:
    """Reads a duration such as "6h".

    Raises:
        ValueError: it is not a whole number followed by s, m, h or d.
    """
    if isinstance(text, timedelta):
        return text
    match = re.fullmatch(r"(\d{1,6})([smhd])", str(text))
    if not match:
        raise ValueError(f'{text!r} is not a duration; write "90m", "6h" or "2d"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}[smhd]$"})
]
