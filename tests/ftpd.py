"""A real FTP server on the loopback, pyftpdlib, with certificates, configurations and failures of our choosing."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL + 1)

HOST, USERNAME, PASSWORD, PASSWORD_VARIABLE = "127.0.0.1", "acme", "canary-2b81e7", "FTP_SERVER_PASSWORD"

#: What goes wrong instead of the answer: the connection ends before or after the deed, nothing comes, only a part
#: comes, another answer comes.
Failure = Literal["hang up", "hang up after doing", "no answer", "dribble"] | str

Plan = Callable[[str, int], Failure | None]


@dataclass
class Ftpd:
    """A running server.

    Attributes:
        root: what the account sees as ``/``.
        plan: what goes wrong, by the command and its number in the connection, from 1; None: nothing.
        asked: the commands that it was given, in the order in which they came, without what follows them.
    """

    root: Path
    certificate: Certificate
    port: int = 0
    plan: Plan | None = None
    asked: list[str] = field(default_factory=list)

    def config_table(self, **changes: Any) -> dict[str, Any]:
        """The ``deliver`` table of an order source that sends here."""
        os.environ[PASSWORD_VARIABLE] = PASSWORD
        table: dict[str, Any] = {
            "type": "ftp",
            "host": HOST,
            "port": self.port,
            "username": USERNAME,
            "password": {"env": PASSWORD_VARIABLE},
            "path": "/",
        }
        return table | changes

    def secured(self, **changes: Any) -> dict[str, Any]:
        """The same, with the certificate of those who signed the server's."""
        return self.config_table(ca_file=str(self.certificate.authority), **changes)


@dataclass(frozen=True)
class Certificate:
    """A server's certificate and key in one file, and the certificate of who signed it."""

    authority: Path
    server: Path


def make_certificate(folder: Path, name: str = HOST, *, days: int = 1) -> Certificate:
    """A certificate for a name or address, signed by an authority of its own; expired if ``days`` is negative."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of the tests")])
    authority = _signed(ca_name, ca_name, ca_key, ca_key, x509.BasicConstraints(ca=True, path_length=None), days=1)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    signed = _signed(subject, ca_name, key, ca_key, x509.SubjectAlternativeName([alternative]), days=days)
    folder.mkdir(parents=True, exist_ok=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made = Certificate(folder / "authority.pem", folder / "server.pem")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.server.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return made


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
    *,
    days: int,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    begin, end = sorted([now - datetime.timedelta(days=2), now + datetime.timedelta(days=days)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
    builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(issued, critical=False).sign(issuer_key, hashes.SHA256())


class _Files(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """The folder, without changing that of the whole process."""

    def chdir(self, path: str) -> None:
        os.scandir(path).close()
        self.cwd = self.fs2ftp(path)


class _Failing(FTPHandler):  # type: ignore[misc]
    """Does what the plan says, and counts the commands."""

    ours: Ftpd
    implicit = False
    failure: str | None = None

    def handle(self) -> None:
        self.told = 0
        if self.implicit:
            self.secure_connection(self.ssl_context)
        super().handle()

    def handle_ssl_established(self) -> None:
        if not self.implicit:
            super().handle_ssl_established()

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        self.told += 1
        self.ours.asked.append(cmd)
        self.failure = self.ours.plan(cmd, self.told) if self.ours.plan else None
        if self.failure == "hang up":
            self.close()
        elif self.failure and self.failure[0].isdigit():
            answer, self.failure = self.failure, None
            self.respond(answer)
        else:
            super().pre_process_command(line, cmd, arg)

    def push(self, data: str | bytes) -> None:
        if self.failure == "hang up after doing":
            self.ioloop.call_later(0, self.close)
        elif self.failure == "dribble":
            super().push(data[:1])
        elif self.failure != "no answer":
            super().push(data)


@contextmanager
def running_ftpd(
    root: Path,
    certificate: Certificate,
    *,
    tls: Literal["explicit", "implicit", None] = "explicit",
    permissions: str = "elradfmwMT",
    without: tuple[str, ...] = (),
    advertise: str | None = None,
) -> Iterator[Ftpd]:
    """A server that runs inside the block.

    Args:
        root: what the account sees; it must exist.
        certificate: what it shows.
        tls: how it is encrypted.
        permissions: of the account, in pyftpdlib's letters.
        without: commands that it does not know.
        advertise: the address that it names in answers to PASV.
    """
    ours = Ftpd(root, certificate)
    authorizer = DummyAuthorizer()
    authorizer.add_user(USERNAME, PASSWORD, str(root), perm=permissions)
    base: Any = TLS_FTPHandler if tls else FTPHandler
    known = {name: rule for name, rule in base.proto_cmds.items() if name not in without}
    settings = {
        "ours": ours,
        "authorizer": authorizer,
        "abstracted_fs": _Files,
        "proto_cmds": known,
        "unicode_errors": "surrogateescape",
        "masquerade_address": advertise,
        "permit_foreign_addresses": False,
        "implicit": tls == "implicit",
        "auth_failed_timeout": 0,
        "use_sendfile": False,
    }
    if tls:
        settings |= {"certfile": str(certificate.server), "tls_control_required": True, "tls_data_required": True}
        settings["ssl_context"] = None
    handler: Any = type("Handler", (_Failing, base), settings)
    if tls:
        handler.get_ssl_context()
    loop = IOLoop()
    listener = socket.create_server((HOST, 0))
    server = FTPServer(listener, handler, ioloop=loop)
    ours.port = listener.getsockname()[1]
    stop = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, stop), name="ftpd")
    thread.start()
    try:
        yield ours
    finally:
        stop.set()
        thread.join()
        server.close_all()


def _serve(server: FTPServer, stop: threading.Event) -> None:
    while not stop.is_set():
        server.ioloop.loop(timeout=0.02, blocking=False)
