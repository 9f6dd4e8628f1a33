"""How much of a large file is looked at in one piece."""

from __future__ import annotations

import os

_VARIABLE, _DEFAULT = "TALLYFEED_PIECE_MB", 8


def piece_size() -> int:
    """Bytes of a piece: the variable ``TALLYFEED_PIECE_MB`` says how many MB, else there are 8.

    Beside its table of items and levels, a file that is read or written needs some ten times as much memory as a piece,
    however large it is. Smaller pieces take longer.

    Raises:
        ValueError: the variable is no number of MB.
    """
    text = os.environ.get(_VARIABLE) or str(_DEFAULT)
    if not (text.isdecimal() and int(text)):
        raise ValueError(f'{_VARIABLE} is "{text}", not a whole number of MB such as {_DEFAULT}')
    return int(text) << 20
