"""What partners answer to what we have sent, and what that says of one transaction set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from formats.acknowledgement.codes import Code, State

T = TypeVar("T")


class Party(NamedTuple):
    """Sender or receiver of an interchange."""

    qualifier: str
    id: str


@dataclass(frozen=True, slots=True)
class ElementError:
    """What is wrong with one element of a segment (AK4, IK4).

    Attributes:
        position: of the element in its segment, from 1; 0 is the segment id, or a position that was not told.
        component: of the element, from 1; None for all of it.
        reference: number of the data element in the standard; "" if it was not told.
        code: why (element 723).
        meaning: of the code.
        bad_value: what stood there, exactly as the partner repeats it; "" if it was not repeated.
    """

    position: int
    component: int | None
    reference: str
    code: str
    meaning: str
    bad_value: str


@dataclass(frozen=True, slots=True)
class SegmentError:
    """What is wrong with one segment (AK3, IK3).

    Attributes:
        position: of the segment in its transaction set, ST being 1; 0 if it was not told.
        segment: its id, such as "QTY".
        code: why (element 720).
        meaning: of the code.
        elements: what is wrong in it.
        context: what a 999 adds (CTX), as text.
    """

    position: int
    segment: str
    code: str
    meaning: str
    elements: tuple[ElementError, ...] = ()
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAnswer:
    """The answer to one transaction set (AK2 to AK5, IK5).

    Attributes:
        transaction_set: what it is, such as "846".
        set_control_number: our ST02, as the partner writes it.
        state: what became of it; never "partly accepted" by itself, though it stands for the group's word where the
            partner gives none for the set.
        codes: why (element 718); a rejection for reasons of security begins with its letter.
        errors: which segments are wrong.
    """

    transaction_set: str
    set_control_number: str
    state: State
    codes: tuple[Code, ...] = ()
    errors: tuple[SegmentError, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """The answer to one functional group (AK1 to AK9).

    Attributes:
        functional_id: our GS01, "IB" for an 846.
        group_control_number: our GS06.
        state: what became of it.
        included: transaction sets that our GE01 counts, as the partner says; None where it says nothing readable.
        received: transaction sets that the partner found.
        accepted: transaction sets that it accepted.
        codes: why (element 716); a rejection for reasons of security begins with its letter.
        sets: the transaction sets that are named; often none, or only those in error.
        contradictions: what does not agree within the answer, as sentences.
    """

    functional_id: str
    group_control_number: int
    state: State
    included: int | None
    received: int | None
    accepted: int | None
    codes: tuple[Code, ...] = ()
    sets: tuple[SetAnswer, ...] = ()
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterchangeAnswer:
    """The answer to one interchange (TA1).

    Attributes:
        control_number: our ISA13.
        date: our ISA09 (YYMMDD), which tells apart interchanges after the control numbers began anew.
        time: our ISA10 (HHMM).
        state: what became of its envelope. "accepted with errors" must not be sent again.
        code: why (element I18).
        meaning: of the code.
    """

    control_number: int
    date: str
    time: str
    state: State
    code: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What one interchange acknowledges.

    Attributes:
        kind: of its first transaction set, or "TA1" where there is none.
        sender: the partner (ISA05, ISA06), to whom we have sent.
        receiver: we (ISA07, ISA08).
        group_sender: the partner (GS02); None where there is no group.
        group_receiver: we (GS03).
        interchange_control_number: the partner's own (ISA13).
        interchanges: answers to interchanges of ours.
        groups: answers to functional groups of ours, one per group.
        warnings: what is not as the standard demands, and what was not read, as sentences.
    """

    kind: Literal["997", "999", "TA1"]
    sender: Party
    receiver: Party
    group_sender: str | None
    group_receiver: str | None
    interchange_control_number: int
    interchanges: tuple[InterchangeAnswer, ...]
    groups: tuple[GroupAnswer, ...]
    warnings: tuple[str, ...]


def answer_for(group: GroupAnswer, set_control_number: str) -> State:
    """What became of one transaction set of ours, by all that the answer to its group says.

    A set that is named has its own answer; one that is not, or where none is, has that of the group. A group that is
    rejected without any of its sets being so is rejected with all of them. "partly accepted" means that the answer does
    not tell whether this set is among the rejected ones.

    Args:
        group: the answer to the group of the set.
        set_control_number: our ST02, in any padding.
    """
    if group.state == "rejected" and all(answer.state != "rejected" for answer in group.sets):
        return "rejected"
    named = by_number({answer.set_control_number: answer for answer in group.sets}, set_control_number)
    return named.state if named else group.state


def by_number(numbered: Mapping[str, T], number: str) -> T | None:
    """What has this control number: the very text, else the same number in another padding."""
    if number in numbered:
        return numbered[number]
    return next((one for other, one in numbered.items() if _unpadded(other) == _unpadded(number)), None)


def _unpadded(number: str) -> str:
    return number.lstrip("0") if number.isdecimal() else number
