"""A verdict on any partner's X12 file: an 846, or the 997, 999 or TA1 that answers one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from formats.edi846.feed import Edi846Feed
from formats.verify.against import Told, feed_findings
from formats.verify.envelope import envelope_findings, release_of
from formats.verify.lines import line_findings
from formats.verify.problem import DEVIATIONS, REMARK, Finding, Problem, found
from formats.verify.segments import X12File, read_segments
from formats.verify.standard import standard
from formats.verify.structure import structure_findings
from formats.verify.values import value_findings

_MOST = 1000  # problems that are told one by one


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has been found in a file.

    Attributes:
        problems: what is wrong, in the order of the file; the first thousand.
        count: how many there are.
        remarks: what is right by the standard and yet seldom meant; the first thousand.
        allowed: name of a deviation that the partner allows -> how often it is there.
        facts: what the file is, in the order to be shown.
    """

    problems: tuple[Problem, ...]
    count: int
    remarks: tuple[Problem, ...]
    allowed: dict[str, int]
    facts: dict[str, str]

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong but what the partner allows."""
        return not self.count


def verify(path: Path, *, allowed: Collection[str] = (), told: Told | None = None) -> Verdict:
    """Judge an X12 file as a receiver would: envelopes, structure, every element, totals and quantities.

    Order, maximum use and conditions are judged by pyx12 with our maps, the rest by ourselves; all of the file is
    judged, whatever its size.

    Args:
        path: the file.
        allowed: names of deviations (``DEVIATIONS``) that are no problem with this partner.
        told: what the file was built from, to be compared with what it tells.

    Raises:
        FileRefused: it is not X12, or not whole; it cannot be compared with its feed.
        ValueError: there is no deviation of such a name.
    """
    if unknown := sorted(set(allowed) - set(DEVIATIONS)):
        raise ValueError(f"there is no deviation {unknown[0]!r}; there are: {', '.join(DEVIATIONS)}")
    file = read_segments(path)
    against_feed = [feed_findings(path, file, told)] if told else []
    findings = pl.concat([*_findings(file), *against_feed]).sort("segment", "element", "name", "value")
    remarks = findings.filter(pl.col("name") == REMARK)
    findings = findings.filter(pl.col("name") != REMARK)
    let_pass = findings.filter(pl.col("name").is_in(list(allowed)))
    problems = findings.filter(~pl.col("name").is_in(list(allowed)))
    counts = let_pass.group_by("name").len().sort("name")
    return Verdict(
        problems=tuple(_told(file, problems.head(_MOST))),
        count=problems.height,
        remarks=tuple(_told(file, remarks.head(_MOST))),
        allowed=dict(counts.iter_rows()),
        facts=_facts(file) | ({"compared with": told.name} if told else {}),
    )


def allowed_by(layout: Edi846Feed) -> frozenset[str]:
    """The deviations that a partner wants, as the profile for it says."""
    wanted = {
        "isa-version": layout.envelope.version is not None,
        "no-component-separator": layout.separators.component == layout.separators.element,
    }
    return layout.deviations | {name for name, is_wanted in wanted.items() if is_wanted}


def _findings(file: X12File) -> Iterator[pl.DataFrame]:
    rules = standard(release_of(file))
    yield found([*_ends(file), *_trailing_separators(file), *envelope_findings(file, rules)])
    yield structure_findings(file, rules)
    yield from value_findings(file, rules)
    yield from line_findings(file, rules)


def _ends(file: X12File) -> Iterator[Finding]:
    if not file.begins:
        yield Finding(1, "", "before-isa", "", "something stands before it", "ISA as the first thing in the file")
    if not file.ends:
        number, expected = file.segments.height, f"{file.marks.segment!r} after it"
        yield Finding(number, "", "missing-terminator", "", "the last segment has no terminator", expected)


def _trailing_separators(file: X12File) -> Iterator[Finding]:
    ends = file.segments.filter(pl.col("text").str.ends_with(file.marks.element) & (pl.col("id") != "ISA"))
    for number, text in ends.select("number", "text").iter_rows():
        expected = text.rstrip(file.marks.element)
        yield Finding(number, "", "trailing-separator", "", "it ends in an empty element", expected)


def _told(file: X12File, findings: pl.DataFrame) -> Iterator[Problem]:
    """Findings with the segment, and the interchange, group and set that it belongs to."""
    headers = {id_: _headers(file, id_, place) for id_, place in (("ISA", 13), ("GS", 6), ("ST", 2))}
    texts = findings.join(file.segments.rename({"number": "segment"}), on="segment", how="left", maintain_order="left")
    for row in texts.iter_rows(named=True):
        around = {id_: _before(of_level, row["segment"]) for id_, of_level in headers.items()}
        yield Problem(
            **{name: row[name] for name in findings.columns},
            text=row["text"],
            interchange=around["ISA"],
            group="" if row["id"] in ("ISA", "TA1", "IEA") else around["GS"],
            transaction_set=around["ST"] if row["set"] is not None else "",
        )


def _headers(file: X12File, id_: str, place: int) -> list[tuple[int, str]]:
    control = pl.col("elements").list.get(place, null_on_oob=True).fill_null("")
    return file.ids(id_).select("number", control).rows()


def _before(headers: list[tuple[int, str]], number: int) -> str:
    place = bisect_right(headers, number, key=lambda header: header[0])
    return headers[place - 1][1] if place else ""


def _facts(file: X12File) -> dict[str, str]:
    """What the first interchange says of itself, and how much the file holds."""
    isa = file.ids("ISA")["elements"][0].to_list()
    count = dict(file.segments.group_by("id").len().iter_rows())
    release = release_of(file)
    return {
        "sender": f"{isa[5]} {isa[6].strip()}",
        "receiver": f"{isa[7]} {isa[8].strip()}",
        "control number": isa[13],
        "release": release,
        "transaction sets": str(count.get("ST", 0)),
        "lines": str(count.get("LIN", 0)),
        "segments": str(file.segments.height),
    }
