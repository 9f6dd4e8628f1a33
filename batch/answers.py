"""Reads what order sources answer: which files lie there, and what each holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from batch.answered import About, Answer, Answered, AnswerFile
from batch.blobs import sha256_of, sync
from batch.claim import move
from batch.crash import crash_point
from batch.destinations import place_of
from batch.feeding import Feeding
from batch.locks import locked
from formats.acknowledgement.reading import Acknowledgement, read_acknowledgements
from formats.errors import FileRefused
from transports.base import Place


def collect(feeding: Feeding) -> Iterator[Answered]:
    """Reads every answer that an order source has left, and removes what is recorded.

    Raises:
        AlreadyRunning: another process works on this order source.
        TransportError: the place can't be reached.
    """
    if feeding.settings.answers is None:
        return
    work = feeding.workspace.files / "work" / feeding.merchant / f"{feeding.order_source}.answers"
    work.mkdir(parents=True, exist_ok=True)
    with (
        locked(feeding.workspace.files, f"answers.{feeding.merchant}.{feeding.order_source}"),
        feeding.circuits.open(
            place_of(feeding.workspace, feeding.merchant, feeding.order_source, feeding.settings.answers.place)
        ) as place,
    ):
        for name in place.names():
            if name.startswith(".") or not fnmatchcase(name, feeding.settings.answers.pattern):
                continue
            file = work / name
            _fetch(place, name, file)
            yield from _take_in(feeding, file)
            crash_point("answer recorded")
            place.remove(name)


def _fetch(place: Place, name: str, file: Path) -> None:
    with file.open("wb") as out:

        def take(chunk: bytes) -> None:
            out.write(chunk)

        place.read(name, take)
    sync(file)


def _take_in(feeding: Feeding, file: Path) -> Iterator[Answered]:
    try:
        found = read_acknowledgements(file)
    except FileRefused as error:  # no acknowledgement: kept for a person
        kept, message = _keep(feeding, file, "quarantine"), str(error)
        with feeding.state.writing() as tx:
            kept.insert(tx, None, "", "unclear", message)
        yield kept.answered("", "unclear", message)
        return
    kept, before = _keep(feeding, file, "archive"), Counter[About]()
    for acknowledgement in found:
        for answer in _answers_in(kept, acknowledgement):
            yield from answer.record(before)


def _answers_in(kept: AnswerFile, acknowledgement: Acknowledgement) -> Iterator[Answer]:
    for one in acknowledgement.interchanges:
        yield Answer(kept, acknowledgement, one.control_number, one.state, f"{one.code} {one.meaning}")
    for group in acknowledgement.groups:
        why = "; ".join(f"{code.code} {code.meaning}" for code in group.codes)
        yield Answer(kept, acknowledgement, group.group_control_number, group.state, why, group)


def _keep(feeding: Feeding, file: Path, place: str) -> AnswerFile:
    folder = Path(place, feeding.merchant, f"{feeding.order_source}.answers")
    kept_as, sha256 = folder / f"{feeding.clock():%Y%m%dT%H%M%S}_{file.name}", sha256_of(file)
    move(file, feeding.workspace.files / kept_as)
    return AnswerFile(feeding, file.name, sha256, str(kept_as))
