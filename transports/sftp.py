"""SFTP: the settings of one server, one account and one folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, PositiveFloat, field_validator, model_validator

from transports.base import Place, Transport
from transports.host_keys import HostKey
from transports.secrets import Secret

if TYPE_CHECKING:
    from transports.sftp_wire import Stream


class Sftp(Transport):
    """Files go to an SFTP server whose key is pinned, with one credential and one try."""

    type: Literal["sftp"] = "sftp"
    host: str = Field(min_length=1, description="Name or address of the server.")
    port: int = Field(22, ge=1, le=65535, description="TCP port of the server.")
    username: str = Field(min_length=1, description="Account on the server.")
    password: Secret | None = Field(None, description="Password of the account; or give a key.")
    key: Secret | None = Field(
        None, description="Private key of the account (OpenSSH or PEM text); or give a password."
    )
    passphrase: Secret | None = Field(None, description="Passphrase of the private key, if it has one.")
    host_key: str | tuple[str, ...] = Field(
        min_length=1,
        description="Key of the server, `ssh-ed25519 AAAA…` or `SHA256:…`; several while the partner changes it.",
    )
    path: str = Field(".", min_length=1, description="Folder on the server; relative to where the login leads.")
    temp_path: str | None = Field(
        None,
        min_length=1,
        description="Another folder of the same drive in which files are written before they get their final names; "
        "without: `path`.",
    )
    via: Literal["paramiko", "ssh"] = Field(
        "paramiko", description="Who speaks SSH: this process, or the program `ssh` for what only that can do."
    )
    ssh_config: Path | None = Field(
        None,
        description="With `ssh`: a file for its option -F, as for ProxyJump, CertificateFile or old algorithms; the "
        "host key, the credential and the account are as said here.",
    )
    agent: bool = Field(False, description="With `ssh`: the SSH agent holds the key, instead of `key`.")
    connect_timeout: PositiveFloat = Field(30, description="Seconds that each step up to the login may take.")
    stall_timeout: PositiveFloat = Field(60, description="Seconds without any answer after which we give up.")
    timeout: PositiveFloat = Field(3600, description="Seconds that one connection may last in all.")

    @field_validator("host_key")
    @classmethod
    def _readable(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for text in _each(value):
            HostKey.parse(text)
        return value

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if [self.password is not None, self.key is not None, self.agent].count(True) != 1:
            raise ValueError("give either a password or a key, exactly one of them")
        if self.passphrase and not self.key:
            raise ValueError("a passphrase belongs to a key; give the key too, or leave the passphrase out")
        return self

    @model_validator(mode="after")
    def _ssh_can(self) -> Self:
        if self.via == "paramiko":
            if self.ssh_config or self.agent:
                raise ValueError('ssh_config and agent need via = "ssh"')
        elif self.password:
            raise ValueError('via = "ssh" logs in with a key, not with a password')
        elif not all(pin.key_type for pin in self.pins):
            raise ValueError('via = "ssh" needs whole host keys, "ssh-ed25519 AAAA…", not their fingerprints')
        if self.host.startswith("-"):
            raise ValueError(f"{self.host!r} is not a host")
        return self

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def pins(self) -> list[HostKey]:
        """The host keys that are accepted, in the order given."""
        return [HostKey.parse(text) for text in _each(self.host_key)]

    @contextmanager
    def open(self) -> Iterator[Place]:
        """Connect, check the host key, log in and make sure of the folder.

        Raises:
            TransportError: one of these failed; its class says whether another try makes sense.
        """
        from transports.sftp_place import SftpPlace
        from transports.sftp_wire import Wire

        with self._session() as logged_in:
            yield SftpPlace(Wire(logged_in), self.path, self.temp_path, self.server)

    def partner(self) -> str:
        """Host and port, and the way there."""
        return f"sftp://{self.address} {self.via} {self.ssh_config}"

    def account(self) -> str:
        """All of the settings but the folder."""
        return self.model_dump_json(exclude={"path", "temp_path", "server"})

    def _session(self) -> AbstractContextManager[Stream]:
        if self.via == "ssh":
            from transports.ssh_program import program_session

            return program_session(self)
        from transports.ssh_session import session

        return session(self)

    def describe(self) -> str:
        """The place as a URL, without a secret."""
        folder = "" if self.path == "." else self.path.lstrip("/")
        return f"sftp://{self.username}@{self.address}/{folder}"


def _each(keys: str | tuple[str, ...]) -> tuple[str, ...]:
    return (keys,) if isinstance(keys, str) else keys
