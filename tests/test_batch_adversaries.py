"""Writers that make it hard to tell when a file is whole; the long version is ``python tests/soak_intake.py``."""

from __future__ import annotations

from pathlib import Path

from soak_intake import local, remote, soak
from sshd import running_sshd


def test_no_file_of_adversarial_writers_is_taken_early_or_twice_or_missed(tmp_path: Path) -> None:
    shop = local(tmp_path / "workspace")

    verdict = soak(shop, shop.root / "inbox", 240, writers=2, kill=0.5)

    assert (verdict.files, verdict.early, verdict.twice, verdict.missed) == (240, 0, 0, 0)


def test_nor_is_one_that_they_drop_on_a_server(tmp_path: Path) -> None:
    with running_sshd(tmp_path / "sshd") as server:
        (server.folder / "archive").mkdir()
        shop = remote(tmp_path / "workspace", server, server.folder)
        verdict = soak(shop, server.folder, 60, writers=2, kill=0.5, options=["--closes"])

    assert (verdict.files, verdict.early, verdict.twice, verdict.missed) == (60, 0, 0, 0)
