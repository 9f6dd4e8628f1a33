"""Takes dropped files out of an inbox, once they are whole."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from batch.blobs import sync

#: Names that writers give to files that are still on their way.
_UNFINISHED = (".part", ".filepart", ".tmp", ".temp", ".crdownload", ".partial", ".writing", "~")


def waiting_files(inbox: Path, pattern: str) -> Iterator[Path]:
    """The whole files of an inbox that match the pattern; the inbox is made if it is missing.

    Left alone are folders, links, hidden and temporary names, and files that a process still has open for writing.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    for file in sorted(inbox.glob(pattern)):
        if file.name.startswith(".") or file.name.lower().endswith(_UNFINISHED):
            continue
        if stat.S_ISREG(file.lstat().st_mode) and not _is_being_written(file):
            yield file


def _is_being_written(file: Path) -> bool:
    """Whether the kernel refuses a read lease, as it does while anyone has the file open for writing."""
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):  # not our file, or a system without leases: nothing is known
        return False
    finally:
        os.close(handle)
    return False


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
    """
    wanted, number = work / (name or file.name), 1
    target = wanted
    while target.exists():
        number += 1
        target = wanted.with_name(f"{wanted.stem}.{number}{wanted.suffix}")
    move(file, target)
    return target


def move(file: Path, target: Path) -> None:
    """Moves a file in one step; between file systems a whole copy is there before the original goes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = target.with_name(f".{target.name}.part")
        shutil.copy2(file, copy)
        sync(copy)
        copy.rename(target)
        file.unlink()
    sync(target.parent)
