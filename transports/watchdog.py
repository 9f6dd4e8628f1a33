"""The clock that cuts a connection: whatever the other side does or leaves undone, nothing waits for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Protocol

from transports.errors import Stalled


class Line(Protocol):
    """What can be cut: a socket, or several that belong together."""

    def shutdown(self, how: int, /) -> None:
        """Cut it, as a socket is shut down."""


class Watchdog:
    """Shuts a socket down when one wait, or the whole connection, takes too long.

    It is a thread of its own because nothing else ends every wait inside paramiko: some have no limit at all, others
    measure by a clock that can be set. Shutting the socket down wakes them all.

    Attributes:
        bite: what took too long, once the socket has been shut down.
    """

    def __init__(self, sock: Line, total: float) -> None:
        """Start to watch; ``total`` is the limit of the whole connection in seconds."""
        self.bite: Stalled | None = None
        self._sock = sock
        self._end = monotonic() + total
        self._end_verdict = ("whole connection", total)
        self._deadline, self._verdict = self._end, self._end_verdict
        self._wakes_at = self._end
        self._stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._watch, name="transport watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def waiting(self, step: str, limit: float) -> Iterator[None]:
        """What happens inside may take ``limit`` seconds."""
        self._set(monotonic() + limit, (step, limit))
        try:
            yield
        finally:
            self._set(self._end, self._end_verdict)

    def stop(self) -> None:
        """Watch no longer."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _set(self, deadline: float, verdict: tuple[str, float]) -> None:
        with self._changed:
            if deadline < self._end:
                self._deadline, self._verdict = deadline, verdict
            else:
                self._deadline, self._verdict = self._end, self._end_verdict
            if self._deadline < self._wakes_at:  # otherwise it wakes early enough by itself, and waking it costs
                self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped and (left := self._deadline - monotonic()) > 0:
                self._wakes_at = self._deadline
                self._changed.wait(left)
            if not self._stopped:
                self._cut()

    def _cut(self) -> None:
        self.bite = Stalled(*self._verdict)
        with suppress(OSError):  # closed already
            self._sock.shutdown(socket.SHUT_RDWR)
