"""Order files as X12 850 Purchase Order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field, field_validator

from formats.errors import FileRefused
from formats.orders.edi850_set import Fault, PurchaseOrder, Rules, Segment, SetRefused, read_order
from formats.orders.result import LINES_SCHEMA, OrdersRead, faults_of
from formats.settings import Settings
from formats.x12.envelopes import Envelopes, TransactionSet
from formats.x12.interchange import Qualifier
from formats.x12.segments import X12File, known_encoding

#: The qualifiers of PO1 that may hold the code of the product, the likeliest first.
_CODES = ("SK", "VN", "VP", "VA", "VC", "BP", "IN", "PI", "UP", "EN", "UK")
_PIECES = {"": 1, "EA": 1, "PC": 1, "UN": 1}


class Edi850Orders(Settings):
    """Order files as X12 850."""

    format: Literal["850"] = Field(default="850", description="X12 850 Purchase Order, of any release.")
    sku: tuple[Qualifier, ...] = Field(
        default=_CODES,
        min_length=1,
        description="Which qualifiers of PO1 hold the product's code: the first of them that a line has. Default: "
        f"{', '.join(_CODES)}.",
    )
    units: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default={}, description="How many pieces a unit is, as in `{ CA = 12 }`; EA, PC and UN are one."
    )
    encoding: str | None = Field(default=None, description="As in `cp1252`; default: UTF-8.")

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        return known_encoding(encoding)

    def read_orders(
        self, path: Path, *, timezone: ZoneInfo, order_source: str | None, places: Mapping[str, str]
    ) -> OrdersRead:
        """Reads an order file. Of one order that several of its sets speak of, the last one counts.

        A set of which anything that shapes a quantity is unclear is set aside whole. Rows count segments, ISA being
        the first.

        Args:
            path: the file.
            timezone: of moments without a time code.
            order_source: who sends the file.
            places: our warehouse by each code that may name it; others, such as the buyer's stores, name none.

        Raises:
            FileRefused: no order can be used, or the file is no whole X12.
        """
        file = X12File.open(path, encoding=self.encoding)
        segments, envelopes = file.all(), Envelopes(file)
        envelopes.take(segments)
        envelopes.finish()
        rules = Rules(self.sku, _PIECES | self.units, timezone, places)
        orders: dict[str, PurchaseOrder] = {}
        faults: list[Fault] = []
        for about, inside in _sets(segments, envelopes, file.opening.element):
            try:
                order = read_order(inside, about, rules)
                orders[order.order_id] = order
            except SetRefused as refused:
                faults += refused.faults
        return _result(path, order_source, orders, faults, envelopes)


def _sets(segments: pl.DataFrame, envelopes: Envelopes, element: str) -> Iterator[tuple[TransactionSet, list[Segment]]]:
    """The 850s with their segments, from ST to SE."""
    whole: dict[int, list[Segment]] = {}
    for row, text, number in segments.select("row", "text", "set").iter_rows():
        segment = Segment(row, tuple(part.strip() for part in text.split(element)))
        if segment.id not in {"ISA", "GS", "GE", "IEA", "TA1"}:
            whole.setdefault(number, []).append(segment)
    for number, about in enumerate(envelopes.sets, 1):
        if about.kind == "850":
            yield about, whole[number]


def _result(
    path: Path, order_source: str | None, orders: Mapping[str, PurchaseOrder], faults: list[Fault], around: Envelopes
) -> OrdersRead:
    others = sorted({about.kind for about in around.sets} - {"850"})
    if all(about.kind != "850" for about in around.sets):
        raise FileRefused(path, f"it holds {', '.join(others) or 'no transaction set'}, not an 850")
    lines = [(order_source, order.order_id, *line, order.status) for order in orders.values() for line in order.lines]
    notes = [*around.oddities.texts(), *dict.fromkeys(note for order in orders.values() for note in order.notes)]
    notes += [f"transaction sets that are no 850, not read: {', '.join(others)}"] if others else []
    read = OrdersRead(pl.DataFrame(lines, LINES_SCHEMA, orient="row"), faults_of(list(faults)), tuple(notes), "segment")
    if not orders:
        raise FileRefused(path, f"no order of it can be used; the first: {read.first_fault()}")
    return read
