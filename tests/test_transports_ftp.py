from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ftpd import HOST, PASSWORD, PASSWORD_VARIABLE, Certificate, Ftpd, make_certificate, running_ftpd
from place_contract import ODD_NAMES, PlaceContract, contents, kinds, uploaded
from pydantic import ValidationError
from vsftpd import running_vsftpd

from transports import Ftp
from transports.base import Found, Place, Rename
from transports.errors import (
    CertificateRefused,
    ConnectionLost,
    FolderMissing,
    LoginRefused,
    NameTaken,
    NoSpace,
    PermissionDenied,
    SecretMissing,
    ServerFailure,
    Stalled,
    TransportError,
    Unsupported,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "root" / "in").mkdir(parents=True)
    return tmp_path / "root" / "in"


@pytest.fixture
def server(remote: Path, certificate: Certificate) -> Iterator[Ftpd]:
    with running_ftpd(remote.parent, certificate) as server:
        yield server


@pytest.fixture
def read_only(remote: Path, certificate: Certificate) -> Iterator[Ftpd]:
    with running_ftpd(remote.parent, certificate, permissions="elr") as server:
        yield server


#: A line break would end the command.
NAMES = [name for name in ODD_NAMES if "\n" not in name]


class FtpContract(PlaceContract):
    odd_names = NAMES

    @pytest.fixture
    def transport(self, server: Ftpd) -> Ftp:
        return Ftp.model_validate(server.secured(path="in"))

    @pytest.fixture
    def no_permission(self, read_only: Ftpd) -> Ftp:
        return Ftp.model_validate(read_only.secured(path="in"))

    def test_a_line_break_in_a_name_is_refused(self, place: Place, remote: Path, tmp_path: Path) -> None:
        (outcome,) = place.upload([uploaded(tmp_path / "feed", b"1", "part\r\nDELE feed.csv")])
        assert isinstance(outcome, Unsupported)
        assert str(outcome) == "open: FTP has no names with a line break; choose another"
        assert list(remote.iterdir()) == []

    def test_files_are_listed_with_their_sizes_and_times_and_links_are_none(self, place: Place, remote: Path) -> None:
        """FTP follows links and doesn't say so; a server without MLSD tells names alone."""
        (remote / "feed.csv").write_bytes(b"12345")
        os.utime(remote / "feed.csv", (1_700_000_001, 1_700_000_001))
        [found] = place.files()
        assert found in (Found("feed.csv", 5, 1_700_000_001), Found("feed.csv", None, None))
        assert place.find("feed.csv") == Found("feed.csv", 5, 1_700_000_001)
        assert place.find("other.csv") is None

    def test_a_file_is_moved_into_a_folder_inside_and_out_again(self, place: Place, remote: Path) -> None:
        (remote / "feed.csv").write_bytes(b"12345")
        (remote / "done").mkdir()
        content = bytearray()
        place.move("feed.csv", "feed-1.csv", into="done")
        place.read("feed-1.csv", content.extend, "done")
        assert (bytes(content), place.find("feed.csv")) == (b"12345", None)
        assert contents(remote / "done") == {"feed-1.csv": b"12345"}
        place.move("feed-1.csv", "feed.csv", out_of="done")
        assert (remote / "feed.csv").read_bytes() == b"12345"


class TestExplicitPassive(FtpContract):
    pass


class TestImplicitActive(FtpContract):
    @pytest.fixture
    def server(self, remote: Path, certificate: Certificate) -> Iterator[Ftpd]:
        with running_ftpd(remote.parent, certificate, tls="implicit") as server:
            yield server

    @pytest.fixture
    def transport(self, server: Ftpd) -> Ftp:
        return Ftp.model_validate(server.secured(path="in", tls="implicit", mode="active"))


class TestPlainWithoutExtensions(FtpContract):
    """A server of the last century that names another address in its answers to PASV."""

    @pytest.fixture
    def server(self, remote: Path, certificate: Certificate) -> Iterator[Ftpd]:
        lacks = ("EPSV", "EPRT", "FEAT", "OPTS")
        with running_ftpd(remote.parent, certificate, tls=None, without=lacks, advertise="192.0.2.1") as server:
            yield server

    @pytest.fixture
    def transport(self, server: Ftpd) -> Ftp:
        return Ftp.model_validate(server.config_table(path="in", plain=True))

    def test_folders_are_not_among_the_names(self, place: Place, remote: Path) -> None:
        (remote / "archive").mkdir()
        assert place.names() == ["archive"]  # which is why docs/delivery.md says so


class TestVsftpd(FtpContract):
    @pytest.fixture
    def transport(self, remote: Path, certificate: Certificate) -> Iterator[Ftp]:
        with running_vsftpd(remote.parent, certificate) as table:
            yield Ftp.model_validate(table)

    @pytest.fixture
    def no_permission(self, remote: Path, certificate: Certificate) -> Iterator[Ftp]:
        with running_vsftpd(remote.parent, certificate, writable=False, implicit=True) as table:
            yield Ftp.model_validate(table)

    def test_folders_are_not_among_the_names(self, place: Place, remote: Path) -> None:
        (remote / "archive").mkdir()
        assert place.names() == ["archive"]


def refusal(table: dict[str, Any]) -> TransportError:
    """The error with which opening fails."""
    with pytest.raises(TransportError) as refused, Ftp.model_validate(table).open():
        pass
    assert PASSWORD not in str(refused.value)
    return refused.value


def test_a_plain_server_in_active_mode_gets_files_too(remote: Path, certificate: Certificate, tmp_path: Path) -> None:
    with running_ftpd(remote.parent, certificate, tls=None, without=("EPRT",)) as server:
        table = server.config_table(path="in", plain=True, mode="active")
        with Ftp.model_validate(table).open() as place:
            assert place.upload([uploaded(tmp_path / name, b"1", name) for name in "ab"]) == [None, None]
        assert server.asked.count("EPRT") == 1  # refused once, not asked for again


def test_a_server_without_tls_is_not_given_the_password(remote: Path, certificate: Certificate) -> None:
    with running_ftpd(remote.parent, certificate, tls=None) as server:
        error = refusal(server.secured())
        assert isinstance(error, Unsupported)
        assert str(error) == (
            f"start TLS: 127.0.0.1:{server.port} offers no TLS; nothing is sent without it unless plain = true: "
            'the server says "500 Command "AUTH" not understood."'
        )
        assert server.asked == ["AUTH"]


def test_a_server_that_encrypts_no_data_gets_none(server: Ftpd) -> None:
    server.plan = lambda command, _: "536 not here" if command == "PROT" else None
    error = refusal(server.secured())
    assert isinstance(error, Unsupported)
    assert str(error) == (
        f"protect data: 127.0.0.1:{server.port} does not encrypt data; a plain transfer is not made: "
        'the server says "536 not here"'
    )


@pytest.mark.parametrize(
    ("name", "days", "signer", "why"),
    [
        (HOST, 1, "another", "unable to get local issuer certificate"),
        ("ftp.example.com", 1, "its", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        (HOST, -1, "its", "certificate has expired"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused_before_the_login(
    remote: Path, certificate: Certificate, tmp_path: Path, name: str, days: int, signer: str, why: str
) -> None:
    shown = make_certificate(tmp_path / "shown", name, days=days)
    with running_ftpd(remote.parent, shown) as server:
        authority = (certificate if signer == "another" else shown).authority
        error = refusal(server.config_table(ca_file=str(authority)))
        assert isinstance(error, CertificateRefused)
        assert str(error) == f"start TLS: 127.0.0.1:{server.port}: {why}"
        assert server.asked == ["AUTH"]


def test_without_a_ca_file_those_of_this_machine_are_asked(server: Ftpd) -> None:
    assert isinstance(refusal(server.config_table()), CertificateRefused)


def test_a_missing_ca_file_is_named(server: Ftpd, tmp_path: Path) -> None:
    error = refusal(server.config_table(ca_file=str(tmp_path / "ca.pem")))
    assert str(error) == f"read ca_file: {tmp_path}/ca.pem: No such file or directory"
    assert server.asked == []


def test_a_refused_login_is_tried_once(server: Ftpd, monkeypatch: pytest.MonkeyPatch) -> None:
    table = server.secured()
    monkeypatch.setenv(PASSWORD_VARIABLE, "canary-wrong")
    error = refusal(table)
    assert isinstance(error, LoginRefused)
    assert str(error) == (f'log in: acme at 127.0.0.1:{server.port}: the server says "530 Authentication failed."')
    assert server.asked == ["AUTH", "USER", "PASS"]


def test_a_server_that_repeats_the_password_does_not_bring_it_into_the_error(server: Ftpd) -> None:
    server.plan = lambda command, _: f"530 {PASSWORD} is wrong" if command == "PASS" else None
    assert str(refusal(server.secured())).endswith('the server says "530 … is wrong"')


def test_a_missing_secret_calls_nobody(server: Ftpd, monkeypatch: pytest.MonkeyPatch) -> None:
    table = server.secured()
    monkeypatch.delenv(PASSWORD_VARIABLE)
    assert isinstance(refusal(table), SecretMissing)
    assert server.asked == []


def test_a_missing_folder_is_named(server: Ftpd) -> None:
    error = refusal(server.secured(path="/outbox"))
    assert isinstance(error, FolderMissing)
    assert str(error) == (
        "open: /outbox is not a folder on the server that the account may enter; correct the path: "
        'the server says "550 No such file or directory."'
    )


@pytest.mark.parametrize("failure", ["hang up", "hang up after doing", "no answer", "dribble"])
@pytest.mark.parametrize("command", ["USER", "PASS", "PROT", "FEAT", "CWD", "SIZE", "EPSV", "STOR", "RNFR", "RNTO"])
def test_wherever_the_connection_fails_it_is_said_and_never_taken_for_done(
    server: Ftpd, remote: Path, tmp_path: Path, command: str, failure: str
) -> None:
    server.plan = lambda asked, _: failure if asked == command else None
    limits = {"stall_timeout": 0.3, "connect_timeout": 0.3} if failure in {"no answer", "dribble"} else {}
    outcomes: list[TransportError | None] = []
    try:
        with Ftp.model_validate(server.secured(path="in", **limits)).open() as place:
            outcomes += place.upload([uploaded(tmp_path / "feed", b"1" * 100_000, "part")])
            outcomes += place.publish([Rename("part", "feed.csv", replace=False)])
    except TransportError as error:
        outcomes.append(error)
    assert isinstance(outcomes[-1], ConnectionLost | Stalled)
    assert (remote / "feed.csv").exists() == (command == "RNTO" and failure != "hang up")


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("STOR", "452 no room", NoSpace),
        ("STOR", "552 quota used up", NoSpace),
        ("STOR", "550 Disk quota exceeded", NoSpace),
        ("STOR", "553 Could not create file.", PermissionDenied),
        ("STOR", "451 Local error", ServerFailure),
        ("STOR", "425 no data connection", ServerFailure),
        ("STOR", "421 closing down", ConnectionLost),
        ("SIZE", "502 not known", Unsupported),
        ("SIZE", "213 7", NameTaken),
        ("EPSV", "425 no port left", ServerFailure),
    ],
)
def test_an_answer_means_what_it_says(
    server: Ftpd, remote: Path, tmp_path: Path, command: str, answer: str, kind: type
) -> None:
    server.plan = lambda asked, _: answer if asked == command else None
    with Ftp.model_validate(server.secured(path="in")).open() as place:
        assert kinds(place.upload([uploaded(tmp_path / "feed", b"1", "part")])) == [kind]
    assert contents(remote) == {}


def test_a_size_that_differs_is_no_success_and_leaves_nothing(server: Ftpd, remote: Path, tmp_path: Path) -> None:
    server.plan = lambda asked, _: "213 2" if asked == "SIZE" and "STOR" in server.asked else None
    with Ftp.model_validate(server.secured(path="in")).open() as place:
        (outcome,) = place.upload([uploaded(tmp_path / "feed", b"1", "part")])
    assert str(outcome) == "compare the size: part: 2 bytes there, 1 sent"
    assert contents(remote) == {}


def test_an_unclear_refusal_is_not_taken_for_a_missing_file(server: Ftpd, remote: Path) -> None:
    (remote / "feed.csv").touch()
    server.plan = lambda asked, _: "550 not now" if asked == "SIZE" else None
    with Ftp.model_validate(server.secured(path="in")).open() as place:
        with pytest.raises(PermissionDenied):
            place.size("feed.csv")
        assert place.size("other.csv") is None


def test_a_server_that_does_not_replace_is_named(server: Ftpd, remote: Path) -> None:
    (remote / "part").write_bytes(b"new")
    (remote / "feed.csv").write_bytes(b"old")
    server.plan = lambda asked, _: "553 File exists." if asked == "RNTO" else None
    with Ftp.model_validate(server.secured(path="in")).open() as place:
        (outcome,) = place.publish([Rename("part", "feed.csv", replace=True)])
    assert isinstance(outcome, Unsupported)
    assert str(outcome) == (
        "rename: feed.csv is there already, and this server cannot replace a file in one step; "
        'give each file a name of its own: the server says "553 File exists."'
    )
    assert contents(remote) == {"part": b"new", "feed.csv": b"old"}


def test_a_reader_that_breaks_off_ends_the_connection(server: Ftpd, remote: Path) -> None:
    (remote / "feed.csv").write_bytes(bytes(1_000_000))

    def take(chunk: bytes) -> None:
        raise KeyError("enough")

    with Ftp.model_validate(server.secured(path="in")).open() as place:
        with pytest.raises(KeyError):
            place.read("feed.csv", take)
        with pytest.raises(ConnectionLost) as lost:  # and not the answer to the transfer, taken for this one's
            place.size("feed.csv")
    assert str(lost.value) == "read: broken off by us"


def test_a_refused_rename_is_an_error(server: Ftpd, remote: Path) -> None:
    (remote / "part").touch()
    server.plan = lambda asked, _: "550 Permission denied." if asked == "RNTO" else None
    with Ftp.model_validate(server.secured(path="in")).open() as place:
        assert kinds(place.publish([Rename("part", "feed.csv", replace=False)])) == [PermissionDenied]


def test_nobody_else_may_bring_the_data(server: Ftpd, tmp_path: Path) -> None:
    with Ftp.model_validate(server.secured(path="in")).open() as place:
        server.plan = lambda asked, _: "229 Entering (|||1|)" if asked == "EPSV" else None
        (outcome,) = place.upload([uploaded(tmp_path / "feed", b"1", "part")])
    assert isinstance(outcome, ServerFailure)
    assert str(outcome) == "write: no data connection to 127.0.0.1: Connection refused"


def test_what_is_no_ftp_server_is_said() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]

        def greet() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"SSH-2.0-other\r\n")
                sock.recv(1)

        other = threading.Thread(target=greet)
        other.start()
        os.environ[PASSWORD_VARIABLE] = PASSWORD
        table = {"type": "ftp", "host": HOST, "port": port, "username": "a", "password": {"env": PASSWORD_VARIABLE}}
        error = refusal(table)
        other.join()
    assert str(error) == f"connect: 127.0.0.1:{port} does not speak FTP"


NOBODY = {"type": "ftp", "host": "ftp.invalid", "username": "acme", "password": {"env": PASSWORD_VARIABLE}}


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "ftpes://acme@ftp.invalid:21/"),
        ({"tls": "implicit", "path": "/in"}, "ftps://acme@ftp.invalid:990/in"),
        ({"plain": True, "port": 2121}, "ftp://acme@ftp.invalid:2121/"),
    ],
)
def test_a_server_is_described_by_its_url(settings: dict[str, Any], url: str) -> None:
    assert Ftp.model_validate(NOBODY | settings).describe() == url


@pytest.mark.parametrize("settings", [{"tls": "implicit"}, {"ca_file": "ca.pem"}])
def test_plain_and_encrypted_exclude_each_other(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="plain = true encrypts nothing; leave tls and ca_file out, or plain"):
        Ftp.model_validate(NOBODY | settings | {"plain": True})


def test_a_password_in_the_settings_is_refused_and_not_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        Ftp.model_validate(NOBODY | {"password": PASSWORD})
    assert PASSWORD not in str(refused.value)


# What the server's table says


def test_where_it_may_be_the_old_file_is_removed_first(server: Ftpd, remote: Path) -> None:
    (remote / "part").write_bytes(b"new")
    (remote / "feed.csv").write_bytes(b"old")
    server.plan = lambda asked, _: "553 File exists." if asked == "RNTO" and "DELE" not in server.asked else None
    with Ftp.model_validate(server.secured(path="in", server={"replace": "remove first"})).open() as place:
        assert place.publish([Rename("part", "feed.csv", replace=True)]) == [None]
    assert contents(remote) == {"feed.csv": b"new"}


def test_a_server_that_lets_nobody_look_is_not_asked(server: Ftpd, remote: Path, tmp_path: Path) -> None:
    server.plan = lambda asked, _: "550 Permission denied." if asked in {"SIZE", "MLST", "MLSD"} else None
    with Ftp.model_validate(server.secured(path="in", server={"looks": False})).open() as place:
        assert place.upload([uploaded(tmp_path / "feed", b"1", "part")]) == [None]
        assert place.publish([Rename("part", "feed.csv", replace=False)]) == [None]
    assert contents(remote) == {"feed.csv": b"1"}
    assert "SIZE" not in server.asked
