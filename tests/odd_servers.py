"""Servers that are not as OpenSSH is: what each makes of a request. The rest is true, see ``lying_sftp_server``."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lying_sftp_server import Ask, status

OPEN, CLOSE, LSTAT, FSTAT, OPENDIR, READDIR, REMOVE, STAT, RENAME, EXTENDED = 3, 4, 7, 8, 11, 12, 13, 17, 18, 200
NOT_THERE, DENIED, FAILED, UNSUPPORTED = 2, 3, 4, 8


@dataclass(frozen=True)
class Refuses:
    """Answers some kinds of request with a status."""

    kinds: frozenset[int]
    code: int

    def __call__(self, request: bytes, ask: Ask) -> bytes:
        reads = request[0] == OPEN and OPEN in self.kinds and request[-5] & 0x01
        refused = request[0] in self.kinds - {OPEN} or reads
        return status(self.code) if refused else ask(request)


NO_RENAME = Refuses(frozenset({RENAME, EXTENDED}), UNSUPPORTED)
NO_STAT = Refuses(frozenset({LSTAT, FSTAT, STAT}), DENIED)
WRITE_ONLY = Refuses(frozenset({LSTAT, FSTAT, STAT, OPENDIR, REMOVE, OPEN}), DENIED)
LATE = Refuses(frozenset({LSTAT}), NOT_THERE)


def clobbers(request: bytes, ask: Ask) -> bytes:
    """A rename overwrites what has the new name."""
    if request[0] != RENAME:
        return ask(request)
    name = b"posix-rename@openssh.com"
    return ask(bytes([EXTENDED]) + request[1:5] + struct.pack(">I", len(name)) + name + request[5:])


@dataclass
class Partner:
    """Does something to the folder as soon as a file is closed or renamed."""

    folder: Path
    takes: bool = False
    sweeps: bool = False
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    def __call__(self, request: bytes, ask: Ask) -> bytes:
        answer = ask(request)
        if request[0] in {CLOSE, RENAME, EXTENDED}:
            for file in sorted(self.folder.iterdir()):
                hidden = file.name.startswith(".")
                if self.takes and not hidden:
                    self.taken.append((file.name, file.read_bytes()))
                if self.sweeps if hidden else self.takes:
                    file.unlink()
        return answer


@dataclass
class Windows:
    """Takes no name that Windows would not take, and does not tell upper from lower case."""

    folder: Path

    def __call__(self, request: bytes, ask: Ask) -> bytes:
        if request[0] not in {OPEN, LSTAT, STAT, REMOVE, RENAME}:
            return ask(request)
        paths = list(_strings(request[5:], 2 if request[0] == RENAME else 1))
        rest = request[5 + sum(4 + len(path) for path in paths) :]
        if any(re.search(rb'[<>:"|?*]', path) for path in paths):
            return status(FAILED)
        known = [self._known(path) for path in paths]
        if request[0] == RENAME and Path(known[1].decode()).exists():
            return status(FAILED)
        return ask(request[:5] + b"".join(struct.pack(">I", len(path)) + path for path in known) + rest)

    def _known(self, path: bytes) -> bytes:
        for file in self.folder.iterdir():
            if str(file).lower() == path.decode().lower():
                return str(file).encode()
        return path


def _strings(body: bytes, count: int) -> Iterator[bytes]:
    for _ in range(count):
        length = int.from_bytes(body[:4], "big")
        yield body[4 : 4 + length]
        body = body[4 + length :]
