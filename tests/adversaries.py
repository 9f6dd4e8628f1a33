"""Writers that make it hard to tell when a file is whole; run as a process, it prints what each file is in the end.

``python adversaries.py FOLDER FIRST COUNT [--closes]`` drops COUNT files, several at a time, and prints a line of JSON
for each that is finished: name and SHA-256. A writer waits up to half of the settle time with the file closed, and
longer than all of it with the file open; with ``--closes`` never so long, for folders whose other side can't know who
has a file open.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SETTLE = 1.0
ROWS = 40
LONG_AGO = (1_600_000_000, 1_600_000_000)


class Pauses:
    """How long a writer does nothing."""

    def __init__(self, random: random.Random, *, closes: bool) -> None:
        self._random, self._open = random, 0.5 if closes else 1.5

    def short(self) -> None:
        time.sleep(self._random.uniform(0, 0.02))

    def closed(self) -> None:
        time.sleep(self._random.uniform(0, SETTLE / 2))

    def opened(self) -> None:
        time.sleep(self._random.uniform(0, SETTLE * self._open))


def slow(file: Path, content: bytes, pauses: Pauses) -> None:
    with file.open("wb", buffering=0) as out:
        for start in range(0, len(content), 700):
            out.write(content[start : start + 700])
            pauses.short()


def pausing(file: Path, content: bytes, pauses: Pauses) -> None:
    with file.open("wb", buffering=0) as out:
        out.write(content[: content.rindex(b"\n", 0, -1) + 1])  # whole lines: nothing in the text tells
        pauses.opened()
        out.write(content[content.rindex(b"\n", 0, -1) + 1 :])


def reopening(file: Path, content: bytes, pauses: Pauses) -> None:
    for start in range(0, len(content), len(content) // 3 + 1):
        with file.open("ab") as out:
            out.write(content[start : start + len(content) // 3 + 1])
        pauses.closed()


def preallocating(file: Path, content: bytes, pauses: Pauses) -> None:
    with file.open("wb", buffering=0) as out:
        out.truncate(len(content))
        pauses.opened()
        for start in range(0, len(content), 900):
            os.pwrite(out.fileno(), content[start : start + 900], start)
            pauses.short()


def renaming_in(file: Path, content: bytes, pauses: Pauses) -> None:
    part = file.with_name(f"{file.name}.part")
    slow(part, content, pauses)
    os.utime(part, LONG_AGO)
    part.rename(file)


def truncating(file: Path, content: bytes, pauses: Pauses) -> None:
    file.write_bytes(content.replace(b"SKU-", b"OLD-"))
    pauses.closed()
    with file.open("wb", buffering=0) as out:
        pauses.opened()
        out.write(content)


def mapping(file: Path, content: bytes, pauses: Pauses) -> None:
    with file.open("w+b") as out:
        out.truncate(len(content))
        mapped = mmap.mmap(out.fileno(), len(content))
    with mapped:
        mapped[: len(content) // 2] = content[: len(content) // 2]
        pauses.opened()
        mapped[len(content) // 2 :] = content[len(content) // 2 :]
        mapped.flush()


def backdating(file: Path, content: bytes, pauses: Pauses) -> None:
    with file.open("wb", buffering=0) as out:
        out.write(content[: len(content) // 2])
        os.utime(file, LONG_AGO)
        pauses.opened()
        out.write(content[len(content) // 2 :])
    os.utime(file, LONG_AGO)


def linking_in(file: Path, content: bytes, pauses: Pauses) -> None:
    hidden = file.with_name(f".{file.name}")
    slow(hidden, content, pauses)
    os.link(hidden, file)
    pauses.closed()
    hidden.unlink()


def at_once(file: Path, content: bytes, _pauses: Pauses) -> None:
    file.write_bytes(content)


EVERYWHERE = (slow, pausing, reopening, preallocating, renaming_in, truncating, linking_in, at_once)
#: A backdated time or a mapping deceives who can't see open files.
HERE_ALONE = (mapping, backdating)


def content_of(number: int, random: random.Random) -> bytes:
    """A snapshot that no other writer writes."""
    rows = [f"SKU-{row:02},EAST,{random.randint(1, 900)},{'x' * random.randint(0, 200)}" for row in range(ROWS)]
    return "\n".join(["Item,Loc,Avail,Note", *rows, f"SKU-99,EAST,5,{number}", ""]).encode()


def drop(folder: Path, number: int, *, closes: bool) -> str:
    """Writes one file; returns its name and hash in JSON."""
    chance = random.Random(number)
    writer: Callable[[Path, bytes, Pauses], None] = chance.choice(EVERYWHERE + (() if closes else HERE_ALONE))
    file, content = folder / f"{number:06}-{writer.__name__}.csv", content_of(number, chance)
    writer(file, content, Pauses(chance, closes=closes))
    return json.dumps([file.name, hashlib.sha256(content).hexdigest()])


def main() -> None:
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with ThreadPoolExecutor(16) as pool:
        for line in pool.map(lambda n: drop(folder, n, closes="--closes" in sys.argv), range(first, first + count)):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
