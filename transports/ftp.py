"""FTP over TLS, or plain FTP where that is spelled out: the settings of one server, one account and one folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from transports.base import Place, Transport
from transports.secrets import Secret

_SCHEMES = {"explicit": "ftpes", "implicit": "ftps", None: "ftp"}


def _usual_port(settings: dict[str, Any]) -> int:
    return 990 if settings.get("tls") == "implicit" else 21


class Ftp(Transport):
    """Files go to an FTP server whose certificate is checked, over connections that are encrypted."""

    type: Literal["ftp"]
    host: str = Field(min_length=1, description="Name of the server; its certificate must be for this name.")
    tls: Literal["explicit", "implicit"] = Field(
        "explicit", description="Encrypted from the first command on (`AUTH TLS`), or from the first byte on."
    )
    plain: bool = Field(False, description="true: nothing is encrypted, anyone on the way reads password and files.")
    port: int = Field(default_factory=_usual_port, ge=1, le=65535, description="TCP port; default: 21, implicit 990.")
    username: str = Field(min_length=1, description="Account on the server.")
    password: Secret = Field(description="Password of the account.")
    ca_file: Path | None = Field(
        None, description="Certificates (PEM) of those who may sign the server's; default: those of this machine."
    )
    path: str = Field(".", min_length=1, description="Folder on the server; relative to where the login leads.")
    mode: Literal["passive", "active"] = Field(
        "passive", description="Who opens connections for data: we, or the server, which must then reach us."
    )
    connect_timeout: PositiveFloat = Field(30, description="Seconds that each step up to the login may take.")
    stall_timeout: PositiveFloat = Field(60, description="Seconds without any answer after which we give up.")
    timeout: PositiveFloat = Field(3600, description="Seconds that one connection may last in all.")

    @model_validator(mode="after")
    def _plain_alone(self) -> Self:
        if self.plain and self.model_fields_set & {"tls", "ca_file"}:
            raise ValueError("plain = true encrypts nothing; leave tls and ca_file out, or plain")
        return self

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @contextmanager
    def open(self) -> Iterator[Place]:
        """Connect, check the certificate, log in and make sure of the folder.

        Raises:
            TransportError: one of these failed; its class says whether another try makes sense.
        """
        from transports.ftp_place import FtpPlace
        from transports.ftp_session import session

        with session(self) as logged_in:
            yield FtpPlace(logged_in, self.path, self.server)

    def describe(self) -> str:
        """The place as a URL, without a secret."""
        scheme = _SCHEMES[None if self.plain else self.tls]
        return f"{scheme}://{self.username}@{self.address}/{'' if self.path == '.' else self.path.lstrip('/')}"

    def partner(self) -> str:
        """Host and port."""
        return f"ftp://{self.address}"

    def account(self) -> str:
        """All of the settings but the folder."""
        return self.model_dump_json(exclude={"path", "server"})
