"""A real OpenSSH server on the loopback, with keys, configuration and folder of its own."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SSHD = Path("/usr/sbin/sshd")
HOST = "127.0.0.1"

_CONFIG = """\
ListenAddress {host}
Port {port}
{host_keys}
AuthorizedKeysFile {work}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
PubkeyAuthentication yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
LogLevel VERBOSE
MaxStartups 100
Subsystem sftp internal-sftp
ForceCommand internal-sftp {options}
"""


@dataclass
class Sshd:
    """A running server: its address, the key that opens it, and the folder that files go to."""

    work: Path
    folder: Path
    read_only: bool = False
    refuses: str = ""
    more: str = ""
    host_key_types: Sequence[str] = ("ed25519",)
    host: str = HOST
    port: int = 0
    username: str = field(default_factory=getpass.getuser)
    included: Path | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def client_key(self) -> Path:
        return self.work / "client_key"

    @property
    def host_keys(self) -> list[str]:
        """The public keys of the server, as they are pinned."""
        return [path.with_suffix(".pub").read_text().strip() for path in self._host_key_files]

    @property
    def _host_key_files(self) -> list[Path]:
        return [self.work / f"host_key_{key_type}" for key_type in self.host_key_types]

    @property
    def log(self) -> str:
        """What the server has logged since it was made."""
        return (self.work / "sshd.log").read_text()

    def config_table(self, **changes: Any) -> dict[str, Any]:
        """The ``deliver`` table of an order source that sends here."""
        return {
            "type": "sftp",
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "key": {"file": str(self.client_key)},
            "host_key": self.host_keys[0],
            "path": str(self.folder),
        } | changes

    def start(self) -> None:
        """Start, on the same port as before if there was one, and wait until it listens."""
        for _ in range(1 if self.port else 10):  # a free port may be taken by somebody faster
            port = self.port or _free_port()
            if self._listens(port):
                self.port = port
                return
        raise RuntimeError(f"sshd does not start:\n{self.log}")

    def stop(self) -> None:
        """Stop listening and end every session."""
        if self._process:
            sessions = _descendants(self._process.pid)
            self._process.terminate()
            self._process.wait()
            for session in sessions:
                with suppress(ProcessLookupError):
                    os.kill(session, signal.SIGKILL)
            self._process = None

    def change_host_keys(self) -> None:
        """Restart with other host keys, on the same port."""
        self.stop()
        self.make_host_keys()
        self.start()

    def make_host_keys(self) -> None:
        for key_type, path in zip(self.host_key_types, self._host_key_files, strict=True):
            make_key(path, "-t", key_type, "-N", "")

    def include(self, config: Path) -> None:
        """Restart with a configuration that comes before the own one."""
        self.included = config
        self.stop()
        self.start()

    def authorize(self, key: Path) -> None:
        """Let the owner of this key in, too."""
        with (self.work / "authorized_keys").open("a") as file:
            file.write(key.with_suffix(".pub").read_text())

    def freeze_sessions(self) -> None:
        """Let every open session hang, as a machine does that is out of memory."""
        assert self._process
        for session in _descendants(self._process.pid):
            os.kill(session, signal.SIGSTOP)

    def _listens(self, port: int) -> bool:
        """Start on this port and wait until the server says that it listens, or gives up."""
        config, log = self._write_config(port), self.work / "sshd.log"
        with log.open("a") as file:
            before = log.read_text()
            self._process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=file)
        while "Server listening on" not in self.log.removeprefix(before):
            if self._process.poll() is not None:
                return False
            time.sleep(0.01)
        return True

    def _write_config(self, port: int) -> Path:
        path = self.work / "sshd_config"
        options = ("-R" if self.read_only else "") + (f" -P {self.refuses}" if self.refuses else "")
        host_keys = "\n".join(f"HostKey {path}" for path in self._host_key_files)
        path.write_text(_CONFIG.format(host=self.host, port=port, work=self.work, options=options, host_keys=host_keys))
        with path.open("a") as file:
            file.write(self.more + "\n")
        if _understands(path, "PerSourcePenalties no"):  # or refused logins would slow the next ones down
            path.write_text(path.read_text() + "PerSourcePenalties no\n")
        if self.included:
            path.write_text(f"Include {self.included}\n" + path.read_text())
        return path


@contextmanager
def running_sshd(
    work: Path,
    *,
    folder: Path | None = None,
    read_only: bool = False,
    refuses: str = "",
    more: str = "",
    host_key_types: Sequence[str] = ("ed25519",),
) -> Iterator[Sshd]:
    """A server that runs inside the block.

    Args:
        work: an empty folder for its keys, configuration and log.
        folder: where files go; ``work/remote`` if left out.
        read_only: it takes no files.
        refuses: the requests of SFTP that it denies, as sftp-server's option -P takes them.
        more: lines of its configuration.
        host_key_types: as ssh-keygen calls them.
    """
    if not SSHD.exists():
        raise RuntimeError(f"{SSHD} is missing; these tests need OpenSSH: apt-get install openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    folder = folder or work / "remote"
    folder.mkdir(parents=True, exist_ok=True)
    server = Sshd(work, folder, read_only, refuses, more, host_key_types)
    server.make_host_keys()
    make_key(server.client_key)
    server.authorize(server.client_key)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def make_key(path: Path, *options: str) -> None:
    """A new key pair at this path; Ed25519 without passphrase unless options for ssh-keygen say otherwise."""
    path.unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", *(options or ("-t", "ed25519", "-N", "")), "-C", "", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _understands(config: Path, line: str) -> bool:
    check = [str(SSHD), "-t", "-f", str(config), "-o", line]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _descendants(pid: int) -> set[int]:
    """The processes that a process has started, and theirs."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}
