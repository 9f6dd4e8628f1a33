"""One small file, put where it belongs in one go."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from transports.base import Place, Rename, Upload
from transports.errors import NameTaken, PermissionDenied, TransportError, Unsupported
from transports.servers import Server


def put(place: Place, server: Server, source: Path, name: str, temp_name: str, *, replace: bool = False) -> None:
    """Uploads a file and publishes it; one that is there already under this name is taken for this very file.

    Args:
        place: open.
        server: how files get their names there.
        source: the local file.
        name: its final name.
        temp_name: its name until then; what a former try left there is replaced.
        replace: a file that has the final name is replaced.

    Raises:
        TransportError: it is not there, or nobody knows.
    """
    size = source.stat().st_size
    if server.publish == "write":
        need(place.upload([Upload(source, name, size, final=True, replace=True)]))
        return
    need(place.upload([Upload(source, temp_name, size, replace=True)]))
    [error] = place.publish([Rename(temp_name, name, replace)])
    if isinstance(error, NameTaken):
        with suppress(PermissionDenied, Unsupported):  # an account that may only write leaves it there
            place.discard(temp_name)
    else:
        need([error])


def need(outcomes: Sequence[TransportError | None]) -> None:
    """Raises the first error among the outcomes, if there is one."""
    for error in outcomes:
        if error:
            raise error
