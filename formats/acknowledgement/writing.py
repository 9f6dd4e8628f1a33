"""A 997 written: what we answer to the functional groups that we have read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from formats.acknowledgement.answers import ElementError, GroupAnswer, SetAnswer
from formats.acknowledgement.codes import Code, State
from formats.errors import FormatError
from formats.x12.interchange import Envelope, Interchange, group_header, interchange_header
from formats.x12.releases import release as x12_release
from formats.x12.syntax import Separators

_LETTERS: dict[State, str] = {"accepted": "A", "accepted with errors": "E", "partly accepted": "P", "rejected": "R"}
_MOST_CODES = 5
_LONGEST_COPY = 99  # AK404


def write_997(
    answers: Sequence[GroupAnswer],
    interchange: Interchange,
    at: datetime,
    out: BinaryIO,
    *,
    release: str = "004010",
    envelope: Envelope | None = None,
    separators: Separators | None = None,
) -> None:
    """Write an interchange with one functional group (FA) that holds a 997 for each group that is answered.

    A bad value that holds a separator, a character that is not printable ASCII or more than 99 characters is not
    repeated to the partner: AK404 may be left out. So may be the component, where no separator for it was agreed.

    Args:
        answers: one per functional group that we have read.
        interchange: between us, who send the 997, and the partner; under control numbers of our own.
        at: date and time of the interchange.
        out: takes the bytes.
        release: of the 997, such as "004010".
        envelope: what the partner wants otherwise in ISA and GS.
        separators: if not the usual ones.

    Raises:
        FormatError: an answer cannot be said in a 997, or an id holds a separator.
        ValueError: the release is not known.
    """
    marks = separators or Separators()
    said, rules = envelope or Envelope(), x12_release(release)
    number, group_number = f"{interchange.number:09d}", str(interchange.group_number)
    segments = [
        interchange_header(interchange, release=rules, envelope=said, separators=marks, at=at),
        group_header(interchange, "FA", group_number, release=rules, envelope=said, at=at),
        *(segment for place, answer in enumerate(answers, 1) for segment in _997(f"{place:04d}", answer, marks)),
        ("GE", str(len(answers)), group_number),
        ("IEA", "1", number),
    ]
    for elements in segments:
        out.write((marks.element.join(elements) + marks.segment + marks.line_break).encode("ascii"))


def _997(number: str, answer: GroupAnswer, marks: Separators) -> list[Sequence[str]]:
    body = [_text(elements, marks) for elements in _body(answer, marks)]
    return [("ST", "997", number), *body, ("SE", str(len(body) + 2), number)]


def _text(elements: Iterable[str | Sequence[str]], marks: Separators) -> list[str]:
    """Elements as they are sent: components joined, and none empty at the end."""
    texts = []
    for element in elements:
        components = [element] if isinstance(element, str) else element
        if not all(_sendable(text, marks) for text in components):
            raise FormatError(f"a 997 cannot hold {marks.component.join(components)!r}: a character cannot be sent")
        texts.append(marks.component.join(components))
    while not texts[-1]:
        texts.pop()
    return texts


def _sendable(text: str, marks: Separators) -> bool:
    return text.isascii() and text.isprintable() and set(text).isdisjoint(marks.all)


def _body(group: GroupAnswer, marks: Separators) -> Iterator[Sequence[str | Sequence[str]]]:
    counts = [group.included, group.received, group.accepted]
    if None in counts:
        raise FormatError(f"group {group.group_control_number}: a 997 needs its included, received and accepted sets")
    yield "AK1", group.functional_id, str(group.group_control_number)
    for answer in group.sets:
        yield from _set(answer, marks)
    yield "AK9", _LETTERS[group.state], *map(str, counts), *_codes(group.codes)


def _set(answer: SetAnswer, marks: Separators) -> Iterator[Sequence[str | Sequence[str]]]:
    if answer.state == "partly accepted":
        raise FormatError(f"set {answer.set_control_number}: a 997 cannot accept a part of a transaction set")
    yield "AK2", answer.transaction_set, answer.set_control_number
    for error in answer.errors:
        yield "AK3", error.segment, str(error.position), "", error.code
        for element in error.elements:
            yield _element(element, marks)
    yield "AK5", _LETTERS[answer.state], *_codes(answer.codes)


def _element(error: ElementError, marks: Separators) -> Sequence[str | Sequence[str]]:
    told = error.component is not None and marks.component != marks.element
    position = [str(error.position), *([str(error.component)] if told else [])]
    repeated = len(error.bad_value) <= _LONGEST_COPY and _sendable(error.bad_value, marks)
    return "AK4", position, error.reference, error.code, error.bad_value if repeated else ""


def _codes(codes: Sequence[Code]) -> list[str]:
    return [code.code for code in codes[:_MOST_CODES]]
