"""What the standard says of a release: the elements, the segments and the order of segments in a transaction set."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import takewhile
from typing import Any, NamedTuple

ANY = None  #: as often as you like


class Element(NamedTuple):
    """A data element.

    Attributes:
        number: such as 673.
        type: AN, ID, R, N, DT or TM.
        shortest: how many characters it has at least; of numbers, digits.
        longest: how many it has at most.
        name: what it is.
        codes: the only ones there are; empty where every code of the right form goes.
        suspects: codes that are seldom meant, and what they mean.
    """

    number: str
    type: str
    shortest: int
    longest: int
    name: str
    codes: tuple[str, ...]
    suspects: tuple[tuple[str, str], ...]


class Place(NamedTuple):
    """One place of a segment or composite: an element, or the places of a composite; ``use`` is M, O or X."""

    holds: Element | tuple[Place, ...]
    number: str
    use: str


class Layout(NamedTuple):
    """A segment: its places from 01 on, and conditions such as P0304."""

    places: tuple[Place, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A segment within a transaction set, and what follows it if it begins a loop.

    Attributes:
        segment: its id.
        required: whether it must be there.
        most: how often the segment, or the loop that it begins, may be there; ``ANY`` for no limit.
        members: what else the loop holds; None where the segment begins no loop.
        deviation: the name under which partners may allow it here, where the standard does not.
    """

    segment: str
    required: bool
    most: int | None
    members: tuple[Node, ...] | None
    deviation: str = ""


class TransactionSet(NamedTuple):
    """A transaction set: ``nodes`` between ST and SE, and the functional group (GS01) that carries it."""

    id: str
    group: str
    nodes: tuple[Node, ...]

    def segments(self) -> set[str]:
        """The ids of all segments that it may hold."""
        return {node.segment for node in _all(self.nodes)}


class Standard(NamedTuple):
    """One release of the standard."""

    release: str
    elements: dict[str, Element]
    layouts: dict[str, Layout]
    sets: dict[str, TransactionSet]


@cache
def standard(release: str) -> Standard:
    """The standard of a release such as 004010; others than 004010 and 005010 are told apart as far as it is known."""
    elements = _elements(release)
    raw = _table("segments")
    layouts = {segment: _layout(text, release, raw, elements) for segment, text in raw.items()}
    sets = {
        id_: TransactionSet(id_, said["group"], _nodes(said["structure"], release))
        for id_, said in _table("sets").items()
    }
    return Standard(release, elements, layouts, sets)


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("formats.verify") / "maps" / f"{name}.toml").read_text("utf-8"))


def _elements(release: str) -> dict[str, Element]:
    said = _table("elements")
    longest: dict[str, int] = {}
    for since, lengths in sorted(said["longest"].items()):
        longest |= lengths if since <= release else {}
    found = {}
    for number, text in said["elements"].items():
        type_, shortest, most, name = text.split(" ", 3)
        most = longest.get(number, int(most))
        codes = tuple(said["codes"].get(number, "").split())
        suspects = tuple(said["suspect"].get(number, {}).items())
        found[number] = Element(number, type_, most if type_ == "DT" else int(shortest), most, name, codes, suspects)
    return found


def _layout(text: str, release: str, raw: dict[str, str], elements: dict[str, Element]) -> Layout:
    places, _, conditions = text.partition("|")
    those = (condition.partition("@") for condition in conditions.split())
    kept = tuple(condition for condition, _, since in those if _applies(since, release))
    return Layout(tuple(_places(places.split(), release, raw, elements)), kept)


def _applies(since: str, release: str) -> bool:
    """Whether something is in a release: ``since`` is the first that has it or, after "<", that has it no more."""
    return release < since[1:] if since.startswith("<") else release >= since


def _places(words: Iterable[str], release: str, raw: dict[str, str], elements: dict[str, Element]) -> Iterator[Place]:
    for word in words:
        repeated, _, since = word.partition("@")
        said, _, times = repeated.partition("*")
        if not _applies(since, release):
            continue
        number, use = (said, "O") if said == "any" else (said[:-1], said[-1])
        composite = tuple(_places(raw[number].split(), release, raw, elements)) if number in raw else None
        yield from [Place(composite or elements[number], number, use)] * int(times or 1)


_LINE = re.compile(r"(?P<indent> *)(?P<segment>\w+) +(?P<use>[MO]) +(?P<most>\w+)(?P<rest>.*)")


def _nodes(structure: str, release: str) -> tuple[Node, ...]:
    lines = [match for line in structure.splitlines() if (match := _LINE.fullmatch(line))]
    return tuple(_branch(lines, release))


def _branch(lines: list[re.Match[str]], release: str) -> Iterator[Node]:
    """The nodes of lines of which the first has the smallest indent."""
    place = 0
    while place < len(lines):
        line = lines[place]
        inner = list(takewhile(lambda below: len(below["indent"]) > len(line["indent"]), lines[place + 1 :]))  # noqa: B023
        place += 1 + len(inner)
        words = line["rest"].split()
        deviation = next((word[1:] for word in words if word.startswith("!")), "")
        most = words[words.index("loop") + 1] if "loop" in words else line["most"]
        since = next((word for word in words if word.startswith("@")), None)
        if since and _applies(since[1:], release):
            most = words[words.index(since) + 1]
        members = tuple(_branch(inner, release)) if "loop" in words else None
        yield Node(line["segment"], line["use"] == "M", ANY if most == "any" else int(most), members, deviation)


def _all(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all(node.members or ())
