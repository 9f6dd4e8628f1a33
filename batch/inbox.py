"""A watched folder of this machine: which of its files are whole, and how they come into our own folder."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from batch.claim import claim, put_back
from batch.crash import crash_point
from batch.drives import LOCAL_DRIVES, kind_of_drive
from batch.pickups import FolderPickup
from batch.settle import STILL_WRITTEN, Look, StillWritten, has_writer
from batch.trailer import has_trailer

#: For so many seconds a file may be without its trailer; then it is taken, and refused for that.
TRAILER_WITHIN = 3600.0

#: For so many seconds a run waits for a file whose times tell the next run as well that it is whole.
_PATIENCE = 15.0

#: The coarsest time that a drive keeps: two writes within it look like one.
_TICK = 2.0

_KINDS = {
    stat.S_IFLNK: "it is a link",
    stat.S_IFDIR: "it is a folder",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFSOCK: "it is a socket",
}


@dataclass(frozen=True, slots=True)
class Left:
    """A file that is left where it is: for the next run, or for ever."""

    name: str
    outcome: Literal["waiting", "skipped", "failed"]
    why: str


def unnamable(name: str) -> Left | None:
    """A file whose name is not UTF-8: it can't be recorded."""
    shown = name.encode("utf-8", "backslashreplace").decode()
    return None if shown == name else Left(shown, "skipped", "its name is not UTF-8")


class Inbox(Protocol):
    """A watched folder, here or elsewhere."""

    def claim_all(self, work: Path) -> Iterator[Left]:
        """Brings every whole file into our own folder; yields those that are left, with the reason."""

    def preview(self) -> AbstractContextManager[list[Path]]:
        """The whole files, to be read and left alone."""

    def put_back(self, file: Path) -> None:
        """Returns a claimed file whose writer goes on; where that is not possible it stays claimed."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A candidate: how it looked, and in how many seconds it is whole if it stays so."""

    look: Look
    wait: float


class FolderInbox:
    """A folder into which files are dropped."""

    def __init__(self, folder: Path, pickup: FolderPickup) -> None:
        self._folder, self._pickup = folder, pickup
        self._settle = pickup.settle.total_seconds()

    def claim_all(self, work: Path) -> Iterator[Left]:
        """See ``Inbox``; the folder is made if it is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for remains in work.glob(".*.part"):
            remains.unlink()
        for found in self._sorted_out():
            left = found if isinstance(found, Left) else self._claim(*found, work)
            if left is not None:
                yield left

    @contextmanager
    def preview(self) -> Iterator[list[Path]]:
        """See ``Inbox``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        yield [self._folder / found[0] for found in self._sorted_out() if not isinstance(found, Left)]

    def put_back(self, file: Path) -> None:
        """See ``Inbox``."""
        put_back(file, self._folder)

    def _claim(self, name: str, look: Look, work: Path) -> Left | None:
        file = self._folder / name
        try:
            claimed = claim(file, work)
        except StillWritten as error:
            return Left(name, "waiting", str(error))
        except FileNotFoundError:  # whoever dropped it has taken it away
            return None
        crash_point("claimed")
        if _goes_on(claimed, look):
            put_back(claimed, self._folder)
            return Left(name, "waiting", STILL_WRITTEN)
        if marker := self._pickup.marker_of(name):
            (self._folder / marker).unlink(missing_ok=True)
        return None

    def _sorted_out(self) -> Iterator[tuple[str, Look] | Left]:
        """The whole files, and those that are left; waits for the settle time if that makes a difference."""
        local = kind_of_drive(self._folder) in LOCAL_DRIVES
        fresh: dict[str, _Seen] = {}
        for name in sorted(entry.name for entry in self._folder.iterdir() if self._pickup.wants(entry.name)):
            seen = self._look(name, local=local)
            if isinstance(seen, _Seen) and seen.wait > 0:
                fresh[name] = seen
            elif isinstance(seen, _Seen):
                yield name, seen.look
            elif seen is not None:
                yield seen
        if fresh:
            time.sleep(max(seen.wait for seen in fresh.values()))
        for name, before in fresh.items():
            seen = self._look(name, local=local)
            if isinstance(seen, _Seen) and seen.look == before.look:
                yield name, seen.look
            elif seen is not None:
                yield seen if isinstance(seen, Left) else Left(name, "waiting", STILL_WRITTEN)

    def _look(self, name: str, *, local: bool) -> _Seen | Left | None:
        """Looks at one file; None if it is gone."""
        file = self._folder / name
        if odd := unnamable(name):
            return odd
        try:
            kind = stat.S_IFMT(file.lstat().st_mode)
            if kind != stat.S_IFREG:
                return Left(name, "skipped", _KINDS.get(kind, "it is a device"))
            look = Look.at(file)
            written = has_writer(file)
            if written:
                return Left(name, "waiting", STILL_WRITTEN)
            return self._judged(file, look, known_free=written is False and local, local=local)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Left(name, "waiting", f"it can't be opened: {error.strerror}")

    def _judged(self, file: Path, look: Look, *, known_free: bool, local: bool) -> _Seen | Left:
        if self._pickup.marker is not None:
            why = self._unmarked(file.name, look)
            return Left(file.name, "waiting", why) if why else _Seen(look, 0)
        now = time.time()
        if self._pickup.trailer is not None:
            if has_trailer(file, self._pickup.trailer):
                return _Seen(look, 0)
            if look.wait(TRAILER_WITHIN, now, written_by_nobody=False):
                return Left(file.name, "waiting", "its last line is not the trailer yet")
        if not local and self._settle:  # the times are of another clock
            return _Seen(look, self._settle + _TICK)
        wait = look.wait(self._settle, now, written_by_nobody=known_free)
        return _Seen(look, wait) if wait <= _PATIENCE else Left(file.name, "waiting", "it has not settled yet")

    def _unmarked(self, name: str, look: Look) -> str | None:
        """Why the marker doesn't say yet that the file is whole."""
        marker = self._pickup.marker_of(name)
        assert marker is not None  # noqa: S101  (asked only where one is needed)
        with suppress(FileNotFoundError):
            said = Look.at(self._folder / marker)
            older = max(said.written, said.touched) < look.written
            return f"its marker {marker} is older than it" if older else None
        return f"its marker {marker} is not there yet"


def _goes_on(claimed: Path, look: Look) -> bool:
    """Whether a claimed file is another than the one that was looked at, or is written to by who had it open."""
    now = Look.at(claimed)
    moved = now.device == look.device and now.inode == look.inode
    same = now.same_content(look) if moved else (now.size, now.written) == (look.size, look.written)
    return not same or bool(has_writer(claimed))
