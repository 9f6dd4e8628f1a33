"""An SFTP server inside the test that fails, lies, falls silent or hangs up exactly where the test says.

SSH is paramiko's and the files are served by OpenSSH's own ``sftp-server``; the lies are told in between, packet by
packet.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED, cMSG_DISCONNECT
from paramiko.server import SubsystemHandler

USERNAME, PASSWORD, PASSWORD_VARIABLE = "acme", "canary-7f3c91", "LYING_SERVER_PASSWORD"

_PROGRAMS = [Path("/usr", folder, "sftp-server") for folder in ("lib/openssh", "libexec/openssh", "lib/ssh", "libexec")]

_OPERATIONS = {
    1: "init",
    3: "open",
    4: "close",
    5: "read",
    6: "write",
    7: "lstat",
    8: "fstat",
    11: "opendir",
    12: "readdir",
    13: "remove",
    17: "stat",
    18: "rename",
    200: "posix-rename",
}

Lie = Literal[
    "fail",  # not done, and said so
    "fail after doing",  # done, but said to have failed
    "hang up",  # not done, the connection ends
    "hang up after doing",  # done, and the connection ends before the answer
    "no answer",  # done, but nobody is told
    "one byte less",  # the attributes tell a smaller size, or the data ends one byte earlier
    "babble",  # the answer is not SFTP
    "cut short",  # the answer ends in the middle
    "wrong answer",  # the answer is to a request that was never made
]


@dataclass(frozen=True)
class Asked:
    """One request: its name, and its number among those of that name and among all, from 1."""

    operation: str
    nth: int
    total: int


Stage = Literal["password", "session", "subsystem"]
Plan = Callable[[Asked], Lie | None]
Ask = Callable[[bytes], bytes]


@dataclass
class LyingServer(paramiko.ServerInterface):
    """A running server: what it does wrong, and what it has been asked.

    Attributes:
        plan: which lie to tell for which request, None for the truth.
        silent_at: where it answers no more.
        hangs_up_at: where the connection ends.
        farewell: the reason that is given for that, as a number and in words.
        offers_sftp: whether there is any SFTP for this account.
        odd: what it makes of a request instead of asking OpenSSH's server.
        extensions: whether it names its extensions, replacing in one step among them.
    """

    plan: Plan = lambda asked: None
    odd: Callable[[bytes, Ask], bytes] = lambda request, ask: ask(request)
    silent_at: Stage | None = None
    hangs_up_at: Stage | None = None
    farewell: tuple[int, str] | None = None
    offers_sftp: bool = True
    extensions: bool = True
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    transports: list[paramiko.Transport] = field(default_factory=list)
    key: paramiko.PKey = field(default_factory=paramiko.ECDSAKey.generate)
    over: threading.Event = field(default_factory=threading.Event)

    def config_table(self, folder: Path, **changes: Any) -> dict[str, Any]:
        """The ``deliver`` table of an order source that sends here; the password is in the environment."""
        return {
            "type": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "username": USERNAME,
            "password": {"env": PASSWORD_VARIABLE},
            "host_key": f"{self.key.get_name()} {self.key.get_base64()}",
            "path": str(folder),
        } | changes

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        self.passwords.append(password)
        self._reach("password")
        right = (username, password) == (USERNAME, PASSWORD)
        return AUTH_SUCCESSFUL if right else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        self._reach("session")
        return OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        self._reach("subsystem")
        return self.offers_sftp and super().check_channel_subsystem_request(channel, name)

    def lie_about(self, operation: str) -> Lie | None:
        nth = 1 + sum(asked.operation == operation for asked in self.asked)
        self.asked.append(Asked(operation, nth, len(self.asked) + 1))
        return self.plan(self.asked[-1])

    def _reach(self, stage: Stage) -> None:
        if stage == self.silent_at:
            self.over.wait()
        if stage == self.hangs_up_at:
            if self.farewell:
                self._say_farewell(*self.farewell)
            raise EOFError

    def _say_farewell(self, reason: int, words: str) -> None:
        message = paramiko.Message()
        message.add_byte(cMSG_DISCONNECT)
        message.add_int(reason)
        message.add_string(words)
        message.add_string("en")
        self.transports[-1].packetizer.send_message(message)


@contextmanager
def lying_server(**faults: Any) -> Iterator[LyingServer]:
    """A server with these attributes that runs inside the block."""
    server = LyingServer(**faults)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        accepting = threading.Thread(target=_accept, args=(listener, server))
        accepting.start()
        try:
            yield server
        finally:
            server.over.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, server: LyingServer) -> None:
    with suppress(OSError):  # the listener is shut down in the end
        while True:
            transport = paramiko.Transport(listener.accept()[0])
            server.transports.append(transport)
            transport.add_server_key(server.key)
            transport.set_subsystem_handler("sftp", _Sftp)
            transport.start_server(threading.Event(), server)
    for transport in server.transports:
        with suppress(OSError):  # it has ended already
            transport.sock.shutdown(socket.SHUT_RDWR)
        transport.join()


class _Sftp(SubsystemHandler):
    """One session: passes packets on, or lies about them."""

    def start_subsystem(self, name: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        server = self.get_server()
        assert isinstance(server, LyingServer)
        with suppress(OSError), _truth() as ask, channel.makefile("rb") as requests:
            while request := _packet(requests):
                lie = server.lie_about(_OPERATIONS[request[0]])
                answer = _FAILED if lie in {"fail", "hang up"} else server.odd(request, ask)
                if lie in {"hang up", "hang up after doing"}:
                    transport.close()
                    return
                if lie == "fail after doing":
                    answer = _FAILED
                if request[0] == 1 and not server.extensions:
                    answer = answer[:5]
                if lie != "no answer":
                    channel.sendall(_told(request, answer, lie))


@contextmanager
def _truth() -> Iterator[Ask]:
    """Asks OpenSSH's server and returns what it answers."""
    program = next(path for path in _PROGRAMS if path.exists())
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        requests, answers = process.stdin, process.stdout
        assert requests
        assert answers

        def ask(request: bytes) -> bytes:
            requests.write(_framed(request))
            requests.flush()
            return _packet(answers)

        yield ask


def status(code: int) -> bytes:
    """SSH_FXP_STATUS with a number to be set, the code, and no text."""
    return struct.pack(">BIII", 101, 0, code, 0)


_FAILED = status(4)


def _told(request: bytes, answer: bytes, lie: Lie | None) -> bytes:
    """The answer as it is sent."""
    if request[0] != 1:
        answer = answer[:1] + request[1:5] + answer[5:]
    if lie == "one byte less" and answer[0] == 105:
        size = int.from_bytes(answer[9:17], "big") - 1
        answer = answer[:9] + size.to_bytes(8, "big") + answer[17:]
    if lie == "one byte less" and answer[0] == 103:
        length = int.from_bytes(answer[5:9], "big") - 1
        answer = answer[:5] + length.to_bytes(4, "big") + answer[9:-1]
    if lie == "cut short":
        answer = answer[:7]
    if lie == "wrong answer":
        answer = answer[:1] + b"\xff" * 4 + answer[5:]
    return b"This account is not available.\n" if lie == "babble" else _framed(answer)


def _framed(packet: bytes) -> bytes:
    return struct.pack(">I", len(packet)) + packet


def _packet(stream: IO[bytes] | paramiko.ChannelFile) -> bytes:
    """The next packet without its length; empty at the end."""
    head = stream.read(4)
    return bytes(stream.read(int.from_bytes(head, "big"))) if head else b""
