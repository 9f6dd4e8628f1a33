"""Partners that are down: found out once by a command, and not waited for again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from transports.base import Place, Transport
from transports.errors import CertificateRefused, ConnectionLost, HostKeyMismatch, LoginRefused, Stalled, TransportError


class NotTried(TransportError):
    """Another delivery of this command has just failed to reach this partner; the next command tries again.

    Attributes:
        cause: what the other one found.
    """

    def __init__(self, cause: TransportError) -> None:
        super().__init__("not tried again", str(cause))
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Circuits:
    """What one command has learnt about partners.

    A server that can't be reached stays away for everyone who sends there. An account that is refused is not tried a
    second time either, so that it is not locked out; others of the same server are.
    """

    _broken: dict[str, TransportError] = field(default_factory=dict)

    @contextmanager
    def open(self, transport: Transport, *, last_try: bool = True) -> Iterator[Place]:
        """Open a place, unless it is known that this fails.

        Args:
            transport: the place.
            last_try: if it can't be reached this time either, nobody tries again.

        Raises:
            NotTried: it is known.
            TransportError: it can't be opened.
        """
        for key in (transport.partner(), transport.account()):
            if cause := self._broken.get(key):
                raise NotTried(cause)
        with ExitStack() as opened:
            try:
                place = opened.enter_context(transport.open())
            except (LoginRefused, HostKeyMismatch, CertificateRefused) as error:
                self._broken[transport.account()] = error
                raise
            except (ConnectionLost, Stalled) as error:
                if last_try:
                    self._broken[transport.partner()] = error
                raise
            yield place
