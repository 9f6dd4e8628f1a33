"""A TCP connection to a server, as every transport that has one wants it."""

from __future__ import annotations

import socket
from typing import Protocol

from transports.errors import ConnectionLost, Stalled


class Server(Protocol):
    """The settings that a connection needs."""

    @property
    def host(self) -> str:
        """Name or address."""

    @property
    def port(self) -> int:
        """TCP port."""

    @property
    def address(self) -> str:
        """Host and port, for messages."""

    @property
    def connect_timeout(self) -> float:
        """Seconds that connecting may take."""

    @property
    def stall_timeout(self) -> float:
        """Seconds without any answer."""


def connect(to: Server) -> socket.socket:
    """A TCP connection to the server.

    Raises:
        Stalled: no answer in time.
        ConnectionLost: the name is unknown, nobody listens, or the network does not lead there.
    """
    try:
        sock = socket.create_connection((to.host, to.port), timeout=to.connect_timeout)
    except TimeoutError as error:
        raise Stalled("connect", to.connect_timeout) from error
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConnectionLost("connect", f"{to.address}: {reason}") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(to.stall_timeout * 1000))
    return sock
