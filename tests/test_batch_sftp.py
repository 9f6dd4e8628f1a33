"""The main job against a real OpenSSH server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from looking import Finished, command, rows, states, tallyfeed
from lying_sftp_server import PASSWORD, PASSWORD_VARIABLE, lying_server
from mounts import mounted
from shop import MERCHANT, Shop
from sshd import Sshd, make_key, running_sshd

from batch import outbox
from transports.host_keys import HostKey

STARTER = Path(__file__).parents[1] / "samples" / "starter"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def partner(tmp_path: Path) -> Path:
    folder = tmp_path / "partner"
    folder.mkdir()
    return folder


def toml(table: dict[str, Any]) -> str:
    """An inline table."""
    values = (f"{key} = {toml(value) if isinstance(value, dict) else repr(value)}" for key, value in table.items())
    return f"{{ {', '.join(values)} }}"


def shop_over(table: dict[str, Any], workspace: Path) -> Shop:
    """A workspace with a fresh snapshot whose web shop is served over SFTP."""
    merchant = MERCHANT.replace('{ type = "folder", path = "web" }', toml(table))
    shop = Shop(workspace, now=datetime.now(UTC), merchant_toml=merchant)
    shop.drop()
    return shop


# The three order sources of the starter


def starter_over(server: Sshd, root: Path) -> Path:
    """The starter workspace, its order sources served over SFTP; returns the folder that holds theirs."""
    workspace, remote = root / "workspace", root / "remote"
    shutil.copytree(STARTER, workspace)
    merchant = workspace / "merchants" / "adventure-works.toml"
    text = merchant.read_text()
    for name in ("webshop", "marketplace", "retailer"):
        (remote / name).mkdir(parents=True)
        text = text.replace(
            f'deliver = {{ type = "folder", path = "{name}" }}',
            f"deliver = {toml(server.config_table(path=str(remote / name)))}",
        )
    merchant.write_text(text)
    return remote


def test_the_starter_is_delivered_then_has_nothing_to_do_then_sends_one_changed_line(
    server: Sshd, tmp_path: Path
) -> None:
    remote = starter_over(server, tmp_path)
    workspace = str(tmp_path / "workspace")
    snapshot = tmp_path / "workspace" / "inbox" / "adventure-works" / "stock.csv"
    stock = snapshot.read_text()

    first = tallyfeed("-w", workspace, "run")
    names = {name: [file.name for file in (remote / name).iterdir()] for name in ("webshop", "marketplace", "retailer")}
    second = tallyfeed("-w", workspace, "run")
    snapshot.write_text(
        stock.replace("CA-1098,Finished Goods Storage,N/A,0,288", "CA-1098,Finished Goods Storage,N/A,0,290")
    )
    third = tallyfeed("-w", workspace, "run", "adventure-works/webshop")

    assert (first.code, second.code, third.code) == (0, 0, 0)
    assert [len(files) for files in names.values()] == [1, 1, 1]
    assert second.out.count("nothing to do: no new snapshot, order or setting since the last run") == 3
    [delta] = {file.name for file in (remote / "webshop").iterdir()} - set(names["webshop"])
    lines = (remote / "webshop" / delta).read_text().splitlines()
    assert "_delta_" in delta
    assert lines[:2] == ["sku,warehouse,quantity", "CA-1098,Finished Goods Storage,289"]  # one is ordered
    assert {line.split(",")[0] for line in lines[1:]} == {"CA-1098"}


def test_check_connects_to_every_place(server: Sshd, tmp_path: Path) -> None:
    starter_over(server, tmp_path)

    finished = tallyfeed("-w", str(tmp_path / "workspace"), "check", "--connect")

    assert finished.code == 0
    assert finished.out.count("connected; it can create, rename, tell sizes, list, read, replace, remove") == 3


# What can go wrong at the other side


def test_a_refused_login_is_tried_once(server: Sshd, partner: Path, tmp_path: Path) -> None:
    make_key(tmp_path / "other_key")
    shop = shop_over(server.config_table(path=str(partner), key={"file": str(tmp_path / "other_key")}), tmp_path / "w")
    before = server.log.count("Failed publickey")

    finished = command(shop, "run")

    assert finished.code == 12
    why = "the server refuses the credential"
    assert f"log in: {server.username} at {server.host}:{server.port}: {why}" in finished.out
    assert server.log.count("Failed publickey") - before == 1
    assert (states(shop), list(partner.iterdir())) == (["failed"], [])


def test_a_changed_host_key_is_refused_with_both_fingerprints_and_nothing_is_sent(
    partner: Path, tmp_path: Path
) -> None:
    (tmp_path / "sshd").mkdir()
    with running_sshd(tmp_path / "sshd") as server:
        shop = shop_over(server.config_table(path=str(partner)), tmp_path / "w")
        pinned = HostKey.parse(server.host_keys[0])
        server.change_host_keys()
        shown = HostKey.parse(server.host_keys[0])
        run, check = command(shop, "run"), command(shop, "check", "--connect")

        assert (run.code, check.code) == (12, 12)
        assert f"shows {shown}, pinned is {pinned}; nothing was sent" in run.out
        assert f'If the partner confirms the new key: host_key = "{shown.line}"' in run.out
        assert "Accepted" not in server.log
        assert "Failed" not in server.log
        assert list(partner.iterdir()) == []


def test_a_refused_login_while_an_arrival_is_unclear_has_the_same_exit_code(
    server: Sshd, partner: Path, tmp_path: Path
) -> None:
    make_key(tmp_path / "other_key")
    shop = shop_over(server.config_table(path=str(partner)), tmp_path / "w")
    shop.cli("run", TALLYFEED_CRASH_AT="published")
    shop.replace(str(server.client_key), str(tmp_path / "other_key"))
    refused = command(shop, "run")
    shop.replace(str(tmp_path / "other_key"), str(server.client_key))
    mended = command(shop, "run")

    assert refused.code == 12
    assert "it isn't known whether the last file arrived: log in: " in refused.out
    assert (mended.code, states(shop), len(list(partner.iterdir()))) == (0, ["delivered"], 1)


def test_a_remote_folder_that_is_missing_is_named_and_served_once_it_is_there(
    server: Sshd, partner: Path, tmp_path: Path
) -> None:
    shop = shop_over(server.config_table(path=str(partner / "feeds")), tmp_path / "w")
    missing = command(shop, "run")
    (partner / "feeds").mkdir()
    there = command(shop, "run")

    assert (missing.code, there.code) == (1, 0)
    assert f"open: {partner}/feeds is not a folder on the server; correct the path" in missing.out
    assert len(list((partner / "feeds").iterdir())) == 1


def test_a_full_disk_there_fails_leaves_nothing_and_is_served_later(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_WAITS", (0.0,))
    with mounted(tmp_path / "partner", "size=16k") as folder:
        shop = shop_over(server.config_table(path=str(folder)), tmp_path / "w")
        (folder / "filler").write_bytes(bytes(16 * 1024))
        full = command(shop, "run")
        there = [file.name for file in folder.iterdir()]
        (folder / "filler").unlink()
        again = command(shop, "run")

        assert (full.code, there, again.code) == (1, ["filler"], 0)
        assert "write: " in full.out
        assert [row["attempt"] for row in rows(shop, "delivery")] == [3]


def test_a_server_that_is_away_is_served_when_it_is_back(
    partner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_WAITS", ())
    (tmp_path / "sshd").mkdir()
    with running_sshd(tmp_path / "sshd") as server:
        shop = shop_over(server.config_table(path=str(partner)), tmp_path / "w")
        server.stop()
        away = command(shop, "run")
        waiting = states(shop)
        server.start()
        back = command(shop, "deliver")

    assert (away.code, waiting, back.code, states(shop)) == (1, ["retry wait"], 0, ["delivered"])
    assert f"connect: 127.0.0.1:{server.port}: Connection refused" in away.out


# Secrets


def traces(shop: Shop, canary: str, outputs: list[Finished]) -> list[str]:
    """Where a secret can be read: files of the workspace and outputs of commands."""
    files = [str(file) for file in shop.root.rglob("*") if file.is_file() and canary.encode() in file.read_bytes()]
    return files + [finished.out + finished.err for finished in outputs if canary in finished.out + finished.err]


def every_command(shop: Shop) -> list[Finished]:
    verbs = ["check", "check --connect", "check --json", "run --full", "run --full --json", "deliver --json"]
    verbs += ["status --json", "history --json", "explain acme/web MUG --json", "products acme --json"]
    return [command(shop, *verb.split()) for verb in verbs]


@pytest.mark.parametrize("password", [PASSWORD, "canary-wrong-5521"], ids=["accepted", "refused"])
def test_a_password_is_never_seen_anywhere(
    password: str, partner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, password)
    caplog.set_level(0)
    with lying_server() as server:
        shop = shop_over(server.config_table(partner), tmp_path / "w")
        outputs = every_command(shop)

    assert set(server.passwords) == {password}
    assert [finished.code for finished in outputs[:4]] == ([0] * 4 if password == PASSWORD else [0, 12, 0, 12])
    assert traces(shop, password, outputs) == []
    assert password not in caplog.text


def test_a_private_key_is_never_seen_anywhere(server: Sshd, partner: Path, tmp_path: Path) -> None:
    shop = shop_over(server.config_table(path=str(partner)), tmp_path / "w")
    canary = server.client_key.read_text().splitlines()[2]

    outputs = every_command(shop)

    assert {finished.code for finished in outputs} == {0}
    assert traces(shop, canary, outputs) == []


def test_a_key_file_is_looked_for_in_the_workspace(server: Sshd, partner: Path, tmp_path: Path) -> None:
    shop = shop_over(server.config_table(path=str(partner), key={"file": "secrets/key"}), tmp_path / "w")
    shop.write("secrets/key", server.client_key.read_text()).chmod(0o600)

    assert command(shop, "run").code == 0
    assert len(list(partner.iterdir())) == 1
