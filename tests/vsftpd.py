"""A second real FTP server, vsftpd: it knows neither MLSD nor MLST, and wants the TLS session to be resumed."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ftpd import HOST, PASSWORD, PASSWORD_VARIABLE, Certificate

VSFTPD = Path("/usr/sbin/vsftpd")

_CONFIG = """\
listen=YES
background=NO
listen_address={host}
listen_port={port}
run_as_launching_user=YES
ftp_username={user}
anonymous_enable=YES
local_enable=NO
anon_root={root}
allow_writeable_chroot=YES
write_enable={writable}
anon_upload_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
force_dot_files=YES
seccomp_sandbox=NO
xferlog_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
implicit_ssl={implicit}
rsa_cert_file={certificate}
rsa_private_key_file={certificate}
"""


@contextmanager
def running_vsftpd(
    root: Path, certificate: Certificate, *, writable: bool = True, implicit: bool = False
) -> Iterator[dict[str, Any]]:
    """A server that runs inside the block; gives the ``deliver`` table of an order source that sends there."""
    if not VSFTPD.exists():
        raise RuntimeError(f"{VSFTPD} is missing; these tests need vsftpd: apt-get install vsftpd")
    os.environ[PASSWORD_VARIABLE] = PASSWORD
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    config = root.parent / "vsftpd.conf"
    config.write_text(
        _CONFIG.format(
            host=HOST,
            port=port,
            user=getpass.getuser(),
            root=root,
            writable="YES" if writable else "NO",
            implicit="YES" if implicit else "NO",
            certificate=certificate.server,
        )
    )
    process = subprocess.Popen([VSFTPD, config])
    try:
        _wait_for(port, process)
        yield {
            "type": "ftp",
            "host": HOST,
            "port": port,
            "tls": "implicit" if implicit else "explicit",
            "username": "anonymous",
            "password": {"env": PASSWORD_VARIABLE},
            "ca_file": str(certificate.authority),
            "path": "in",
        }
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise RuntimeError("vsftpd does not start") from None
            time.sleep(0.01)
        else:
            return
