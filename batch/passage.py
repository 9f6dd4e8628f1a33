"""One file on its way: every step is recorded before it begins, so that a process that dies can be followed by another.

What the names on the other side mean after a crash:

======== ======== ==================================================================================
temporary  final    meaning
======== ======== ==================================================================================
there     not      the rename did not happen: rename
not       there    it happened: delivered
not       not      only our rename removes our temporary name: it happened, and the partner took the file
there     there    same content: delivered, the temporary name is removed; other content: held
======== ======== ==================================================================================

A marker file follows its file in the same way, under a temporary name first. It is not written after a crash if the
partner has taken the file meanwhile: no marker is ever there without its file.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from batch.blobs import Blobs
from batch.crash import crash_point
from batch.journal import UNSETTLED, Journal
from batch.ledger import DeliveryState
from transports.base import Place, Rename, Transport, Upload
from transports.errors import (
    ConnectionLost,
    FileMissing,
    NameTaken,
    PermissionDenied,
    ServerFailure,
    Stalled,
    Unsupported,
)
from transports.putting import need, put
from transports.servers import Server


@dataclass(frozen=True, slots=True)
class Route:
    """Between what is kept here and where it goes."""

    journal: Journal
    artifacts: Blobs
    transport: Transport

    @property
    def server(self) -> Server:
        """What is different there."""
        return self.transport.server

    def unsettled(self, row: Row[Any]) -> bool:
        """Whether it isn't known what became of a file, and that must be found out before anything else."""
        half_written = row.state == DeliveryState.UPLOADING and self.server.publish == "write"
        return row.state in UNSETTLED or (half_written and self.server.unsure == "hold")


class Passage:
    """Takes files to an open place."""

    def __init__(self, route: Route, place: Place) -> None:
        self._route, self._place = route, place
        self._journal, self._server, self._artifacts = route.journal, route.server, route.artifacts

    def send(self, row: Row[Any]) -> None:
        """Sends a file, or finishes what a former process has begun.

        Raises:
            TransportError: it is not there, or nobody knows.
        """
        if self._route.unsettled(row):
            self.settle(row)
            row = self._journal.current(row.id)
            if row.state != DeliveryState.READY:
                return
        self._clean()
        if self._server.publish == "write":
            self._write(row)
        else:
            self._upload(row)

    def _clean(self) -> None:
        """Removes what former tries left under temporary names, those of superseded files included."""
        for delivery_id, temp_name in self._journal.leftovers():
            with suppress(PermissionDenied, Unsupported):  # an account that may only write leaves them there
                self._place.discard(temp_name)
            self._journal.forget_temp_name(delivery_id)

    def _upload(self, row: Row[Any]) -> None:
        temp_name = self._temp_name(row.file_name, row.attempt + 1)
        row = self._under_way(row, temp_name)
        need(self._place.upload([Upload(self._artifacts.path(row.sha256), temp_name, row.size)]))
        crash_point("uploaded")
        row = self._journal.move(row, DeliveryState.VERIFIED)
        crash_point("verified")
        self._publish(row, first=True)

    def _write(self, row: Row[Any]) -> None:
        """Writes the file under its final name, where the server can't rename."""
        if row.attempt and self._server.looks and self._is_there(row):
            self._arrived(row)
            return
        first = row.attempt == 0
        row = self._under_way(row, None)
        replace = row.replace or not first  # what is there of this name is what a former try has left
        source = self._artifacts.path(row.sha256)
        [error] = self._place.upload([Upload(source, row.file_name, row.size, final=True, replace=replace)])
        if isinstance(error, NameTaken):
            self._settle_both(row)
            return
        if isinstance(error, ConnectionLost | Stalled) and self._server.unsure == "hold":
            self._unsure(row, str(error))
            return
        need([error])
        crash_point("uploaded")
        row = self._journal.move(row, DeliveryState.VERIFIED)
        crash_point("verified")
        self._arrived(row)

    def _under_way(self, row: Row[Any], temp_name: str | None) -> Row[Any]:
        values = {"temp_name": temp_name, "attempt": row.attempt + 1, "destination": self._route.transport.describe()}
        row = self._journal.move(row, DeliveryState.UPLOADING, **values)
        crash_point("uploading")
        return row

    def _publish(self, row: Row[Any], *, first: bool = False) -> None:
        """Renames; ``first``: no other process can have done so before."""
        [error] = self._place.publish([Rename(row.temp_name, row.file_name, row.replace)])
        if isinstance(error, NameTaken):
            self._settle_both(row)
        elif isinstance(error, FileMissing) and first:
            self._journal.move(row, DeliveryState.READY, temp_name=None)
            raise _swept(row.temp_name)
        elif isinstance(error, FileMissing):
            self._gone(row)
        elif isinstance(error, ServerFailure) and not first and not self._server.looks:
            self._unsure(row, str(error), hold=True)
        else:
            need([error])
            crash_point("published")
            self._arrived(row)

    def settle(self, row: Row[Any]) -> None:
        """Finds out what became of a file whose arrival was not confirmed, and finishes what still waits.

        Raises:
            TransportError: the place can't be asked; the file may or may not be there.
        """
        if row.destination != self._route.transport.describe():
            gone = f"it was on its way to {row.destination}, which is no longer the destination"
            self._journal.hold(row, f"{gone}; if it did not arrive there, approve it for the new one", temp_name=None)
        elif row.state == DeliveryState.UPLOADING:
            self._unsure(row, "the process ended while it was written")
        elif row.temp_name is None:  # it was written under its final name, and all of that was acknowledged
            self._arrived(row)
        elif row.state == DeliveryState.PUBLISHED:
            self._mark(row, taken=self._server.looks and self._place.size(row.file_name) is None)
        elif self._server.looks:
            self._settle_by_looking(row)
        else:
            self._publish(row)  # where looking is no use, renaming tells: it is done, or nothing is left to rename

    def _settle_by_looking(self, row: Row[Any]) -> None:
        temporary, final = self._place.waiting(row.temp_name), self._place.size(row.file_name)
        if temporary is None and final is None:
            self._gone(row)
        elif temporary is None and self._server.swept and not self._is_there(row):
            self._unsure(row, "its temporary name is gone, and its final name is that of another file")
        elif temporary is None:
            self._arrived(row)
        elif final is None or row.replace:
            self._publish(row)
        else:
            self._settle_both(row)

    def _gone(self, row: Row[Any]) -> None:
        """It is under neither name: the partner took it after our rename, unless others remove temporary files."""
        if self._server.swept:
            self._unsure(row, "neither its temporary nor its final name is there")
        else:
            self._delivered(row)

    def _unsure(self, row: Row[Any], why: str, *, hold: bool = False) -> None:
        unknown = f"it isn't known whether {row.file_name} arrived at {row.destination}: {why}"
        if hold or self._server.unsure == "hold":
            self._journal.hold(row, f"{unknown}; if it did not, approve it", temp_name=None)
        else:
            self._journal.move(row, DeliveryState.READY, error=f"{unknown}; it is sent again", temp_name=None)

    def _settle_both(self, row: Row[Any]) -> None:
        if self._is_there(row):
            if row.temp_name:
                self._place.discard(row.temp_name)
            self._arrived(row)
            return
        other = f"another file called {row.file_name} is at {row.destination}"
        if row.temp_name:
            why = f"{other}; ours waits there as {row.temp_name}: remove the other one, then approve ours"
            self._journal.hold(row, why)
        else:  # as if it had never been tried: the next try must not replace the other file
            self._journal.hold(row, f"{other}: remove it, then approve ours", attempt=0)

    def _is_there(self, row: Row[Any]) -> bool:
        """Whether this very file lies there under its final name."""
        content = hashlib.sha256()
        with suppress(FileMissing, PermissionDenied, Unsupported):
            self._place.read(row.file_name, content.update)
        return content.hexdigest() == str(row.sha256)

    def _arrived(self, row: Row[Any]) -> None:
        """The file has its final name; what is left is its marker, if it has one."""
        if row.marker is not None:
            temp_name = self._temp_name(row.marker, row.attempt)
            row = self._journal.move(row, DeliveryState.PUBLISHED, temp_name=temp_name, error=None)
            crash_point("unmarked")
            self._mark(row, taken=False)
            return
        self._delivered(row)

    def _mark(self, row: Row[Any], *, taken: bool) -> None:
        """Writes the marker, unless the partner has taken the file without it."""
        if not taken:
            source = self._artifacts.path(self._artifacts.keep(partial(_write_text, row.marker_text)))
            put(self._place, self._server, source, row.marker, row.temp_name, replace=row.replace)
            crash_point("marked")
        else:
            self._place.discard(row.temp_name)
        self._delivered(row)

    def _delivered(self, row: Row[Any]) -> None:
        self._journal.delivered(row)
        crash_point("delivered")

    def _temp_name(self, name: str, attempt: int) -> str:
        return self._server.temporary(name, f"{self._journal.channel.epoch}-{attempt}")


def _swept(temp_name: str) -> FileMissing:
    advice = 'if names like this are swept away there, set another one: server = { swept = true, temp_name = "…" }'
    return FileMissing("rename", f"{temp_name} is gone before it was renamed; {advice}")


def _write_text(text: str, out: Path) -> None:
    out.write_text(text, "utf-8")
