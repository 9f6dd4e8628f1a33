"""A 997, 999 or TA1 read back for people: a row per answer and per reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from formats.acknowledgement.codes import meaning
from formats.show.table import ShownFile
from formats.x12.codes import named
from formats.x12.envelopes import Envelopes, element
from formats.x12.segments import X12File

Row = dict[str, str]

_COLUMNS = ("interchange", "group", "set", "segment", "element", "value", "code", "meaning")


def shown_acknowledgement(file: X12File, segments: pl.DataFrame, envelopes: Envelopes) -> ShownFile:
    """Acknowledgements as facts and a row per answer.

    The columns are ``interchange``, ``group``, ``set``, ``segment``, ``element``, ``value``: what the answer is about,
    as far down as it goes; ``code`` and its ``meaning``.
    """
    split = ([part.strip() for part in text.split(file.opening.element)] for text in segments["text"])
    rows = list(_rows(split, file.opening.component))
    isa = envelopes.interchanges[0]
    facts = {
        "sender": f"{isa[5]} {isa[6]}",
        "receiver": f"{isa[7]} {isa[8]}",
        "control number": isa[13],
        "usage": named("I14", isa[15]),
        "written": f"{isa[9]} {isa[10]}",
    } | {f"odd {n}": text for n, text in enumerate(envelopes.oddities.texts(), 1)}
    kinds = dict.fromkeys(["TA1"] * bool(envelopes.answers) + [about.kind for about in envelopes.sets])
    table = pl.DataFrame([[row.get(name, "") for name in _COLUMNS] for row in rows], _schema(), orient="row")
    return ShownFile(f"EDI {', '.join(kinds)}", facts, table)


def _schema() -> dict[str, pl.DataType]:
    return {name: pl.String() for name in _COLUMNS}


def _rows(segments: Iterable[Sequence[str]], component: str) -> Iterator[Row]:
    """The answers in the order of the file; each names what it is about."""
    about: Row = {}
    for segment in segments:
        name = segment[0]
        if name == "TA1":
            yield from _answer({"interchange": element(segment, 1)}, "I17", segment[4:5], "I18", segment[5:6])
        elif name == "AK1":
            about = {"group": f"{element(segment, 1)} {element(segment, 2)}".strip()}
        elif name == "AK2":
            about = _of_set(about) | {"set": f"{element(segment, 1)} {element(segment, 2)}".strip()}
        elif name in ("AK3", "IK3"):
            place = f"{element(segment, 1)} at {element(segment, 2)}"
            about = _of_set(about) | {"segment": place}
            yield about | _coded("720", element(segment, 4))
        elif name in ("AK4", "IK4"):
            found = {"element": _position(segment, component), "value": element(segment, 4)}
            yield about | found | _coded("723", element(segment, 3))
        elif name in ("AK5", "IK5"):
            yield from _answer(_of_set(about), "717", segment[1:2], "718", segment[2:7])
        elif name == "AK9":
            of_group = {"group": about.get("group", ""), "value": _counts(segment)}
            yield from _answer(of_group, "715", segment[1:2], "716", segment[5:10])


def _of_set(about: Row) -> Row:
    return {"group": about.get("group", ""), "set": about.get("set", "")}


def _answer(about: Row, answer: str, codes: Sequence[str], reason: str, reasons: Sequence[str]) -> Iterator[Row]:
    for code in codes:
        yield about | _coded(answer, code)
    for code in filter(None, reasons):
        yield about | _coded(reason, code)


def _coded(number: str, code: str) -> Row:
    return {"code": code, "meaning": meaning(number, code)}


def _position(segment: Sequence[str], component: str) -> str:
    """The place of an element in its segment, and the number of the data element, if they are told."""
    place, number = element(segment, 1).replace(component, "."), element(segment, 2)
    return f"{place} (element {number})" if number else place


def _counts(segment: Sequence[str]) -> str:
    included, received, accepted = (element(segment, n) or "?" for n in (2, 3, 4))
    return f"{accepted} accepted of {received} received, {included} sent"
