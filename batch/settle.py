"""Whether a file is still being written."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path

from batch.errors import BatchError

STILL_WRITTEN = "still being written"

#: What a share says of a file that its writer keeps to himself.
_IN_USE = {errno.EBUSY, errno.ETXTBSY, errno.EAGAIN}


class StillWritten(BatchError):
    """Somebody is writing to the file; it is left for the next run."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a file shows. Two looks that are equal mean that nobody wrote in between.

    Attributes:
        device: that it lies on.
        inode: which file it is, whatever its name.
        size: bytes.
        written: when its content changed last (nanoseconds), as told by whoever wrote it.
        touched: when anything about it changed last (nanoseconds), as told by the file system; a rename counts.
        links: how many names it has.
    """

    device: int
    inode: int
    size: int
    written: int
    touched: int
    links: int

    @classmethod
    def at(cls, file: Path) -> Look:
        """Looks at a file; not at what a link leads to."""
        seen = file.lstat()
        return cls(seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_nlink)

    def same_content(self, other: Look) -> bool:
        """Whether it is the same file with the same content, under whatever name."""
        return replace(self, touched=0, links=0) == replace(other, touched=0, links=0)

    def wait(self, settle: float, now: float, *, written_by_nobody: bool) -> float:
        """Seconds until nobody has written for the settle time.

        Args:
            settle: seconds.
            now: the machine's clock, seconds.
            written_by_nobody: the kernel knows that nobody has the file open for writing. Then the time that the
                writer gave it is believed, because whoever sets one does so last.
        """
        last = self.written if written_by_nobody else max(self.written, self.touched)
        if last / 1e9 > now:  # a time to come says nothing
            last = self.touched
        age = now - last / 1e9
        return max(settle - age, 0.0) if age >= 0 else settle


def has_writer(file: Path) -> bool | None:
    """Whether anybody has the file open for writing, or a lock on it; None where the system can't tell.

    The kernel refuses a read lease while anyone writes (Linux, files of ours, local drives). A lock is a hint that
    some programs give.

    Raises:
        OSError: it can't be opened.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _IN_USE:
            return True
        raise
    try:
        return True if _is_locked(handle) else _is_written(handle)
    finally:
        os.close(handle)


def look_at_rest(file: Path) -> Look:
    """Looks at a file that lies in our own folder.

    Raises:
        StillWritten: somebody who opened it before it came here still writes to it.
    """
    seen = Look.at(file)
    if has_writer(file):
        raise StillWritten(STILL_WRITTEN)
    return seen


def _is_locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a drive without locks
        return False
    fcntl.flock(handle, fcntl.LOCK_UN)
    return False


def _is_written(handle: int) -> bool | None:
    try:
        # who opens the file while the lease lasts makes the kernel send a signal: one that nobody heeds, not SIGIO,
        # which would end this process
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):  # not our file, or a system or drive without leases
        return None
    return False
