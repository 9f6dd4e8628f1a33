"""X12: who exchanges with whom, under which numbers, and the envelope around what they exchange."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from formats.feed_errors import FeedError
from formats.settings import Settings
from formats.x12_syntax import Separators

Qualifier = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2}$")]
PartyId = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,13}[!-~])?$")]
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
    test: bool = Field(False, description="Whether interchanges are marked as a test (ISA15).")

    @model_validator(mode="after")
    def _group_ids(self) -> Self:
        for name, own, party in (
            ("group_sender", self.group_sender, self.sender),
            ("group_receiver", self.group_receiver, self.receiver),
        ):
            if own is None and len(party) < 2:
                raise ValueError(f'"{party}" is too short for a functional group (2 characters): set {name}')
        return self


class Interchange(Settings):
    """One interchange: between whom, and under which control numbers."""

    pair: TradingPair
    number: ControlNumber
    group_number: ControlNumber


class Release(NamedTuple):
    """What differs between releases of the standard, as far as an 846 is concerned."""

    interchange_version: str  # ISA12
    repeats: bool  # whether ISA11 holds a repetition separator
    longest_reference: int  # element 127, in BIA03 and REF02


#: The structure of the 846 is the same in all of them.
RELEASES: dict[str, Release] = {
    "004010": Release("00401", repeats=False, longest_reference=30),
    "005010": Release("00501", repeats=True, longest_reference=50),
}


class Envelope(Settings):
    """``[format.envelope]``: what the partner wants to see in ISA and GS beside the parties and the numbers."""

    version: str | None = Field(None, description="ISA12, where it is not that of the release.", pattern=r"^\d{5}$")
    group_version: str | None = Field(
        None, description='GS08, where it is not the release, such as "004010VICS".', pattern=r"^[A-Z0-9]{1,12}$"
    )
    request_acknowledgement: bool = Field(False, description="Whether a TA1 is asked for (ISA14).")
    time_digits: Literal[4, 6, 8] = Field(4, description="Digits of the time in GS05.")


def opening(
    interchange: Interchange, *, group: str, release: str, envelope: Envelope, separators: Separators, at: datetime
) -> list[tuple[str, ...]]:
    """The segments ISA and GS.

    Args:
        interchange: the parties and the control numbers.
        group: GS01, the functional group id of the transaction sets inside.
        release: key of ``RELEASES``.
        envelope: what the partner wants otherwise.
        separators: of which ISA declares three or four.
        at: date and time of the interchange.

    Raises:
        FeedError: an id holds a separator.
    """
    pair, rules = interchange.pair, RELEASES[release]
    group_sender, group_receiver = pair.group_sender or pair.sender, pair.group_receiver or pair.receiver
    for party in (pair.sender, pair.receiver, group_sender, group_receiver):
        if not set(party).isdisjoint(separators.all):
            raise FeedError(f"the id {party!r} holds one of the separators {' '.join(separators.all)}")
    isa = (
        *("ISA", "00", " " * 10, "00", " " * 10),
        *(pair.sender_qualifier, f"{pair.sender:15}", pair.receiver_qualifier, f"{pair.receiver:15}"),
        *(f"{at:%y%m%d}", f"{at:%H%M}", separators.repetition if rules.repeats else "U"),
        *(envelope.version or rules.interchange_version, f"{interchange.number:09d}"),
        *("1" if envelope.request_acknowledgement else "0", "T" if pair.test else "P", separators.component),
    )
    gs = (
        *("GS", group, group_sender, group_receiver, f"{at:%Y%m%d}", clock(at, envelope.time_digits)),
        *(str(interchange.group_number), "X", envelope.group_version or release),
    )
    return [isa, gs]


def closing(interchange: Interchange, transaction_sets: int) -> list[tuple[str, ...]]:
    """The segments GE and IEA."""
    return [
        ("GE", str(transaction_sets), str(interchange.group_number)),
        ("IEA", "1", f"{interchange.number:09d}"),
    ]


def clock(at: datetime, digits: int) -> str:
    """A time as HHMM, HHMMSS or, in eight digits, with hundredths of a second."""
    return f"{at:%H%M%S%f}"[:digits]
