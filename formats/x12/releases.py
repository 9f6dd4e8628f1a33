"""The releases of X12 as far as an 846 needs them: how an interchange begins, and how long elements may be.

The elements of a segment are given by their numbers in the data element dictionary, so that a length is said once for
every segment that holds the element. Lengths have only grown from release to release, but for that of a loop code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Literal, NamedTuple

Kind = Literal["AN", "ID", "R", "N0", "N2", "DT", "TM"]


class Element(NamedTuple):
    """A data element: AN text, ID code, R decimal, N0 integer, N2 hundredths, DT date, TM time.

    Sign and point do not count.
    """

    kind: Kind
    shortest: int
    longest: int

    @property
    def pattern(self) -> str:
        """What text of this kind looks like, whatever its length."""
        return _PATTERNS[self.kind]

    def fits(self, text: str) -> bool:
        """Whether a text may be the value of this element."""
        length = len(re.sub("[-.]", "", text)) if self.kind in _NUMBERS else len(text)
        right = self.shortest <= length <= self.longest and bool(re.search(self.pattern, text))
        return right and (self.kind != "DT" or _is_day(text, self.day))

    @property
    def day(self) -> str:
        """How a date of this length is written, for ``strptime``."""
        return "%Y%m%d" if self.longest == 8 else "%y%m%d"

    def __str__(self) -> str:
        """Such as ``2 to 80 characters``."""
        unit = {"N2": "digits, which count hundredths"}.get(
            self.kind, "digits" if self.kind in _NUMBERS else "characters"
        )
        length = f"{self.shortest}" if self.shortest == self.longest else f"{self.shortest} to {self.longest}"
        what = {"DT": "a date of ", "TM": "a time of "}.get(self.kind, "")
        return f"{what}{length} {unit}"


class Release(NamedTuple):
    """What differs between releases."""

    name: str
    interchange_version: str  # ISA12
    repeats: bool  # whether ISA11 holds a repetition separator
    most_lines: int  # LIN loops in an 846; where the standard has no limit, CTT01 has six digits
    elements: Mapping[int, Element]

    def element(self, segment: str, position: int) -> Element | None:
        """What the standard says about an element of a segment; None: it has no such element."""
        numbers = _SEGMENTS[segment] if _SINCE.get(segment, "") <= self.name else ()
        if segment == "SAC" and self.name < "005010":
            numbers = numbers[:15]  # the language came later
        if segment == "DTM" and self.elements[_DATE].longest == 6:
            numbers = (*numbers[:4], 624, *numbers[4:])  # the century had an element of its own
        return self.elements[numbers[position - 1]] if position <= len(numbers) else None

    def date(self, at: datetime) -> str:
        """A date as this release writes it: with the century from 004010."""
        return f"{at:%Y%m%d}"[-self.elements[_DATE].longest :]


def _is_day(text: str, form: str) -> bool:
    try:
        return bool(datetime.strptime(text, form))
    except ValueError:
        return False


_DATE = 373
_NUMBERS = ("R", "N0", "N2")
_PATTERNS: dict[Kind, str] = {
    "AN": r"^\S(?s:.*\S)?$",
    "ID": r"^\S+$",
    "R": r"^-?([0-9]+(\.[0-9]+)?|\.[0-9]+)$",
    "N0": r"^-?[0-9]+$",
    "N2": r"^-?[0-9]+$",
    "DT": r"^([0-9]{2})?[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$",
    "TM": r"^([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9]([0-9]{2})?)?$",
}

#: The elements of the segments that a profile may write, by number.
_SEGMENTS: dict[str, tuple[int, ...]] = {
    "BIA": (353, 755, 127, 373, 337, 306),
    "CTP": (687, 236, 212, 380, 355, 648, 649, 782, 639, 499, 289),
    "CUR": (98, 100, 280, 98, 100, 669),
    "DTM": (374, 373, 337, 623, 1250, 1251),
    "LDT": (345, 380, 344, 373),
    "LIN": (350, *(235, 234) * 15),
    "LM": (559, 822),
    "LQ": (1270, 1271),
    "LS": (447,),
    "MEA": (737, 738, 739, 355, 739, 739, 935, 936, 752, 1373),
    "N1": (98, 93, 66, 67, 706, 98),
    "N2": (93, 93),
    "N3": (166, 166),
    "N4": (19, 156, 116, 26, 309, 310),
    "PER": (366, 93, 365, 364, 365, 364, 365, 364, 443),
    "PID": (349, 750, 559, 751, 352, 752, 822, 1073, 819),
    "PKG": (349, 753, 559, 754, 352, 400),
    "QTY": (673, 380, 355, 61),
    "REF": (128, 127, 352),
    "SAC": (248, 1300, 559, 1301, 610, 378, 332, 118, 355, 380, 380, 331, 127, 770, 352, 819),
    "SCH": (380, 355, 98, 93, 374, 373, 337, 374, 373, 337, 326, 350),
    "SDQ": (355, 66, *(67, 380) * 10, 310),
    "SLN": (350, 350, 662, 380, 355, 212, 639, 662, *(235, 234) * 10),
    "UIT": (355, 212, 639),
}
#: The first release of the segments that the first of all did not have.
_SINCE = {"SAC": "003050"}


def _all(kind: Kind, shortest: int, longest: int, *numbers: int) -> dict[int, Element]:
    return dict.fromkeys(numbers, Element(kind, shortest, longest))


_FIRST = {  # release 003040
    **_all("ID", 1, 1, 248, 349, 378, 662, 1073),
    **_all("ID", 1, 2, 66, 306, 309),
    **_all("ID", 1, 3, 738, 1270),
    **_all("ID", 2, 2, 98, 128, 156, 235, 331, 344, 345, 353, 355, 365, 366, 400, 559, 623, 639),
    **_all("ID", 2, 2, 673, 687, 706, 737, 752, 755, 935, 936),
    **_all("ID", 2, 3, 26, 750, 819, 1250),
    **_all("ID", 2, 4, 1373),
    **_all("ID", 4, 4, 1300),
    **_all("ID", 3, 3, 100, 236, 374, 648, 669),
    **_all("AN", 1, 4, 447),
    **_all("AN", 1, 5, 753),
    **_all("AN", 1, 7, 754),
    **_all("AN", 1, 10, 499, 1301),
    **_all("AN", 1, 11, 350),
    **_all("AN", 1, 12, 751),
    **_all("AN", 1, 15, 822),
    **_all("AN", 1, 20, 443, 770, 1271),
    **_all("AN", 1, 30, 61, 127, 234, 310),
    **_all("AN", 1, 35, 93, 166, 1251),
    **_all("AN", 1, 45, 326),
    **_all("AN", 1, 80, 352, 364),
    **_all("AN", 2, 17, 67),
    **_all("AN", 2, 30, 19),
    **_all("ID", 3, 9, 116),
    **_all("R", 1, 6, 332),
    **_all("R", 1, 9, 118),
    **_all("R", 1, 10, 649, 739),
    **_all("R", 1, 14, 212),
    **_all("R", 1, 15, 380, 782),
    **_all("R", 4, 6, 280),
    **_all("N0", 1, 2, 289),
    **_all("N0", 2, 2, 624),
    **_all("N2", 1, 15, 610),
    **_all("DT", 6, 6, _DATE),
    **_all("TM", 4, 8, 337),
}
#: The longest values of the elements that a release changed.
_CHANGES: dict[str, dict[int, int]] = {
    "003040": {},
    "003050": {67: 20, 116: 11, 212: 17, 234: 40, 739: 18},
    "003060": {116: 15, 128: 3, 280: 10, 350: 20, 1271: 30},
    "003070": {93: 60, 98: 3, 166: 55, 234: 48, 447: 6},
    "004010": {67: 80, _DATE: 8, 782: 18},
    "004030": {127: 50, 364: 256},
    "004040": {},
    "004050": {447: 4},
    "004060": {},
    "005010": {739: 20},
    "005020": {},
    "005030": {127: 80},
    "005040": {},
    "006010": {234: 80},
}


def _elements(release: str) -> dict[int, Element]:
    elements = dict(_FIRST)
    for name, changes in _CHANGES.items():
        for number, longest in changes.items() if name <= release else ():
            kind, shortest, _ = elements[number]
            elements[number] = Element(kind, longest if kind == "DT" else shortest, longest)
    return elements


@cache
def release(name: str) -> Release:
    """A release by its name in GS08, such as ``004010``.

    Raises:
        ValueError: it is not known.
    """
    if name not in _CHANGES:
        raise ValueError(f'"{name}" is not a known release; known are: {", ".join(_CHANGES)}')
    return Release(
        name=name,
        interchange_version=name[:5],
        repeats=name >= "004020",
        most_lines=999_999 if name >= "005020" else 10_000,
        elements=_elements(name),
    )
