"""Which elements of a segment stand together: mandatory ones, and the syntax notes of the standard."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from formats.feed.errors import FeedError
from formats.verify.standard import standard


def check_elements(elements: Sequence[str], release: str, deviations: Collection[str]) -> None:
    """Refuse a segment of a profile that can never be right, whatever stands for its placeholders.

    Args:
        elements: segment id and elements.
        release: of the standard.
        deviations: what the partner wants against it, by the names of ``tallyfeed verify``.

    Raises:
        FeedError: says which element is missing, or too much.
    """
    segment, layout = elements[0], standard(release).layouts[elements[0]]
    filled = {f"{segment}{position:02d}" for position, text in enumerate(elements[1:], 1) if text}
    if "missing-element" not in deviations:
        for position, place in enumerate(layout.places, 1):
            if place.use == "M" and (label := f"{segment}{position:02d}") not in filled:
                raise FeedError(f"{label} is missing, and it is mandatory")
    for condition in layout.conditions if "condition" not in deviations else ():
        if unmet := _unmet(condition[0], [segment + place for place in re.findall("..", condition[1:])], filled):
            raise FeedError(f"{unmet} (syntax note {condition} of {segment})")


def _unmet(rule: str, labels: Sequence[str], filled: Collection[str]) -> str | None:
    """What would be right, where a syntax note is not met."""
    first, *others = labels
    there, begun = [label in filled for label in labels], first in filled
    cases = {
        "P": (any(there) and not all(there), f"either all of {', '.join(labels)} stand there or none"),
        "R": (not any(there), f"there must be {' or '.join(labels)}"),
        "C": (begun and not all(there), f"where {first} stands there must be {' and '.join(others)}"),
        "L": (begun and not any(there[1:]), f"where {first} stands there must be {' or '.join(others)}"),
        "E": (sum(there) > 1, f"there may be only one of {', '.join(labels)}"),
    }
    wrong, right = cases[rule]
    return right if wrong else None
