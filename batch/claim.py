"""Takes files into our own folder, and from there to where they stay."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from batch.blobs import sha256_of, sync
from batch.crash import crash_point
from batch.settle import STILL_WRITTEN, Look, StillWritten, has_writer
from transports.exclusive_rename import rename_new


def oldest_first(files: Iterable[Path]) -> list[Path]:
    """Files in the order in which they were written."""
    return sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))


def claim(file: Path, work: Path, name: str | None = None) -> Path:
    """Moves a file into our own folder, where nobody else looks; a name that is taken gets a number.

    Args:
        file: the file.
        work: our folder.
        name: its name there; default: the one it has.

    Returns:
        Where it lies now; its time is kept.

    Raises:
        StillWritten: it had to be copied and was written to meanwhile; it lies where it was.
    """
    wanted, number = work / (name or file.name), 1
    target = wanted
    while target.exists():
        if _is_copy(target, file):  # made by a process that died before it could remove the original
            file.unlink()
            return target
        number += 1
        target = wanted.with_name(f"{wanted.stem}.{number}{wanted.suffix}")
    move(file, target)
    return target


def move(file: Path, target: Path) -> None:
    """Moves a file in one step; between file systems a whole copy is there before the original goes.

    A file that has another name elsewhere is copied, too: somebody may write to it there.

    Raises:
        StillWritten: it was written to while it was copied; it lies where it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    seen = Look.at(file)
    if seen.links > 1:
        _copy(file, target, seen)
    else:
        try:
            file.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(file, target, seen)
    sync(target.parent)


def _copy(file: Path, target: Path, seen: Look) -> None:
    copy = target.with_name(f".{target.name}.part")
    shutil.copy2(file, copy, follow_symlinks=False)
    sync(copy)
    if Look.at(file) != seen or has_writer(file):
        copy.unlink()
        raise StillWritten(STILL_WRITTEN)
    copy.rename(target)
    sync(target.parent)
    crash_point("copied")
    file.unlink()


def put_back(file: Path, inbox: Path) -> None:
    """Returns a file to the folder that it came from; if its name is taken there, or it was copied, it stays."""
    with _opened(file.parent) as ours, _opened(inbox) as theirs:
        try:
            rename_new(ours, file.name, file.name, to=theirs)
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.EXDEV}:
                raise


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def _is_copy(one: Path, other: Path) -> bool:
    first, second = one.stat(), other.stat()
    same = (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)
    return same and sha256_of(one) == sha256_of(other)
