"""Files named by their content: written once, whole, and never changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Blobs:
    """A folder of files named by their content hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where the file of this hash lies."""
        return self._folder / sha256[:2] / sha256

    def keep(self, write: Callable[[Path], None]) -> str:
        """Keeps what ``write`` writes; durable when this returns.

        Args:
            write: is given the path to write the whole file to.

        Returns:
            The content hash, which is the file's name.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self._folder)
        os.close(handle)
        temporary = Path(name)
        try:
            write(temporary)
            sync(temporary)
            sha256 = sha256_of(temporary)
            self.path(sha256).parent.mkdir(exist_ok=True)
            temporary.replace(self.path(sha256))
        finally:
            temporary.unlink(missing_ok=True)
        sync(self.path(sha256).parent)
        sync(self._folder)
        return sha256

    def forget(self, *, but: Collection[str], older_than: float) -> None:
        """Removes files that nothing names any more.

        Args:
            but: hashes that are named.
            older_than: seconds since the epoch; a younger file may be about to be named.
        """
        for file in self._folder.glob("??/*"):
            if file.name not in but and file.stat().st_mtime < older_than:
                file.unlink()


def sync(path: Path) -> None:
    """Makes a file or a folder's entries durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
