"""An SFTP channel: connected, host key checked, logged in, and no wait without end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import cast

from paramiko import AuthenticationException, BadAuthenticationType, Channel, SSHException, Transport
from paramiko.ssh_exception import IncompatiblePeer

from transports.credentials import Credential, credential
from transports.errors import ConnectionLost, LoginRefused, TransportError, Unsupported
from transports.host_keys import HostKey, check_host_key
from transports.sftp import Sftp
from transports.ssh_transport import FOREVER, Packets, transport
from transports.tcp import connect
from transports.watchdog import Watchdog


@contextmanager
def session(to: Sftp) -> Iterator[Session]:
    """Log in and start SFTP.

    Raises:
        TransportError: a secret is missing, or connecting, the host key, the login or the start of SFTP failed.
    """
    login = credential(to)  # first of all: without it nobody need be called
    with closing(connect(to)) as sock:
        ssh = transport(sock, to.pins)
        watchdog = Watchdog(sock, to.timeout)
        try:
            yield Session(to, ssh, watchdog, login)
        finally:
            watchdog.stop()
            ssh.close()


class Session:
    """A started SFTP channel of paramiko, see ``Stream``."""

    def __init__(self, to: Sftp, ssh: Transport, watchdog: Watchdog, login: Credential) -> None:
        self._to = to
        self._ssh = ssh
        self._packets = cast(Packets, ssh.packetizer)
        self._watchdog = watchdog
        with self._step("shake hands", to.connect_timeout):
            self._shake_hands()
        with self._step("log in", to.connect_timeout):
            self._log_in(login)
        with self._step("start SFTP", to.connect_timeout):
            self._channel = self._start_sftp()

    @property
    def message_size(self) -> int:
        """The longest message in bytes that travels as one SSH packet."""
        return min(self._channel.out_max_packet_size, 1 << 15) - 64  # which paramiko keeps for itself

    def send(self, step: str, data: bytes) -> None:
        """Send all of it; an error names the step."""
        with self._step(step, self._to.stall_timeout):
            while data:
                if not (sent := self._channel.send(data)):
                    raise EOFError
                data = data[sent:]

    def receive(self, step: str) -> bytes:
        """Wait for the next bytes, at least one; an error names the step."""
        with self._step(step, self._to.stall_timeout):
            if not (data := self._channel.recv(1 << 16)):
                raise EOFError
            return data

    def close(self) -> None:
        """Cut the connection; whatever mattered has been acknowledged."""
        self._ssh.close()

    def _shake_hands(self) -> None:
        self._ssh.start_client()
        offered = self._ssh.get_remote_server_key()
        check_host_key(HostKey.of(offered.asbytes(), offered.get_name()), self._to.pins, self._to.address)

    def _log_in(self, login: Credential) -> None:
        try:
            further = login(self._ssh)
        except BadAuthenticationType as error:
            raise self._refused(f"the server takes only: {', '.join(error.allowed_types)}") from error
        except AuthenticationException as error:
            if self._packets.ended and not self._packets.refused:
                raise EOFError from error
            raise self._refused(self._packets.farewell or "the server refuses the credential") from error
        if further:
            raise self._refused(f"the server wants another credential besides: {', '.join(further)}")

    def _refused(self, reason: str) -> LoginRefused:
        return LoginRefused("log in", f"{self._to.username} at {self._to.address}: {reason}")

    def _start_sftp(self) -> Channel:
        try:
            channel = self._ssh.open_session(timeout=FOREVER)
            channel.invoke_subsystem("sftp")
        except SSHException as error:
            if self._packets.ended:
                raise
            reason = f"the server gives {self._to.username} no SFTP"
            raise Unsupported("start SFTP", f"{self._to.address}: {reason}") from error
        return channel

    @contextmanager
    def _step(self, step: str, limit: float) -> Iterator[None]:
        """Limit the time that something takes, and name what goes wrong."""
        try:
            with self._watchdog.waiting(step, limit):
                yield
        except TransportError:
            raise
        except IncompatiblePeer as error:
            raise Unsupported(step, f"{self._to.address} shares no algorithm with us: {error}") from error
        except Exception as error:  # paramiko passes on whatever ended its thread
            cause = self._packets.farewell or str(error) or "the server ended the connection"
            raise self._watchdog.bite or ConnectionLost(step, f"{self._to.address}: {cause}") from error
