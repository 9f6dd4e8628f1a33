"""A partner that is down, or refuses the account, is found out once by a command and not asked again by it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from looking import command, rows
from shop import MERCHANT, Shop
from sshd import Sshd, make_key, running_sshd

from batch import outbox


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further tries follow at once."""
    monkeypatch.setattr(outbox, "_WAITS", (0.0, 0.0))


def inline(table: dict[str, Any]) -> str:
    values = (f"{key} = {inline(value) if isinstance(value, dict) else repr(value)}" for key, value in table.items())
    return f"{{ {', '.join(values)} }}"


def shop_of_three(root: Path, tables: list[dict[str, Any]]) -> Shop:
    """Three order sources, each with its own folder."""
    head = MERCHANT.partition("[order_sources.web]")[0]
    sources = [
        f'[order_sources.{name}]\nprofile = "csv"\ndeliver = {inline(table)}\n'
        for name, table in zip(("one", "two", "three"), tables, strict=True)
    ]
    shop = Shop(root, merchant_toml=head + "\n".join(sources))
    shop.drop()
    return shop


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    (tmp_path / "sshd").mkdir()
    with running_sshd(tmp_path / "sshd") as server:
        for name in ("one", "two", "three"):
            (server.folder / name).mkdir()
        yield server


def tables(server: Sshd, **changes: Any) -> list[dict[str, Any]]:
    return [server.config_table(path=str(server.folder / name), **changes) for name in ("one", "two", "three")]


@contextmanager
def hanging_up(port: int) -> Iterator[list[str]]:
    """A server on this port that ends every connection; the connections."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", port)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:  # the listener is shut down in the end
                    return
                calls.append(str(address))
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield calls
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_server_that_is_down_is_tried_by_one_order_source_and_served_to_all_when_it_is_back(
    server: Sshd, tmp_path: Path
) -> None:
    shop = shop_of_three(tmp_path / "w", tables(server))
    server.stop()
    with hanging_up(server.port) as calls:
        reports = shop.run()
    failed = [(row["state"], row["error_class"]) for row in rows(shop, "delivery")]
    server.start()
    again = command(shop, "deliver")

    first = reports["one"].message
    assert first.startswith("shake hands: ")
    assert [reports[name].message for name in ("two", "three")] == [f"not tried again: {first}"] * 2
    assert len(calls) == 3
    assert failed == [("retry wait", "ConnectionLost"), ("retry wait", "NotTried"), ("retry wait", "NotTried")]
    assert again.code == 0
    assert [len(list((server.folder / name).iterdir())) for name in ("one", "two", "three")] == [1, 1, 1]


def test_a_refused_account_is_tried_once_by_a_command(server: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    shop = shop_of_three(tmp_path / "w", tables(server, key={"file": str(tmp_path / "other")}))

    finished = command(shop, "run")

    assert finished.code == 12
    assert server.log.count("Failed publickey") == 1
    assert finished.out.count("not tried again: log in: ") == 2
    assert [row["state"] for row in rows(shop, "delivery")] == ["failed"] * 3


def test_other_accounts_and_other_servers_are_not_held_up(server: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    refused, good, away = tables(server)
    refused |= {"key": {"file": str(tmp_path / "other")}}
    (tmp_path / "away").mkdir()
    with running_sshd(tmp_path / "away") as other:
        away = other.config_table()
    shop = shop_of_three(tmp_path / "w", [away, refused, good])

    reports = shop.run()

    assert {name: report.status for name, report in reports.items()} == {
        "one": "failed",
        "two": "failed",
        "three": "success",
    }
    assert not any("not tried" in report.message for report in reports.values())


def test_a_folder_that_is_missing_holds_up_nobody(server: Sshd, tmp_path: Path) -> None:
    shop = shop_of_three(tmp_path / "w", tables(server))
    (server.folder / "one").rmdir()

    assert [report.status for report in shop.run().values()] == ["failed", "success", "success"]
