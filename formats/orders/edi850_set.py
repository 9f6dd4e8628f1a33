"""One 850: the order that a transaction set places, or takes back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from formats.x12.envelopes import TransactionSet
from formats.x12.moments import moment
from mappings.model import MAX_QUANTITY

#: BEG01 of sets that place an order as a whole, and of those that take one back.
_PLACED = {"00", "05", "06", "07", "15", "18"}
_CANCELLED = {"01", "03"}
_ORDER_DATE = "004"
#: Parties that may be one of our warehouses, the surest first.
_SHIPS_FROM = ("SF", "WH", "ST")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its number in the file, and its elements, the id first."""

    row: int
    elements: tuple[str, ...]

    @property
    def id(self) -> str:
        """Such as ``PO1``."""
        return self.elements[0]

    def at(self, place: int) -> str:
        """An element by its number in the standard; the empty text beyond the last."""
        return self.elements[place] if place < len(self.elements) else ""

    def pairs(self, first: int) -> Iterator[tuple[str, str]]:
        """The elements two by two, from this one on."""
        for place in range(first, len(self.elements), 2):
            yield self.at(place), self.at(place + 1)


class Fault(NamedTuple):
    """What is wrong with a segment, and which order is set aside because of it (null: it has no number)."""

    row: int
    order_id: str | None
    column: str
    value: str | None
    reason: str


class SetRefused(Exception):
    """The order of a set can't be used.

    Attributes:
        faults: each reason for it.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].reason)
        self.faults = faults


class OrderLine(NamedTuple):
    """A line of an order, as ``LINES_SCHEMA`` has it."""

    line: str | None
    code: str | None
    quantity: int
    ordered_at: datetime | None
    warehouse: str | None


@dataclass(frozen=True, slots=True)
class Rules:
    """How sets are read.

    Attributes:
        codes: the qualifiers of PO1 that may hold the product's code, in order.
        pieces: how many pieces each known unit is.
        timezone: of moments without a time code.
        places: our warehouse by each code that may name it.
    """

    codes: Sequence[str]
    pieces: Mapping[str, int]
    timezone: ZoneInfo
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """An order.

    Attributes:
        order_id: BEG03; with the release number (BEG04) behind a slash where there is one.
        status: ``cancelled``, or null.
        lines: its lines; a cancelled order has one without a product.
        notes: what else should be known.
    """

    order_id: str
    status: str | None
    lines: tuple[OrderLine, ...]
    notes: tuple[str, ...]


def read_order(segments: Sequence[Segment], about: TransactionSet, rules: Rules) -> PurchaseOrder:
    """Reads a set, from ST to SE.

    Raises:
        SetRefused: it is no order that can be used, and each reason for it.
    """
    return _Set(segments, about, rules).order()


class _Set:
    """The reading of one set."""

    def __init__(self, segments: Sequence[Segment], about: TransactionSet, rules: Rules) -> None:
        first = next((n for n, segment in enumerate(segments) if segment.id == "PO1"), len(segments))
        self._all, self._heading, self._about, self._rules = segments, segments[:first], about, rules
        self._items = _items(segments[first:])
        self._faults: list[Fault] = []
        self._notes: list[str] = []
        beginnings = [segment for segment in self._heading if segment.id == "BEG"]
        self._beginning = beginnings[0] if len(beginnings) == 1 else Segment(segments[0].row, ("BEG",))
        self._id = "/".join(filter(None, (self._beginning.at(3), self._beginning.at(4)))) or None

    def order(self) -> PurchaseOrder:
        """All of it."""
        self._check_envelope()
        status = self._status()
        ordered_at = self._ordered_at()
        lines = [] if status else list(self._lines(ordered_at))
        if not status and not self._items:
            self._fault(self._beginning, "PO1", None, "is missing: the order has no line")
        if self._faults or self._id is None:
            raise SetRefused(self._faults)
        cancelled = [OrderLine(None, None, 0, ordered_at, None)]
        return PurchaseOrder(self._id, status, tuple(lines or cancelled), tuple(self._notes))

    def _fault(self, segment: Segment, column: str, value: str | None, reason: str) -> None:
        self._faults.append(Fault(segment.row, self._id, column, value, reason))

    def _check_envelope(self) -> None:
        """A set that is not as long as it says, or holds other lines than it says, has lost some."""
        end = self._all[-1]
        if not _is_number(end.at(1), len(self._all)):
            self._fault(end, "SE01", end.at(1), f"is not the number of segments, {len(self._all)}")
        if end.at(2) != self._about.number:
            self._fault(end, "SE02", end.at(2), f"is not the control number of the set, {self._about.number}")
        for total in (segment for segment in self._all if segment.id == "CTT"):
            if not _is_number(total.at(1), len(self._items)):
                self._fault(total, "CTT01", total.at(1), f"is not the number of lines, {len(self._items)}")
        if self._about.interchange[15] == "T":
            self._fault(self._all[0], "ISA15", "T", "marks a test, which is no order")

    def _status(self) -> str | None:
        purpose = self._beginning.at(1)
        if self._id is None:
            self._fault(self._beginning, "BEG03", None, "is missing: the order has no number")
        elif purpose not in _PLACED | _CANCELLED:
            self._fault(self._beginning, "BEG01", purpose, "neither places nor cancels an order as a whole")
        return "cancelled" if purpose in _CANCELLED else None

    def _ordered_at(self) -> datetime | None:
        """The latest moment that the set leaves open: of a date alone the end; null if it has none."""
        dates = [segment for segment in self._heading if segment.id == "DTM" and segment.at(1) == _ORDER_DATE]
        segment, first = (dates[0], 2) if dates else (self._beginning, 5)
        date, time, code = segment.at(first), *((segment.at(3), segment.at(4)) if dates else ("", ""))
        if not date:
            return None
        at = moment(date, time, code, timezone=self._rules.timezone)
        if at is None:
            self._fault(segment, f"{segment.id}0{first}", f"{date} {time} {code}".strip(), "is no date and time")
        return at if time or at is None else self._end_of_day(date, code, at)

    def _end_of_day(self, date: str, code: str, begins: datetime) -> datetime:
        tomorrow = datetime.strptime(date, "%Y%m%d" if len(date) == 8 else "%y%m%d") + timedelta(days=1)
        return moment(f"{tomorrow:%Y%m%d}", "", code, timezone=self._rules.timezone) or begins

    def _lines(self, ordered_at: datetime | None) -> Iterator[OrderLine]:
        heading = self._place(self._heading)
        numbers = Counter(item[0].at(1) for item in self._items)
        for item in self._items:
            line, number = item[0], item[0].at(1) or None
            if number and numbers[number] > 1:
                self._fault(line, "PO101", number, "is the number of another line of this order too")
            code, quantity = self._code(line), self._pieces(line, (2, 3))
            if code is not None and quantity is not None:
                for warehouse, units in self._split(item, quantity, heading).items():
                    yield OrderLine(number, code, units, ordered_at, warehouse)

    def _code(self, line: Segment) -> str | None:
        ids = [(qualifier, code) for qualifier, code in line.pairs(6) if code]
        for wanted in self._rules.codes:
            found = {code for qualifier, code in ids if qualifier == wanted}
            if len(found) == 1:
                code = found.pop()
                if "\ufffd" in code:
                    self._fault(line, "PO1", code, "has bytes that are no text in this encoding; set encoding")
                return code
            if found:
                self._fault(line, "PO1", " ".join(sorted(found)), f"are several codes under {wanted}")
                return None
        shown = " ".join(qualifier for qualifier, _ in ids) or None
        self._fault(line, "PO1", shown, f"is none of the qualifiers that hold a code: {', '.join(self._rules.codes)}")
        return None

    def _pieces(self, segment: Segment, places: tuple[int, int]) -> int | None:
        """The quantity and unit at these places of a segment, in pieces; None and a fault where it is unclear."""
        text, unit = segment.at(places[0]), segment.at(places[1])
        column = f"{segment.id}{places[0]:02d}"
        number = re.fullmatch(r"\+?([0-9]{1,15})(?:\.0*)?", text)
        pieces = self._rules.pieces.get(unit)
        if number is None:
            self._fault(segment, column, text or None, "is no whole number" if text else "is missing")
        elif pieces is None:
            hint = f'say in units how many pieces it is, as in units = {{ "{unit}" = 12 }}'
            self._fault(segment, f"{segment.id}{places[1]:02d}", unit, f"is not a unit of single pieces; {hint}")
        elif int(number[1]) * pieces > MAX_QUANTITY:
            self._fault(segment, column, text, f"is beyond {MAX_QUANTITY:,}, the largest quantity")
        else:
            return int(number[1]) * pieces
        return None

    def _split(self, item: Sequence[Segment], quantity: int, heading: str | None) -> Mapping[str | None, int]:
        """The pieces of a line by our warehouse: as SDQ says, else all from the one that the line or heading names."""
        by_place = [segment for segment in item if segment.id == "SDQ"]
        if not by_place:
            return {self._place(item) or heading: quantity}
        split: Counter[str | None] = Counter()
        for segment in by_place:
            for place in range(3, 23, 2):
                code, text = segment.at(place), segment.at(place + 1)
                if code or text:
                    units = self._pieces(segment, (place + 1, 1))
                    split[self._rules.places.get(code, heading)] += units or 0
        if not self._faults and split.total() != quantity:
            reason = f"is not what the SDQ of this line add up to, {split.total()}"
            self._fault(item[0], "PO102", item[0].at(2), reason)
        return split

    def _place(self, segments: Sequence[Segment]) -> str | None:
        """Our warehouse that an N1 names; None if none does."""
        parties = [(segment.at(1), segment.at(4)) for segment in segments if segment.id == "N1"]
        for role in _SHIPS_FROM:
            for code in (code for party, code in parties if party == role and code):
                if code in self._rules.places:
                    return self._rules.places[code]
                if role != "ST":  # which as a rule is the customer
                    self._notes.append(f"N1 {role} {code} is no warehouse that is known; left open")
        return None


def _items(segments: Sequence[Segment]) -> list[list[Segment]]:
    """The segments of each PO1, itself first."""
    items: list[list[Segment]] = []
    for segment in segments:
        if segment.id in {"CTT", "SE"}:
            break
        if segment.id == "PO1":
            items.append([])
        items[-1].append(segment)
    return items


def _is_number(text: str, number: int) -> bool:
    return text.isdecimal() and int(text) == number
