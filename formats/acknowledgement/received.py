"""What we answer to the functional groups of a file that we have read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from formats.acknowledgement.answers import GroupAnswer, SegmentError, SetAnswer
from formats.acknowledgement.codes import Code, State, meaning
from formats.x12.segments import X12File

col = pl.col

_HAS_ERRORS = "8"  # of element 720: the segment has data element errors
_SEGMENTS_IN_ERROR = "5"  # of element 718


def answers_to(path: Path, bad_rows: Collection[int], *, refused: bool, whole_sets: bool = False) -> list[GroupAnswer]:
    """The answer to each group of a file: all of it accepted, accepted with errors, or rejected.

    Args:
        path: the file.
        bad_rows: numbers of the segments that could not be used, ISA being 1.
        refused: nothing of the file was used.
        whole_sets: of a set with such a segment nothing was used either, so that it is rejected.

    Raises:
        FileRefused: it is no X12, so that there is nothing to answer.
    """
    file = X12File.open(path)
    segments = file.all()
    starts = file.elements(segments.filter(col("id").is_in(["GS", "ST"])), 6).select("row", "id", "e1", "e2", "e6")
    texts = dict(segments.filter(col("row").is_in(list(bad_rows))).select("row", "text").iter_rows())
    rows = [*starts.rows(named=True), {"row": segments.height + 1, "id": "", "e1": "", "e2": "", "e6": ""}]
    groups: list[tuple[str, str, list[SetAnswer]]] = []
    for start, following in pairwise(rows):
        if start["id"] == "GS":
            groups.append((start["e1"] or "", start["e6"] or "", []))
        elif groups:
            bad = {
                row - start["row"] + 1: text for row, text in texts.items() if start["row"] <= row < following["row"]
            }
            rejected = refused or (whole_sets and bool(bad))
            groups[-1][2].append(_answer(start["e1"] or "", start["e2"] or "", bad, refused=rejected))
    return [_group(functional_id, number, sets) for functional_id, number, sets in groups if number.isdecimal()]


def _answer(kind: str, number: str, bad: dict[int, str], *, refused: bool) -> SetAnswer:
    state: State = "rejected" if refused else "accepted with errors" if bad else "accepted"
    codes = (Code(_SEGMENTS_IN_ERROR, meaning("718", _SEGMENTS_IN_ERROR)),) if state != "accepted" else ()
    return SetAnswer(kind, number, state, codes, tuple(_errors(bad)))


def _errors(bad: dict[int, str]) -> Iterator[SegmentError]:
    for position, text in sorted(bad.items()):
        segment = "".join(character for character in text[:3] if character.isalnum())
        yield SegmentError(position, segment, _HAS_ERRORS, meaning("720", _HAS_ERRORS))


def _group(functional_id: str, number: str, sets: list[SetAnswer]) -> GroupAnswer:
    states = {answer.state for answer in sets}
    some_rejected: State = "partly accepted" if "rejected" in states else "accepted with errors"
    state: State = states.pop() if len(states) == 1 else some_rejected
    accepted = sum(answer.state != "rejected" for answer in sets)
    return GroupAnswer(functional_id, int(number), state, len(sets), len(sets), accepted, (), tuple(sets))
