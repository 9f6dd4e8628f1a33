"""The folders of ``samples/order_sources``: what each built-in profile makes of the same stock.

A folder holds ``order_source.toml``, an order source of the sample merchant; ``full/``, the files of its
first run; and, where the profile sends deltas, ``delta/``, the files of the next one, an hour later.

``python tests/order_source_samples.py NAME …`` writes the files of these profiles anew: look at them before you commit.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from batch.night import Night
from batch.profiles import load_profile
from batch.session import session

SAMPLES = Path(__file__).parents[1] / "samples" / "order_sources"
NAMES = sorted(file.parent.name for file in SAMPLES.glob("*/order_source.toml"))
RUNS = {
    "full": ("stock.csv", datetime(2026, 11, 21, 6, tzinfo=UTC)),
    "delta": ("stock_later.csv", datetime(2026, 11, 21, 7, tzinfo=UTC)),
}

Files = dict[str, bytes]


def workspace(root: Path, name: str) -> Path:
    """A workspace in which the sample merchant has this order source."""
    for folder in ("merchants", "inbox", "out"):
        (root / folder).mkdir(parents=True)
    (root / "tallyfeed.toml").touch()
    for table in ("products.csv", "rules.csv"):
        shutil.copy2(SAMPLES / table, root)
    merchant, order_source = SAMPLES / "merchant.toml", SAMPLES / name / "order_source.toml"
    (root / "merchants" / "northtrail.toml").write_text(
        f"{merchant.read_text('utf-8')}\n[order_sources.{name}]\n{order_source.read_text('utf-8')}\n"
        f"[order_sources.{name}.deliver]\ntype = 'folder'\npath = 'out'\n",
        "utf-8",
    )
    return root


def files(folder: Path) -> Files:
    """The files of a folder by name."""
    return {file.name: file.read_bytes() for file in folder.glob("[!.]*")}


def received(name: str) -> dict[str, Files]:
    """What an order source receives: ``full`` first, and ``delta`` (or the next full feed) an hour later."""
    with TemporaryDirectory() as folder:
        root = workspace(Path(folder, "samples"), name)
        written = {}
        for run in sent(name):
            stock, moment = RUNS[run]
            shutil.copy2(SAMPLES / stock, root / "inbox")
            _run(root, moment)
            written[run] = files(root / "out")
            for file in (root / "out").iterdir():
                file.unlink()
        return written


def sent(name: str) -> list[str]:
    """The runs of which a profile has samples."""
    return list(RUNS) if load_profile(name, SAMPLES).feed == "delta" else ["full"]


def _run(root: Path, moment: datetime) -> None:
    with session(root) as opened:
        night = Night(opened.workspace, opened.state, lambda: moment)
        taken = [(file.outcome, file.rejected) for file in night.ingest(opened.workspace.merchants)]
        failed = [report for report in night.run(opened.workspace.chosen(())) if report.status != "success"]
    if taken != [("loaded", 0)] or failed:
        raise SystemExit(f"{taken} {failed}")


def write(names: Sequence[str]) -> None:
    """Writes the files of these profiles anew."""
    for name in names:
        for run in RUNS:
            shutil.rmtree(SAMPLES / name / run, ignore_errors=True)
        for run, written in received(name).items():
            (SAMPLES / name / run).mkdir()
            for file, data in written.items():
                (SAMPLES / name / run / file).write_bytes(data)


if __name__ == "__main__":
    write(sys.argv[1:] or NAMES)
