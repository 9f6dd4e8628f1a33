"""What can be wrong with a file as a whole."""

from __future__ import annotations

from pathlib import Path


class FormatError(Exception):
    """The file can't be read or written in this format."""


class FileRefused(FormatError):
    """Nothing of the file is used, because no part of it can be trusted.

    Attributes:
        file: the file.
        reason: what is wrong with it and what to do.
    """

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file.name}: {reason}")
        self.file = file
        self.reason = reason
