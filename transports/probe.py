"""Tries what a server can do, with a small file that is removed again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from transports.base import Place, Rename, Upload
from transports.errors import ConnectionLost, ServerFailure, Stalled, TransportError
from transports.putting import need
from transports.servers import Server

_CONTENT = b"A file to try the connection with; it may be removed.\n"

#: What was tried -> "yes", or why not.
Abilities = dict[str, str]


def probe(place: Place, server: Server) -> Abilities:
    """Creates, looks at, reads, renames, replaces and removes a file whose name begins with a dot.

    Args:
        place: open.
        server: its settings; what they say is not done there is not tried.

    Raises:
        ConnectionLost: the connection ended.
        Stalled: the server no longer answers.
    """
    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        source = Path(folder, "probe")
        source.write_bytes(_CONTENT)
        probed = _Probe(place, server, source)
        return {what: _answer(attempt) for what, attempt in probed.attempts()}


def advice(abilities: Abilities, server: Server, *, replaces: bool) -> Iterator[str]:
    """What doesn't fit the settings, and which setting would.

    Args:
        abilities: as they were probed.
        server: its settings.
        replaces: whether files go there under the name of the one before.
    """
    lacks = {what for what, answer in abilities.items() if answer != "yes"}
    if abilities["create"].startswith("compare the size: "):
        yield f"it doesn't tell sizes, set server = {{ looks = false }}: {abilities['create']}"
    elif "create" in lacks:
        yield f"it takes no file: {abilities['create']}"
    elif "rename" in lacks:
        yield f'it can\'t rename, set server = {{ publish = "write" }}: {abilities["rename"]}'
    if "tell sizes" in lacks and server.looks and not {"create", "rename"} & lacks:
        yield f"it doesn't tell sizes, set server = {{ looks = false }}: {abilities['tell sizes']}"
    if "replace" in lacks and replaces:
        yield f"it can't replace the file of the same name: {abilities['replace']}"


class _Probe:
    def __init__(self, place: Place, server: Server, source: Path) -> None:
        token = secrets.token_hex(4)
        self._place, self._server, self._source = place, server, source
        self._temporary = server.temporary(f"tallyfeed-{token}", "probe")
        self._final = f".tallyfeed-{token}.probe"

    def attempts(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """What is tried, one after the other; a later one needs what the former ones left."""
        yield "create", self._create
        if self._server.publish == "rename":
            yield "rename", self._rename
        yield "tell sizes", self._tell_size
        yield "list", self._list
        yield "read", self._read
        if self._server.publish == "rename":
            yield "replace", self._replace
        yield "remove", self._remove

    def _create(self) -> None:
        direct = self._server.publish == "write"
        name = self._final if direct else self._temporary
        need(self._place.upload([Upload(self._source, name, len(_CONTENT), final=direct)]))

    def _rename(self) -> None:
        need(self._place.publish([Rename(self._temporary, self._final, replace=False)]))

    def _tell_size(self) -> None:
        size = self._place.size(self._final)
        if size != len(_CONTENT):
            raise ServerFailure("look", f"it says {size} bytes, {len(_CONTENT)} were sent")

    def _list(self) -> None:
        if self._final not in self._place.names():
            raise ServerFailure("list", "the file is not listed")

    def _read(self) -> None:
        found = bytearray()
        self._place.read(self._final, found.extend)
        if found != _CONTENT:
            raise ServerFailure("read", "the file has another content")

    def _replace(self) -> None:
        self._create()
        need(self._place.publish([Rename(self._temporary, self._final, replace=True)]))

    def _remove(self) -> None:
        self._place.discard(self._temporary)
        self._place.remove(self._final)


def _answer(attempt: Callable[[], None]) -> str:
    try:
        attempt()
    except (ConnectionLost, Stalled):
        raise
    except TransportError as error:
        return str(error)
    return "yes"
