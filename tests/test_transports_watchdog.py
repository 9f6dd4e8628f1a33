from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from transports.errors import Stalled
from transports.watchdog import Watchdog

SOON, LATE = 0.05, 600


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_wait_that_takes_too_long_ends_the_connection(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    watchdog = Watchdog(ours, total=LATE)
    with watchdog.waiting("open", SOON):
        assert ours.recv(1) == b""
    watchdog.stop()
    assert isinstance(watchdog.bite, Stalled)
    assert str(watchdog.bite) == "open: not done within 0.05 s, connection cut"
    assert (watchdog.bite.step, watchdog.bite.seconds) == ("open", SOON)


def test_a_connection_that_takes_too_long_ends_even_between_waits(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    watchdog = Watchdog(ours, total=SOON)
    assert ours.recv(1) == b""
    watchdog.stop()
    assert str(watchdog.bite) == "whole connection: not done within 0.05 s, connection cut"


def test_the_end_of_the_connection_comes_before_the_end_of_a_wait(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    watchdog = Watchdog(ours, total=SOON)
    with watchdog.waiting("open", LATE):
        assert ours.recv(1) == b""
    watchdog.stop()
    assert str(watchdog.bite) == "whole connection: not done within 0.05 s, connection cut"


def test_a_wait_that_is_over_harms_nothing_later(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    watchdog = Watchdog(ours, total=LATE)
    with watchdog.waiting("open", SOON):
        pass
    ours.settimeout(4 * SOON)
    with pytest.raises(TimeoutError):
        ours.recv(1)
    theirs.send(b"1")
    assert ours.recv(1) == b"1"
    watchdog.stop()
    assert watchdog.bite is None


def test_a_shorter_wait_counts_at_once(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    watchdog = Watchdog(ours, total=LATE)
    with watchdog.waiting("shake hands", LATE / 2):
        pass
    with watchdog.waiting("log in", SOON):
        assert ours.recv(1) == b""
    watchdog.stop()
    assert watchdog.bite
    assert watchdog.bite.step == "log in"
