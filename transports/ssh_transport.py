"""A paramiko transport as we want it: our socket, sound algorithms, pinned key types first, no clocks of its own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence

from paramiko import Message, Transport
from paramiko.common import MSG_DISCONNECT, MSG_USERAUTH_FAILURE
from paramiko.packet import Packetizer

from transports.host_keys import HostKey

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # its troubles reach the caller as exceptions

#: paramiko measures time by a clock that can be set; the watchdog has the say instead.
FOREVER = float("inf")

_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_DIGESTS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha1",  # last: some old servers have nothing else, and for this use it still holds
)
_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # by type of key, where the names differ

# RFC 4253: service not available, connection lost, by application, too many connections
_PASSING_REASONS = {7, 10, 11, 12}


class Packets(Packetizer):
    """Reads packets and remembers what ended the conversation.

    Attributes:
        ended: the connection is gone, or the server has ended it.
        refused: the server has turned the credential down.
        farewell: what it gave as the reason, as a sentence.
    """

    ended = False
    refused = False
    farewell = ""

    def read_message(self) -> tuple[int, Message]:
        """Read the next packet: its kind and its content."""
        try:
            kind, message = super().read_message()
        except (EOFError, OSError):
            self.ended = True
            raise
        if kind == MSG_USERAUTH_FAILURE:
            self.refused = True
        elif kind == MSG_DISCONNECT:
            self.ended = True
            self.refused |= message.get_int() not in _PASSING_REASONS  # too many tries, above all
            self.farewell = f'the server says "{message.get_text()}"'
            message.rewind()
        return kind, message

    def start_handshake(self, timeout: float) -> None:
        """Set no timer: it would outlive a failed handshake."""


def transport(sock: socket.socket, pins: Sequence[HostKey]) -> Transport:
    """An SSH transport on the socket, not yet started."""
    made = Transport(sock, packetizer_class=Packets)
    made.banner_timeout = made.channel_timeout = made.clear_to_send_timeout = FOREVER
    made.auth_timeout = FOREVER
    options = made.get_security_options()
    options.ciphers, options.digests = _CIPHERS, _DIGESTS
    options.key_types = _pinned_first(options.key_types, pins)
    return made


def _pinned_first(key_types: Sequence[str], pins: Sequence[HostKey]) -> tuple[str, ...]:
    """Ask for the key that we know; another one is asked for too, so that a mismatch can show it."""
    pinned = [name for pin in pins for name in _SIGNATURES.get(pin.key_type, (pin.key_type,)) if name in key_types]
    return tuple(dict.fromkeys([*pinned, *key_types]))
