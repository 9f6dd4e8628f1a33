"""Whether interchanges, groups and transaction sets open and close as they must: numbers, counts, versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from formats.verify.problem import Finding
from formats.verify.segments import ENVELOPE, X12File
from formats.verify.standard import Standard

#: From the outside in: header, which of its elements is the control number, trailer.
_LEVELS = (("ISA", 13, "IEA"), ("GS", 6, "GE"), ("ST", 2, "SE"))
_HEADERS = {header: depth for depth, (header, _, _) in enumerate(_LEVELS)}
_TRAILERS = {trailer: depth for depth, (_, _, trailer) in enumerate(_LEVELS)}
#: From this ISA12 on, ISA11 holds the repetition separator.
_REPEATS_SINCE = "00402"


def release_of(file: X12File) -> str:
    """The release of the standard that the first GS08 names, else that which ISA12 means: 004010 for 00401."""
    groups = file.ids("GS")["elements"].to_list()
    said = _element(groups[0], 8) if groups else ""
    return said[:6] if re.match(r"\d{6}", said) else _element(file.ids("ISA")["elements"][0].to_list(), 12) + "0"


def envelope_findings(file: X12File, standard: Standard) -> Iterator[Finding]:
    """What is wrong with ISA, TA1, GS, ST, SE, GE and IEA, and with where they stand."""
    walk = _Envelopes(standard)
    for number, id_, elements in file.ids(*ENVELOPE).select("number", "id", "elements").iter_rows():
        if id_ == "ISA" and not file.has_components:
            elements[16:] = [file.marks.component]
            why = "it is the separator of elements"
            yield Finding(number, "ISA16", "no-component-separator", elements[16], why, "a character of its own")
        if id_ in _HEADERS:
            yield from walk.opens(_HEADERS[id_], number, elements)
        elif id_ in _TRAILERS:
            yield from walk.closes(_TRAILERS[id_], number, elements)
        if id_ not in ("ST", "SE"):  # which the map of the transaction set has
            yield from _presence(standard, number, elements)
    yield from walk.closes_before(0, file.segments.height)
    strays = file.segments.filter(pl.col("section").is_null() & ~pl.col("id").is_in(ENVELOPE))
    for number, id_ in strays.select("number", "id").iter_rows():
        yield Finding(number, "", "misplaced-segment", "", f"{id_} is in no transaction set", "ST before it")


@dataclass
class _Open:
    """A header that has been opened, and what there has been within it."""

    number: int
    elements: list[str]
    inside: int = 0
    controls: set[str] = field(default_factory=set)


class _Envelopes:
    """Opens and closes interchanges, groups and transaction sets, the inner ones first."""

    def __init__(self, standard: Standard) -> None:
        self._standard = standard
        self._open = [_Open(0, [])]  # the file, and what is open in it

    def opens(self, depth: int, number: int, elements: list[str]) -> Iterator[Finding]:
        """A header begins."""
        id_, place, _ = _LEVELS[depth]
        yield from self.closes_before(depth, number)
        around, control = self._open[-1], _element(elements, place)
        if len(self._open) <= depth:
            outer = _LEVELS[depth - 1][0]
            yield Finding(number, "", "misplaced-segment", "", f"{id_} is in no {outer}", f"{outer} before it")
        if control in around.controls:
            why = f"{control} is there twice within its {around.elements[0] if around.elements else 'file'}"
            yield Finding(number, f"{id_}{place:02d}", "duplicate-number", control, why, "a number of its own")
        around.controls.add(control)
        around.inside += 1
        yield from self._says(id_, number, elements)
        self._open.append(_Open(number, elements))

    def closes(self, depth: int, number: int, elements: list[str]) -> Iterator[Finding]:
        """A trailer ends what its header began."""
        header, place, id_ = _LEVELS[depth]
        yield from self.closes_before(depth + 1, number)
        if len(self._open) < depth + 2 or self._open[-1].elements[0] != header:
            yield Finding(number, "", "misplaced-segment", "", f"{id_} closes no {header}", f"{header} before it")
            return
        closed = self._open.pop()
        count = str(number - closed.number + 1 if header == "ST" else closed.inside)
        counted, control = _element(elements, 1), _element(elements, 2)
        if counted.lstrip("0") != count:
            what = {"ST": "segments", "GS": "transaction sets", "ISA": "functional groups"}[header]
            yield Finding(number, f"{id_}01", "segment-count", counted, f"{what} in it: {count}", count)
        wanted = _element(closed.elements, place)
        if control != wanted:
            same = control.lstrip("0") == wanted.lstrip("0")
            name, why = "padded-number" if same else "control-number", f"{header}{place:02d} is {wanted}"
            yield Finding(number, f"{id_}02", name, control, why, wanted)

    def closes_before(self, depth: int, number: int) -> Iterator[Finding]:
        """Closes what is still open when an outer level goes on."""
        while len(self._open) > depth + 1:
            closed = self._open.pop()
            header = closed.elements[0]
            trailer = next(trailer for name, _, trailer in _LEVELS if name == header)
            why = f"{trailer} is missing before it"
            yield Finding(number, "", "missing-segment", "", why, f"{trailer} for {header}")

    def _says(self, id_: str, number: int, elements: list[str]) -> Iterator[Finding]:
        if id_ == "ISA":
            yield from _standards(number, elements)
        elif id_ == "GS":
            yield from _versions(number, _element(self._open[-1].elements, 12), elements)
        else:
            yield from self._kind(number, elements, _element(self._open[-1].elements, 1))

    def _kind(self, number: int, elements: list[str], group: str) -> Iterator[Finding]:
        kind, known = _element(elements, 1), self._standard.sets
        if kind not in known:
            why = f"{kind} is no transaction set that is judged here"
            yield Finding(number, "ST01", "unknown-set", kind, why, f"one of {', '.join(known)}")
        elif known[kind].group != group:
            why = f"{kind} is in a group {group}"
            yield Finding(number, "ST01", "unknown-set", kind, why, f"a group {known[kind].group} (GS01)")


def _standards(number: int, isa: list[str]) -> Iterator[Finding]:
    said, repeats = _element(isa, 11), _element(isa, 12) >= _REPEATS_SINCE
    if repeats and (said.isalnum() or said in (_element(isa, 16), "")):
        why = "the repetition separator cannot be that"
        yield Finding(number, "ISA11", "isa-standard", said, why, "a character that occurs nowhere else, such as ^")
    elif not repeats and said != "U":
        why = f"there are no repetitions in {_element(isa, 12)}"
        yield Finding(number, "ISA11", "isa-standard", said, why, "U")


def _versions(number: int, interchange: str, gs: list[str]) -> Iterator[Finding]:
    said = _element(gs, 8)
    if not re.fullmatch(r"\d{6}[A-Z0-9]*", said):
        yield Finding(number, "GS08", "group-version", said, "that is no release", "such as 004010 or 004010VICS")
    elif said[:5] != interchange:
        why = f"ISA12 is {interchange}"
        yield Finding(number, "GS08", "isa-version", said, why, f"{said[:5]} in ISA12 with {said}")


def _presence(standard: Standard, number: int, elements: list[str]) -> Iterator[Finding]:
    id_, places = elements[0], standard.layouts[elements[0]].places
    for place, expected in enumerate(places, 1):
        if expected.use == "M" and not _element(elements, place):
            label = f"{id_}{place:02d}"
            yield Finding(number, label, "missing-element", "", f"{label} is missing, and it is mandatory", "fill it")
    if len(elements) - 1 > len(places):
        label, why = f"{id_}{len(places) + 1:02d}", f"{id_} has {len(elements) - 1} elements"
        yield Finding(number, label, "too-many-elements", "", why, f"{len(places)} elements at most")


def _element(elements: list[str], place: int) -> str:
    return elements[place] if place < len(elements) else ""
