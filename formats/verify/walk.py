"""Transaction sets walked through by pyx12 with our maps, one segment after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from formats.verify.map import write_maps
from formats.verify.problem import DEVIATIONS, Finding
from formats.verify.segments import Marks
from formats.verify.standard import Standard, standard

_ST_LOOP = "/ISA_LOOP/GS_LOOP/ST_LOOP"
#: Conditions that some partners want broken -> name of the deviation.
_OWN_NAMES = {("QTY", "E0204"): "qty02-with-qty04"}


class Walk:
    """Walks through transaction sets of one kind."""

    def __init__(self, rules: Standard, kind: str, marks: Marks) -> None:
        self._map = _map(rules.release, kind)
        self._kind = kind
        self._known = rules.sets[kind].segments() | {"SE"}
        self._marks = marks

    def findings(self, segments: Iterable[tuple[int, str]]) -> Iterator[Finding]:
        """What is wrong with the segments of one set, ST to SE, given with their numbers in the file."""
        from pyx12.map_walker import walk_tree
        from pyx12.segment import Segment

        walker, node, before = walk_tree(), self._map.getnodebypath(f"{_ST_LOOP}/ST"), 0
        walker.forceWalkCounterToLoopStart(_ST_LOOP, f"{_ST_LOOP}/ST")
        for number, text in segments:
            segment = Segment(
                text.rstrip(self._marks.element), self._marks.segment, self._marks.element, self._marks.component
            )
            if segment.is_empty():
                yield Finding(number, "", "empty-segment", "", "it has no elements", "leave it out")
                continue
            place = node
            if before:
                place, _, _, errors = walker.walk_errors(node, segment, 0, number, None)
                yield from (self._misplacement(error, node, number, before) for error in errors)
            if place is not None:
                node, before = place, number
                yield from _presence(node, segment, number)

    def _misplacement(self, error: Any, node: Any, number: int, before: int) -> Finding:
        """A finding of the walk; ``node`` is the place of the segment before."""
        id_ = error.seg_data.get_seg_id()
        if error.err_cde == "3":
            why = f"{error.map_node.id} is missing after {node.id}"
            return Finding(before, "", "missing-segment", "", why, f"{error.map_node.id} is mandatory there")
        if error.err_cde != "1":
            most = error.map_node.get_max_repeat()
            why = f"{id_} is there more than {most} time{'s' * (most > 1)}"
            return Finding(number, "", "too-many", "", why, f"{most} at most")
        if id_ not in self._known:
            why = f"{id_} is no segment of {self._kind}"
            return Finding(number, "", "unknown-segment", "", why, "leave it out")
        why = f"{id_} has no place after {node.id}"
        expected = f"one of {', '.join(_may_follow(node))}"
        return Finding(number, "", "misplaced-segment", "", why, expected)


@cache
def _map(release: str, kind: str) -> Any:
    """Our map as pyx12 holds it; it keeps nothing of the files that are judged by it."""
    from pyx12.map_if import load_map_file
    from pyx12.params import ParamsBase

    with TemporaryDirectory() as folder:
        write_maps(Path(folder), standard(release), deviations=True)
        return load_map_file(f"{kind}.xml", ParamsBase(), folder)


def _may_follow(node: Any) -> dict[str, None]:
    """The ids of the segments that the map has room for after a segment, in order."""
    ids: dict[str, None] = {}
    while node.id != "ST_LOOP":
        for position, children in sorted(node.parent.pos_map.items()):
            for child in children:
                again = child.get_max_repeat() > 1
                if (position > node.pos or (position == node.pos and again)) and child.name not in DEVIATIONS:
                    ids[child.id.removesuffix("_LOOP")] = None
        node = node.parent
    return ids


def _presence(node: Any, segment: Any, number: int) -> Iterator[Finding]:
    """What is wrong with the place of a segment itself, and with which of its elements are there."""
    if node.name in DEVIATIONS:
        yield Finding(number, "", node.name, "", DEVIATIONS[node.name], "leave it out, or allow it by its name")
    try:
        _, errors = node.is_valid_errors(segment)
    except IndexError:  # how pyx12 takes a composite with more components than it has
        yield Finding(number, "", "too-many-elements", "", "an element has too many components", "leave them out")
        return
    for error in errors:
        if error.err_cde == "1":
            why = f"{error.refdes} is missing, and it is mandatory"
            yield Finding(number, error.refdes, "missing-element", "", why, "fill it")
        elif error.err_cde == "3":
            most = node.get_child_count()
            why = f"{node.id} has {len(segment)} elements"
            label = f"{node.id}{most + 1:02d}"
            yield Finding(number, label, "too-many-elements", "", why, f"{most} elements at most")
        elif condition := re.search(r"\(([PRCLE])((?:\d\d)+)\)", error.err_str):
            yield _unmet(condition[1], condition[2], segment, number)


def _unmet(rule: str, places: str, segment: Any, number: int) -> Finding:
    """A condition between elements that a segment does not meet."""
    id_ = segment.get_seg_id()
    labels = [f"{id_}{place}" for place in re.findall("..", places)]
    there = [label for label in labels if segment.get_value(label)]
    absent = [label for label in labels if label not in there]
    why = f"{' and '.join(there)} without {' and '.join(absent)}" if there and absent else ""
    said = {
        "P": (why, f"all of {', '.join(labels)}, or none"),
        "C": (why, f"{', '.join(labels[1:])} where {labels[0]} is"),
        "R": (f"none of {', '.join(labels)}", "one of them at least"),
        "L": (f"{labels[0]} without any of {', '.join(labels[1:])}", "one of them at least"),
        "E": (" and ".join(there), "one of them at most"),
    }
    name = _OWN_NAMES.get((id_, rule + places), "condition")
    return Finding(number, (absent or there)[0], name, "", *said[rule])
