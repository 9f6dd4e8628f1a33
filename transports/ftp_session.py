"""A logged-in FTP connection: commands and answers, and a connection of its own for each transfer of data.

Not on ftplib: a name need not be UTF-8, every wait must have an end, and servers want the data connection to resume the
TLS session of the control connection.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from transports.errors import (
    CertificateRefused,
    ConnectionLost,
    LoginRefused,
    ServerFailure,
    TransportError,
    Unsupported,
)
from transports.ftp import Ftp
from transports.ftp_data import Active, Passive, finish
from transports.ftp_replies import Reply
from transports.tcp import connect
from transports.watchdog import Watchdog

_LONGEST_ANSWER = 1 << 16
_CHUNK = 1 << 16
_UNKNOWN_COMMAND = {500, 501, 502, 504, 522}


@contextmanager
def session(to: Ftp) -> Iterator[FtpSession]:
    """Connect, check the certificate and log in.

    Raises:
        TransportError: the secret or the CA file is missing, or connecting, the certificate or the login failed.
    """
    password = to.password.reveal()  # first of all: without it nobody need be called
    tls = None if to.plain else _trust(to)
    with closing(FtpSession(to, connect(to), tls)) as opened:
        opened.log_in(password)
        yield opened
        opened.say_goodbye()


def _trust(to: Ftp) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=to.ca_file)
    except OSError as error:
        raise CertificateRefused("read ca_file", f"{to.ca_file}: {error.strerror or error}") from error


class FtpSession:
    """One connection. All that goes wrong is a ``TransportError``; once it is lost, every further step says so.

    Attributes:
        features: what the server can do, as ``FEAT`` names it.
    """

    def __init__(self, to: Ftp, sock: socket.socket, tls: ssl.SSLContext | None) -> None:
        self._to, self._sock, self._tls = to, sock, tls
        self._sock.settimeout(None)  # the watchdog has the say
        self._peer = ""
        self._data: socket.socket | None = None
        self._received = bytearray()
        self._lost: TransportError | None = None
        self._limit = to.connect_timeout
        self._extended = True
        self.features: frozenset[str] = frozenset()
        self._watchdog = Watchdog(self, to.timeout)

    def shutdown(self, how: int) -> None:
        """Cut both connections, as the watchdog does."""
        for sock in (self._sock, self._data):
            if sock is not None:
                with suppress(OSError):  # gone already
                    socket.socket.shutdown(sock, how)

    def close(self) -> None:
        """End it; whatever mattered has been answered."""
        self._watchdog.stop()
        self._sock.close()

    def log_in(self, password: str) -> None:
        """Encrypt the connection, log in and agree on how data are sent."""
        with self._waiting("connect"):
            self._peer = self._sock.getpeername()[0]
        if self._tls and self._to.tls == "implicit":
            self._encrypt()
        self._greeted()
        if self._tls and self._to.tls == "explicit":
            self._start_tls()
        self._authenticate(password)
        if self._tls:
            self.ask("protect data", "PBSZ 0")
            self._required("protect data", "PROT P", "does not encrypt data; a plain transfer is not made")
        self._required("agree on binary", "TYPE I", "sends no binary data")
        self.features = self._features()
        if "UTF8" in self.features:
            self.ask("agree on UTF-8", "OPTS UTF8 ON")
        self._limit = self._to.stall_timeout

    def say_goodbye(self) -> None:
        """Tell the server that this is all; nothing depends on its answer."""
        if self._lost is None:
            with suppress(TransportError):
                self.ask("say goodbye", "QUIT")

    def ask(self, step: str, command: str) -> Reply:
        """Send a command and wait for its answer, whatever that says.

        Raises:
            TransportError: the command can't be sent, or no answer came.
        """
        if "\r" in command or "\n" in command:
            raise Unsupported(step, "FTP has no names with a line break; choose another")
        with self._waiting(step):
            self._sock.sendall(command.encode(errors="surrogateescape") + b"\r\n")
        return self.answer(step)

    def answer(self, step: str) -> Reply:
        """Wait for the next answer."""
        with self._waiting(step):
            lines = [self._line(step)]
            if not re.match(rb"[1-6]\d\d([ -]|$)", lines[0]):
                raise self._not_ftp(step)
            code = lines[0][:3]
            if lines[0][3:4] == b"-":
                while lines[-1][:4].rstrip() != code or len(lines) == 1:
                    lines.append(self._line(step))
        said = [line.removeprefix(code).decode(errors="surrogateescape").strip(" -") for line in lines]
        return Reply(step, int(code), "\n".join(said).strip())

    def send(self, step: str, command: str, read: Callable[[int], bytes]) -> Reply:
        """Transfer to the server what ``read`` gives until it gives nothing; returns the final answer."""

        def move(data: socket.socket) -> None:
            while chunk := read(_CHUNK):
                with self._watchdog.waiting(step, self._limit):
                    data.sendall(chunk)

        return self._transfer(step, command, move)

    def receive(self, step: str, command: str, take: Callable[[bytes], None]) -> Reply:
        """Transfer from the server, handing over chunk by chunk; returns the final answer."""

        def move(data: socket.socket) -> None:
            while True:
                with self._watchdog.waiting(step, self._limit):
                    chunk = data.recv(_CHUNK)
                if not chunk:
                    return
                take(chunk)

        return self._transfer(step, command, move)

    def _transfer(self, step: str, command: str, move: Callable[[socket.socket], None]) -> Reply:
        trouble = None
        with closing(self._data_line(step)) as line:
            begun = self.ask(step, command)
            if not 100 <= begun.code < 200:
                return begun
            try:
                self._data = line.opened()
                with self._watchdog.waiting(step, self._limit):
                    self._data = self._encrypted(self._data)
                move(self._data)
                with self._watchdog.waiting(step, self._limit):
                    finish(self._data)
            except OSError as error:
                trouble = error
            except BaseException:  # the caller's own; the answer to come would be taken for that of the next command
                self._lost = ConnectionLost(step, "broken off by us")
                raise
            finally:
                if self._data is not None:
                    self._data.close()
                self._data = None
        reply = self.answer(step)
        if trouble and reply.good:
            raise ServerFailure(step, f"the data connection broke: {trouble}")
        return reply

    def _data_line(self, step: str) -> Active | Passive:
        """A data connection under way; IPv4's own commands serve where a server lacks those for both."""
        if self._to.mode == "passive":
            reply = self._extended_or(lambda: self.ask(step, "EPSV"), lambda: self.ask(step, "PASV"))
            return Passive(self._peer, reply.ok("passive mode"), self._limit)
        line = Active(step, self._sock.getsockname()[0], self._peer, self._limit)
        try:
            extended, other = line.extended_command, line.command
            self._extended_or(lambda: self.ask(step, extended), lambda: self.ask(step, other)).ok("active mode")
        except TransportError:
            line.close()
            raise
        return line

    def _extended_or(self, extended: Callable[[], Reply], other: Callable[[], Reply]) -> Reply:
        """What is answered; a server that once refused the extended command is not asked for it again."""
        if self._extended:
            reply = extended()
            self._extended = reply.code not in _UNKNOWN_COMMAND
            if self._extended or ":" in self._peer:
                return reply
        return other()

    def _greeted(self) -> None:
        greeting = self.answer("connect")
        while greeting.code == 120:  # ready in a moment
            greeting = self.answer("connect")
        if not greeting.good:
            raise ConnectionLost("connect", f"{self._to.address}: {greeting.said}")

    def _start_tls(self) -> None:
        self._required("start TLS", "AUTH TLS", "offers no TLS; nothing is sent without it unless plain = true")
        if self._received:  # from someone in between, to be taken for the server's later
            raise self._not_ftp("start TLS")
        self._encrypt()

    def _required(self, step: str, command: str, lack: str) -> None:
        reply = self.ask(step, command)
        if not reply.good:
            raise Unsupported(step, f"{self._to.address} {lack}: {reply.said}")

    def _encrypt(self) -> None:
        assert self._tls  # noqa: S101  the callers have looked
        with self._waiting("start TLS"):
            try:
                self._sock = self._tls.wrap_socket(self._sock, server_hostname=self._to.host)
            except ssl.SSLCertVerificationError as error:
                raise CertificateRefused(
                    "start TLS", f"{self._to.address}: {error.verify_message.rstrip('.')}"
                ) from error

    def _encrypted(self, data: socket.socket) -> socket.socket:
        if self._tls is None:
            return data
        assert isinstance(self._sock, ssl.SSLSocket)  # noqa: S101  the control connection came first
        return self._tls.wrap_socket(data, server_hostname=self._to.host, session=self._sock.session)

    def _authenticate(self, password: str) -> None:
        reply = self.ask("log in", f"USER {self._to.username}")
        if reply.code == 331:
            reply = self.ask("log in", f"PASS {password}")
        if reply.good:
            return
        said = "the server wants another credential besides" if reply.code in {331, 332, 336} else reply.said
        if 400 <= reply.code < 500 and reply.code != 430:
            raise ConnectionLost("log in", f"{self._to.address}: {said.replace(password, '…')}")
        who = f"{self._to.username} at {self._to.address}"
        raise LoginRefused("log in", f"{who}: {said.replace(password, '…')}")

    def _features(self) -> frozenset[str]:
        reply = self.ask("ask for features", "FEAT")
        lines = reply.text.splitlines()[1:-1] if reply.good else []
        return frozenset(words[0].upper() for line in lines if (words := line.split()))

    def _line(self, step: str) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _LONGEST_ANSWER:
                raise self._not_ftp(step)
            if not (more := self._sock.recv(1 << 12)):
                raise EOFError("the server ended the connection")
            self._received += more
        line = bytes(self._received[:end]).rstrip(b"\r")
        del self._received[: end + 1]
        return line

    def _not_ftp(self, step: str) -> Unsupported:
        return Unsupported(step, f"{self._to.address} does not speak FTP")

    @contextmanager
    def _waiting(self, step: str) -> Iterator[None]:
        """Limit the time that something takes; what goes wrong on the control connection is its end."""
        if self._lost:
            raise self._lost
        try:
            with self._watchdog.waiting(step, self._limit):
                yield
        except (OSError, EOFError) as error:
            cause = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            self._lost = self._watchdog.bite or ConnectionLost(step, f"{self._to.address}: {cause}")
            raise self._lost from error
