"""What can be wrong with a file as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Example(NamedTuple):
    """A row that can't be used; column and value are None if all of it is meant."""

    place: str
    column: str | None
    value: str | None
    reason: str


class FormatError(Exception):
    """The file can't be read or written in this format."""


class FileRefused(FormatError):
    """Nothing of the file is used, because no part of it can be trusted.

    Attributes:
        file: the file.
        reason: what is wrong with it and what to do.
        examples: rows, if it is refused for them.
    """

    def __init__(self, file: Path, reason: str, examples: Iterable[Example] = ()) -> None:
        super().__init__(f"{file.name}: {reason}")
        self.file = file
        self.reason = reason
        self.examples = tuple(examples)
