"""The same SFTP through the ``ssh`` program: for servers with algorithms of old, jump hosts and certificates."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from transports.credentials import key_file
from transports.errors import ConnectionLost, HostKeyMismatch, LoginRefused, TransportError, Unsupported
from transports.sftp import Sftp
from transports.watchdog import Watchdog

_ALIAS = "pinned"  # the name under which the pinned keys stand in the file made for this call

#: What the program says -> what it means; it ends with the same code for all of them.
_MEANINGS: tuple[tuple[str, type[TransportError]], ...] = (
    ("Host key verification failed", HostKeyMismatch),
    ("Unable to negotiate", Unsupported),
    ("Bad configuration option", Unsupported),
    ("terminating, ", Unsupported),  # "… bad configuration options"
    ("subsystem request failed", Unsupported),
    ("Too many authentication failures", LoginRefused),
    ("Permission denied (", LoginRefused),
)


@contextmanager
def program_session(to: Sftp) -> Iterator[ProgramSession]:
    """Start ``ssh`` and speak SFTP with the other side through it.

    Raises:
        TransportError: a secret or the program is missing.
    """
    if not (program := shutil.which("ssh")):
        raise Unsupported("start ssh", "the program ssh is not installed; install the OpenSSH client")
    ours, theirs = socket.socketpair()
    with ours, theirs, TemporaryDirectory(prefix="tallyfeed-") as folder, Path(folder, "said").open("w+b") as said:
        command = [program, *_options(to, Path(folder)), "-s", "--", to.host, "sftp"]
        where = to.ssh_config.parent if to.ssh_config else None
        pipe = theirs.fileno()
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said, cwd=where) as process:  # noqa: S603
            theirs.close()
            watchdog = Watchdog(ours, to.timeout)
            try:
                yield ProgramSession(to, ours, process, said, watchdog)
            finally:
                watchdog.stop()
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asked to end, it ends what it has started for a jump host too."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _options(to: Sftp, folder: Path) -> Iterator[str]:
    """The command line: what is said here holds before what the workspace's file says."""
    known_hosts = folder / "known_hosts"
    known_hosts.write_text("".join(f"{_ALIAS} {pin.line}\n" for pin in to.pins))
    yield from ("-F", str(to.ssh_config or os.devnull), "-l", to.username, "-p", str(to.port), "-T")
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "HostKeyAlias": _ALIAS,
        "UserKnownHostsFile": _quoted(known_hosts),
        "GlobalKnownHostsFile": os.devnull,
        "UpdateHostKeys": "no",
        "PreferredAuthentications": "publickey",
        "ConnectionAttempts": 1,
        "ConnectTimeout": max(1, int(to.connect_timeout)),
        "ControlPath": "none",
        "ClearAllForwardings": "yes",
        "ForwardAgent": "no",
        "PermitLocalCommand": "no",
        "EscapeChar": "none",
        "LogLevel": "INFO",
    }
    if to.agent:
        options["IdentityFile"] = "none"
    else:
        options |= {"IdentityAgent": "none", "IdentitiesOnly": "yes", "IdentityFile": _quoted(key_file(to, folder))}
    for name, value in options.items():
        yield from ("-o", f"{name}={value}")


def _quoted(path: Path) -> str:
    """A path as an option of ``ssh``: a space would end it, a percent sign would begin a token."""
    return '"' + str(path).replace("%", "%%") + '"'


class ProgramSession:
    """Bytes out and bytes in, through the program. All that goes wrong is a ``TransportError``."""

    message_size = (1 << 15) - 64

    def __init__(
        self, to: Sftp, sock: socket.socket, process: subprocess.Popen[bytes], said: IO[bytes], watchdog: Watchdog
    ) -> None:
        self._to, self._sock, self._process, self._said, self._watchdog = to, sock, process, said, watchdog
        self._connected = False

    def send(self, step: str, data: bytes) -> None:
        """Send all of it; an error names the step."""
        with self._step(step):
            self._sock.sendall(data)

    def receive(self, step: str) -> bytes:
        """Wait for the next bytes, at least one; an error names the step."""
        with self._step(step):
            if not (data := self._sock.recv(1 << 16)):
                raise EOFError
        self._connected = True
        return data

    def close(self) -> None:
        """Cut the connection; whatever mattered has been acknowledged."""
        self._sock.close()
        _end(self._process)

    @contextmanager
    def _step(self, step: str) -> Iterator[None]:
        """Limit the time that something takes, and name what goes wrong."""
        step = step if self._connected else "connect"
        limit = self._to.stall_timeout if self._connected else self._to.connect_timeout
        try:
            with self._watchdog.waiting(step, limit):
                yield
        except (EOFError, OSError) as error:
            raise self._watchdog.bite or self._reason(step) from error

    def _reason(self, step: str) -> TransportError:
        """What the program said before it ended."""
        _end(self._process)
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().decode(errors="replace").splitlines() if line.strip()]
        known = [(meaning, line) for words, meaning in _MEANINGS for line in lines if words in line]
        if self._connected or not known:
            last = lines[-1] if lines else "the server ended the connection"
            return ConnectionLost(step, f"{self._to.address}: {last}")
        meaning, line = known[0]
        if meaning is HostKeyMismatch:
            pinned = " or ".join(map(str, self._to.pins))
            line = f"it shows a key that is not pinned, pinned is {pinned}; nothing was sent"
        return meaning(step, f"{self._to.username} at {self._to.address}: {line}")
