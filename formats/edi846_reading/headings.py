"""What the headings of an 846's transaction sets say: kind of report, moment, warehouse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from formats.edi846_reading.settings import Edi846Settings
from formats.errors import FileRefused
from formats.x12.codes import named
from formats.x12.envelopes import Envelopes, TransactionSet, element
from formats.x12.moments import moment
from formats.x12.segments import X12File
from mappings.model import INSTANT

col = pl.col

_COMPLETE = {"00", "05", "06", "07", "08", "15", "18", "22"}
_CHANGES = {"02", "04", "25", "26"}
_TELLS_NOTHING = {"01", "03", "13", "27"}
_ASKS = {"PI", "TC"}  # BIA02 of inquiries

Elements = tuple[str, ...]


@dataclass(slots=True)
class _Heading:
    segments: dict[str, list[Elements]] = field(default_factory=lambda: defaultdict(list))

    def first(self, name: str, *, code: str | None = None) -> Elements | None:
        """The first segment with this id, and with this first element if one is given."""
        return next((found for found in self.segments[name] if code is None or element(found, 1) == code), None)


class Headings:
    """The headings of the transaction sets that are 846, as they come."""

    def __init__(self, file: X12File, settings: Edi846Settings, envelopes: Envelopes, timezone: ZoneInfo) -> None:
        self._file, self._settings, self._envelopes, self._timezone = file, settings, envelopes, timezone
        self._headings: dict[int, _Heading] = defaultdict(_Heading)

    def take(self, segments: pl.DataFrame) -> None:
        """Notes segments of headings: ``text``, ``set``."""
        for number, text in segments.select("set", "text").iter_rows():
            elements = tuple(part.strip() for part in text.split(self._file.opening.element))
            self._headings[number].segments[elements[0]].append(elements)

    def places(self, first: int, last: int) -> pl.DataFrame:
        """The warehouse of each of these sets whose heading names one: ``set``, ``header_place``.

        Raises:
            FileRefused: a heading names several.
        """
        numbers = (number for number in range(first, last + 1) if number in self._headings)
        found = [(number, place) for number in numbers if (place := self._place(number))]
        return pl.DataFrame(found, schema={"set": pl.Int64, "header_place": pl.String}, orient="row")

    def moments(self, file_time: datetime) -> pl.DataFrame:
        """The moment of each 846: ``set``, ``as_of`` (UTC)."""
        found = [(number, self._moment(number, about) or file_time) for number, about in self._sets()]
        return pl.DataFrame(found, schema={"set": pl.Int64, "as_of": INSTANT}, orient="row")

    def check(self) -> None:
        """Compares what the headings say with what the source is said to send.

        Raises:
            FileRefused: a set asks, cancels, or holds changes where all is expected, or the other way round.
        """
        for number, about in self._sets():
            if about.group[1] != "IB":
                self._odd(f'the group of set {about.number} is "{about.group[1]}" (GS01), not IB', "GS01")
            if len(about.group[8]) < 6:
                self._odd(f'GS08 of set {about.number} is "{about.group[8]}", not a release such as 004010', "GS08")
            bia = self._headings[number].first("BIA")
            if bia is None:
                self._odd(f"set {about.number} has no BIA", "no BIA")
            else:
                self._check_kind(about, element(bia, 1), element(bia, 2))

    def _sets(self) -> Iterator[tuple[int, TransactionSet]]:
        return ((n, about) for n, about in enumerate(self._envelopes.sets, 1) if about.kind == "846")

    def _odd(self, text: str, kind: str) -> None:
        self._envelopes.oddities.add(text, kind=kind)

    def _check_kind(self, about: TransactionSet, purpose: str, report: str) -> None:
        content = self._settings.content
        said = f"BIA01 of set {about.number} is {named('353', purpose)}"
        if report in _ASKS:
            self._refuse(f"BIA02 of set {about.number} is {named('755', report)}: it asks for stock and tells none")
        if purpose in _TELLS_NOTHING:
            self._refuse(f"{said}: it tells no stock")
        if purpose in (_CHANGES if content == "complete" else _COMPLETE):
            other = "changes" if content == "complete" else "complete"
            holds = "only what changed" if content == "complete" else "everything"
            self._refuse(f'{said}: it holds {holds}, but the source says content = "{content}"; set it to "{other}"')
        if purpose not in _COMPLETE | _CHANGES:
            self._odd(f'{said}, which says nothing of its content; taken as "{content}"', "BIA01")

    def _moment(self, number: int, about: TransactionSet) -> datetime | None:
        heading = self._headings[number]
        dated = heading.first("DTM", code=self._settings.as_of)
        if dated is not None:
            if found := moment(*(element(dated, n) for n in (2, 3, 4)), timezone=self._timezone):
                return found
            code = self._settings.as_of
            self._odd(f"DTM {code} of set {about.number} names no moment; what BIA says is taken", "DTM")
        bia = heading.first("BIA")
        if bia is None:
            return None
        found = moment(element(bia, 4), element(bia, 5), "", timezone=self._timezone)
        if found is None:
            self._odd(f"BIA of set {about.number} names no moment; the file's time is taken", "BIA04")
        return found

    def _place(self, number: int) -> str | None:
        places: list[str] = []
        if self._settings.looks_at("header"):
            places = self._named(number, "N1")
        if not places and self._settings.looks_at("header-ref"):
            places = self._named(number, "REF")
        if len(places) > 1:
            about = self._envelopes.sets[number - 1]
            self._refuse(f"the heading of set {about.number} names several warehouses: {', '.join(places)}")
        return places[0] if places else None

    def _named(self, number: int, segment: str) -> list[str]:
        """The warehouses that N1 or REF of a heading name, under the first qualifier that there is."""
        said = self._headings[number].segments[segment]
        for code in self._settings.place_codes("N1" if segment == "N1" else "REF"):
            places = [_place_of(elements) for elements in said if element(elements, 1) == code]
            if named_places := list(dict.fromkeys(filter(None, places))):
                return named_places
        return []

    def _refuse(self, reason: str) -> None:
        raise FileRefused(self._file.path, reason)


def _place_of(elements: Elements) -> str:
    """The code of a place: N104, else its name; REF02."""
    return element(elements, 4) or element(elements, 2) if elements[0] == "N1" else element(elements, 2)
