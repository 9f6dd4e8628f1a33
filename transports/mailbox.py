"""A mailbox: files wait in a folder of ours until the partner logs in and collects them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt, field_validator

from transports.base import Place, Transport
from transports.errors import FolderMissing
from transports.folder import opened

_PUBLIC_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+|sk-\S+@openssh\.com) [A-Za-z0-9+/]+=*( [\w.@:+-]+)?"
)


class Mailbox(Transport):
    """Files wait for a partner who collects them over SFTP; `tallyfeed mailbox` prints what sshd needs for that."""

    type: Literal["mailbox"]
    collector: str = Field(
        alias="partner",
        pattern="^[a-z][a-z0-9_-]{0,31}$",
        description="The partner's folder, and its account on this machine.",
    )
    root: Path = Field(
        Path("mailbox"),
        description="The folder of all mailboxes; it and those above it must belong to root, or sshd lets nobody in.",
    )
    keys: tuple[str, ...] = Field(
        (), description="Public keys with which the partner logs in, as `ssh-ed25519 AAAA…`, each in one line."
    )
    overdue_days: PositiveInt = Field(3, description="A file that nobody collects for so many days is reported.")
    keep_days: PositiveInt = Field(30, description="What the partner moved to `collected` is removed after that.")

    @field_validator("collector")
    @classmethod
    def _of_its_own(cls, collector: str) -> str:
        if collector == "root":
            raise ValueError("root is no partner; the account is one for collecting alone")
        return collector

    @field_validator("keys")
    @classmethod
    def _public(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not _PUBLIC_KEY.fullmatch(key):
                raise ValueError('a public key is one line such as "ssh-ed25519 AAAA… name", without options')
        return keys

    @property
    def home(self) -> Path:
        """What the partner sees as ``/``."""
        return self.root / self.collector

    @property
    def outgoing(self) -> Path:
        """Where files wait."""
        return self.home / "outgoing"

    @property
    def collected(self) -> Path:
        """Where the partner may put them once it has them."""
        return self.home / "collected"

    @contextmanager
    def open(self) -> Iterator[Place]:
        """Open the folder in which files wait.

        Raises:
            FolderMissing: it is not there.
            PermissionDenied: it may not be opened.
        """
        if not self.outgoing.is_dir():
            raise FolderMissing("open", f"{self.outgoing} is not a folder; `tallyfeed mailbox` prints how to make it")
        with opened(self.outgoing, mode=0o640) as place:
            yield place

    def describe(self) -> str:
        """The partner and the folder."""
        return f"mailbox of {self.collector}: {self.outgoing}"
