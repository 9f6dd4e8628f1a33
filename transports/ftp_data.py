"""The connections that carry an FTP server's data: who opens them, and where to."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress

from transports.errors import ServerFailure
from transports.ftp_replies import Reply

_FAREWELL = 5  # seconds for the other side to answer the end of TLS; nothing depends on it


class Passive:
    """A data connection that we have opened."""

    def __init__(self, peer: str, reply: Reply, limit: float) -> None:
        """Connect to the port that the server names, at the address that it has, whatever address it names.

        Raises:
            ServerFailure: it names no port, or nobody answers there within ``limit`` seconds.
        """
        try:
            self._sock = socket.create_connection((peer, _port(reply)), timeout=limit)
        except OSError as error:
            raise ServerFailure(reply.step, f"no data connection to {peer}: {error.strerror or error}") from error
        self._sock.settimeout(None)

    def opened(self) -> socket.socket:
        """The connection itself."""
        return self._sock

    def close(self) -> None:
        """Close it."""
        self._sock.close()


class Active:
    """A data connection that the server opens."""

    def __init__(self, step: str, here: str, peer: str, limit: float) -> None:
        """Listen at our address of the control connection; only ``peer`` may connect, within ``limit`` seconds.

        Raises:
            ServerFailure: no port is free.
        """
        self._peer = peer
        family = socket.AF_INET6 if ":" in here else socket.AF_INET
        try:
            self._listener = socket.create_server((here, 0), family=family)
        except OSError as error:
            raise ServerFailure(step, f"cannot listen at {here}: {error.strerror or error}") from error
        self._listener.settimeout(limit)
        port = self._listener.getsockname()[1]
        self.extended_command = f"EPRT |{2 if ':' in here else 1}|{here}|{port}|"
        self.command = f"PORT {here.replace('.', ',')},{port >> 8},{port & 255}"

    def opened(self) -> socket.socket:
        """The connection itself; one that a stranger opens is refused with ``OSError``."""
        sock, (address, *_) = self._listener.accept()
        if address != self._peer:
            sock.close()
            raise OSError(f"{address} opened it, not the server")
        sock.settimeout(None)
        return sock

    def close(self) -> None:
        """Listen no longer."""
        self._listener.close()


def finish(data: socket.socket) -> None:
    """Say that the data end here, also in the words of TLS, so that nobody can cut them short unnoticed."""
    if isinstance(data, ssl.SSLSocket):
        data.settimeout(_FAREWELL)
        with suppress(OSError, ValueError):  # it has said so itself, or never does
            data.unwrap()


def _port(reply: Reply) -> int:
    """The port that an answer to EPSV or PASV names."""
    if found := re.search(r"\(\|\|\|(\d{1,5})\|\)", reply.text):
        return int(found[1])
    if found := re.search(r"\d+,\d+,\d+,\d+,(\d{1,3}),(\d{1,3})", reply.text):
        return int(found[1]) << 8 | int(found[2])
    raise ServerFailure(reply.step, f"no port in it: {reply.said}")
