"""How many bad rows a file may have before all of it is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated

from pydantic import Field

#: A share such as "1%", or a number.
MaxBadRows = Annotated[str, Field(pattern=r"^(100|\d{1,2}(\.\d+)?)%$")] | Annotated[int, Field(ge=0)]


def tolerated(limit: MaxBadRows, rows: int) -> int:
    """How many bad rows a file of so many rows may have; a share is rounded up, so that a small file may have one."""
    if isinstance(limit, int):
        return limit
    return math.ceil(Fraction(limit.removesuffix("%")) * rows / 100)
