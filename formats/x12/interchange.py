"""X12: who exchanges with whom, under which numbers, and the envelope around what they exchange."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from formats.feed.errors import FeedError
from formats.settings import Settings
from formats.x12.releases import Release
from formats.x12.syntax import Separators

Qualifier = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2}$")]
PartyId = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,13}[!-~])?$")]
#: ISA02 and ISA04.
Password = Annotated[str, StringConstraints(pattern=r"^[ -~]{0,10}$")]
GroupId = Annotated[str, StringConstraints(pattern=r"^[!-~][ -~]{0,13}[!-~]$")]
ControlNumber = Annotated[int, Field(ge=1, le=999_999_999)]


class TradingPair(Settings):
    """The two parties of an interchange, as they have agreed to call themselves."""

    sender_qualifier: Qualifier = Field("ZZ", description="Kind of the sender's id (ISA05), such as 01 for DUNS.")
    sender: PartyId = Field(description="The sender's id (ISA06).")
    receiver_qualifier: Qualifier = Field("ZZ", description="Kind of the receiver's id (ISA07).")
    receiver: PartyId = Field(description="The receiver's id (ISA08).")
    group_sender: GroupId | None = Field(None, description="GS02, where it is not the sender's id.")
    group_receiver: GroupId | None = Field(None, description="GS03, where it is not the receiver's id.")
    authorization_qualifier: Qualifier = Field("00", description="ISA01: 00 where ISA02 says nothing.")
    authorization: Password = Field("", description="ISA02.")
    security_qualifier: Qualifier = Field("00", description="ISA03: 00 where ISA04 says nothing, 01 before a password.")
    security: Password = Field("", description="ISA04.")
    test: bool = Field(False, description="Whether interchanges are marked as a test (ISA15).")
    test_sender: PartyId | None = Field(
        None, description="The sender's id in ISA and GS of tests, where it is another."
    )
    test_receiver: PartyId | None = Field(
        None, description="The receiver's id in ISA and GS of tests, where it is another."
    )

    @model_validator(mode="after")
    def _group_ids(self) -> Self:
        for name, group, party in (
            ("group_sender", self.group_sender, self.parties[0]),
            ("group_receiver", self.group_receiver, self.parties[1]),
        ):
            if group is None and len(party) < 2:
                raise ValueError(f'"{party}" is too short for a functional group (2 characters): set {name}')
        return self

    @property
    def key(self) -> str:
        """Names the pair; control numbers are counted for each."""
        sender, receiver = self.parties
        return f"{self.sender_qualifier}:{sender}>{self.receiver_qualifier}:{receiver}"

    @property
    def parties(self) -> tuple[str, str]:
        """The ids of sender and receiver in ISA: in tests their own, where they have some."""
        if self.test:
            return self.test_sender or self.sender, self.test_receiver or self.receiver
        return self.sender, self.receiver

    @property
    def group_parties(self) -> tuple[str, str]:
        """The ids of sender and receiver in GS."""
        sender, receiver = self.parties
        sender_in_test, receiver_in_test = self.test and self.test_sender, self.test and self.test_receiver
        return sender_in_test or self.group_sender or sender, receiver_in_test or self.group_receiver or receiver

    def facts(self) -> dict[str, str]:
        """What a profile may put into its segments, by placeholder."""
        sender, receiver = self.parties
        return {"sender": sender, "receiver": receiver}


class Interchange(Settings):
    """One interchange: between whom, and under which control numbers."""

    pair: TradingPair
    number: ControlNumber
    group_number: ControlNumber


class Envelope(Settings):
    """``[format.envelope]``: what the partner wants to see in ISA and GS beside the parties and the numbers."""

    version: str | None = Field(None, description="ISA12, where it is not that of the release.", pattern=r"^\d{5}$")
    group_version: str | None = Field(
        None, description='GS08, where it is not the release, such as "004010VICS".', pattern=r"^[A-Z0-9]{1,12}$"
    )
    request_acknowledgement: bool = Field(False, description="Whether a TA1 is asked for (ISA14).")
    time_digits: Literal[4, 6, 8] = Field(4, description="Digits of the time in GS05.")


def interchange_header(
    interchange: Interchange, *, release: Release, envelope: Envelope, separators: Separators, at: datetime
) -> tuple[str, ...]:
    """The segment ISA, whose elements have fixed widths.

    Args:
        interchange: the parties and the control number.
        release: of the transaction sets inside.
        envelope: what the partner wants otherwise.
        separators: of which ISA declares three or four.
        at: date and time of the interchange.

    Raises:
        FeedError: an id holds a separator.
    """
    pair = interchange.pair
    sender, receiver = pair.parties
    for party in (sender, receiver, *pair.group_parties, pair.authorization, pair.security):
        if not set(party).isdisjoint(separators.all):
            raise FeedError(f"the id {party!r} holds one of the separators {' '.join(separators.all)}")
    return (
        *("ISA", pair.authorization_qualifier, f"{pair.authorization:10}"),
        *(pair.security_qualifier, f"{pair.security:10}"),
        *(pair.sender_qualifier, f"{sender:15}", pair.receiver_qualifier, f"{receiver:15}"),
        *(f"{at:%y%m%d}", f"{at:%H%M}", separators.repetition if release.repeats else "U"),
        *(envelope.version or release.interchange_version, f"{interchange.number:09d}"),
        *("1" if envelope.request_acknowledgement else "0", "T" if pair.test else "P", separators.component),
    )


def group_header(
    interchange: Interchange, group: str, number: str, *, release: Release, envelope: Envelope, at: datetime
) -> tuple[str, ...]:
    """The segment GS.

    Args:
        interchange: the parties.
        group: GS01, the functional group id of the transaction sets inside.
        number: GS06.
        release: of the transaction sets inside.
        envelope: what the partner wants otherwise.
        at: date and time of the group.
    """
    date, time = release.date(at), clock(at, envelope.time_digits)
    return "GS", group, *interchange.pair.group_parties, date, time, number, "X", envelope.group_version or release.name


def clock(at: datetime, digits: int) -> str:
    """A time as HHMM, HHMMSS or, in eight digits, with hundredths of a second."""
    return f"{at:%H%M%S%f}"[:digits]
