"""Acknowledgements read: 997, 999 and TA1, which tell a sender what became of its interchanges, groups and sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, cast

from formats.acknowledgement.answers import (
    Acknowledgement,
    ElementError,
    GroupAnswer,
    InterchangeAnswer,
    Party,
    SegmentError,
    SetAnswer,
    answer_for,
)
from formats.acknowledgement.codes import STATES, Code, State, meaning
from formats.acknowledgement.group import KNOWN, NotWhole, group_answers, joined
from formats.acknowledgement.interchange import ReceivedInterchange, ReceivedSet, Segment, received
from formats.errors import FileRefused

__all__ = [
    "Acknowledgement",
    "Code",
    "ElementError",
    "GroupAnswer",
    "InterchangeAnswer",
    "Party",
    "SegmentError",
    "SetAnswer",
    "State",
    "answer_for",
    "joined",
    "read_acknowledgements",
]

_KINDS = ("997", "999")


def read_acknowledgements(path: Path) -> list[Acknowledgement]:
    """Read a file of acknowledgements, one for each of its interchanges.

    What partners' translators get wrong is tolerated, and told in ``warnings`` and ``contradictions``: counts and
    control numbers of the envelope, padding, releases that do not fit, a byte order mark, missing line breaks. A group
    that is answered twice within an interchange has one answer, the later.

    Raises:
        FileRefused: it holds no acknowledgement (and says what it holds), or a part of it is missing.
    """
    interchanges = received(path)
    telling = [one for one in interchanges if one.notes or any(_kind(found) in _KINDS for found in one.sets)]
    if not telling:
        held = _listed(_kind(found) for one in interchanges for found in one.sets)
        raise FileRefused(path, f"it holds {held}, not an acknowledgement (997, 999 or TA1)")
    for other in (one for one in interchanges if one not in telling):
        held = _listed(map(_kind, other.sets))
        telling[0].warnings.append(f"interchange {other.isa.at(13)} holds {held} and is not read")
    try:
        return [_acknowledgement(one) for one in telling]
    except NotWhole as error:
        raise FileRefused(path, str(error)) from None


def _kind(one: ReceivedSet) -> str:
    return one.start.at(1)


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(set(kinds))) or "no transaction set"


def _acknowledgement(interchange: ReceivedInterchange) -> Acknowledgement:
    isa = interchange.isa
    sets = [one for one in interchange.sets if _kind(one) in _KINDS]
    ids = list(dict.fromkeys((one.group.at(2), one.group.at(3)) for one in sets))
    sender, receiver = ids[0] if ids else (None, None)
    return Acknowledgement(
        kind=cast('Literal["997", "999", "TA1"]', _kind(sets[0]) if sets else "TA1"),
        sender=Party(isa.at(5), isa.at(6)),
        receiver=Party(isa.at(7), isa.at(8)),
        group_sender=sender,
        group_receiver=receiver,
        interchange_control_number=_number("ISA13", isa.at(13)),
        interchanges=tuple(map(_interchange_answer, interchange.notes)),
        groups=_groups(sets, interchange.component),
        warnings=(*interchange.warnings, *_unread(interchange.sets), *_other_ids(ids)),
    )


def _groups(sets: Iterable[ReceivedSet], component: str) -> tuple[GroupAnswer, ...]:
    groups: dict[tuple[str, int], GroupAnswer] = {}
    for answer in (answer for one in sets for answer in group_answers(one.segments, component)):
        key = answer.functional_id, answer.group_control_number
        groups[key] = joined(groups[key], answer) if key in groups else answer
    return tuple(groups.values())


def _interchange_answer(note: Segment) -> InterchangeAnswer:
    if note.at(4) not in ("A", "E", "R"):
        raise NotWhole(f'its answer to interchange {note.at(1)} says nothing: TA104 is "{note.at(4)}"')
    return InterchangeAnswer(
        control_number=_number("TA101", note.at(1)),
        date=note.at(2),
        time=note.at(3),
        state=STATES[note.at(4)],
        code=note.at(5),
        meaning=meaning("I18", note.at(5)),
    )


def _number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise NotWhole(f'{name} is "{text}", which is no control number')
    return int(text)


def _unread(sets: Iterable[ReceivedSet]) -> Iterable[str]:
    for one in sets:
        name = " ".join(one.start.filled(1, 2))
        if _kind(one) not in _KINDS:
            yield f"{name} is no acknowledgement and is not read"
        elif unknown := {segment.id for segment in one.segments} - KNOWN:
            yield f"{name} holds {', '.join(sorted(unknown))}, which is not read"


def _other_ids(ids: Sequence[tuple[str, str]]) -> Iterable[str]:
    for sender, receiver in ids[1:]:
        yield f"a further group is from {sender} to {receiver}"
