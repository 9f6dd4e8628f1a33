"""A rename inside one folder that never overwrites, in one step where the file system can."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache

_RENAME_NOREPLACE = 1
_NOT_HERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


def rename_new(folder: int, old: str, new: str) -> None:
    """Rename a file within the open folder; ``FileExistsError`` if the new name is there already."""
    if not _renamed_in_one_step(folder, old, new):
        rename_in_two_steps(folder, old, new)


def rename_in_two_steps(folder: int, old: str, new: str) -> None:
    """The same where the system has no such rename: for a moment the file has both names."""
    os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    os.unlink(old, dir_fd=folder)


def _renamed_in_one_step(folder: int, old: str, new: str) -> bool:
    libc = _libc()
    if not hasattr(libc, "renameat2"):
        return False
    if libc.renameat2(folder, os.fsencode(old), folder, os.fsencode(new), _RENAME_NOREPLACE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_HERE:
        return False
    raise OSError(code, os.strerror(code), new)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
