"""Pinned host keys: which server is the right one is said beforehand, never learnt from the server."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from transports.errors import HostKeyMismatch


@dataclass(frozen=True, slots=True)
class HostKey:
    """One public key of a server, as a person writes it or as a server shows it.

    Attributes:
        key_type: such as ``ssh-ed25519``; empty where only the fingerprint is known.
        fingerprint: ``SHA256:`` and the digest, as ``ssh-keygen -l`` prints it.
        line: the key as text.
    """

    key_type: str
    fingerprint: str
    line: str

    @classmethod
    def parse(cls, text: str) -> HostKey:
        """Read ``ssh-ed25519 AAAA… [comment]`` or ``SHA256:…``.

        Raises:
            ValueError: it is neither.
        """
        words = text.split()
        if len(words) == 1 and _is_fingerprint(words[0]):
            return cls("", words[0], words[0])
        try:
            return cls.of(base64.b64decode(words[1], validate=True), words[0])
        except (IndexError, binascii.Error, ValueError):
            raise ValueError(
                f'"{text}" is not a host key; write "ssh-ed25519 AAAA…" (ssh-keyscan prints it after the host name) '
                'or "SHA256:…"'
            ) from None

    @classmethod
    def of(cls, blob: bytes, key_type: str) -> HostKey:
        """The key with these bytes, which begin with its type.

        Raises:
            ValueError: they begin otherwise.
        """
        name = key_type.encode()
        if not blob.startswith(len(name).to_bytes(4, "big") + name):
            raise ValueError(f"not a key of type {key_type}")
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        return cls(key_type, f"SHA256:{digest}", f"{key_type} {base64.b64encode(blob).decode()}")

    def __str__(self) -> str:
        return f"{self.fingerprint} ({self.key_type})" if self.key_type else self.fingerprint


def check_host_key(offered: HostKey, pinned: Sequence[HostKey], server: str) -> None:
    """Make sure that the server is one that was pinned.

    Raises:
        HostKeyMismatch: it is not; the text has both fingerprints and the line to pin once the partner confirms it.
    """
    if offered.fingerprint not in {key.fingerprint for key in pinned}:
        raise HostKeyMismatch(
            "check the host key",
            f"{server} shows {offered}, pinned is {' or '.join(map(str, pinned))}; nothing was sent. "
            f'If the partner confirms the new key: host_key = "{offered.line}"',
        )


def _is_fingerprint(word: str) -> bool:
    try:
        return word.startswith("SHA256:") and len(base64.b64decode(word[7:] + "=", validate=True)) == 32
    except binascii.Error:
        return False
