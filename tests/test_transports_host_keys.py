from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from sshd import make_key

from transports.errors import HostKeyMismatch
from transports.host_keys import HostKey, check_host_key


@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_a_key_is_known_by_the_fingerprint_that_ssh_keygen_prints(tmp_path: Path, key_type: str) -> None:
    make_key(tmp_path / "key", "-t", key_type, "-N", "")
    line = (tmp_path / "key.pub").read_text()
    printed = subprocess.run(
        ["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], capture_output=True, text=True, check=True
    )
    key = HostKey.parse(line)
    assert key.fingerprint == printed.stdout.split()[1]
    assert key.line == line.strip()
    assert HostKey.parse(f"{line.strip()} root@sftp") == key
    assert HostKey.parse(key.fingerprint).fingerprint == key.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 not-base64!",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIP6AsePDeobPMrvGxwr1VhSZx83s8wOkoFc9S4+QZcOW",
        "sftp.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP6AsePDeobPMrvGxwr1VhSZx83s8wOkoFc9S4+QZcOW",
        "SHA256:tooshort",
        "SHA256:" + "!" * 43,
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a host key; write"):
        HostKey.parse(text)


def test_an_unknown_key_is_shown_beside_all_that_are_pinned() -> None:
    offered = HostKey.parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP6AsePDeobPMrvGxwr1VhSZx83s8wOkoFc9S4+QZcOW")
    pinned = [HostKey.parse("SHA256:" + letter * 43) for letter in "AE"]
    with pytest.raises(HostKeyMismatch) as refused:
        check_host_key(offered, pinned, "sftp.example.com:22")
    assert str(refused.value) == (
        "check the host key: sftp.example.com:22 shows SHA256:hl/1wcKDrZHGCmBfw4EK0PqC48QSUm9jVrLL1U5JKwc "
        f"(ssh-ed25519), pinned is SHA256:{'A' * 43} or SHA256:{'E' * 43}; nothing was sent. "
        'If the partner confirms the new key: host_key = "ssh-ed25519 '
        'AAAAC3NzaC1lZDI1NTE5AAAAIP6AsePDeobPMrvGxwr1VhSZx83s8wOkoFc9S4+QZcOW"'
    )
