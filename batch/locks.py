"""Locks between processes of one machine; the kernel frees them when their owner dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batch.errors import AlreadyRunning


@contextmanager
def locked(files: Path, name: str) -> Iterator[None]:
    """Holds a lock for the length of the block.

    Args:
        files: the folder of the state's files.
        name: what is locked, fit for a file name.

    Raises:
        AlreadyRunning: another process holds it.
    """
    from filelock import FileLock, Timeout

    folder = files / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f"{name}.lock", timeout=0):
            yield
    except Timeout:
        raise AlreadyRunning(f"another process is working on {name}") from None
