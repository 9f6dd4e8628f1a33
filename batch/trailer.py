"""The last line by which some sources say that a file is whole, and how many rows it has."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from formats.errors import FileRefused

_LONGEST = 1 << 16
_CHUNK = 1 << 20


def has_trailer(file: Path, pattern: str) -> bool:
    """Whether the last line of a file matches."""
    return _found(file, pattern) is not None


@contextmanager
def without_trailer(file: Path, pattern: str | None) -> Iterator[tuple[Path, int | None]]:
    """A file without its trailer, and the number of rows that this one declares.

    Args:
        file: a text whose encoding contains ASCII.
        pattern: of the last line; None: the file has none and is yielded as it is.

    Raises:
        FileRefused: the last line is not the trailer; a part of the file is missing.
    """
    if pattern is None:
        yield file, None
        return
    found = _found(file, pattern)
    if found is None:
        raise FileRefused(file, f"its last line does not match {pattern!r}, so a part of it is missing; send it again")
    start, declared = found
    if declared and not declared.isdecimal():
        raise FileRefused(file, f"its trailer declares {declared!r} rows, which is not a whole number")
    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        copy = Path(folder, file.name)
        with copy.open("wb") as out, file.open("rb") as text:
            shutil.copyfileobj(text, out, _CHUNK)
            out.truncate(start)
        yield copy, int(declared) if declared else None


def check_rows(file: Path, declared: int | None, rows: int) -> None:
    """Compares the rows that were read with the declared ones; raises ``FileRefused`` if they differ."""
    if declared is not None and declared != rows:
        raise FileRefused(file, f"its trailer declares {declared:,} rows, but it has {rows:,}; send it again")


def _found(file: Path, pattern: str) -> tuple[int, str | None] | None:
    """Where the trailer begins and the rows that it declares; None where the last line is none."""
    size = file.stat().st_size
    with file.open("rb") as text:
        text.seek(max(0, size - _LONGEST))
        end = text.read()
    line = end.rstrip(b"\r\n")
    start = max(line.rfind(b"\n"), line.rfind(b"\r")) + 1
    match = re.fullmatch(pattern, line[start:].decode("utf-8", "replace"))
    if match is None:
        return None
    return size - len(end) + start, match.groupdict().get("rows")
