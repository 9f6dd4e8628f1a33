"""A server that errs, lies, stalls or hangs up: whatever it does, nothing passes for delivered that is not."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, get_args

import pytest
from lying_sftp_server import PASSWORD, PASSWORD_VARIABLE, Lie, LyingServer, Plan, Stage, lying_server
from odd_servers import LSTAT, REMOVE, RENAME, Refuses
from place_contract import contents, kinds, uploaded
from sshd import make_key

from transports import Sftp
from transports.base import Rename, Upload
from transports.errors import (
    ConnectionLost,
    FileMissing,
    FolderMissing,
    LoginRefused,
    NameTaken,
    NoSpace,
    PermissionDenied,
    ServerFailure,
    Stalled,
    TransportError,
    Unsupported,
)

CONTENT = os.urandom(50_000)  # two writes
QUICK = {"connect_timeout": 2, "stall_timeout": 0.5}


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "remote").mkdir()
    return tmp_path / "remote"


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    return uploaded(tmp_path / "feed", CONTENT, "part")


def at(operation: str, nth: int, lie: Lie) -> Plan:
    """One lie, about one request."""
    return lambda asked: lie if (asked.operation, asked.nth) == (operation, nth) else None


def settings(server: LyingServer, remote: Path, **changes: Any) -> Sftp:
    return Sftp.model_validate(server.config_table(remote, **QUICK | changes))


def refusal(settings: Sftp) -> TransportError:
    with pytest.raises(TransportError) as refused, settings.open():
        pass
    return refused.value


def test_an_honest_server_is_asked_for_no_more_than_needed(remote: Path, upload: Upload) -> None:
    with lying_server() as server, settings(server, remote).open() as place:
        assert place.upload([upload]) == [None]
        assert place.publish([Rename("part", "feed.csv", replace=False)]) == [None]
    assert contents(remote) == {"feed.csv": CONTENT}
    assert [asked.operation for asked in server.asked] == [
        *["init", "stat", "open", "write", "write", "fstat", "close"],
        *["lstat", "rename"],
    ]


@pytest.mark.parametrize("lie", [lie for lie in get_args(Lie) if lie != "no answer"])
@pytest.mark.parametrize("total", range(1, 10))
def test_no_lie_at_any_step_makes_a_false_success(remote: Path, upload: Upload, total: int, lie: Lie) -> None:
    final = Rename("part", "feed.csv", replace=False)
    with lying_server(plan=lambda asked: lie if asked.total == total else None) as server:
        try:
            with settings(server, remote, connect_timeout=30, stall_timeout=30).open() as place:
                (stored,) = place.upload([upload])
                assert stored or contents(remote) == {"part": CONTENT}
                (published,) = [stored] if stored else place.publish([final])
                assert published or contents(remote) == {"feed.csv": CONTENT}
        except TransportError:
            assert total <= 2  # opening the place
    assert len(server.asked) >= total


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (at("open", 1, "fail"), 'open: {remote}/part: the server says "" (status 4)'),
        (at("write", 1, "fail"), 'write: {remote}/part: the server says "" (status 4)'),
        (at("write", 2, "fail"), 'write: {remote}/part: the server says "" (status 4)'),
        (at("write", 2, "fail after doing"), 'write: {remote}/part: the server says "" (status 4)'),
        (at("fstat", 1, "fail"), 'compare the size: {remote}/part: the server says "" (status 4)'),
        (at("fstat", 1, "one byte less"), "compare the size: {remote}/part: 49999 bytes there, 50000 sent"),
        (at("fstat", 1, "cut short"), "read the answer: it ends too early; this is not SFTP"),
        (at("close", 1, "fail"), 'close: {remote}/part: the server says "" (status 4)'),
        (at("close", 1, "fail after doing"), 'close: {remote}/part: the server says "" (status 4)'),
    ],
)
def test_a_failed_file_is_said_and_removed(remote: Path, upload: Upload, plan: Plan, text: str) -> None:
    with lying_server(plan=plan) as server, settings(server, remote).open() as place:
        (outcome,) = place.upload([upload])
        assert isinstance(outcome, ServerFailure)
        assert str(outcome) == text.format(remote=remote)
        assert contents(remote) == {}
        assert place.upload([upload]) == [None]


def test_one_failed_write_among_many_files_fails_its_file_alone(remote: Path, tmp_path: Path) -> None:
    uploads = [uploaded(tmp_path / f"feed{number}", CONTENT, f"part{number}") for number in range(5)]
    with lying_server(plan=at("write", 3, "fail")) as server, settings(server, remote).open() as place:
        outcomes = place.upload(uploads)
    assert sorted(map(str, kinds(outcomes))) == sorted(map(str, [ServerFailure, None, None, None, None]))
    kept = [upload.temp_name for upload, outcome in zip(uploads, outcomes, strict=True) if outcome is None]
    assert contents(remote) == dict.fromkeys(kept, CONTENT)


def test_files_that_were_finished_stay_finished_when_the_connection_is_lost(remote: Path, tmp_path: Path) -> None:
    sizes = {"part1": 10, "part2": 10, "part3": 200_000}
    uploads = [uploaded(tmp_path / name, bytes(size), name) for name, size in sizes.items()]
    with lying_server(plan=at("close", 2, "hang up")) as server, settings(server, remote).open() as place:
        outcomes = place.upload(uploads)
        assert kinds(outcomes) == [None, ConnectionLost, ConnectionLost]
        assert contents(remote)["part1"] == bytes(10)
        assert kinds(place.publish([Rename("part1", "feed1.csv", replace=False)])) == [ConnectionLost]
        with pytest.raises(ConnectionLost):
            place.size("part1")


def test_more_files_than_are_open_at_once_all_learn_of_a_lost_connection(remote: Path, tmp_path: Path) -> None:
    uploads = [uploaded(tmp_path / str(number), b"1", str(number)) for number in range(100)]
    with lying_server(plan=at("open", 20, "hang up")) as server, settings(server, remote).open() as place:
        assert kinds(place.upload(uploads)) == [ConnectionLost] * 100


def test_a_failed_rename_leaves_the_file_under_its_temporary_name(remote: Path, upload: Upload) -> None:
    with lying_server(plan=at("rename", 1, "fail")) as server, settings(server, remote).open() as place:
        place.upload([upload])
        (outcome,) = place.publish([Rename("part", "feed.csv", replace=False)])
        assert isinstance(outcome, ServerFailure)
        assert str(outcome) == f'rename: {remote}/feed.csv: the server says "" (status 4)'
        assert contents(remote) == {"part": CONTENT}
        assert place.publish([Rename("part", "feed.csv", replace=False)]) == [None]


def test_a_server_that_would_overwrite_is_not_given_the_chance(remote: Path) -> None:
    (remote / "part").write_bytes(b"new")
    (remote / "feed.csv").write_bytes(b"old")
    with lying_server() as server, settings(server, remote).open() as place:
        assert kinds(place.publish([Rename("part", "feed.csv", replace=False)])) == [NameTaken]
    assert "rename" not in [asked.operation for asked in server.asked]


def test_without_the_extension_an_existing_file_is_not_replaced_in_two_steps(remote: Path) -> None:
    (remote / "part").write_bytes(b"new")
    (remote / "feed.csv").write_bytes(b"old")
    with lying_server(extensions=False) as server, settings(server, remote).open() as place:
        (outcome,) = place.publish([Rename("part", "feed.csv", replace=True)])
        assert isinstance(outcome, Unsupported)
        assert str(outcome) == (
            f"rename: {remote}/feed.csv is there, and this server cannot replace a file in one step; "
            'give each file a name of its own, or allow server = { replace = "remove first" }'
        )
        assert contents(remote) == {"part": b"new", "feed.csv": b"old"}
        assert place.publish([Rename("part", "other.csv", replace=True)]) == [None]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2, FileMissing),
        (3, PermissionDenied),
        (4, ServerFailure),
        (5, ServerFailure),
        (8, Unsupported),
        (10, FileMissing),
        (11, NameTaken),
        (12, PermissionDenied),
        (14, NoSpace),
        (15, NoSpace),
        (17, ServerFailure),
        (20, FolderMissing),
        (21, Unsupported),
    ],
)
def test_what_a_status_means_is_told(remote: Path, code: int, kind: type[TransportError]) -> None:
    renames = Refuses(frozenset({RENAME}), code)
    with lying_server(odd=renames) as server, settings(server, remote).open() as place:
        assert kinds(place.publish([Rename("part", "feed.csv", replace=False)])) == [kind]


@pytest.mark.parametrize("code", [2, 10])
def test_a_file_that_is_not_there_is_not_there_in_either_words(remote: Path, code: int) -> None:
    with (
        lying_server(odd=Refuses(frozenset({LSTAT, REMOVE}), code)) as server,
        settings(server, remote).open() as place,
    ):
        assert place.size("feed.csv") is None
        place.remove("feed.csv")


@pytest.mark.parametrize(
    ("stage", "step", "seconds"),
    [("password", "log in", 2), ("session", "start SFTP", 2), ("subsystem", "start SFTP", 2)],
)
def test_a_login_that_stops_half_way_is_given_up(remote: Path, stage: Stage, step: str, seconds: float) -> None:
    with lying_server(silent_at=stage) as server:
        error = refusal(settings(server, remote))
    assert isinstance(error, Stalled)
    assert str(error) == f"{step}: not done within {seconds} s, connection cut"


@pytest.mark.parametrize(("operation", "step"), [("init", "start SFTP"), ("stat", "look")])
def test_a_place_that_never_opens_is_given_up(remote: Path, operation: str, step: str) -> None:
    with lying_server(plan=at(operation, 1, "no answer")) as server:
        error = refusal(settings(server, remote))
    assert isinstance(error, Stalled)
    assert str(error) == f"{step}: not done within 0.5 s, connection cut"


@pytest.mark.parametrize(
    ("operation", "step"),
    [("open", "open"), ("write", "write"), ("fstat", "compare the size"), ("close", "close")],
)
def test_an_upload_that_is_never_answered_is_given_up(remote: Path, upload: Upload, operation: str, step: str) -> None:
    with lying_server(plan=at(operation, 1, "no answer")) as server, settings(server, remote).open() as place:
        (outcome,) = place.upload([upload])
    assert isinstance(outcome, Stalled)
    assert str(outcome) == f"{step}: not done within 0.5 s, connection cut"


def test_a_rename_that_is_never_answered_is_given_up(remote: Path) -> None:
    (remote / "part").touch()
    with lying_server(plan=at("rename", 1, "no answer")) as server, settings(server, remote).open() as place:
        (outcome,) = place.publish([Rename("part", "feed.csv", replace=False)])
    assert isinstance(outcome, Stalled)
    assert outcome.step == "rename"


def test_a_big_file_stops_at_the_window_when_a_write_is_not_answered(remote: Path, tmp_path: Path) -> None:
    upload = uploaded(tmp_path / "feed", bytes(20_000_000), "part")
    with lying_server(plan=at("write", 1, "no answer")) as server, settings(server, remote).open() as place:
        (outcome,) = place.upload([upload])
    assert isinstance(outcome, Stalled)
    assert outcome.step == "write"
    written = (remote / "part").stat().st_size
    assert 3_900_000 < written < 4_300_000


def test_a_big_file_fails_with_its_first_write(remote: Path, tmp_path: Path) -> None:
    upload = uploaded(tmp_path / "feed", bytes(6_000_000), "part")
    with lying_server(plan=at("write", 1, "fail after doing")) as server, settings(server, remote).open() as place:
        assert kinds(place.upload([upload])) == [ServerFailure]
        assert contents(remote) == {}


@pytest.mark.parametrize("lie", ["babble", "wrong answer"])
def test_after_an_answer_that_makes_no_sense_nothing_is_believed(remote: Path, upload: Upload, lie: Lie) -> None:
    with lying_server(plan=at("open", 1, lie)) as server, settings(server, remote).open() as place:
        (outcome,) = place.upload([upload])
        assert isinstance(outcome, Unsupported)
        assert str(outcome) == "open: the server does not speak SFTP version 3"
        with pytest.raises(ConnectionLost):
            place.names()


def test_reading_survives_short_answers(remote: Path) -> None:
    (remote / "feed.csv").write_bytes(content := os.urandom(100_000))
    with lying_server(plan=at("read", 1, "one byte less")) as server, settings(server, remote).open() as place:
        found = bytearray()
        place.read("feed.csv", found.extend)
        assert found == content


def test_a_connection_may_not_last_for_ever(remote: Path, upload: Upload) -> None:
    plan, limits = at("open", 1, "no answer"), {"stall_timeout": 600, "timeout": 2}
    with lying_server(plan=plan) as server, settings(server, remote, **limits).open() as place:
        (outcome,) = place.upload([upload])
    assert isinstance(outcome, Stalled)
    assert str(outcome) == "whole connection: not done within 2 s, connection cut"


def test_a_server_that_accepts_and_says_nothing_is_given_up(remote: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = LyingServer(port=silent.getsockname()[1])
        error = refusal(settings(server, remote, connect_timeout=0.3))
    assert isinstance(error, Stalled)
    assert str(error) == "shake hands: not done within 0.3 s, connection cut"


def _hang_up(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.close()


def test_a_server_that_hangs_up_at_once_is_lost(remote: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = LyingServer(port=listener.getsockname()[1])
        threading.Thread(target=_hang_up, args=(listener,)).start()
        error = refusal(settings(server, remote))
    assert isinstance(error, ConnectionLost)
    assert error.step == "shake hands"


def test_a_server_that_speaks_no_sftp_is_said(remote: Path) -> None:
    with lying_server(plan=at("init", 1, "babble")) as server:
        error = refusal(settings(server, remote))
    assert isinstance(error, Unsupported)
    assert str(error) == "start SFTP: the server does not speak SFTP version 3"


def test_a_wrong_password_is_tried_once_and_appears_nowhere(
    remote: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "canary-wrong-0d15ea5e"
    monkeypatch.setenv(PASSWORD_VARIABLE, wrong)
    caplog.set_level(logging.DEBUG)
    with lying_server() as server:
        refused = settings(server, remote)
        error = refusal(refused)
    assert isinstance(error, LoginRefused)
    assert str(error) == f"log in: acme at 127.0.0.1:{server.port}: the server refuses the credential"
    assert server.passwords == [wrong]
    shown = [
        *traceback.format_exception(error),
        caplog.text,
        repr(refused),
        refused.describe(),
        refused.connection_key(),
    ]
    assert wrong not in "\n".join(shown)


@pytest.mark.parametrize(
    ("stage", "step"), [("password", "log in"), ("session", "start SFTP"), ("subsystem", "start SFTP")]
)
def test_a_connection_lost_at_the_login_is_not_a_refused_login(remote: Path, stage: Stage, step: str) -> None:
    with lying_server(hangs_up_at=stage) as server:
        error = refusal(settings(server, remote))
    assert isinstance(error, ConnectionLost)
    assert str(error) == f"{step}: 127.0.0.1:{server.port}: the server ended the connection"


@pytest.mark.parametrize(("stage", "step"), [("password", "log in"), ("subsystem", "start SFTP")])
def test_a_server_that_is_too_busy_is_worth_another_try(remote: Path, stage: Stage, step: str) -> None:
    with lying_server(hangs_up_at=stage, farewell=(12, "Too many connections")) as server:
        error = refusal(settings(server, remote))
    assert isinstance(error, ConnectionLost)
    assert str(error) == f'{step}: 127.0.0.1:{server.port}: the server says "Too many connections"'


def test_a_login_that_is_turned_down_by_hanging_up_is_refused(remote: Path) -> None:
    with lying_server(hangs_up_at="password", farewell=(2, "Too many authentication failures")) as server:
        error = refusal(settings(server, remote))
    assert isinstance(error, LoginRefused)
    assert str(error) == f'log in: acme at 127.0.0.1:{server.port}: the server says "Too many authentication failures"'


def test_a_credential_of_the_wrong_kind_is_said(remote: Path, tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    with lying_server() as server:
        error = refusal(settings(server, remote, password=None, key={"file": tmp_path / "key"}))
    assert isinstance(error, LoginRefused)
    assert str(error) == f"log in: acme at 127.0.0.1:{server.port}: the server takes only: password"


def test_an_account_without_sftp_is_said(remote: Path) -> None:
    with lying_server(offers_sftp=False) as server:
        error = refusal(settings(server, remote))
    assert isinstance(error, Unsupported)
    assert str(error) == f"start SFTP: 127.0.0.1:{server.port}: the server gives acme no SFTP"


def test_trouble_is_raised_and_not_printed(remote: Path) -> None:
    """In a process of its own, because the test runner collects what is logged."""
    program = """
import sys
from transports import Sftp
from transports.errors import TransportError
try:
    with Sftp.model_validate_json(sys.stdin.read()).open():
        pass
except TransportError as error:
    print(type(error).__name__)
"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_hang_up, args=(listener,)).start()
        given = settings(LyingServer(port=listener.getsockname()[1]), remote).model_dump_json()
        run = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("ConnectionLost\n", "")
