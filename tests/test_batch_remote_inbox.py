"""Snapshots that lie on an SFTP server: a real OpenSSH one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from looking import command, levels, rows
from shop import MERCHANT, STOCK, Shop
from sshd import Sshd, running_sshd

from batch.intake import Taken

FOLDER = 'from = { type = "folder", path = "inbox", pattern = "*.csv" }'
LATER = STOCK.replace("30", "31")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "remote" / "archive").mkdir(parents=True)
    return tmp_path / "remote"


def fetching(server: Sshd, remote: Path, **settings: str) -> str:
    """The merchant, with a source that fetches its files from the server."""
    table = server.config_table(path=str(remote), pattern="*.csv", settle="0s", **settings)
    key = table.pop("key")["file"]
    pairs = [f"{name} = {value!r}" for name, value in table.items()]
    return MERCHANT.replace(FOLDER, f'from = {{ key = {{ file = "{key}" }}, {", ".join(pairs)} }}')


@pytest.fixture
def shop(server: Sshd, remote: Path, tmp_path: Path) -> Shop:
    return Shop(tmp_path / "workspace", merchant_toml=fetching(server, remote, after="archive/"))


def drop(remote: Path, shop: Shop, text: str = STOCK, name: str = "stock.csv") -> None:
    (remote / name).write_text(text)
    os.utime(remote / name, (shop.now.timestamp(),) * 2)


def outcomes(taken: list[Taken]) -> list[tuple[str, str]]:
    return [(file.file_name, file.outcome) for file in taken]


def there(remote: Path) -> list[str]:
    """The files of the server."""
    return sorted(str(file.relative_to(remote)) for file in remote.rglob("*") if not file.is_dir())


def fetched(shop: Shop) -> list[tuple[str, bool]]:
    return [(row["name"], bool(row["kept"])) for row in rows(shop, "fetch")]


def test_a_file_is_taken_in_with_its_time_and_archived_there(shop: Shop, remote: Path) -> None:
    drop(remote, shop)

    [taken] = shop.ingest()

    assert (taken.outcome, taken.message) == ("loaded", "4 rows, 3 SKUs, 53 units")
    assert levels(shop)["PEN"]["total"] == 30
    assert there(remote) == ["archive/stock.csv"]
    assert fetched(shop) == []
    [row] = rows(shop, "snapshot")
    assert (row["file_name"], row["as_of"]) == ("stock.csv", "2026-11-20 12:00:00.000000")


def test_the_archive_keeps_files_of_the_same_name(shop: Shop, remote: Path) -> None:
    drop(remote, shop)
    shop.ingest()
    shop.later(hours=1)
    drop(remote, shop, LATER)
    shop.ingest()

    assert there(remote) == ["archive/stock.2.csv", "archive/stock.csv"]
    assert (remote / "archive" / "stock.2.csv").read_text() == LATER


def test_a_file_is_deleted_there(shop: Shop, remote: Path) -> None:
    shop.replace("'archive/'", "'delete'")
    drop(remote, shop)

    assert outcomes(shop.ingest()) == [("stock.csv", "loaded")]
    assert there(remote) == []


def test_a_file_that_stays_there_is_taken_once_and_again_when_it_changes(shop: Shop, remote: Path) -> None:
    shop.replace("'archive/'", "'keep'")
    drop(remote, shop)
    first, second = shop.ingest(), shop.ingest()
    shop.later(hours=1)
    drop(remote, shop, LATER)
    changed, gone = shop.ingest(), there(remote)
    (remote / "stock.csv").unlink()
    shop.ingest()

    assert (outcomes(first), second, outcomes(changed)) == ([("stock.csv", "loaded")], [], [("stock.csv", "loaded")])
    assert gone == ["stock.csv"]
    assert fetched(shop) == []


def test_the_same_content_under_a_new_name_is_recognised(shop: Shop, remote: Path) -> None:
    drop(remote, shop)
    shop.ingest()
    shop.later(hours=1)
    drop(remote, shop, name="again.csv")

    assert [(t.outcome, t.message) for t in shop.ingest()] == [
        ("duplicate", "the same content as stock.csv, loaded before")
    ]


def test_links_pipes_folders_and_temporary_names_are_not_fetched(shop: Shop, remote: Path) -> None:
    (remote / "elsewhere").write_text(STOCK)
    (remote / "link.csv").symlink_to("elsewhere")
    (remote / "folder.csv").mkdir()
    os.mkfifo(remote / "pipe.csv")
    drop(remote, shop, name=".stock.csv")
    before = there(remote)

    assert shop.ingest() == []
    assert there(remote) == before


def test_a_file_that_differs_between_two_listings_is_left(shop: Shop, remote: Path) -> None:
    shop.replace("settle = '0s'", "settle = '1s'")
    drop(remote, shop)
    drop(remote, shop, LATER, name="growing.csv")
    program = "import sys, time\nwhile True: open(sys.argv[1], 'a').write('MUG,EAST,1\\n'); time.sleep(0.1)"
    with subprocess.Popen([sys.executable, "-c", program, remote / "growing.csv"]) as writer:
        taken = shop.ingest()
        writer.kill()

    assert [(file.file_name, file.outcome, file.message) for file in taken] == [
        ("growing.csv", "waiting", "still being written"),
        ("stock.csv", "loaded", "4 rows, 3 SKUs, 53 units"),
    ]
    assert there(remote) == ["archive/stock.csv", "growing.csv"]


def test_a_file_waits_for_its_marker_which_goes_with_it(shop: Shop, remote: Path) -> None:
    shop.replace("pattern = '*.csv'", "pattern = '*.csv', marker = '{stem}.OK'")
    drop(remote, shop)
    [waiting] = shop.ingest()
    drop(remote, shop, "", name="stock.OK")
    [loaded] = shop.ingest()

    assert (waiting.outcome, waiting.message) == ("waiting", "its marker stock.OK is not there yet")
    assert (loaded.outcome, there(remote)) == ("loaded", ["archive/stock.csv"])


def test_a_missing_archive_is_said_and_the_file_stays(shop: Shop, remote: Path) -> None:
    (remote / "archive").rmdir()
    drop(remote, shop)

    [taken] = shop.ingest()

    where = f"{remote}/archive is not a folder on the server; correct the path"
    assert (taken.outcome, taken.message) == ("failed", f"open: {where}")
    assert there(remote) == ["stock.csv"]
    (remote / "archive").mkdir()
    assert outcomes(shop.ingest()) == [("stock.csv", "loaded")]


def test_a_dry_run_leaves_everything_there(shop: Shop, remote: Path) -> None:
    drop(remote, shop)

    finished = command(shop, "run", "--dry-run")

    assert "full, 3 lines" in finished.out
    assert there(remote) == ["stock.csv"]
    assert fetched(shop) == []


def test_the_inbox_is_checked(shop: Shop, server: Sshd, remote: Path) -> None:
    finished = command(shop, "check", "--connect")

    where = f"sftp://{server.username}@127.0.0.1:{server.port}/{str(remote).lstrip('/')}"
    assert f"fine   acme/wms: inbox {where}: connected, 0 files there\n" in finished.out


@pytest.mark.parametrize(
    ("after", "point"),
    [
        *product(
            ["archive/"], ["fetched", "fetch recorded", "put aside", "claimed", "levels kept", "snapshot recorded"]
        ),
        *product(["delete", "keep"], ["fetch recorded", "put aside", "claimed"]),
    ],
)
def test_a_killed_intake_is_mended_by_the_next(point: str, after: str, shop: Shop, remote: Path) -> None:
    shop.replace("'archive/'", f"'{after}'")
    drop(remote, shop)
    shop.later(minutes=1)
    drop(remote, shop, LATER, name="later.csv")
    killed = shop.cli("ingest", TALLYFEED_CRASH_AT=point)

    shop.ingest()

    assert killed.returncode == -9
    assert [(row["file_name"], row["status"]) for row in rows(shop, "snapshot")] == [
        ("stock.csv", "loaded"),
        ("later.csv", "loaded"),
    ]
    expected = {
        "archive/": ["archive/later.csv", "archive/stock.csv"],
        "delete": [],
        "keep": ["later.csv", "stock.csv"],
    }
    assert there(remote) == expected[after]
    assert fetched(shop) == ([("stock.csv", True), ("later.csv", True)] if after == "keep" else [])
    assert shop.ingest() == []
    assert list((shop.root / "state" / "work" / "acme" / "wms").iterdir()) == []


def test_a_file_that_is_written_to_while_it_is_put_aside_goes_back(shop: Shop, remote: Path) -> None:
    drop(remote, shop)
    killed = shop.cli("ingest", TALLYFEED_CRASH_AT="put aside")
    with (remote / "archive" / "stock.csv").open("a") as writer:  # who had it open goes on
        writer.write("CUP,EAST,1\n")
    shop.ingest()
    shop.ingest()

    assert killed.returncode == -9
    assert levels(shop)["CUP"]["total"] == 1
    assert [row["status"] for row in rows(shop, "snapshot")] == ["loaded"]
    assert there(remote) == ["archive/stock.csv"]
