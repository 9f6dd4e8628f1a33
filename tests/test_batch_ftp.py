"""The main job against a real FTP server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ftpd import PASSWORD, Ftpd, make_certificate, running_ftpd
from shop import MERCHANT, Shop


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "remote").mkdir()
    return tmp_path / "remote"


@pytest.fixture
def server(remote: Path, tmp_path: Path) -> Iterator[Ftpd]:
    with running_ftpd(remote, make_certificate(tmp_path / "certificate")) as server:
        yield server


@pytest.fixture
def shop(server: Ftpd, tmp_path: Path) -> Shop:
    table = server.secured()
    texts = [f'{key} = "{table[key]}"' for key in ("type", "host", "username", "ca_file", "path")]
    secret = f'password = {{ env = "{table["password"]["env"]}" }}'
    to = f"{{ {', '.join([*texts, secret])}, port = {table['port']} }}"
    merchant = MERCHANT.replace('{ type = "folder", path = "web" }', to)
    shop = Shop(tmp_path / "shop", now=datetime.now(UTC), merchant_toml=merchant)
    shop.drop()
    return shop


@pytest.mark.parametrize("taken_at_once", [False, True])
@pytest.mark.parametrize("point", ["uploading", "uploaded", "verified", "published", "delivered"])
def test_a_killed_run_is_finished_by_the_next_and_the_file_comes_once(
    shop: Shop, remote: Path, point: str, taken_at_once: bool
) -> None:
    assert shop.cli("run", TALLYFEED_CRASH_AT=point).returncode == -9
    taken = [file for file in remote.iterdir() if taken_at_once and not file.name.startswith(".")]
    for file in taken:
        file.unlink()
    assert shop.cli("run").returncode == 0
    assert len(taken) + len(list(remote.iterdir())) == 1
    assert not [file for file in remote.iterdir() if file.name.startswith(".")]


def test_a_certificate_of_somebody_else_ends_with_the_code_for_refusals(shop: Shop, tmp_path: Path) -> None:
    make_certificate(tmp_path / "certificate")  # the authority that is trusted is another one now
    done = shop.cli("run")
    assert done.returncode == 12
    assert "unable to get local issuer certificate" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


def test_check_says_whether_the_server_can_be_reached(shop: Shop) -> None:
    assert "ftpes://acme@127.0.0.1:" in shop.cli("check", "--connect").stdout
