"""From a position that a partner complains about to the item in what we have sent."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from formats.acknowledgement.answers import by_number

#: Segments of a location, and which of their first elements name a warehouse.
_LOCATIONS = {"N1": (("WH", "SF"), 4), "REF": (("IO", "WS", "LU"), 2)}
_SDQ_FIRST = 3  # SDQ03 is the first location, SDQ04 its quantity


@dataclass(frozen=True, slots=True)
class Item:
    """What stands at one position of a transaction set, and the item that it belongs to.

    Attributes:
        line: which LIN of its transaction set, from 1; None where the segment belongs to none (heading, totals).
        ids: the ids of that LIN by their qualifier, such as {"SK": "00123"}.
        segment_text: the segment at the position, as it was sent.
        elements: the same cut into its elements; 0 is the id of the segment.
        warehouse: the order source's code of the warehouse that the segment is about, where it is about one.
    """

    line: int | None
    ids: Mapping[str, str]
    segment_text: str
    elements: tuple[str, ...]
    warehouse: str | None

    def warehouse_at(self, element: int) -> str | None:
        """The warehouse that one element is about: in an SDQ each pair has its own."""
        if self.elements[0] != "SDQ":
            return self.warehouse
        place = element - (element - _SDQ_FIRST) % 2
        return self.elements[place] if _SDQ_FIRST <= place < len(self.elements) else None


def item_at(sent: Path, set_control_number: str, position: int) -> Item | None:
    """What stands at one position of a file that we have sent; None where there is no such set or position.

    Args:
        sent: an interchange with an 846, in the very bytes that were sent.
        set_control_number: ST02, in any padding.
        position: of the segment in its transaction set, ST being 1.
    """
    return items_at(sent, set_control_number, [position]).get(position)


def items_at(sent: Path, set_control_number: str, positions: Collection[int]) -> dict[int, Item]:
    """The same for many positions of one transaction set, in one pass; those that do not exist are left out."""
    with sent.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        element, terminator = data[3:4], data[105:106]
        start = by_number({elements[2]: start for elements, start in starts(data, "ST")}, set_control_number)
        if start is None:
            return {}
        loops = _loops(_segments(data, start, terminator), element)
        return dict(
            _items(loops, element.decode("latin-1"), sorted({place for place in positions if place > 0}, reverse=True))
        )


def starts(data: mmap.mmap, name: str) -> Iterator[tuple[list[str], int]]:
    """The elements of every segment of one id in a file that we have sent, and where it begins."""
    element, terminator, start = data[3:4], data[105:106], -1
    before, wanted = (terminator, terminator + b"\n", terminator + b"\r\n"), name.encode() + element
    while (start := data.find(wanted, start + 1)) >= 0:
        if data[start - 3 : start].endswith(before):  # not a qualifier, as ST is of a style
            segment = data[start : data.find(terminator, start)]
            yield segment.decode("latin-1").split(element.decode("latin-1")), start


def _segments(data: mmap.mmap, start: int, terminator: bytes) -> Iterator[bytes]:
    """The segments from one place on, until the file ends."""
    while (end := data.find(terminator, start)) >= 0:
        yield data[start:end].lstrip(b"\r\n")
        start = end + 1


def _loops(segments: Iterable[bytes], element: bytes) -> Iterator[list[bytes]]:
    """The heading of a transaction set, then all segments of each item, then its totals."""
    loop: list[bytes] = []
    starts, last = (b"LIN" + element, b"CTT" + element, b"SE" + element), b"SE" + element
    for segment in segments:
        if segment.startswith(starts):
            yield loop
            loop = []
        loop.append(segment)
        if segment.startswith(last):
            break
    yield loop


def _items(loops: Iterable[list[bytes]], element: str, wanted: list[int]) -> Iterator[tuple[int, Item]]:
    """The items at the wanted positions, of which the last is the lowest."""
    heading: list[bytes] = []
    position, line = 1, 0
    for loop in loops:
        heading = heading or loop
        line += loop[0].startswith(b"LIN")
        while wanted and wanted[-1] < position + len(loop):
            place = wanted.pop()
            yield place, _item(_cut(heading, element), _cut(loop, element), place - position, line, element)
        if not wanted:
            return
        position += len(loop)


def _cut(segments: Iterable[bytes], element: str) -> list[list[str]]:
    return [segment.decode("latin-1").split(element) for segment in segments]


def _item(heading: list[list[str]], loop: list[list[str]], place: int, line: int, element: str) -> Item:
    first, elements = loop[0], loop[place]
    of_item = first[0] == "LIN"
    return Item(
        line=line if of_item else None,
        ids=_ids(first) if of_item else {},
        segment_text=element.join(elements),
        elements=tuple(elements),
        warehouse=_warehouse(heading, loop, place),
    )


def _ids(lin: list[str]) -> dict[str, str]:
    return dict(zip(lin[2::2], lin[3::2], strict=False))


def _warehouse(heading: list[list[str]], loop: list[list[str]], place: int) -> str | None:
    """The warehouse of a segment, wherever its dialect names it."""
    if loop[place][0] == "SDQ":
        return loop[place][_SDQ_FIRST] if len(loop[place]) == _SDQ_FIRST + 2 else None
    return _bracketed(loop[: place + 1]) or _named(loop) or _named(heading)


def _bracketed(segments: list[list[str]]) -> str | None:
    """The REF between LS and LE that the last of these segments comes under."""
    within, code = False, None
    for name, *elements in segments:
        if name in ("LS", "LE"):
            within, code = name == "LS", None
        elif within and name == "REF":
            code = elements[1]
    return code


def _named(segments: list[list[str]]) -> str | None:
    """The first location that is named outside LS and LE."""
    for segment in takewhile(lambda segment: segment[0] != "LS", segments):
        if segment[0] == "LIN" and "DV" in (ids := _ids(segment)):
            return ids["DV"]
        qualifiers, place = _LOCATIONS.get(segment[0], ((), 0))
        if segment[1] in qualifiers and len(segment) > place:
            return segment[place]
    return None
