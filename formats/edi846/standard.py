"""Where the standard allows which segment in an 846, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from formats.edi846.segments import ItemLoop


class Place(NamedTuple):
    """A part of the transaction set: its segments in order, each with how often it may occur there.

    Attributes:
        name: where it is, for a sentence.
        order: the segments.
        loops: those that begin a loop here; what stands in it is in ``BELOW``.
        needs: a segment that must be there, if there is one.
    """

    name: str
    order: tuple[tuple[str, int], ...]
    loops: tuple[str, ...] = ()
    needs: str | None = None

    def rank(self, segment: str) -> int:
        """Where a segment stands; last what the standard does not have here."""
        names = [name for name, _ in self.order]
        return names.index(segment) if segment in names else len(names)

    def check(self, segments: Sequence[str], *, others: bool = False) -> None:
        """Refuse segments that the standard does not have here, unless there may be others, or not so often.

        Raises:
            ValueError: names the segment, and what there is.
        """
        most = dict(self.order)
        for segment, count in Counter(segments).items():
            if segment not in most and not others:
                raise ValueError(f"{segment} does not belong {self.name}; the standard has {', '.join(most)}")
            if count > most.get(segment, count):
                raise ValueError(f"{segment} may occur {most[segment]} times {self.name}, not {count} times")
        if self.needs and self.needs not in segments:
            raise ValueError(f"there is no {self.needs} {self.name}, where the standard requires one")

    def check_loops(self, segments: Sequence[ItemLoop], *, others: bool = False) -> None:
        """The same, of segments with others below them (ValueError)."""
        self.check([segment.id for segment in segments], others=others)
        for segment in segments:
            inside = [below.id for below in segment.segments]
            if segment.id in self.loops:
                BELOW[segment.id].check(inside, others=others)
            elif inside:
                loops = ", ".join(self.loops)
                raise ValueError(f"nothing stands below a {segment.id} {self.name}; loops begin with {loops}")


_UNLIMITED = 1_000_000

#: What stands below the segments that begin a loop.
BELOW = {
    "N1": Place("in an N1 loop", (("N2", 2), ("N3", 2), ("N4", 1), ("REF", 12), ("PER", 3))),
    "LM": Place("below LM", (("LQ", 100),), needs="LQ"),
    "SLN": Place("below SLN", (("PID", 200), ("MEA", 40), ("PKG", 25))),
    "SCH": Place("below SCH", (("MEA", 25),)),
}
#: The heading.
HEADING = Place(
    "in the heading",
    (("CUR", 1), ("DTM", 10), ("REF", 12), ("PER", 3), ("MEA", 20), ("N1", 5), ("LM", 10)),
    loops=("N1", "LM"),
)
#: A line, after LIN.
LINE = Place(
    "in a line",
    (
        *(("PID", 200), ("MEA", 40), ("PKG", 25), ("DTM", 10), ("CTP", 25), ("CUR", 1), ("SAC", 25)),
        *(("REF", _UNLIMITED), ("PER", 3), ("SDQ", 500), ("UIT", 5), ("LDT", 12), ("LM", 10), ("SLN", 1000)),
        *(("QTY", 99), ("N1", 200)),
    ),
    loops=("LM", "SLN", "N1"),
)
#: Below QTY.
QUANTITY = Place(
    "below QTY",
    (("UIT", 12), ("MEA", 25), ("LDT", 12), ("DTM", 10), ("SCH", 25), ("LM", _UNLIMITED), ("LS", 1)),
    loops=("SCH", "LM"),
)
#: Between LS and LE, after the REF that begins each of their loops.
LOCATION = Place("after the REF between LS and LE", (("DTM", _UNLIMITED), ("N1", 1), ("LM", 10)), loops=("LM",))


def check_heading(segments: Sequence[str]) -> None:
    """Refuse a heading whose segments are not in the order of the standard: a loop holds what follows its first.

    Raises:
        ValueError: names the first segment that stands wrong, or what there is too much of or too little.
    """
    starts = [place for place, segment in enumerate(segments) if segment in HEADING.loops]
    loops = [segments[start:end] for start, end in pairwise([*starts, len(segments)])]
    first = segments[: starts[0]] if starts else segments
    HEADING.check([*first, *(head for head, *_ in loops)])
    ranks = [(HEADING.rank(segment), 0, 0) for segment in first]
    for number, (head, *inside) in enumerate(loops):
        BELOW[head].check(inside)
        ranks.append((HEADING.rank(head), number, 0))
        ranks += [(HEADING.rank(head), number, 1 + BELOW[head].rank(segment)) for segment in inside]
    for segment, before, rank in zip(segments[1:], ranks, ranks[1:], strict=False):
        if rank < before:
            raise ValueError(f"the {segment} in the heading stands too late; the order is {_order(HEADING)}")


def _order(place: Place) -> str:
    inside = {segment: [name for name, _ in BELOW[segment].order] for segment in place.loops}
    return ", ".join(name for segment, _ in place.order for name in (segment, *inside.get(segment, [])))
