"""A 997 or a 999 read: what it answers to our functional groups, and what in it does not agree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from formats.acknowledgement.answers import ElementError, GroupAnswer, SegmentError, SetAnswer
from formats.acknowledgement.codes import STATES, Code, State, meaning
from formats.acknowledgement.interchange import Segment

#: AK501; a set cannot be partly accepted.
_SET_STATES = {letter: state for letter, state in STATES.items() if letter != "P"}
_SET_ENDS = ("AK5", "IK5")
_SEGMENT_ERRORS = ("AK3", "IK3")
_ELEMENT_ERRORS = ("AK4", "IK4")
KNOWN = {"AK1", "AK2", *_SEGMENT_ERRORS, *_ELEMENT_ERRORS, "CTX", *_SET_ENDS, "AK9"}


class NotWhole(Exception):
    """A part of the acknowledgement is missing or cannot be read, so that none of it can be trusted."""


def group_answers(segments: Sequence[Segment], component: str) -> Iterator[GroupAnswer]:
    """The answers in one transaction set; the standard allows one, some partners write several.

    Args:
        segments: those between ST and SE.
        component: the separator of components.

    Raises:
        NotWhole: an answer has no beginning or no end, or says nothing readable.
    """
    before, *groups = _cut(segments, ["AK1"])
    if before or not groups:
        raise NotWhole("it does not begin with AK1, which names the functional group; a part of it is missing")
    for group in groups:
        yield _group(group, component)


def joined(earlier: GroupAnswer, later: GroupAnswer) -> GroupAnswer:
    """The answer to a group that was answered twice: the later counts, but it need not name each set again."""
    named = {answer.set_control_number for answer in later.sets}
    kept = tuple(answer for answer in earlier.sets if later.sets and answer.set_control_number not in named)
    contradictions = earlier.contradictions + later.contradictions
    if _states(earlier) != _states(later):
        note = f"group {later.group_control_number} is answered twice: {earlier.state}, then {later.state}"
        contradictions += (f"{note}; the later answer counts",)
    return replace(later, sets=kept + later.sets, contradictions=contradictions)


def _states(group: GroupAnswer) -> tuple[State, dict[str, State]]:
    return group.state, {answer.set_control_number: answer.state for answer in group.sets}


def _cut(segments: Sequence[Segment], starts: Collection[str]) -> list[list[Segment]]:
    """What precedes the first of these segments, then a part for each of them."""
    parts: list[list[Segment]] = [[]]
    for segment in segments:
        if segment.id in starts:
            parts.append([])
        parts[-1].append(segment)
    return parts


def _group(segments: Sequence[Segment], component: str) -> GroupAnswer:
    (start, *_), *parts = _cut(segments, ["AK2", "AK9"])
    *sets, last = parts or [[Segment()]]
    if last[0].id != "AK9" or any(part[0].id == "AK9" for part in sets):
        raise NotWhole(f"its answer to group {start.at(2)} does not end in one AK9; a part of it is missing")
    end, state = last[0], STATES.get(last[0].at(1))
    if not start.at(2).isdecimal():
        raise NotWhole(f'AK102 is "{start.at(2)}", which is no group control number')
    if not state:
        raise NotWhole(f'its answer to group {start.at(2)} says nothing: AK901 is "{end.at(1)}"')
    group = GroupAnswer(
        functional_id=start.at(1),
        group_control_number=int(start.at(2)),
        state=state,
        included=_number(end.at(2)),
        received=_number(end.at(3)),
        accepted=_number(end.at(4)),
        codes=_codes(end, "715", "716"),
        sets=tuple(_set(part, state, component) for part in sets),
    )
    return replace(group, contradictions=(*_unsaid(sets, end), *_contradictions(group)))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _codes(end: Segment, answer: str, reasons: str) -> tuple[Code, ...]:
    """The reasons in AK5 or AK9, after the letter of the answer where that is a reason itself."""
    security = [Code(end.at(1), meaning(answer, end.at(1)))] if end.at(1) in ("M", "W", "X") else []
    listed = end.filled(5 if end.id == "AK9" else 2, len(end) - 1)
    return (*security, *(Code(code, meaning(reasons, code)) for code in listed))


def _end(segments: Sequence[Segment]) -> Segment:
    """The AK5 of a set; an empty one where it is missing."""
    return next((segment for segment in segments if segment.id in _SET_ENDS), Segment())


def _set(segments: Sequence[Segment], group: State, component: str) -> SetAnswer:
    _, *errors = _cut([segment for segment in segments if segment.id not in _SET_ENDS], _SEGMENT_ERRORS)
    end = _end(segments)
    return SetAnswer(
        transaction_set=segments[0].at(1),
        set_control_number=segments[0].at(2),
        state=_SET_STATES.get(end.at(1), group),
        codes=_codes(end, "717", "718"),
        errors=tuple(_segment_error(part, component) for part in errors),
    )


def _segment_error(segments: Sequence[Segment], component: str) -> SegmentError:
    found, *within = segments
    return SegmentError(
        position=_number(found.at(2)) or 0,
        segment=found.at(1),
        code=found.at(4),
        meaning=meaning("720", found.at(4)),
        elements=tuple(_element_error(part, component) for part in within if part.id in _ELEMENT_ERRORS),
        context=tuple(" ".join(part.filled(1, len(part) - 1)) for part in within if part.id == "CTX"),
    )


def _element_error(segment: Segment, component: str) -> ElementError:
    position, within = [*segment.at(1).split(component), ""][:2]
    return ElementError(
        position=_number(position) or 0,
        component=_number(within),
        reference=segment.at(2),
        code=segment.at(3),
        meaning=meaning("723", segment.at(3)),
        bad_value=segment[4] if len(segment) > 4 else "",
    )


def _unsaid(sets: Sequence[Sequence[Segment]], end: Segment) -> Iterator[str]:
    """What cannot be read in the answer."""
    for part in sets:
        if (letter := _end(part).at(1)) not in _SET_STATES:
            yield f'set {part[0].at(2)} has no answer of its own (AK501 is "{letter}"); that of the group counts'
    for place, count in enumerate(("included", "received", "accepted"), 2):
        if _number(end.at(place)) is None:
            yield f'AK90{place} is "{end.at(place)}", not the number of {count} sets'


def _contradictions(group: GroupAnswer) -> Iterator[str]:
    """What does not agree: the counts with each other, and the state with counts and sets."""
    included, received, accepted = group.included, group.received, group.accepted
    if included is not None and received is not None and included != received:
        yield f"AK9 counts {included} included sets, but {received} received"
    if received is not None and accepted is not None and not _counts_fit(group.state, received, accepted):
        yield f"AK9 says {group.state}, but counts {accepted} of {received} received sets as accepted"
    yield from _contradicting_sets(group)


def _counts_fit(state: State, received: int, accepted: int) -> bool:
    match state:
        case "rejected":
            return accepted == 0
        case "partly accepted":
            return 0 < accepted < received
        case _:
            return accepted == received


def _contradicting_sets(group: GroupAnswer) -> Iterator[str]:
    good = [answer for answer in group.sets if answer.state in ("accepted", "accepted with errors")]
    bad = [answer for answer in group.sets if answer.state == "rejected"]
    against = {"partly accepted": [], "rejected": good}.get(group.state, bad)
    if against:
        yield f"AK9 says {group.state}, but set {against[0].set_control_number} is {against[0].state}"
    if group.received is None:
        return
    if len(group.sets) > group.received:
        yield f"AK9 counts {group.received} received sets, but {len(group.sets)} are named"
    if len(group.sets) == group.received and group.accepted not in (None, len(good)):
        yield f"AK9 counts {group.accepted} accepted sets, but {len(good)} of those named are"
