"""Several files that make one snapshot: they wait for each other, and are loaded as one."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from batch.blobs import sync
from batch.crash import crash_point
from batch.errors import BatchError
from batch.inbox import Left
from batch.pickups import Together

#: Where the parts wait, in the work folder of their source.
WAITING = ".parts"

_CHUNK = 1 << 20


def set_apart(together: Together | None, work: Path) -> None:
    """Moves parts that were claimed to where they wait; one that was sent again replaces its former version."""
    if together is None:
        return
    for file in list(work.glob("[!.]*")):
        if re.fullmatch(together.names, file.name):
            (work / WAITING).mkdir(exist_ok=True)
            file.replace(work / WAITING / file.name)


def join_whole(together: Together | None, work: Path) -> Iterator[Left]:
    """Joins the parts that are waiting, set by set, once they are all there; yields the sets that have to wait.

    The joined file lies in the work folder before a part of it goes, so a process that dies is followed by one that
    joins them again, to the same file.
    """
    if together is None:
        return
    for name, parts in _sets(together, sorted((work / WAITING).glob("*"))).items():
        files = list(parts.values())
        shown = ", ".join(file.name for file in files)
        if why := _not_whole(together, name, parts):
            yield Left(shown, "waiting", why)
            continue
        try:
            _join(_in_order(together, parts), work)
        except BatchError as error:
            yield Left(shown, "failed", str(error))
            continue
        crash_point("joined")
        for file in files:
            file.unlink()


def joined(together: Together | None, files: Iterable[Path], work: Path, out: Path) -> list[Path]:
    """The files as they would be loaded, with whole sets joined in the folder ``out``; nothing is moved.

    Raises:
        BatchError: parts of a set don't fit together.
    """
    if together is None:
        return list(files)
    newest = {file.name: file for file in [*(work / WAITING).glob("*"), *files]}
    alone = [file for name, file in newest.items() if not re.fullmatch(together.names, name)]
    sets = _sets(together, newest.values())
    whole = [parts for name, parts in sets.items() if not _not_whole(together, name, parts)]
    return [*alone, *(_join(_in_order(together, parts), out) for parts in whole)]


def _sets(together: Together, files: Iterable[Path]) -> dict[str, dict[str, Path]]:
    """The files by the set and by the part that their names say."""
    sets: dict[str, dict[str, Path]] = {}
    for file in files:
        if match := re.fullmatch(together.names, file.name):
            part = match["part"] if together.parts else match["part"].lstrip("0")
            sets.setdefault(match["set"], {})[part] = file
    return sets


def _expected(together: Together, parts: dict[str, Path]) -> tuple[str, ...]:
    """The parts that make a whole set."""
    if together.parts:
        return together.parts
    matches = (re.fullmatch(together.names, file.name) for file in parts.values())
    most = max(int(match["of"]) for match in matches if match)
    return tuple(str(number) for number in range(1, most + 1))


def _not_whole(together: Together, name: str, parts: dict[str, Path]) -> str | None:
    """Why a set can't be loaded yet."""
    expected = _expected(together, parts)
    if missing := [part for part in expected if part not in parts]:
        return f"of snapshot {name} {', '.join(missing)} is not there yet"
    strange = [part for part in parts if part not in expected]
    return f"{', '.join(strange)} is none of the parts of snapshot {name}" if strange else None


def _in_order(together: Together, parts: dict[str, Path]) -> list[Path]:
    return [parts[part] for part in _expected(together, parts)]


def _join(files: list[Path], folder: Path) -> Path:
    """Writes the parts one below the other, under one header; the file's time is that of the oldest."""
    target = folder / f"{files[0].stem}+{len(files) - 1}{files[0].suffix}"
    copy = target.with_name(f".{target.name}.part")
    with copy.open("wb") as out:
        for file in files:
            _check(file, files)
            with file.open("rb") as rows:
                if file != files[0]:
                    rows.readline()
                shutil.copyfileobj(rows, out, _CHUNK)
    oldest = min(file.stat().st_mtime_ns for file in files)
    os.utime(copy, ns=(oldest, oldest))
    sync(copy)
    copy.replace(target)
    sync(folder)
    return target


def _check(file: Path, files: list[Path]) -> None:
    if _header(file) != _header(files[0]):
        raise BatchError(f"the header of {file.name} is not that of {files[0].name}; send them again")
    if file != files[-1] and not _ends_in_line_break(file):
        raise BatchError(f"the last line of {file.name} has no line break, so it may be cut short; send it again")


def _header(file: Path) -> bytes:
    with file.open("rb") as text:
        line = text.readline()
    if b"\0" in line:
        raise BatchError(f"{file.name} is UTF-16 or packed; files that make one snapshot must be plain text")
    return line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")


def _ends_in_line_break(file: Path) -> bool:
    with file.open("rb") as text:
        text.seek(max(0, file.stat().st_size - 1))
        return text.read() == b"\n"
