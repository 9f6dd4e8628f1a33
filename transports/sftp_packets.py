"""The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02) that we send and read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from transports import errors

VERSION = 3
INIT, VERSION_IS = 1, 2
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105

OK, END, FAILURE, ALREADY_THERE = 0, 1, 4, 11
NOT_THERE = {2, 10}  # no such file, no such path

POSIX_RENAME = b"posix-rename@openssh.com"

# From 9 on the codes belong to later versions of the protocol; some servers send them all the same.
_MEANINGS: dict[int | None, type[errors.TransportError]] = {
    2: errors.FileMissing,
    3: errors.PermissionDenied,
    8: errors.Unsupported,
    10: errors.FileMissing,
    11: errors.NameTaken,
    12: errors.PermissionDenied,
    14: errors.NoSpace,
    15: errors.NoSpace,
    20: errors.FolderMissing,
    21: errors.Unsupported,  # a name that it does not take
}


def uint32(number: int) -> bytes:
    """A number of four bytes."""
    return struct.pack(">I", number)


def uint64(number: int) -> bytes:
    """A number of eight bytes."""
    return struct.pack(">Q", number)


def string(data: bytes) -> bytes:
    """Bytes with their length before them."""
    return uint32(len(data)) + data


class Request(NamedTuple):
    """One thing asked of the server; ``step`` and ``path`` say in errors what it was."""

    step: str
    path: bytes
    kind: int
    body: bytes

    @property
    def subject(self) -> str:
        """The path, for messages."""
        return self.path.decode(errors="backslashreplace")


def create(path: bytes, *, replace: bool = False) -> Request:
    """Open a file for writing that must not be there yet, or whose content is replaced."""
    return Request("open", path, 3, string(path) + uint32(0x02 | 0x08 | (0x10 if replace else 0x20)) + uint32(0))


def open_to_read(path: bytes) -> Request:
    """Open a file for reading."""
    return Request("open", path, 3, string(path) + uint32(0x01) + uint32(0))


def close(path: bytes, handle: bytes) -> Request:
    """Close a file or a folder."""
    return Request("close", path, 4, string(handle))


def read(path: bytes, handle: bytes, offset: int, length: int) -> Request:
    """Read some bytes of an open file."""
    return Request("read", path, 5, string(handle) + uint64(offset) + uint32(length))


def write(path: bytes, handle: bytes, offset: int, data: bytes) -> Request:
    """Write some bytes of an open file."""
    return Request("write", path, 6, b"".join((string(handle), uint64(offset), uint32(len(data)), data)))


def look(path: bytes) -> Request:
    """Attributes of a file; of the link itself, if it is one."""
    return Request("look", path, 7, string(path))


def look_at_open(path: bytes, handle: bytes) -> Request:
    """Attributes of an open file."""
    return Request("compare the size", path, 8, string(handle))


def look_at_folder(path: bytes) -> Request:
    """Attributes of a folder; of the one that a link leads to."""
    return Request("look", path, 17, string(path))


def open_folder(path: bytes) -> Request:
    """Open a folder to list it."""
    return Request("list", path, 11, string(path))


def read_folder(path: bytes, handle: bytes) -> Request:
    """Some more names of an open folder."""
    return Request("list", path, 12, string(handle))


def remove(path: bytes) -> Request:
    """Remove a file."""
    return Request("remove", path, 13, string(path))


def rename(old: bytes, new: bytes) -> Request:
    """Rename a file; whether an existing one is overwritten is the server's choice, OpenSSH refuses."""
    return Request("rename", new, 18, string(old) + string(new))


def replace(old: bytes, new: bytes) -> Request:
    """Rename a file over another in one step."""
    return Request("rename", new, 200, string(POSIX_RENAME) + string(old) + string(new))


class Attributes(NamedTuple):
    """What a server says of a file: size in bytes, mode and time of change in seconds, None where it is silent."""

    size: int | None
    mode: int | None
    modified: int | None


class Fields:
    """The fields of an answer, read one after another; ``ServerFailure`` if it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        """The next bytes."""
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise errors.ServerFailure("read the answer", "it ends too early; this is not SFTP")
        self._at += count
        return taken

    def uint32(self) -> int:
        """A number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Bytes with their length before them."""
        return self.take(self.uint32())

    def attributes(self) -> Attributes:
        """Attributes of a file."""
        flags = self.uint32()
        size = int.from_bytes(self.take(8), "big") if flags & 0x1 else None
        self.take(8 if flags & 0x2 else 0)  # user and group
        mode = self.uint32() if flags & 0x4 else None
        times = self.take(8) if flags & 0x8 else None  # of access and change
        for _ in range(self.uint32() if flags & 0x80000000 else 0):
            self.string(), self.string()
        return Attributes(size, mode, int.from_bytes(times[4:], "big") if times else None)


@dataclass(slots=True)
class Reply:
    """The answer to a request.

    Attributes:
        code: the status that it carries; None if it carries something better.
    """

    request: Request
    kind: int
    fields: Fields
    code: int | None = None
    _text: str = ""

    def __post_init__(self) -> None:
        if self.kind == STATUS:
            self.code = self.fields.uint32()
            if self.fields:
                self._text = self.fields.string().decode(errors="backslashreplace")

    def ok(self) -> None:
        """Make sure that it was done."""
        if self.code != OK:
            raise self.error()

    def expect(self, kind: int) -> Fields:
        """The fields of an answer that must be of this kind."""
        if self.kind != kind:
            raise self.error()
        return self.fields

    def error(self) -> errors.TransportError:
        """What the status means."""
        meaning = _MEANINGS.get(self.code, errors.ServerFailure)
        said = f'the server says "{self._text}" (status {self.code})' if self.kind == STATUS else "unfitting answer"
        return meaning(self.request.step, f"{self.request.subject}: {said}")
