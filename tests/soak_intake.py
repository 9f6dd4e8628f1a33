"""Adversarial writers against the intake: ``python tests/soak_intake.py --files 10000``.

Writers drop files as processes of their own (``adversaries.py``) while ``tallyfeed ingest`` runs again and again, and
is killed at random moments. In the end every file must have been taken once, as its writer left it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from looking import rows
from shop import MERCHANT, Shop
from sshd import Sshd, running_sshd

FOLDER = 'from = { type = "folder", path = "inbox", pattern = "*.csv" }'
ADVERSARIES = Path(__file__).with_name("adversaries.py")


@dataclass(frozen=True)
class Verdict:
    """What was taken in, compared with what the writers say that they wrote."""

    files: int
    early: int
    twice: int
    missed: int
    runs: int
    killed: int

    def __str__(self) -> str:
        return (
            f"{self.files} files, {self.runs} runs, {self.killed} of them killed: "
            f"early {self.early}, twice {self.twice}, missed {self.missed}"
        )


def local(root: Path) -> Shop:
    """A workspace that watches a folder of this machine."""
    quick = FOLDER.replace("}", ', settle = "1s" }')
    return Shop(root, now=datetime.now(UTC), merchant_toml=MERCHANT.replace(FOLDER, quick))


def remote(root: Path, server: Sshd, folder: Path) -> Shop:
    """A workspace that watches a folder of a server."""
    table = server.config_table(path=str(folder), pattern="*.csv", settle="1s", after="archive")
    key = table.pop("key")["file"]
    pairs = ", ".join(f"{name} = {value!r}" for name, value in table.items())
    place = f'from = {{ key = {{ file = "{key}" }}, {pairs} }}'
    return Shop(root, now=datetime.now(UTC), merchant_toml=MERCHANT.replace(FOLDER, place))


def soak(shop: Shop, folder: Path, files: int, *, writers: int, kill: float, options: Sequence[str] = ()) -> Verdict:
    """Lets writers drop files into a folder that a workspace watches, until all are taken in.

    Args:
        shop: the workspace.
        folder: that it watches.
        files: in all.
        writers: processes.
        kill: share of the runs that are killed.
        options: of the writers.
    """
    share = -(-files // writers)
    commands = [
        [sys.executable, str(ADVERSARIES), str(folder), str(first), str(min(share, files - first)), *options]
        for first in range(0, files, share)
    ]
    said = [shop.root / f"written-{number}.json" for number in range(len(commands))]
    processes = []
    for command, file in zip(commands, said, strict=True):  # a pipe would be full before we read it
        with file.open("w") as out:
            processes.append(subprocess.Popen(command, stdout=out))
    chance, runs, killed, idle = random.Random(files), 0, 0, 0
    while idle < 2:
        busy = any(process.poll() is None for process in processes)
        deadly = (busy or any(folder.glob("*.csv"))) and chance.random() < kill
        ended = _ingest(shop, chance.uniform(0.5, 8) if deadly else None)
        runs, killed = runs + 1, killed + (not ended)
        idle = idle + 1 if ended and not busy and not list(folder.glob("*.csv")) else 0
    written = dict(json.loads(line) for file in said for line in file.read_text().splitlines())
    return judge(shop, written, runs, killed)


def judge(shop: Shop, written: dict[str, str], runs: int, killed: int) -> Verdict:
    """Compares what was kept, wherever it was put, with what was written."""
    places = [shop.root / "state" / place for place in ("archive", "quarantine", "held")]
    files = [file for place in places for file in place.rglob("*.csv") if not file.name.endswith(".rejects.csv")]
    kept = Counter(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
    recorded = Counter(str(row["sha256"]) for row in rows(shop, "snapshot"))
    right = set(written.values())
    return Verdict(
        files=len(written),
        early=sum((kept - Counter({sha: kept[sha] for sha in right})).values()),
        twice=sum(count - 1 for sha, count in (kept | recorded).items() if sha in right),
        missed=len(right - kept.keys()) + len(right - recorded.keys()),
        runs=runs,
        killed=killed,
    )


def _ingest(shop: Shop, seconds: float | None) -> bool:
    """Runs the command; False if it had to be killed after so many seconds."""
    command = [sys.executable, "-P", "-m", "batch", "--workspace", str(shop.root), "ingest"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, complaints = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return False
    if process.returncode not in {0, 1}:
        raise RuntimeError(f"ingest ended with {process.returncode}:\n{complaints}")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="for the folder; a tenth as many for the server")
    parser.add_argument("--writers", type=int, default=8, help="processes that write at once")
    parser.add_argument("--kill", type=float, default=0.3, help="share of the runs that are killed")
    chosen = parser.parse_args()
    with TemporaryDirectory() as work:
        shop = local(Path(work, "local"))
        here = soak(shop, shop.root / "inbox", chosen.files, writers=chosen.writers, kill=chosen.kill)
        sys.stdout.write(f"folder: {here}\n")
        sys.stdout.flush()
        with running_sshd(Path(work, "sshd")) as server:
            (server.folder / "archive").mkdir()
            shop = remote(Path(work, "remote"), server, server.folder)
            count = max(1, chosen.files // 10)
            there = soak(shop, server.folder, count, writers=chosen.writers, kill=chosen.kill, options=["--closes"])
        sys.stdout.write(f"server: {there}\n")
    return int(any((v.early, v.twice, v.missed) != (0, 0, 0) for v in (here, there)))


if __name__ == "__main__":
    sys.exit(main())
