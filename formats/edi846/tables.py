"""The small tables of an EDI 846 profile: what a transaction set begins with, how it is numbered, where it ends."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from formats.feed import template
from formats.feed.errors import FeedError
from formats.feed.template import FEED_FACTS, Values
from formats.settings import Settings
from formats.x12.interchange import Qualifier, clock
from formats.x12.syntax import Syntax

#: Facts of a transaction set, with examples.
SET_FACTS: Values = {**FEED_FACTS, "control_number": 1, "group_number": 1, "part": 1}
#: Facts of the trading pair, with examples.
PAIR_FACTS: Values = {"sender": "ACME", "receiver": "SHOP"}


class Beginning(Settings):
    """``[format.bia]``: what kind of report a transaction set is."""

    full: Qualifier = Field("00", description="BIA01 of a full feed: 00 original, 05 replace.")
    delta: Qualifier = Field("25", description="BIA01 of a delta: 25 incremental, 04 change.")
    report: Qualifier = Field("SI", description="BIA02: SI seller inventory report, DD distributor inventory report.")
    reference: str = Field(
        "{control_number:09d}-{part:04d}", description="BIA03, unique per transaction set; {part} counts them."
    )
    delta_reference: str | None = Field(
        None,
        description="BIA03 of a delta, where it is built otherwise. A reference made of the date alone is the same in "
        "the full feed of a day and in the deltas that update it.",
    )
    time_digits: Literal[0, 4, 6, 8] = Field(4, description="Digits of the time in BIA05; 0 leaves it out.")
    action: str = Field("", description="BIA06, what the receiver is to do.", pattern=r"^[A-Z0-9]{0,2}$")

    @field_validator("reference", "delta_reference")
    @classmethod
    def _known(cls, reference: str | None) -> str | None:
        template.check(reference or "", {**SET_FACTS, **PAIR_FACTS})
        return reference

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in its references."""
        return template.names(self.reference, self.delta_reference or "")

    def segment(self, facts: Values, syntax: Syntax) -> tuple[str, ...]:
        """BIA.

        Raises:
            FeedError: the reference is too long or too short.
        """
        is_delta, rule = facts["kind"] == "delta", syntax.release.element("BIA", 3)
        text = self.delta_reference if is_delta and self.delta_reference else self.reference
        reference, at = syntax.constant(template.fill_facts(text, facts)), facts["built_at"]
        if rule and not rule.fits(reference):
            raise FeedError(f"BIA03 {reference!r} does not have {rule}; see [format.bia] reference")
        purpose = self.delta if is_delta else self.full
        date, time = syntax.release.date(at), clock(at, self.time_digits)
        return "BIA", purpose, self.report, reference, date, time, self.action


class Control(Settings):
    """``[format.control]``: how control numbers are written."""

    group: str = Field("{group_number}", description="GS06, at most nine digits; {group} counts the groups of a file.")
    set: str = Field("{part:04d}", description="ST02, four to nine characters; {part} counts the transaction sets.")

    @field_validator("group")
    @classmethod
    def _known_of_group(cls, text: str) -> str:
        template.check(text, {"control_number": 1, "group_number": 1, "group": 1})
        return text

    @field_validator("set")
    @classmethod
    def _known_of_set(cls, text: str) -> str:
        template.check(text, {"control_number": 1, "group_number": 1, "part": 1})
        if "part" not in template.names(text):
            raise ValueError('without "{part}", two transaction sets would have the same number')
        return text

    def group_number(self, facts: Values) -> str:
        """GS06 and GE02 (FeedError where it has too many digits)."""
        return _number("GS06", template.fill_facts(self.group, facts), 1)

    def set_number(self, facts: Values) -> str:
        """ST02 and SE02 (FeedError where it is too long or too short)."""
        return _number("ST02", template.fill_facts(self.set, facts), 4)


class Split(Settings):
    """``[format.split]``: where a new transaction set or group begins. Each part says what kind of feed it is."""

    lines: int = Field(
        10_000, ge=1, le=999_999, description="LIN per transaction set; up to release 005012 at most 10 000."
    )
    sets: int = Field(999_999, ge=1, le=999_999, description="Transaction sets per functional group.")


class Totals(Settings):
    """``[format.totals]``: what the summary repeats."""

    ctt: Literal["none", "count", "hash"] = Field(
        "count",
        description='"count": CTT01 counts the lines; "hash": and CTT02 sums the QTY02, of which the standard keeps '
        'the last ten digits; "none": no CTT.',
    )
    hash_of: Qualifier | None = Field(None, description="CTT02 sums QTY of this qualifier alone; none: every QTY.")


def _number(element: str, text: str, shortest: int) -> str:
    if not (shortest <= len(text) <= 9 and text.isdigit()):
        raise FeedError(f"{element} {text!r} does not have {shortest} to 9 digits; see [format.control]")
    return text
