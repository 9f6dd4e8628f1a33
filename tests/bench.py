"""Speed, as ratios measured in one run: the whole job beside floors that do nothing but move the same bytes.

    python tests/bench.py [--skus 100000] [--warehouses 10] [--rounds 3]

Every case runs in a process of its own, the cases in turn; the medians are printed. The floors:

- ``raw``: read the snapshot's bytes, write as many bytes as the feeds have;
- ``polars``: polars reads the snapshot as text and writes it as CSV, as often as the feeds are large.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

WEBSHOP = '[order_sources.webshop]\nprofile = "csv"\nfeed = "delta"\ndeliver = { type = "folder", path = "webshop" }\n'
MARKETPLACE = '[order_sources.marketplace]\nprofile = "xml"\ndeliver = { type = "folder", path = "marketplace" }\n'
RETAILER = (
    '[order_sources.retailer]\nprofile = "846-4010"\nedi = { sender = "ACME", receiver = "RETAILER" }\n'
    'deliver = { type = "folder", path = "retailer" }\n'
)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def write_workspace(root: Path, skus: int, warehouses: int) -> None:
    """A merchant of generated data with three order sources; both of its days lie beside it."""
    for folder in ("merchants", "inbox", "webshop", "marketplace", "retailer"):
        (root / folder).mkdir(parents=True)
    (root / "tallyfeed.toml").write_text("")
    listed = "".join(f"[warehouses.WH{w:02d}]\n" for w in range(warehouses))
    source = (
        '[sources.wms]\nformat = "csv"\nfrom = { type = "folder", path = "inbox", settle = "0s" }\n'
        'columns = { sku = "Item", warehouse = "Loc", lot = "Lot", available = "Avail" }\n'
    )
    (root / "merchants" / "acme.toml").write_text(f'name = "Acme"\n{listed}{source}{WEBSHOP}{MARKETPLACE}{RETAILER}')
    chance = random.Random(846)
    for day in (1, 2):
        with (root / f"day{day}.csv").open("w") as file:
            file.write("Item,Loc,Lot,QOH,Alloc,Avail\n")
            for w in range(warehouses):
                for i in range(skus):
                    units = i * 7919 % 500 + (day == 2 and chance.random() < 0.03)
                    file.write(f"SKU-{i:08d}-{i % 97:02d},WH{w:02d},L{i % 7},{units + 3},3,{units}\n")


def product(root: Path, day: int) -> dict[str, float]:
    """The whole job: intake, numbers, three feeds, delivery; with the memory at its peak."""
    from shutil import copyfile

    from batch.night import Night
    from batch.session import session

    dropped = root / "inbox" / "stock.csv"
    copyfile(root / f"day{day}.csv", dropped)
    moment = NOW + timedelta(days=day)
    os.utime(dropped, (moment.timestamp(), moment.timestamp()))
    with session(root) as opened:
        night = Night(opened.workspace, opened.state, lambda: moment)
        started = time.perf_counter()
        list(night.ingest(["acme"]))
        taken_in = time.perf_counter()
        reports = list(night.run(opened.workspace.chosen(())))
        done = time.perf_counter()
    assert [report.status for report in reports] == ["success"] * 3, reports
    return {"intake": taken_in - started, "feeds": done - taken_in}


def feed_bytes(root: Path) -> int:
    """How large the feeds of the first day are."""
    folders = (root / name for name in ("webshop", "marketplace", "retailer"))
    return sum(file.stat().st_size for folder in folders for file in folder.iterdir())


def raw(root: Path, size: int) -> dict[str, float]:
    """The floor below every program: the bytes of the snapshot in, as many bytes as the feeds have out."""
    block = memoryview((root / "day1.csv").read_bytes())
    with (root / "floor").open("wb") as file:
        while size > 0:
            size -= file.write(block[:size])
    return {}


def polars(root: Path, size: int) -> dict[str, float]:
    """Polars alone: the snapshot as text, written as CSV until as many bytes are out as the feeds have."""
    import polars as pl

    rows = pl.scan_csv(root / "day1.csv", infer_schema=False).collect()
    per_row = (root / "day1.csv").stat().st_size / rows.height
    left = int(size / per_row)
    while left > 0:
        part = rows.head(left)
        part.write_csv(root / "floor")
        left -= part.height
    return {}


def measured(case: str, root: Path, argument: int) -> dict[str, float]:
    """One case in a process of its own: seconds, CPU seconds, peak memory in MB, and what it says of itself."""
    started = time.perf_counter()
    command = [sys.executable, __file__, "--case", case, "--root", str(root), "--argument", str(argument)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    return {"wall": time.perf_counter() - started, **json.loads(finished.stdout)}


def main() -> None:
    """Runs the cases in turn and prints what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--skus", type=int, default=100_000)
    parser.add_argument("--warehouses", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", choices=["product", "raw", "polars"])
    parser.add_argument("--root", type=Path)
    parser.add_argument("--argument", type=int)
    asked = parser.parse_args()
    if asked.case:
        parts = {"product": product, "raw": raw, "polars": polars}[asked.case](asked.root, asked.argument)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({**parts, "cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024}))  # noqa: T201
        return
    print_table(asked.skus, asked.warehouses, asked.rounds)


def print_table(skus: int, warehouses: int, rounds: int) -> None:
    """Measures all cases and prints medians and ratios."""
    found: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            root = Path(folder, str(number))
            write_workspace(root, skus, warehouses)
            found.setdefault("full feeds", []).append(measured("product", root, 1))
            size = feed_bytes(root)
            found.setdefault("polars floor", []).append(measured("polars", root, size))
            found.setdefault("raw floor", []).append(measured("raw", root, size))
            found.setdefault("second day", []).append(measured("product", root, 2))
    print(f"{skus} SKUs x {warehouses} warehouses, {size / 1e6:.0f} MB of feeds; medians of {rounds} rounds")  # noqa: T201
    print(f"{'case':14}{'wall s':>8}{'cpu s':>8}{'MB':>7}{'x polars':>10}{'x raw':>8}   parts")  # noqa: T201
    for case, runs in found.items():
        wall, cpu, peak = (statistics.median(run[key] for run in runs) for key in ("wall", "cpu", "mb"))
        ratios = [
            statistics.median(run["wall"] / floor["wall"] for run, floor in zip(runs, found[name], strict=True))
            for name in ("polars floor", "raw floor")
        ]
        own = [key for key in runs[0] if key not in ("wall", "cpu", "mb")]
        parts = {key: round(statistics.median(run[key] for run in runs), 2) for key in own}
        print(f"{case:14}{wall:8.2f}{cpu:8.2f}{peak:7.0f}{ratios[0]:10.2f}{ratios[1]:8.2f}   {parts or ''}")  # noqa: T201


if __name__ == "__main__":
    main()
