"""The contract of every transport: whole files under a temporary name first, then one rename each."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from pydantic import BaseModel, ConfigDict, Field

from transports.errors import SourceChanged, TransportError
from transports.servers import Server


@dataclass(frozen=True, slots=True)
class Upload:
    """One local file on its way: its bytes, the name it has there until it is published, its size in bytes.

    With ``final`` it is written under its final name at once: the server can't rename. With ``replace`` it takes the
    place of a file that has the name.
    """

    source: Path
    temp_name: str
    size: int
    final: bool = False
    replace: bool = False

    @contextmanager
    def content(self) -> Iterator[BinaryIO]:
        """The local file, open; ``SourceChanged`` if it is not there or not of the recorded size."""
        try:
            file = self.source.open("rb")
        except OSError as error:
            raise SourceChanged("read", f"{self.source} cannot be opened: {error.strerror}") from error
        with file:
            if (size := os.fstat(file.fileno()).st_size) != self.size:
                raise SourceChanged("read", f"{self.source} has {size} bytes, {self.size} were recorded")
            yield file


@dataclass(frozen=True, slots=True)
class Rename:
    """One file to publish; with ``replace`` it takes the place of a file that has the final name."""

    temp_name: str
    final_name: str
    replace: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A file that lies at a place: size in bytes, and when it was changed last (seconds); None where nobody tells."""

    name: str
    size: int | None
    modified: int | None


class Place(Protocol):
    """A folder somewhere, open. Names are plain file names in it; a name with a slash is a ``ValueError``."""

    def upload(self, uploads: Sequence[Upload]) -> list[TransportError | None]:
        """Store files under their temporary names.

        Returns:
            One outcome per file, in order. None: the whole file lies under its temporary name, every write is
            acknowledged, its size there was compared, and closing it is acknowledged. Otherwise the error, and the
            temporary name is gone again if the connection still lives. A temporary name that exists already is
            ``NameTaken`` and stays as it is. When the connection is lost, that error is the outcome of every
            file not finished.
        """

    def publish(self, renames: Sequence[Rename]) -> list[TransportError | None]:
        """Give uploaded files their final names.

        Returns:
            One outcome per file, in order. Without ``replace`` an existing file is never overwritten
            (``NameTaken``); with it, it is replaced in one step. After a lost connection the outcome says nothing
            about whether the rename happened: look with ``size``.
        """

    def size(self, name: str) -> int | None:
        """The size of a file in bytes; None if it is not there (``FolderMissing`` if the folder is not)."""

    def waiting(self, temp_name: str) -> int | None:
        """The same for a file that is not published yet: those may lie in a folder of their own."""

    def read(self, name: str, take: Callable[[bytes], None], folder: str | None = None) -> None:
        """Hand over the content of a file of the folder, or of one inside it; ``FileMissing`` if it is not there."""

    def remove(self, name: str) -> None:
        """Remove a file; silent when it is not there."""

    def discard(self, temp_name: str) -> None:
        """The same for a file that is not published yet."""

    def names(self) -> list[str]:
        """The names of the files in the folder, sorted; bytes that are not UTF-8 survive as surrogate escapes."""

    def files(self) -> list[Found]:
        """The same with their sizes and times. Links, folders and what else is no file are not among them."""

    def find(self, name: str, folder: str | None = None) -> Found | None:
        """Look at one file of the folder, or of a folder inside it; None if it is not there."""

    def move(self, name: str, new_name: str, *, out_of: str | None = None, into: str | None = None) -> None:
        """Move a file within the folder, into a folder inside it or out of one; never overwrites (``NameTaken``).

        Raises:
            FileMissing: there is no such file.
            FolderMissing: there is no folder to move it into; none is made.
        """


class Transport(BaseModel, ABC):
    """Where files go: the settings of one place, and the way to open it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    server: Server = Field(Server(), description="What is different there.")

    @abstractmethod
    def open(self) -> AbstractContextManager[Place]:
        """Open the place; raises a ``TransportError`` if that fails."""

    @abstractmethod
    def describe(self) -> str:
        """The place in one line, for people; holds no secret."""

    def partner(self) -> str:
        """Whose machine it is: if one place there can't be reached, no other can."""
        return self.describe()

    def account(self) -> str:
        """Who logs in there, and with what: if it is refused once, it is refused again."""
        return self.describe()

    def connection_key(self) -> str:
        """Deliveries whose keys are equal may share one open place."""
        return self.model_dump_json()


def inside(folder: str | None, name: str) -> str:
    """The path of a file in the folder, or in a folder inside it; both names are plain ones."""
    return plain_name(name) if folder is None else f"{plain_name(folder)}/{plain_name(name)}"


def plain_name(name: str) -> str:
    """The same name, once it is sure that it cannot lead out of the folder.

    Raises:
        ValueError: it is empty, ``.`` or ``..``, or holds a slash or a NUL.
    """
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is not a plain file name")
    return name
