"""What can be wrong with an X12 file, under names that a partner's profile may allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

#: Name of a deviation -> what is wrong then.
DEVIATIONS = {
    "bad-character": "an element holds a character that X12 does not have, or a component where it has none",
    "bad-code": "a code that the standard does not have",
    "bad-date": "not a date",
    "bad-time": "not a time",
    "before-isa": "a byte order mark, blanks or line breaks stand before ISA",
    "blanks": "a text begins or ends with a blank",
    "condition": "elements that depend on each other do not stand together",
    "control-number": "the control number of a trailer is not that of its header",
    "duplicate-line": "two lines of a transaction set have the same number (LIN01)",
    "duplicate-number": "a control number is there twice",
    "duplicate-reference": "two transaction sets have the same reference (BIA03)",
    "empty-segment": "a segment without elements",
    "fractional-quantity": "a quantity of things that are counted is not whole",
    "group-version": "GS08 does not name a release",
    "hash-total": "CTT02 is not the sum of all QTY02",
    "isa-standard": "ISA11 is not what the version in ISA12 asks for",
    "isa-version": "ISA12 is not the version of the release in GS08",
    "line-count": "CTT01 is not the number of LIN",
    "misplaced-segment": "a segment stands where the order of the standard has no place for it",
    "loop-total": "no QTY of a line is the sum of those between LS and LE with the same qualifier",
    "missing-element": "a mandatory element is missing",
    "missing-segment": "a mandatory segment is missing",
    "missing-terminator": "the last segment has no terminator",
    "negative-quantity": "a quantity is below 0",
    "no-component-separator": "ISA16 is the separator of elements, so that there are no components",
    "not-a-number": "a quantity or another number holds something else",
    "padded-number": "a control number is written with other zeros in front than in its header",
    "qty-inside-ls": "QTY between LS and LE, where the standard has none",
    "qty02-with-qty04": "QTY has both a quantity and a free-form quantity",
    "sdq-total": "no QTY of a line is the sum of its destination quantities (SDQ)",
    "segment-count": "a trailer does not count what it closes",
    "too-long": "an element is longer than the release allows",
    "too-many": "a segment or loop is there more often than the standard allows",
    "too-many-elements": "a segment has more elements than the standard",
    "too-short": "an element is shorter than the release allows",
    "trailing-separator": "a segment ends in an empty element",
    "unknown-segment": "a segment that the transaction set does not have",
    "unknown-set": "a transaction set or group that is not judged here",
}

#: How a file can differ from the feed that it was built from; nothing that a partner may allow.
AGAINST_FEED = {
    "left-out": "the feed tells a product, or a warehouse of it, that the file does not",
    "not-in-feed": "the file tells a product, or a warehouse of it, that the feed does not",
    "other-quantity": "a quantity is not that of the feed",
    "repeated-line": "a product, or a warehouse of it, is told twice",
    "unread": "a line tells its quantity in a way that cannot be read",
}

#: What is right by the standard and yet worth a look; never makes a file not valid.
REMARK = "suspect-code"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        segment: which segment of the file it is, from 1.
        element: such as QTY02, or QTY03-01 for a component; empty where it is the segment as a whole.
        name: key of ``DEVIATIONS`` or ``AGAINST_FEED``.
        value: what stands there.
        why: what is wrong with it.
        expected: what would be right.
        text: the whole segment, as it stands.
        interchange: ISA13 of its interchange.
        group: GS06 of its group.
        transaction_set: ST02 of its transaction set.
    """

    segment: int
    element: str
    name: str
    value: str
    why: str
    expected: str
    text: str = ""
    interchange: str = ""
    group: str = ""
    transaction_set: str = ""


class Finding(NamedTuple):
    """A problem as it is found: of the segment, its number alone is known."""

    segment: int
    element: str
    name: str
    value: str
    why: str
    expected: str


_SCHEMA = {"segment": pl.Int64} | dict.fromkeys(Finding._fields[1:], pl.String)


def found(findings: Iterable[Finding]) -> pl.DataFrame:
    """Findings as a frame, a column per field."""
    return pl.DataFrame(list(findings), schema=_SCHEMA, orient="row")
