"""A folder of this machine, or of a share that is mounted on it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

from pydantic import Field

from transports import errors
from transports.base import Found, Place, Rename, Transport, Upload, inside, plain_name
from transports.exclusive_rename import rename_new

_Item = TypeVar("_Item")

_CHUNK = 1 << 20

_MEANINGS: dict[int | None, type[errors.TransportError]] = {
    errno.ENOENT: errors.FileMissing,
    errno.EEXIST: errors.NameTaken,
    errno.ENOSPC: errors.NoSpace,
    errno.EDQUOT: errors.NoSpace,
    errno.EACCES: errors.PermissionDenied,
    errno.EPERM: errors.PermissionDenied,
    errno.EROFS: errors.PermissionDenied,
    errno.ENAMETOOLONG: errors.Unsupported,
}


class Folder(Transport):
    """Files go into a folder, and someone else takes them from there."""

    type: Literal["folder"] = "folder"
    path: Path = Field(description="The folder. It must exist; it is never made.")

    @contextmanager
    def open(self) -> Iterator[Place]:
        """Open the folder.

        Raises:
            FolderMissing: it is not there, or it is not a folder.
            PermissionDenied: it may not be opened.
        """
        with opened(self.path) as place:
            yield place

    def describe(self) -> str:
        """The path of the folder."""
        return str(self.path)


@contextmanager
def opened(path: Path, mode: int | None = None) -> Iterator[Place]:
    """Open a folder; with ``mode`` its new files have these permissions, whatever the process gives by default."""
    with _step("open", str(path)):
        try:
            folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise _folder_missing(path) from None
    try:
        yield _FolderPlace(path, folder, mode)
    finally:
        os.close(folder)


class _FolderPlace:
    """An open folder. Everything goes by its descriptor, so a folder put in its place midway changes nothing."""

    def __init__(self, path: Path, folder: int, mode: int | None) -> None:
        self._path = path
        self._folder = folder
        self._mode = mode

    def upload(self, uploads: Sequence[Upload]) -> list[errors.TransportError | None]:
        return self._each(self._store, uploads)

    def publish(self, renames: Sequence[Rename]) -> list[errors.TransportError | None]:
        return self._each(self._rename, renames)

    def size(self, name: str) -> int | None:
        with _step("look", name):
            try:
                return os.stat(plain_name(name), dir_fd=self._folder, follow_symlinks=False).st_size
            except FileNotFoundError:
                self._require_folder()
                return None

    def read(self, name: str, take: Callable[[bytes], None], folder: str | None = None) -> None:
        with _step("read", name), os.fdopen(self._open(inside(folder, name), os.O_RDONLY), "rb") as file:
            while chunk := file.read(_CHUNK):
                take(chunk)

    def remove(self, name: str) -> None:
        with _step("remove", name), suppress(FileNotFoundError):
            os.unlink(plain_name(name), dir_fd=self._folder)

    waiting, discard = size, remove

    def names(self) -> list[str]:
        with _step("list", str(self._path)), os.scandir(self._folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))

    def files(self) -> list[Found]:
        return [found for name in self.names() if (found := self.find(name))]

    def find(self, name: str, folder: str | None = None) -> Found | None:
        with _step("look", name):
            try:
                seen = os.stat(inside(folder, name), dir_fd=self._folder, follow_symlinks=False)
            except FileNotFoundError:
                return None
        return Found(name, seen.st_size, int(seen.st_mtime))

    def move(self, name: str, new_name: str, *, out_of: str | None = None, into: str | None = None) -> None:
        old, new = inside(out_of, name), inside(into, new_name)
        with _step("rename", f"{old} to {new}"):
            if into is not None and not (self._path / into).is_dir():
                raise _folder_missing(self._path / into)
            rename_new(self._folder, old, new)

    def _each(self, act: Callable[[_Item], None], items: Sequence[_Item]) -> list[errors.TransportError | None]:
        """Act on each item; at the end the folder itself is on disk, so that no name is lost with the power."""
        outcomes = [_outcome(act, item) for item in items]
        try:
            with _step("sync", str(self._path)):
                _sync(self._folder)
        except errors.TransportError as error:
            return [outcome or error for outcome in outcomes]
        return outcomes

    def _store(self, upload: Upload) -> None:
        name = upload.temp_name
        with (
            upload.content() as content,
            _step("write", name),
            self._new_file(name, os.O_TRUNC if upload.replace else os.O_EXCL) as file,
        ):
            shutil.copyfileobj(content, file, _CHUNK)
            file.flush()
            os.fsync(file.fileno())
            if (size := os.fstat(file.fileno()).st_size) != upload.size:
                raise errors.ServerFailure("compare the size", f"{name}: {size} bytes there, {upload.size} sent")

    @contextmanager
    def _new_file(self, name: str, existing: int) -> Iterator[BinaryIO]:
        """A new file: in the end it is closed and stays, or something failed and it is gone."""
        try:
            descriptor = self._open(plain_name(name), os.O_WRONLY | os.O_CREAT | existing)
        except FileNotFoundError:
            self._require_folder()
            raise
        try:
            with os.fdopen(descriptor, "wb") as file:
                if self._mode is not None:
                    os.fchmod(descriptor, self._mode)
                yield file
        except BaseException:
            with suppress(errors.TransportError):
                self.remove(name)
            raise

    def _rename(self, rename: Rename) -> None:
        old, new = plain_name(rename.temp_name), plain_name(rename.final_name)
        with _step("rename", f"{old} to {new}"):
            if rename.replace:
                os.replace(old, new, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            else:
                rename_new(self._folder, old, new)

    def _open(self, name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=self._folder)

    def _require_folder(self) -> None:
        """A file is missing: make sure that it is the file and not the whole folder."""
        if os.fstat(self._folder).st_nlink == 0:
            raise _folder_missing(self._path)


def _outcome(act: Callable[[_Item], None], item: _Item) -> errors.TransportError | None:
    try:
        act(item)
    except errors.TransportError as error:
        return error
    return None


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some shares cannot sync a folder, and write names through anyway
            raise


@contextmanager
def _step(step: str, what: str) -> Iterator[None]:
    """Give errors of the operating system their meaning here."""
    try:
        yield
    except OSError as error:
        meaning = _MEANINGS.get(error.errno, errors.ServerFailure)
        raise meaning(step, f"{what}: {error.strerror}") from error


def _folder_missing(path: Path) -> errors.FolderMissing:
    return errors.FolderMissing("open", f"{path} is not a folder; make it first, or correct the path")
