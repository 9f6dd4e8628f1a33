"""A folder on an SFTP server. Nothing counts as done before the server has said so, request by request."""

from __future__ import annotations

import stat
from collections import deque
from collections.abc import Callable, Sequence
from typing import BinaryIO

from transports import sftp_packets as sftp
from transports.base import Found, Rename, Upload, inside
from transports.errors import FileMissing, FolderMissing, NameTaken, ServerFailure, TransportError, Unsupported
from transports.servers import Server
from transports.sftp_wire import Task, Wire

_WINDOW = 4 << 20  # bytes of all files together that may be on their way
_READ_SIZE = 1 << 15
_READS_AHEAD = 16

_PERHAPS_TAKEN = {sftp.FAILURE, sftp.ALREADY_THERE}


class SftpPlace:
    """An open folder on a server.

    Each piece of work is a generator that reads like the conversation about one file. Where it waits for an answer,
    the wire goes on with the others, so that many small files take hardly longer than one.
    """

    def __init__(self, wire: Wire, folder: str, temp_folder: str | None = None, server: Server | None = None) -> None:
        """Make sure of the folder; ``FolderMissing`` if it is not there."""
        self._wire = wire
        self._folder = _encoded(folder)
        self._temp_folder = _encoded(temp_folder or folder)
        self._server = server or Server()
        for path in dict.fromkeys([self._folder, self._temp_folder]):
            wire.do(self._require_folder(path))

    def upload(self, uploads: Sequence[Upload]) -> list[TransportError | None]:
        """See ``Place``."""
        return self._wire.run([self._store(self._place_of(upload), upload) for upload in uploads])

    def publish(self, renames: Sequence[Rename]) -> list[TransportError | None]:
        """See ``Place``."""
        return self._wire.run([self._publish(rename) for rename in renames])

    def size(self, name: str) -> int | None:
        """See ``Place``."""
        return self._wire.do(self._size(self._path(name)))

    def waiting(self, temp_name: str) -> int | None:
        """See ``Place``."""
        return self._wire.do(self._size(self._temp_path(temp_name)))

    def read(self, name: str, take: Callable[[bytes], None], folder: str | None = None) -> None:
        """See ``Place``."""
        self._wire.do(self._contents(self._path(name, folder), take))

    def remove(self, name: str) -> None:
        """See ``Place``."""
        self._wire.do(self._remove(self._path(name)))

    def discard(self, temp_name: str) -> None:
        """See ``Place``."""
        self._wire.do(self._remove(self._temp_path(temp_name)))

    def names(self) -> list[str]:
        """See ``Place``."""
        return [found.name for found in self.files()]

    def files(self) -> list[Found]:
        """See ``Place``."""
        return self._wire.do(self._files())

    def find(self, name: str, folder: str | None = None) -> Found | None:
        """See ``Place``."""
        return self._wire.do(self._find(name, self._path(name, folder)))

    def move(self, name: str, new_name: str, *, out_of: str | None = None, into: str | None = None) -> None:
        """See ``Place``."""
        self._wire.do(self._move(self._path(name, out_of), self._path(new_name, into)))

    def _publish(self, rename: Rename) -> Task[None]:
        old, new = self._temp_path(rename.temp_name), self._path(rename.final_name)
        return self._replace(old, new) if rename.replace else self._name(old, new)

    def _store(self, path: bytes, upload: Upload) -> Task[None]:
        with upload.content() as content:
            handle = yield from self._create(path, replace=upload.replace)
            try:
                yield from self._fill(path, handle, content, upload.size)
            except TransportError:
                yield self._wire.send(sftp.remove(path))
                raise

    def _create(self, path: bytes, *, replace: bool) -> Task[bytes]:
        opened = yield self._wire.send(sftp.create(path, replace=replace))
        if opened.code in sftp.NOT_THERE:
            raise _folder_missing(_folder_of(path))
        if opened.code == sftp.FAILURE and (yield from self._exists(path)):
            raise _taken("open", path)
        return opened.expect(sftp.HANDLE).string()

    def _fill(self, path: bytes, handle: bytes, content: BinaryIO, size: int) -> Task[None]:
        try:
            yield from self._write(path, handle, content)
            yield from self._compare_size(path, handle, size)
        except TransportError:
            yield self._wire.send(sftp.close(path, handle))
            raise
        closed = yield self._wire.send(sftp.close(path, handle))
        closed.ok()

    def _write(self, path: bytes, handle: bytes, content: BinaryIO) -> Task[None]:
        """Send the content with as much under way as the window allows; return when every write is acknowledged."""
        offset, unanswered = 0, deque[int]()
        length = self._wire.room(sftp.write(path, handle, 0, b""))
        try:
            while chunk := content.read(length):
                while unanswered and self._wire.in_flight + len(chunk) > _WINDOW:
                    (yield unanswered.popleft()).ok()
                unanswered.append(self._wire.send(sftp.write(path, handle, offset, chunk)))
                offset += len(chunk)
            while unanswered:
                (yield unanswered.popleft()).ok()
        except TransportError:
            while unanswered:  # their answers are worth nothing now, but they still come
                yield unanswered.popleft()
            raise

    def _compare_size(self, path: bytes, handle: bytes, size: int) -> Task[None]:
        if not self._server.looks:
            return
        looked = yield self._wire.send(sftp.look_at_open(path, handle))
        there = looked.expect(sftp.ATTRS).attributes().size
        if there != size:
            raise ServerFailure("compare the size", f"{_shown(path)}: {there} bytes there, {size} sent")

    def _name(self, old: bytes, new: bytes) -> Task[None]:
        """Rename to a free name. We look first, because some servers overwrite where OpenSSH refuses."""
        if (yield from self._exists(new)):
            raise _taken("rename", new)
        renamed = yield self._wire.send(sftp.rename(old, new))
        if renamed.code in _PERHAPS_TAKEN and (yield from self._exists(new)):
            raise _taken("rename", new)
        renamed.ok()

    def _replace(self, old: bytes, new: bytes) -> Task[None]:
        """Rename over what is there in one step; removing it first leaves a moment without it, so only if told to."""
        if sftp.POSIX_RENAME in self._wire.extensions:
            renamed = yield self._wire.send(sftp.replace(old, new))
        else:
            renamed = yield self._wire.send(sftp.rename(old, new))
            if renamed.code in _PERHAPS_TAKEN and self._server.replace == "remove first":
                yield from self._remove(new)
                renamed = yield self._wire.send(sftp.rename(old, new))
            elif renamed.code in _PERHAPS_TAKEN and (yield from self._exists(new)):
                advice = 'give each file a name of its own, or allow server = { replace = "remove first" }'
                raise Unsupported(
                    "rename", f"{_shown(new)} is there, and this server cannot replace a file in one step; {advice}"
                )
        renamed.ok()

    def _exists(self, path: bytes) -> Task[bool]:
        if not self._server.looks:
            return False
        looked = yield self._wire.send(sftp.look(path))
        return looked.kind == sftp.ATTRS

    def _size(self, path: bytes) -> Task[int | None]:
        looked = yield self._wire.send(sftp.look(path))
        if looked.code in sftp.NOT_THERE:
            yield from self._require_folder(
                _folder_of(path)
            )  # a folder that is gone must not pass for a file that was taken
            return None
        size = looked.expect(sftp.ATTRS).attributes().size
        if size is None:
            raise ServerFailure("look", f"{_shown(path)}: the server does not tell its size")
        return size

    def _contents(self, path: bytes, take: Callable[[bytes], None]) -> Task[None]:
        opened = yield self._wire.send(sftp.open_to_read(path))
        handle = opened.expect(sftp.HANDLE).string()
        offset, ended = 0, False
        while not ended:
            chunks, ended = yield from self._read(path, handle, offset)
            for chunk in chunks:
                take(chunk)
                offset += len(chunk)
        yield self._wire.send(sftp.close(path, handle))

    def _read(self, path: bytes, handle: bytes, offset: int) -> Task[tuple[list[bytes], bool]]:
        """Some bytes from the offset on, and whether the file ends there."""
        numbers = [
            self._wire.send(sftp.read(path, handle, offset + ahead * _READ_SIZE, _READ_SIZE))
            for ahead in range(_READS_AHEAD)
        ]
        replies = []
        for number in numbers:
            replies.append((yield number))  # noqa: PERF401  a comprehension cannot wait
        chunks: list[bytes] = []
        for reply in replies:
            if reply.code == sftp.END:
                return chunks, True
            chunks.append(reply.expect(sftp.DATA).string())
            if len(chunks[-1]) < _READ_SIZE:  # the next ones do not join on to it
                break
        return chunks, False

    def _remove(self, path: bytes) -> Task[None]:
        removed = yield self._wire.send(sftp.remove(path))
        if removed.code not in sftp.NOT_THERE:
            removed.ok()

    def _find(self, name: str, path: bytes) -> Task[Found | None]:
        looked = yield self._wire.send(sftp.look(path))
        if looked.code in sftp.NOT_THERE:
            return None
        seen = looked.expect(sftp.ATTRS).attributes()
        return Found(name, seen.size, seen.modified)

    def _move(self, old: bytes, new: bytes) -> Task[None]:
        try:
            yield from self._name(old, new)
        except FileMissing:
            yield from self._require_folder(_folder_of(new))
            raise

    def _files(self) -> Task[list[Found]]:
        opened = yield self._wire.send(sftp.open_folder(self._folder))
        if opened.code in sftp.NOT_THERE:
            raise _folder_missing(self._folder)
        handle = opened.expect(sftp.HANDLE).string()
        found: list[Found] = []
        while (listed := (yield self._wire.send(sftp.read_folder(self._folder, handle)))).code != sftp.END:
            found += _files(listed.expect(sftp.NAME))
        yield self._wire.send(sftp.close(self._folder, handle))
        return sorted(found, key=lambda file: file.name)

    def _require_folder(self, folder: bytes) -> Task[None]:
        """Some servers let nobody look; there the first upload will tell."""
        if not self._server.looks:
            return
        looked = yield self._wire.send(sftp.look_at_folder(folder))
        if looked.code in sftp.NOT_THERE:
            raise _folder_missing(folder)
        if looked.kind == sftp.ATTRS and not _may_be(stat.S_IFDIR, looked.fields.attributes().mode):
            raise _folder_missing(folder)

    def _place_of(self, upload: Upload) -> bytes:
        return self._path(upload.temp_name) if upload.final else self._temp_path(upload.temp_name)

    def _path(self, name: str, folder: str | None = None) -> bytes:
        return _within(self._folder, inside(folder, name))

    def _temp_path(self, name: str) -> bytes:
        return _within(self._temp_folder, inside(None, name))


def _files(listing: sftp.Fields) -> list[Found]:
    """What may be files in a listing."""
    files = []
    for _ in range(listing.uint32()):
        name = listing.string().decode(errors="surrogateescape")
        listing.string()  # the line that ls -l would print
        seen = listing.attributes()
        if name not in {".", ".."} and _may_be(stat.S_IFREG, seen.mode):
            files.append(Found(name, seen.size, seen.modified))
    return files


def _may_be(kind: int, mode: int | None) -> bool:
    """Whether a mode says so, or does not say otherwise; some servers leave the kind of file out."""
    return stat.S_IFMT(mode or 0) in {0, kind}


def _within(folder: bytes, name: str) -> bytes:
    return folder.rstrip(b"/") + b"/" + _encoded(name)


def _folder_of(path: bytes) -> bytes:
    return path.rpartition(b"/")[0] or b"/"


def _folder_missing(folder: bytes) -> FolderMissing:
    return FolderMissing("open", f"{_shown(folder)} is not a folder on the server; correct the path")


def _taken(step: str, path: bytes) -> NameTaken:
    return NameTaken(step, f"{_shown(path)} is there already")


def _encoded(name: str) -> bytes:
    return name.encode(errors="surrogateescape")


def _shown(path: bytes) -> str:
    return path.decode(errors="backslashreplace")
