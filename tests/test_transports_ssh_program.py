"""SFTP through the ``ssh`` program keeps the same promises, and reaches servers that nothing else reaches."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from place_contract import PlaceContract, kinds, uploaded
from pydantic import ValidationError
from sshd import Sshd, make_key, running_sshd

from transports import Sftp
from transports.base import Rename
from transports.errors import (
    ConnectionLost,
    HostKeyMismatch,
    LoginRefused,
    Stalled,
    TransportError,
    Unsupported,
)
from transports.host_keys import HostKey

LEGACY = """\
HostKeyAlgorithms ssh-rsa
KexAlgorithms diffie-hellman-group14-sha1
PubkeyAcceptedAlgorithms ssh-rsa
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def read_only_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("read-only"), read_only=True) as server:
        yield server


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "remote").mkdir()
    return tmp_path / "remote"


def through_ssh(server: Sshd, **changes: Any) -> Sftp:
    return Sftp.model_validate(server.config_table(via="ssh", **changes))


@pytest.fixture
def transport(server: Sshd, remote: Path) -> Sftp:
    return through_ssh(server, path=str(remote))


class TestSftpThroughSsh(PlaceContract):
    @pytest.fixture
    def no_permission(self, read_only_server: Sshd) -> Sftp:
        return through_ssh(read_only_server)


def refusal(transport: Sftp) -> TransportError:
    with pytest.raises(TransportError) as refused, transport.open():
        pass
    return refused.value


def delivered(transport: Sftp, tmp_path: Path) -> None:
    """A file goes there and gets its name."""
    with transport.open() as place:
        assert place.upload([uploaded(tmp_path / "feed", b"1", "part")]) == [None]
        assert place.publish([Rename("part", "feed.csv", replace=False)]) == [None]
        assert place.names() == ["feed.csv"]


# Whom it trusts, and with what


def test_a_changed_host_key_is_refused_and_no_credential_is_shown(tmp_path: Path) -> None:
    with running_sshd(tmp_path) as server:
        changed = through_ssh(server)
        server.change_host_keys()
        error = refusal(changed)
        log = server.log
    pinned = HostKey.parse(str(changed.host_key))
    assert isinstance(error, HostKeyMismatch)
    assert str(error) == (
        f"connect: {server.username} at 127.0.0.1:{server.port}: it shows a key that is not pinned, "
        f"pinned is {pinned}; nothing was sent"
    )
    assert "publickey" not in log


def test_a_key_that_is_not_authorized_is_refused_after_one_attempt(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    (tmp_path / "sshd").mkdir()
    with running_sshd(tmp_path / "sshd") as server:
        error = refusal(through_ssh(server, key={"file": tmp_path / "key"}))
        assert isinstance(error, LoginRefused)
        assert str(error).startswith(f"connect: {server.username} at 127.0.0.1:{server.port}: ")
        assert "Permission denied (publickey,password)." in str(error)
        assert server.log.count("Failed publickey") == 1
        assert "Failed password" not in server.log


@pytest.mark.parametrize("options", ["ed25519", "ecdsa", "rsa -b 2048"])
def test_a_key_with_a_passphrase_opens_the_door(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    make_key(tmp_path / "key", "-N", "open sesame", "-t", *options.split())
    server.authorize(tmp_path / "key")
    monkeypatch.setenv("SFTP_PASSPHRASE", "open sesame")
    secrets = {"key": {"file": tmp_path / "key"}, "passphrase": {"env": "SFTP_PASSPHRASE"}}
    with through_ssh(server, **secrets).open() as place:
        assert place.size("feed.csv") is None


def test_a_key_in_a_folder_of_an_odd_name_opens_the_door(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "my %d keys").mkdir()
    key = tmp_path / "my %d keys" / "key"
    make_key(key)
    server.authorize(key)
    with through_ssh(server, key={"file": key}).open() as place:
        assert place.size("feed.csv") is None


def test_a_key_from_the_environment_opens_the_door(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFTP_KEY", server.client_key.read_text())
    with through_ssh(server, key={"env": "SFTP_KEY"}).open() as place:
        assert place.size("feed.csv") is None


def test_an_agent_is_asked_only_where_the_settings_say_so(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert agent.poll() is None
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", server.client_key], check=True, stderr=subprocess.DEVNULL)
        make_key(tmp_path / "other")
        with through_ssh(server, key=None, agent=True).open() as place:
            assert place.size("feed.csv") is None
        assert isinstance(refusal(through_ssh(server, key={"file": tmp_path / "other"})), LoginRefused)
    finally:
        agent.terminate()
        agent.wait()


# What only it can do


def test_a_server_with_algorithms_of_old_is_reached_with_options_of_the_workspace(tmp_path: Path) -> None:
    make_key(tmp_path / "key", "-t", "rsa", "-b", "2048", "-N", "")
    (tmp_path / "ssh_config").write_text(
        "KexAlgorithms diffie-hellman-group14-sha1\nHostKeyAlgorithms ssh-rsa\nPubkeyAcceptedAlgorithms ssh-rsa\n"
    )
    (tmp_path / "sshd").mkdir()
    with running_sshd(tmp_path / "sshd", more=LEGACY, host_key_types=("rsa",)) as server:
        server.authorize(tmp_path / "key")
        key = {"file": tmp_path / "key"}
        modern = refusal(Sftp.model_validate(server.config_table(key=key)))
        plain = refusal(through_ssh(server, key=key))
        delivered(through_ssh(server, key=key, ssh_config=tmp_path / "ssh_config"), tmp_path)

    assert isinstance(modern, Unsupported)
    assert isinstance(plain, Unsupported)
    assert "no matching key exchange method found. Their offer: diffie-hellman-group14-sha1" in str(plain)


def test_a_server_behind_a_jump_host_is_reached(server: Sshd, tmp_path: Path, remote: Path) -> None:
    (tmp_path / "jump").mkdir()
    with running_sshd(tmp_path / "jump") as jump:
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{jump.port} {jump.host_keys[0]}\n")
        (tmp_path / "ssh_config").write_text(
            f"Host jump\n HostName 127.0.0.1\n Port {jump.port}\n User {jump.username}\n BatchMode yes\n"
            f" IdentityFile {jump.client_key}\n UserKnownHostsFile {tmp_path}/known_hosts\n StrictHostKeyChecking yes\n"
            "Host 127.0.0.1\n ProxyJump jump\n"
        )
        delivered(through_ssh(server, path=str(remote), ssh_config=tmp_path / "ssh_config"), tmp_path)
        assert "Accepted publickey" in jump.log
        assert jump.log.count("Connection from") == 1


def test_a_certificate_opens_the_door(tmp_path: Path) -> None:
    make_key(tmp_path / "ca")
    make_key(tmp_path / "key")
    (tmp_path / "sshd").mkdir()
    with running_sshd(tmp_path / "sshd", more=f"TrustedUserCAKeys {tmp_path}/ca.pub") as server:
        sign = f"ssh-keygen -q -s {tmp_path}/ca -I acme -n {server.username} {tmp_path}/key.pub"
        subprocess.run(sign.split(), check=True)
        (tmp_path / "key-cert.pub").rename(tmp_path / "certificate.pub")
        (tmp_path / "ssh_config").write_text("CertificateFile certificate.pub\n")
        key = {"file": tmp_path / "key"}
        assert isinstance(refusal(through_ssh(server, key=key)), LoginRefused)
        delivered(through_ssh(server, key=key, ssh_config=tmp_path / "ssh_config"), tmp_path)


# What goes wrong


def test_a_server_that_is_away_is_worth_another_try(tmp_path: Path) -> None:
    with running_sshd(tmp_path) as server:
        away = through_ssh(server)
        with away.open() as place:
            server.stop()
            uploads = [uploaded(tmp_path / name, b"1", name) for name in "ab"]
            assert kinds(place.upload(uploads)) == [ConnectionLost, ConnectionLost]
            with pytest.raises(ConnectionLost):
                place.size("a")
        error = refusal(away)
    assert isinstance(error, ConnectionLost)
    refused = f"ssh: connect to host 127.0.0.1 port {server.port}: Connection refused"
    assert str(error) == f"connect: 127.0.0.1:{server.port}: {refused}"


def test_a_frozen_server_is_given_up(server: Sshd, transport: Sftp, tmp_path: Path) -> None:
    with transport.model_copy(update={"stall_timeout": 0.5}).open() as place:
        server.freeze_sessions()
        (outcome,) = place.upload([uploaded(tmp_path / "feed", b"1", "part")])
    assert isinstance(outcome, Stalled)
    assert str(outcome) == "open: not done within 0.5 s, connection cut"


def test_options_that_make_no_sense_are_said(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "ssh_config").write_text("Proxyjumper somewhere\n")
    error = refusal(through_ssh(server, ssh_config=tmp_path / "ssh_config"))
    assert isinstance(error, Unsupported)
    assert str(error).endswith("/ssh_config: line 1: Bad configuration option: proxyjumper")


def test_a_missing_program_is_said(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    error = refusal(through_ssh(server))
    assert isinstance(error, Unsupported)
    assert str(error) == "start ssh: the program ssh is not installed; install the OpenSSH client"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"agent": True}, "Value error, give either a password or a key, exactly one of them"),
        ({"key": None, "password": {"env": "A"}}, 'Value error, via = "ssh" logs in with a key, not with a password'),
        (
            {"host_key": "SHA256:" + "A" * 43},
            'Value error, via = "ssh" needs whole host keys, "ssh-ed25519 AAAA…", not their fingerprints',
        ),
        ({"host": "-oProxyCommand=x"}, "Value error, '-oProxyCommand=x' is not a host"),
        ({"via": "paramiko", "ssh_config": "x"}, 'Value error, ssh_config and agent need via = "ssh"'),
    ],
)
def test_settings_that_make_no_sense_are_refused(server: Sshd, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Sftp.model_validate(server.config_table(via="ssh") | changes)
    assert text in [error["msg"] for error in refused.value.errors()]
