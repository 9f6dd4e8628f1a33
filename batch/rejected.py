"""From a partner's complaint to our SKUs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from formats.acknowledgement.position import Item, items_at
from formats.acknowledgement.reading import GroupAnswer, SegmentError, SetAnswer, State, answer_for
from formats.acknowledgement.sent import sent_ids

col = pl.col


@dataclass(frozen=True, slots=True)
class Rejection:
    """One thing that an order source found wrong.

    Attributes:
        set_control_number: of the transaction set.
        line: of the set; None where it isn't about one.
        code: the order source's code of the product, and ours (``sku``).
        where: segment and element, such as QTY02.
        value: what stood there.
        reason: in the words of the standard, with the order source's code of the warehouse where it is about one.
    """

    set_control_number: str
    line: int | None
    code: str | None
    sku: str | None
    where: str
    value: str | None
    reason: str

    def __str__(self) -> str:
        """In one line, for people."""
        item = f"SKU {self.sku}" if self.sku else "no product"
        value = f" {self.value!r}" if self.value else ""
        return f"set {self.set_control_number}, line {self.line or '-'}, {item}, {self.where}{value}: {self.reason}"


def rejections_of(sent: Path, told: pl.DataFrame, group: GroupAnswer | None) -> list[Rejection]:
    """Everything that the answer finds wrong, led back to the product.

    Args:
        sent: the very file that we sent.
        told: its lines (``sku``, ``code``).
        group: the answer to the group; None where only the interchange was answered.
    """
    if group is None:
        return []
    skus = dict(told.select("code", "sku").iter_rows())
    return [found for answer in group.sets for found in _of_set(sent, skus, answer)]


def _of_set(sent: Path, skus: dict[str, str], answer: SetAnswer) -> Iterator[Rejection]:
    number = answer.set_control_number
    for code in answer.codes:
        yield Rejection(number, None, None, None, "set", None, f"{code.code} {code.meaning}")
    places = items_at(sent, number, [error.position for error in answer.errors])
    for error in answer.errors:
        yield from _of_segment(number, error, places.get(error.position), skus)


def _of_segment(number: str, error: SegmentError, item: Item | None, skus: dict[str, str]) -> Iterator[Rejection]:
    line = item.line if item else None
    code = next((value for value in item.ids.values() if value in skus), None) if item else None
    sku = skus.get(code) if code else None
    if not error.elements:
        text = item.segment_text if item else None
        yield Rejection(number, line, code, sku, error.segment, text, f"{error.code} {error.meaning}")
    for wrong in error.elements:
        where = f"{error.segment}{wrong.position:02d}"
        value = wrong.bad_value or _sent_value(item, wrong.position)
        warehouse = item.warehouse_at(wrong.position) if item else None
        reason = f"{wrong.code} {wrong.meaning}" + (f", in warehouse {warehouse}" if warehouse else "")
        yield Rejection(number, line, code, sku, where, value, reason)


def _sent_value(item: Item | None, position: int) -> str | None:
    return item.elements[position] if item and 0 < position < len(item.elements) else None


def rejected_codes(sent: Path, told: pl.DataFrame, state: State, group: GroupAnswer | None) -> set[str]:
    """The codes of all lines that the order source has not taken: whole sets, since it takes a set or leaves it."""
    if state in ("accepted", "accepted with errors"):
        return set()
    lines = sent_ids(sent)
    if group is not None:
        lines = lines.filter(col("group_control_number") == group.group_control_number)
        refused = {n for n in lines["set_control_number"].unique() if answer_for(group, n) in _NOT_TAKEN}
        lines = lines.filter(col("set_control_number").is_in(list(refused)))
    return set(told["code"]) & set(lines["id"])


#: "partly accepted" is the word for a set of which the answer doesn't say whether it is among the rejected ones.
_NOT_TAKEN = ("rejected", "partly accepted")
