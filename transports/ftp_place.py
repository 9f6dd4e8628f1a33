"""A folder on an FTP server. Nothing counts as done before the server has said so, and what it says is looked up."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from transports.base import Found, Rename, Upload, inside, plain_name
from transports.errors import (
    FileMissing,
    FolderMissing,
    NameTaken,
    PermissionDenied,
    ServerFailure,
    TransportError,
    Unsupported,
)
from transports.ftp_replies import Reply
from transports.ftp_session import FtpSession
from transports.servers import Server

_Item = TypeVar("_Item")


class FtpPlace:
    """An open folder on a server: the session's working folder, so that names go as they are."""

    def __init__(self, session: FtpSession, folder: str, server: Server) -> None:
        """Make sure of the folder and go there; ``FolderMissing`` if it is not there."""
        self._session = session
        self._server = server
        self._folder = folder
        self._enter()
        told = re.search(r'"(.*)"', session.ask("open", "PWD").ok().text, re.DOTALL)
        self._folder = told[1].replace('""', '"') if told else folder

    def upload(self, uploads: Sequence[Upload]) -> list[TransportError | None]:
        """See ``Place``."""
        return _each(self._store, uploads)

    def publish(self, renames: Sequence[Rename]) -> list[TransportError | None]:
        """See ``Place``."""
        return _each(self._rename, renames)

    def size(self, name: str) -> int | None:
        """See ``Place``."""
        return self._size("look", plain_name(name))

    def waiting(self, temp_name: str) -> int | None:
        """See ``Place``."""
        return self.size(temp_name)

    def read(self, name: str, take: Callable[[bytes], None], folder: str | None = None) -> None:
        """See ``Place``."""
        path = inside(folder, name)
        read = self._session.receive("read", f"RETR {path}", take)
        if not read.good:
            raise self._not_there(read, path)

    def remove(self, name: str) -> None:
        """See ``Place``."""
        removed = self._session.ask("remove", f"DELE {plain_name(name)}")
        if not removed.good and not (removed.meaning is FileMissing or self._size("remove", name) is None):
            raise removed.error(name)

    def discard(self, temp_name: str) -> None:
        """See ``Place``."""
        self.remove(temp_name)

    def names(self) -> list[str]:
        """See ``Place``; a server that knows no ``MLSD`` doesn't tell folders from files."""
        return [found.name for found in self.files()]

    def files(self) -> list[Found]:
        """See ``Place``; a server that knows no ``MLSD`` tells names alone."""
        listed = bytearray()
        precise = "MLST" in self._session.features
        reply = self._session.receive("list", "MLSD" if precise else "NLST", listed.extend)
        if not reply.good and (precise or reply.code not in {450, 550}):  # so some say that there are none
            raise reply.error(self._folder)
        lines = listed.decode(errors="surrogateescape").split("\n")
        lines = [line.removesuffix("\r") for line in lines if line]
        found = _files(lines) if precise else [Found(line.rpartition("/")[2], None, None) for line in lines]
        return sorted(found, key=lambda one: one.name)

    def find(self, name: str, folder: str | None = None) -> Found | None:
        """See ``Place``."""
        path = inside(folder, name)
        size = self._size("look", path)
        if size is None:
            return None
        changed = self._session.ask("look", f"MDTM {path}")
        return Found(name, size, _moment(changed.text) if changed.good else None)

    def move(self, name: str, new_name: str, *, out_of: str | None = None, into: str | None = None) -> None:
        """See ``Place``; between the look and the move is a moment in which somebody else could take the name."""
        old, new = inside(out_of, name), inside(into, new_name)
        if self._size("move", old) is None:
            raise FileMissing("move", f"{old} is not there")
        if into is not None:
            self._enter("move", f"{self._folder.rstrip('/')}/{into}")
            self._enter("move")
        if self._size("move", new) is not None:
            raise _taken("move", new)
        self._renamed(old, new).ok(new)

    def _store(self, upload: Upload) -> None:
        name = plain_name(upload.temp_name)
        with upload.content() as content:
            if not upload.replace and self._is_there("open", name):  # STOR would overwrite it
                raise _taken("open", name)
            stored = self._session.send("write", f"STOR {name}", content.read)
            try:
                self._whole(stored, upload)
            except TransportError:
                self._session.ask("remove", f"DELE {name}")
                raise

    def _whole(self, stored: Reply, upload: Upload) -> None:
        if not stored.good:
            self._enter()  # a folder that is gone shows as any other refusal
            raise stored.error(upload.temp_name)
        if not self._server.looks:
            return
        there = self._size("compare the size", upload.temp_name)
        if there != upload.size:
            shown = "nothing" if there is None else f"{there} bytes"
            raise ServerFailure("compare the size", f"{upload.temp_name}: {shown} there, {upload.size} sent")

    def _rename(self, rename: Rename) -> None:
        """Rename. Most servers overwrite what has the new name, so we look first; between the two is a moment."""
        old, new = plain_name(rename.temp_name), plain_name(rename.final_name)
        if not rename.replace and self._is_there("rename", new):
            raise _taken("rename", new)
        renamed = self._renamed(old, new)
        if not renamed.good and rename.replace and self._server.replace == "remove first":
            self.remove(new)
            renamed = self._renamed(old, new)
        if not renamed.good:
            raise self._refused(renamed, rename)

    def _renamed(self, old: str, new: str) -> Reply:
        begun = self._session.ask("rename", f"RNFR {old}")
        if begun.code != 350:
            raise self._not_there(begun, old)
        return self._session.ask("rename", f"RNTO {new}")

    def _is_there(self, step: str, name: str) -> bool:
        return self._server.looks and self._size(step, name) is not None

    def _not_there(self, refusal: Reply, name: str) -> TransportError:
        """The error of a refusal, which is often said in the same words whatever the reason is."""
        if refusal.code == 550 and self._server.looks and self._size(refusal.step, name) is None:
            return FileMissing(refusal.step, f"{name}: {refusal.said}")
        return refusal.error(name)

    def _refused(self, renamed: Reply, rename: Rename) -> TransportError:
        new = rename.final_name
        if renamed.meaning is PermissionDenied and self._is_there("rename", new):
            if not rename.replace:
                return _taken("rename", new)
            advice = "this server cannot replace a file in one step; give each file a name of its own"
            return Unsupported("rename", f"{new} is there already, and {advice}: {renamed.said}")
        return renamed.error(new)

    def _size(self, step: str, name: str) -> int | None:
        """The size of a file; None only if it is sure that the file is not there, for that may mean delivered."""
        looked = self._session.ask(step, f"SIZE {name}")
        if looked.good and looked.text.isdigit():
            return int(looked.text)
        if looked.code in {500, 502}:
            raise Unsupported(step, f"the server doesn't tell sizes, so nothing sent can be checked: {looked.said}")
        if looked.code != 550 or looked.meaning not in {FileMissing, PermissionDenied}:
            raise looked.error(name)
        self._enter(step)
        if self._listed(step, name):
            raise looked.error(name)
        return None

    def _listed(self, step: str, name: str) -> bool:
        if "MLST" not in self._session.features:
            names = bytearray()
            self._session.receive(step, "NLST", names.extend)
            return name.encode(errors="surrogateescape") in names.replace(b"\r", b"").split(b"\n")
        listed = self._session.ask(step, f"MLST {name}")
        if not listed.good and listed.code != 550:
            raise listed.error(name)
        return listed.good

    def _enter(self, step: str = "open", folder: str | None = None) -> None:
        folder = folder or self._folder
        reply = self._session.ask(step, f"CWD {folder}")
        if reply.good:
            return
        if reply.code != 550:
            raise reply.error(folder)
        advice = "is not a folder on the server that the account may enter; correct the path"
        raise FolderMissing(step, f"{folder} {advice}: {reply.said}")


def _each(act: Callable[[_Item], None], items: Sequence[_Item]) -> list[TransportError | None]:
    """Act on each item; after a lost connection each further one fails with the same error."""
    outcomes: list[TransportError | None] = []
    for item in items:
        try:
            act(item)
            outcomes.append(None)
        except TransportError as error:
            outcomes.append(error)
    return outcomes


def _files(lines: Sequence[str]) -> list[Found]:
    """What may be files in a machine-readable listing (RFC 3659): facts, a space, the name."""
    files = []
    for line in lines:
        written, _, name = line.partition(" ")
        facts = {key.lower(): value for key, _, value in (fact.partition("=") for fact in written.split(";"))}
        if facts.get("type", "file").lower() == "file":
            size = facts.get("size", "")
            files.append(Found(name, int(size) if size.isdigit() else None, _moment(facts.get("modify", ""))))
    return files


def _moment(text: str) -> int | None:
    """Seconds since the epoch of a moment in UTC such as ``20261121060000``."""
    try:
        return int(datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _taken(step: str, name: str) -> NameTaken:
    return NameTaken(step, f"{name} is there already")
