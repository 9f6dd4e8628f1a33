"""Where the standard allows which segment in an 846, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """A part of the transaction set: its segments in order, each with how often it may occur there."""

    name: str
    order: tuple[tuple[str, int], ...]

    def rank(self, segment: str) -> int:
        """Where a segment stands. LQ stands where its LM does."""
        return [name for name, _ in self.order].index("LM" if segment == "LQ" else segment)

    def check(self, segments: Sequence[str]) -> None:
        """Refuse segments that the standard does not have here, or not so often.

        Raises:
            ValueError: names the segment, and what there is.
        """
        most = dict(self.order)
        for segment, count in Counter(segments).items():
            if segment != "LQ" and segment not in most:
                raise ValueError(f"{segment} does not belong {self.name}; the standard has {', '.join(most)}")
            if segment != "LQ" and count > most[segment]:
                raise ValueError(f"{segment} may occur {most[segment]} times {self.name}, not {count} times")


_UNLIMITED = 1_000_000

#: The heading up to its N1 loops.
HEADING = Place("in the heading", (("CUR", 1), ("DTM", 10), ("REF", 12), ("PER", 3), ("MEA", 20)))
#: One N1 loop of the heading or of a line.
PARTY = Place("in an N1 loop", (("N1", 1), ("N2", 2), ("N3", 2), ("N4", 1), ("REF", 12), ("PER", 3)))
#: A line, after LIN.
LINE = Place(
    "in a line",
    (
        *(("PID", 200), ("MEA", 40), ("PKG", 25), ("DTM", 10), ("CTP", 25), ("CUR", 1), ("REF", _UNLIMITED)),
        *(("PER", 3), ("SDQ", 500), ("UIT", 5), ("LDT", 12), ("LM", 10), ("QTY", 99), ("N1", 200)),
    ),
)
#: Below QTY.
QUANTITY = Place(
    "below QTY",
    (("UIT", 12), ("MEA", 25), ("LDT", 12), ("DTM", 10), ("SCH", 25), ("LM", _UNLIMITED), ("LS", 1)),
)
#: Between LS and LE, after the REF that begins each of their loops.
LOCATION = Place("after the REF between LS and LE", (("DTM", _UNLIMITED), ("N1", 1), ("LM", 10)))

MOST_PARTIES = 5  # N1 loops in the heading


def check_heading(segments: Sequence[str]) -> None:
    """Refuse a heading whose segments are not in the order of the standard.

    Raises:
        ValueError: names the first segment that stands wrong.
    """
    loops: list[list[str]] = [[]]
    for segment in segments:
        if segment == "N1":
            loops.append([])
        loops[-1].append(segment)
    first, *parties = loops
    HEADING.check(first)
    for party in parties:
        PARTY.check(party)
    if len(parties) > MOST_PARTIES:
        raise ValueError(f"the heading may have {MOST_PARTIES} N1 loops, not {len(parties)}")
    ranks = [(0, HEADING.rank(segment)) for segment in first]
    ranks += [(number, PARTY.rank(segment)) for number, party in enumerate(parties, 1) for segment in party]
    for segment, before, rank in zip(segments[1:], ranks, ranks[1:], strict=False):
        if rank < before:
            order = ", ".join(name for name, _ in (*HEADING.order, *PARTY.order))
            raise ValueError(f"the {segment} in the heading stands too late; the order is {order}")
