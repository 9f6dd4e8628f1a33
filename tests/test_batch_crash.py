"""The process is killed between every two steps, against a real OpenSSH server; a plain second run must mend it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from shop import MERCHANT, STOCK, Shop
from sqlalchemy import text
from sshd import Sshd, running_sshd

ROUNDS = 10

#: Every named point from the claimed snapshot to the final commit.
POINTS = (
    "claimed",
    "levels kept",
    "snapshot recorded",
    "planned",
    "built",
    "recorded",
    "uploading",
    "uploaded",
    "verified",
    "published",
    "delivered",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


class Partner:
    """The other side: notes every file that gets its final name, and takes it at once if told to."""

    def __init__(self, folder: Path, *, takes: bool) -> None:
        self._folder, self._takes = folder, takes
        self.seen: dict[str, set[str]] = {}

    def look(self) -> None:
        """Notes what lies there."""
        for file in self._folder.glob("[!.]*"):
            content = file.read_bytes()
            self.seen.setdefault(file.name, set()).add(hashlib.sha256(content).hexdigest())
            if self._takes:
                file.unlink()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Looks all the time."""
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.002):
                self.look()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.look()


def selling_over(server: Sshd, folder: Path) -> str:
    """The merchant, with an order source that gets an 846 over SFTP."""
    table = server.config_table(path=str(folder))
    deliver = ", ".join(
        f'{key} = {{ file = "{value["file"]}" }}' if isinstance(value, dict) else f"{key} = {value!r}"
        for key, value in table.items()
    )
    head = MERCHANT.partition("[order_sources.web]")[0]
    return (
        f'{head}[order_sources.retailer]\nprofile = "846-4010"\n'
        f'edi = {{ sender = "ACME", receiver = "RETAILER" }}\ndeliver = {{ {deliver} }}\n'
    )


@pytest.mark.parametrize("takes", [False, True], ids=["partner leaves the file", "partner takes it at once"])
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_is_mended_by_the_next_one(point: str, takes: bool, server: Sshd, tmp_path: Path) -> None:
    for number in range(ROUNDS):
        folder = tmp_path / f"partner-{number}"
        folder.mkdir()
        shop = Shop(tmp_path / f"workspace-{number}", merchant_toml=selling_over(server, folder))
        shop.now = shop.now.now(shop.now.tzinfo)
        shop.drop()
        partner = Partner(folder, takes=takes)
        with partner.watching():
            killed = shop.cli("run", TALLYFEED_CRASH_AT=point)
            mended = shop.cli("run")

        assert killed.returncode == -9, killed.stderr
        assert mended.returncode == 0, mended.stdout + mended.stderr
        assert_told_exactly_once(shop, partner)
        assert [file.name for file in folder.iterdir() if file.name.startswith(".")] == []


def assert_told_exactly_once(shop: Shop, partner: Partner) -> None:
    with shop.open() as opened, opened.state.reading() as tx:
        deliveries = tx.execute(text("SELECT * FROM delivery")).mappings().all()
        numbers = tx.execute(text("SELECT last FROM control_number")).scalars().all()
        baseline = tx.execute(text("SELECT baseline FROM channel")).scalar_one()
        statuses = tx.execute(text("SELECT status FROM run")).scalars().all()

    assert [(d["state"], d["control_number"]) for d in deliveries] == [("delivered", 1)]
    assert numbers == [1]
    assert partner.seen == {deliveries[0]["file_name"]: {deliveries[0]["sha256"]}}
    assert baseline == deliveries[0]["baseline"]
    assert set(statuses) <= {"success", "nothing"}
    assert shop.run()["retailer"].status == "nothing"


def test_after_a_crash_a_delta_still_follows_its_full_feed(server: Sshd, tmp_path: Path) -> None:
    folder = tmp_path / "partner"
    folder.mkdir()
    toml = selling_over(server, folder).replace('profile = "846-4010"', 'profile = "846-4010"\nfeed = "delta"')
    shop = Shop(tmp_path / "workspace", merchant_toml=toml)
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.drop()
    shop.cli("run", TALLYFEED_CRASH_AT="published")
    shop.later(seconds=1)
    shop.drop(STOCK.replace("12", "11"))

    finished = shop.cli("run")

    first, second = sorted(folder.iterdir())
    assert finished.returncode == 0
    assert b"QTY*33*16*EA" in first.read_bytes()
    assert second.read_bytes().count(b"LIN*") == 1
    assert b"QTY*33*15*EA" in second.read_bytes()
