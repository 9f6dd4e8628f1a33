from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mounts import mounted
from place_contract import PlaceContract, kinds, uploaded
from pydantic import ValidationError
from sshd import Sshd, make_key, running_sshd

from transports import Sftp
from transports.base import Rename
from transports.errors import (
    ConnectionLost,
    FolderMissing,
    HostKeyMismatch,
    LoginRefused,
    SecretMissing,
    ServerFailure,
    Stalled,
    TransportError,
)
from transports.host_keys import HostKey


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "remote").mkdir()
    return tmp_path / "remote"


@pytest.fixture
def transport(server: Sshd, remote: Path) -> Sftp:
    return Sftp.model_validate(server.config_table(path=str(remote)))


@pytest.fixture(scope="module")
def read_only_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("read-only"), read_only=True) as server:
        yield server


class TestSftp(PlaceContract):
    @pytest.fixture
    def no_permission(self, read_only_server: Sshd) -> Sftp:
        return Sftp.model_validate(read_only_server.config_table())


class TestSftpWithFolderForTemporaryFiles(PlaceContract):
    """The other folder is the same, told apart by its path: what is temporary goes by that one."""

    @pytest.fixture
    def transport(self, server: Sshd, remote: Path, tmp_path: Path) -> Sftp:
        (tmp_path / "incoming").symlink_to(remote)
        return Sftp.model_validate(server.config_table(path=str(remote), temp_path=f"{tmp_path}/incoming/"))

    @pytest.fixture
    def no_permission(self, read_only_server: Sshd) -> Sftp:
        return Sftp.model_validate(read_only_server.config_table())


def test_temporary_files_lie_in_their_own_folder(server: Sshd, remote: Path, tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    table = server.config_table(path=str(remote), temp_path=str(tmp_path / "incoming"))
    with Sftp.model_validate(table).open() as place:
        assert place.upload([uploaded(tmp_path / "feed", b"1", "part")]) == [None]
        assert (place.waiting("part"), place.size("part")) == (1, None)
        assert [file.name for file in (tmp_path / "incoming").iterdir()] == ["part"]
        assert place.publish([Rename("part", "feed.csv", replace=False)]) == [None]
    assert [file.name for file in remote.iterdir()] == ["feed.csv"]


def test_a_missing_folder_for_temporary_files_is_named(server: Sshd, remote: Path, tmp_path: Path) -> None:
    error = refusal(server.config_table(path=str(remote), temp_path=f"{tmp_path}/incoming"))
    assert isinstance(error, FolderMissing)
    assert str(error) == f"open: {tmp_path}/incoming is not a folder on the server; correct the path"


NOBODY = {"host": "sftp.invalid", "username": "acme", "host_key": "SHA256:" + "A" * 43}


def refusal(table: dict[str, Any]) -> TransportError:
    """The error with which opening fails."""
    with pytest.raises(TransportError) as refused, Sftp.model_validate(table).open():
        pass
    return refused.value


def test_a_full_disk_is_a_failure_and_leaves_no_half_file(server: Sshd, tmp_path: Path) -> None:
    full = tmp_path / "full"
    with mounted(full, "size=1m"), Sftp.model_validate(server.config_table(path=str(full))).open() as place:
        (outcome,) = place.upload([uploaded(tmp_path / "big", bytes(2_000_000), "big")])
        assert isinstance(outcome, ServerFailure)
        assert str(outcome) == f'write: {full}/big: the server says "Failure" (status 4)'
        assert place.names() == []
        assert place.upload([uploaded(tmp_path / "small", b"1", "small")]) == [None]


def test_a_missing_folder_is_named(server: Sshd, tmp_path: Path) -> None:
    error = refusal(server.config_table(path=f"{tmp_path}/outbox"))
    assert isinstance(error, FolderMissing)
    assert str(error) == f"open: {tmp_path}/outbox is not a folder on the server; correct the path"


def test_a_relative_path_begins_where_the_login_leads(server: Sshd) -> None:
    with Sftp.model_validate(server.config_table(path=".")).open() as place:
        assert set(place.names()) == {path.name for path in Path.home().iterdir() if path.is_file()}


def test_a_frozen_server_is_given_up(server: Sshd, transport: Sftp, tmp_path: Path) -> None:
    with transport.model_copy(update={"stall_timeout": 0.5}).open() as place:
        server.freeze_sessions()
        (outcome,) = place.upload([uploaded(tmp_path / "feed", b"1", "part")])
    assert isinstance(outcome, Stalled)
    assert str(outcome) == "open: not done within 0.5 s, connection cut"


def test_a_server_that_is_stopped_loses_the_connection(tmp_path: Path) -> None:
    with running_sshd(tmp_path / "sshd") as server:
        table = server.config_table()
        with Sftp.model_validate(table).open() as place:
            server.stop()
            uploads = [uploaded(tmp_path / name, b"1", name) for name in "ab"]
            assert kinds(place.upload(uploads)) == [ConnectionLost, ConnectionLost]
            with pytest.raises(ConnectionLost):
                place.size("a")
        error = refusal(table)
    assert isinstance(error, ConnectionLost)
    assert str(error) == f"connect: 127.0.0.1:{server.port}: Connection refused"


def test_an_unknown_host_is_said(server: Sshd) -> None:
    error = refusal(server.config_table(host="sftp.invalid"))
    assert isinstance(error, ConnectionLost)
    assert str(error).startswith(f"connect: sftp.invalid:{server.port}: ")


def test_a_changed_host_key_is_refused_with_both_fingerprints(tmp_path: Path) -> None:
    with running_sshd(tmp_path) as server:
        table = server.config_table()
        server.change_host_keys()
        error = refusal(table)
        log = server.log
    pinned, offered = HostKey.parse(table["host_key"]), HostKey.parse(server.host_keys[0])
    assert isinstance(error, HostKeyMismatch)
    assert str(error) == (
        f"check the host key: 127.0.0.1:{server.port} shows {offered.fingerprint} (ssh-ed25519), pinned is "
        f"{pinned.fingerprint} (ssh-ed25519); nothing was sent. "
        f'If the partner confirms the new key: host_key = "{offered.line}"'
    )
    assert "publickey" not in log


@pytest.fixture(scope="module")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("key") / "other"
    make_key(path)
    return path.with_suffix(".pub").read_text()


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_pinned_keys_either_will_do(server: Sshd, other_key: str, order: int) -> None:
    pins = [*server.host_keys, other_key][::order]
    with Sftp.model_validate(server.config_table(host_key=pins)).open() as place:
        assert place.size("feed.csv") is None


def test_a_pinned_fingerprint_will_do(server: Sshd) -> None:
    fingerprint = HostKey.parse(server.host_keys[0]).fingerprint
    with Sftp.model_validate(server.config_table(host_key=fingerprint)).open() as place:
        assert place.size("feed.csv") is None


def test_of_several_keys_the_server_shows_the_pinned_one(tmp_path: Path) -> None:
    with running_sshd(tmp_path, host_key_types=("ed25519", "ecdsa", "rsa")) as server:
        for pin in server.host_keys:
            with Sftp.model_validate(server.config_table(host_key=pin)).open() as place:
                assert place.names() == []


@pytest.mark.parametrize("options", ["ed25519", "ecdsa", "ecdsa -m PKCS8", "rsa -b 2048", "rsa -b 2048 -m PEM"])
@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_keys_of_every_kind_open_the_door(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, passphrase: str
) -> None:
    key = tmp_path / "key"
    make_key(key, "-N", passphrase, "-t", *options.split())
    server.authorize(key)
    monkeypatch.setenv("SFTP_KEY", key.read_text())
    monkeypatch.setenv("SFTP_PASSPHRASE", passphrase)
    secrets = {"key": {"env": "SFTP_KEY"}} | ({"passphrase": {"env": "SFTP_PASSPHRASE"}} if passphrase else {})
    with Sftp.model_validate(server.config_table(**secrets)).open() as place:
        assert place.names() == []


def test_a_key_that_is_not_authorized_is_refused(server: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    error = refusal(server.config_table(key={"file": tmp_path / "key"}))
    assert isinstance(error, LoginRefused)
    assert str(error) == f"log in: {server.username} at 127.0.0.1:{server.port}: the server refuses the credential"


def test_a_wrong_password_is_refused_after_one_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFTP_PASSWORD", "wrong")
    with running_sshd(tmp_path) as server:
        error = refusal(server.config_table(key=None, password={"env": "SFTP_PASSWORD"}))
        assert isinstance(error, LoginRefused)
        assert str(error) == (
            f"log in: {server.username} at 127.0.0.1:{server.port}: the server refuses the credential"
        )
        assert server.log.count("Failed password") == 1
        assert server.log.count("Connection from") == 1


@pytest.mark.parametrize(
    ("key_passphrase", "passphrase", "reason"),
    [
        ("open sesame", None, "it is encrypted; set passphrase"),
        ("open sesame", "wrong", "the passphrase is wrong, or this is not a private key in OpenSSH or PEM form"),
        ("", "needless", "it has no passphrase; remove passphrase"),
    ],
)
def test_an_unusable_key_is_said_before_anybody_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_passphrase: str, passphrase: str | None, reason: str
) -> None:
    make_key(tmp_path / "key", "-t", "ed25519", "-N", key_passphrase)
    monkeypatch.setenv("SFTP_PASSPHRASE", passphrase or "")
    secrets = {"key": {"file": tmp_path / "key"}, "passphrase": {"env": "SFTP_PASSPHRASE"} if passphrase else None}
    error = refusal(NOBODY | secrets)
    assert isinstance(error, LoginRefused)
    assert str(error) == f"read the private key: {reason}"


def test_what_is_no_key_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFTP_KEY", "ssh-ed25519 AAAA")
    error = refusal(NOBODY | {"key": {"env": "SFTP_KEY"}})
    assert isinstance(error, LoginRefused)
    assert str(error) == "read the private key: this is not a private key in OpenSSH or PEM form"


def test_a_missing_secret_is_said_before_anybody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SFTP_PASSWORD", raising=False)
    error = refusal(NOBODY | {"password": {"env": "SFTP_PASSWORD"}})
    assert isinstance(error, SecretMissing)
    assert str(error) == "read the secret: the environment variable SFTP_PASSWORD is not set; set it to the secret"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"key": None}, "Value error, give either a password or a key, exactly one of them"),
        ({"password": {"env": "B"}}, "Value error, give either a password or a key, exactly one of them"),
        (
            {"key": None, "password": {"env": "B"}, "passphrase": {"env": "C"}},
            "Value error, a passphrase belongs to a key; give the key too, or leave the passphrase out",
        ),
        ({"key": {"env": "A", "file": "b"}}, 'Value error, a secret is written { env = "NAME" } or { file = "path" }'),
        ({"key": {}}, 'Value error, a secret is written { env = "NAME" } or { file = "path" }'),
        (
            {"host_key": "sftp.example.com ssh-ed25519 AAAA"},
            'Value error, "sftp.example.com ssh-ed25519 AAAA" is not a host key; write "ssh-ed25519 AAAA…" '
            '(ssh-keyscan prints it after the host name) or "SHA256:…"',
        ),
        ({"host_key": []}, "Value should have at least 1 item after validation, not 0"),
        ({"compress": True}, "Extra inputs are not permitted"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Sftp.model_validate(NOBODY | {"key": {"env": "A"}} | changes)
    assert text in [error["msg"] for error in refused.value.errors()]


@pytest.mark.parametrize(
    ("host", "path", "url"),
    [
        ("sftp.example.com", "/inventory", "sftp://acme@sftp.example.com:22/inventory"),
        ("sftp.example.com", ".", "sftp://acme@sftp.example.com:22/"),
        ("2001:db8::1", "in/feeds", "sftp://acme@[2001:db8::1]:22/in/feeds"),
    ],
)
def test_a_server_is_described_as_a_url(host: str, path: str, url: str) -> None:
    settings = Sftp.model_validate(NOBODY | {"key": {"env": "A"}, "host": host, "path": path})
    assert settings.describe() == url


def test_settings_are_read_without_loading_paramiko() -> None:
    program = "import sys, transports; print('paramiko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"False\n"
