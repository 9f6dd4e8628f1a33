"""A rename that never overwrites, in one step where the file system can."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache

_RENAME_NOREPLACE = 1
_NOT_HERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


def rename_new(folder: int, old: str, new: str, *, to: int | None = None) -> None:
    """Rename a file within the open folder, or to another open one.

    Raises:
        FileExistsError: the new name is there already.
    """
    to = folder if to is None else to
    if not _renamed_in_one_step(folder, old, to, new):
        rename_in_two_steps(folder, old, new, to=to)


def rename_in_two_steps(folder: int, old: str, new: str, *, to: int | None = None) -> None:
    """The same where the system has no such rename: for a moment the file has both names."""
    to = folder if to is None else to
    os.link(old, new, src_dir_fd=folder, dst_dir_fd=to, follow_symlinks=False)
    os.unlink(old, dir_fd=folder)


def _renamed_in_one_step(folder: int, old: str, to: int, new: str) -> bool:
    libc = _libc()
    if not hasattr(libc, "renameat2"):
        return False
    if libc.renameat2(folder, os.fsencode(old), to, os.fsencode(new), _RENAME_NOREPLACE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_HERE:
        return False
    raise OSError(code, os.strerror(code), new)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
