"""A watched folder on a server: which of its files are whole, and how they come into our own folder."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from batch.blobs import sync
from batch.claim import claim
from batch.crash import crash_point
from batch.fetch_log import Fetch, FetchLog
from batch.inbox import TRAILER_WITHIN, Left, unnamable
from batch.pickups import SftpPickup
from batch.settle import STILL_WRITTEN
from batch.trailer import has_trailer
from transports.base import Found, Place, Transport
from transports.errors import FileMissing, NameTaken

#: SFTP tells times in whole seconds, so that two writes in one second look like one.
_TICK = 1.0


class RemoteInbox:
    """A folder on a server.

    A file is copied here under a hidden name, its size and time are compared again, and it is recorded. Only then it is
    put aside at the server, and looked at once more. The copy gets its name when that is done. A process that dies is
    followed by one that goes on with what is recorded.
    """

    def __init__(self, transport: Transport, pickup: SftpPickup, log: FetchLog) -> None:
        self._transport, self._pickup, self._log = transport, pickup, log
        self._folder = None if pickup.after in {"delete", "keep"} else pickup.after

    def claim_all(self, work: Path) -> Iterator[Left]:
        """See ``Inbox``.

        Raises:
            TransportError: the server can't be reached, or does not let us put a file aside.
        """
        work.mkdir(parents=True, exist_ok=True)
        with self._transport.open() as place:
            for fetch in self._log.begun():
                self._take_over(place, fetch, work)
            for remains in work.glob(".*.part"):
                remains.unlink()
            for found in self._sorted_out(place):
                left = found if isinstance(found, Left) else self._fetch(place, found, work)
                if left is not None:
                    yield left

    @contextmanager
    def preview(self) -> Iterator[list[Path]]:
        """See ``Inbox``."""
        with TemporaryDirectory(prefix="tallyfeed-") as folder, self._transport.open() as place:
            files = []
            for found in self._sorted_out(place):
                if not isinstance(found, Left):
                    files.append(Path(folder, found.name))
                    _download(place, found, files[-1])
            yield files

    def put_back(self, file: Path) -> None:
        """See ``Inbox``; nobody at the server writes to our copy, so it stays."""

    def _sorted_out(self, place: Place) -> Iterator[Found | Left]:
        """The whole files, and those that are left."""
        listed = {found.name: found for found in place.files()}
        kept = self._log.kept(listed)
        wanted = [found for found in listed.values() if self._pickup.wants(found.name) and found not in kept]
        fresh = []
        for found in sorted(wanted, key=lambda file: (file.modified or 0, file.name)):
            if odd := unnamable(found.name):
                yield odd
            elif self._pickup.marker is None:
                fresh.append(found)
            elif why := self._unmarked(found, listed):
                yield Left(found.name, "waiting", why)
            else:
                yield found
        if not fresh:
            return
        if settle := self._pickup.settle.total_seconds():
            time.sleep(settle + _TICK)
        again = {found.name: found for found in place.files()}
        for found in fresh:
            if found.name in again:
                same = again[found.name] == found
                yield found if same else Left(found.name, "waiting", STILL_WRITTEN)

    def _unmarked(self, found: Found, listed: dict[str, Found]) -> str | None:
        """Why the marker doesn't say yet that the file is whole."""
        marker = listed.get(self._pickup.marker_of(found.name) or "")
        if marker is None:
            return f"its marker {self._pickup.marker_of(found.name)} is not there yet"
        older = (marker.modified or 0) < (found.modified or 0)
        return f"its marker {marker.name} is older than it" if older else None

    def _fetch(self, place: Place, found: Found, work: Path) -> Left | None:
        part = _part(work, found)
        try:
            sha256 = _download(place, found, part)
        except FileMissing:  # whoever dropped it has taken it away
            return None
        if why := self._incomplete(place, found, part):
            part.unlink()
            return Left(found.name, "waiting", why)
        crash_point("fetched")
        fetch = self._log.begin(found, sha256, self._aside(place, found, sha256))
        crash_point("fetch recorded")
        return self._take_over(place, fetch, work)

    def _incomplete(self, place: Place, found: Found, part: Path) -> str | None:
        """Why a copy can't be the whole file."""
        if place.find(found.name) != found or found.size not in {None, part.stat().st_size}:
            return STILL_WRITTEN
        young = found.modified is None or time.time() - found.modified < TRAILER_WITHIN
        if self._pickup.trailer is not None and young and not has_trailer(part, self._pickup.trailer):
            return "its last line is not the trailer yet"
        return None

    def _aside(self, place: Place, found: Found, sha256: str) -> str | None:
        """The name that a file gets at the server once it is ours."""
        if self._pickup.after == "keep":
            return None
        if self._folder is None:
            return f".{found.name}.{sha256[:12]}.taken"
        stem, dot, suffix = found.name.rpartition(".")
        name, number = found.name, 1
        while place.find(name, self._folder) is not None:
            number += 1
            name = f"{stem}.{number}{dot}{suffix}" if stem else f"{found.name}.{number}"
        return name

    def _take_over(self, place: Place, fetch: Fetch, work: Path) -> Left | None:
        """Puts a recorded file aside at the server and gives its copy its name here; can be repeated at any time."""
        part = _part(work, fetch.found)
        if part.exists():
            if marker := self._pickup.marker_of(fetch.found.name):
                place.remove(marker)
            if not self._put_aside(place, fetch):
                part.unlink()
                self._log.end(fetch, kept=False)
                return Left(fetch.found.name, "waiting", STILL_WRITTEN)
            crash_point("put aside")
            claim(part, work, fetch.found.name)
            crash_point("claimed")
        if fetch.aside is not None and self._pickup.after == "delete":
            place.remove(fetch.aside)
        self._log.end(fetch, kept=fetch.aside is None)
        return None

    def _put_aside(self, place: Place, fetch: Fetch) -> bool:
        """Puts a file aside; if somebody wrote to it after it was copied, it goes back, and this is False."""
        name, aside = fetch.found.name, fetch.aside
        if aside is None:
            return True
        if place.find(name) == fetch.found:
            with suppress(FileMissing):
                place.move(name, aside, into=self._folder)
        if self._is_copied(place, fetch, aside):
            return True
        with suppress(NameTaken):  # a newer one is there already
            place.move(aside, name, out_of=self._folder)
        return False

    def _is_copied(self, place: Place, fetch: Fetch, aside: str) -> bool:
        """Whether what was put aside is what was copied; some servers give a file a new time when it is moved."""
        there = place.find(aside, self._folder)
        if there is None or (there.size, there.modified) == (fetch.found.size, fetch.found.modified):
            return True
        digest = hashlib.sha256()
        place.read(aside, digest.update, self._folder)
        return digest.hexdigest() == fetch.sha256


def _part(work: Path, found: Found) -> Path:
    return work / f".{found.name}.part"


def _download(place: Place, found: Found, target: Path) -> str:
    """Copies a file from the server, on disk when this returns; its time is that of the server. Returns its SHA-256."""
    digest = hashlib.sha256()
    with target.open("wb") as out:

        def take(chunk: bytes) -> None:
            out.write(chunk)
            digest.update(chunk)

        place.read(found.name, take)
    if found.modified is not None:
        os.utime(target, (found.modified, found.modified))
    sync(target)
    return digest.hexdigest()
