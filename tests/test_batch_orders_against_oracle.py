"""Order files and snapshots in any order, with repeats: the numbers are those of an oracle that keeps all in memory."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop import NOON, Shop

from batch.inputs import load_inputs
from mappings.rules import Selling
from mappings.sellable import sellable

SKUS, WAREHOUSES = ("MUG", "BOX"), ("EAST", "WEST")
ALL = [(sku, warehouse) for sku in SKUS for warehouse in WAREHOUSES]
ORDERS = """
[orders.oms]
from = { type = "folder", path = "orders" }
order_source = "web"
"""
Subtract = Literal["all", "others", "none"]


@dataclass(frozen=True)
class Row:
    """A row of an order file; ``quantity`` None: one that nobody can read."""

    order_id: str
    order_source: str
    sku: str
    quantity: int | None
    hour: int
    warehouse: str
    status: str

    @property
    def key(self) -> tuple[str, str]:
        return self.order_source or "web", self.order_id

    def text(self) -> str:
        at = f"{NOON + timedelta(hours=self.hour):%Y-%m-%dT%H:%MZ}"
        quantity = "1O" if self.quantity is None else self.quantity
        return f"{self.order_id},{self.order_source},{self.sku},{quantity},{at},{self.warehouse},{self.status}\n"


@dataclass(frozen=True)
class Snapshot:
    """The levels that a snapshot names, and the hour that they are of."""

    hour: int
    units: tuple[tuple[str, str, int], ...]


rows = st.builds(
    Row,
    order_id=st.sampled_from("12"),
    order_source=st.sampled_from(["", "", "amazon"]),
    sku=st.sampled_from(SKUS),
    quantity=st.sampled_from([0, 1, 2, 3, 4, 5, 6, None]),
    hour=st.integers(-2, 9),
    warehouse=st.sampled_from(["", "", "EAST", "WEST"]),
    status=st.sampled_from(["", "", "open", "Cancelled"]),
)
order_files = st.lists(rows, min_size=1, max_size=4).map(tuple)
units = st.integers(0, 9)


def snapshots(levels: st.SearchStrategy[list[tuple[str, str]]]) -> st.SearchStrategy[Snapshot]:
    named = levels.flatmap(lambda found: st.tuples(*(st.tuples(st.just(s), st.just(w), units) for s, w in found)))
    return st.builds(Snapshot, hour=st.integers(0, 8), units=named)


some = snapshots(st.lists(st.sampled_from(ALL), min_size=1, unique=True))
events = st.tuples(
    st.lists(order_files, max_size=2),
    snapshots(st.just(ALL)),
    st.lists(order_files | some | st.integers(0, 9), max_size=6),  # a number: one of the events before, again
)


@dataclass
class Memory:
    """All that was ever said, as a person would keep it on paper."""

    levels: dict[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)
    newest: Snapshot | None = None
    lines: list[tuple[Row, datetime]] = field(default_factory=list)
    loaded: set[tuple[Row, ...]] = field(default_factory=set)

    def hear(self, event: Snapshot | tuple[Row, ...], now: datetime) -> None:
        if isinstance(event, Snapshot):
            self._count(event)
        else:
            self._order(event, now)

    def _count(self, snapshot: Snapshot) -> None:
        """Levels that are older than those there are, or the very same file, change nothing."""
        if self.newest and (snapshot.hour < self.newest.hour or snapshot.units == self.newest.units):
            return
        self.newest = snapshot
        for sku, warehouse, number in snapshot.units:
            self.levels[sku, warehouse] = number, NOON + timedelta(hours=snapshot.hour)

    def _order(self, file: tuple[Row, ...], now: datetime) -> None:
        """An order is what the last file says of it, unless that holds a bad row; a file counts once."""
        if file in self.loaded:
            return
        bad = {row.key for row in file if row.quantity is None}
        first: dict[tuple[str, str], datetime] = {}
        for row, received in self.lines:
            first[row.key] = min(received, first.get(row.key, received))
        good = [row for row in file if row.key not in bad]
        said = {row.key for row in good}
        self.lines = [(row, received) for row, received in self.lines if row.key not in said]
        self.lines += [(row, first.get(row.key, now)) for row in good]
        if not bad:
            self.loaded.add(file)

    def merchant(self) -> oracle.Merchant:
        """No order is later than the first file that spoke of it."""
        orders = [
            oracle.OrderLine(
                row.order_id,
                row.sku,
                row.quantity or 0,
                min(NOON + timedelta(hours=row.hour), received),
                row.warehouse or None,
                row.key[0],
                row.status,
            )
            for row, received in self.lines
        ]
        return oracle.Merchant(
            stock=[oracle.Stock(*level, number) for level, (number, _) in self.levels.items()],
            as_of=dict.fromkeys(WAREHOUSES, NOON),
            as_of_exceptions={level: as_of for level, (_, as_of) in self.levels.items()},
            orders=orders,
        )


def drop(shop: Shop, event: Snapshot | tuple[Row, ...]) -> None:
    if isinstance(event, Snapshot):
        text = "".join(f"{sku},{warehouse},{number}\n" for sku, warehouse, number in event.units)
        file, moment = shop.write("inbox/stock.csv", "Item,Loc,Avail\n" + text), NOON + timedelta(hours=event.hour)
    else:
        header = "order_id,order_source,sku,quantity,ordered_at,warehouse,status\n"
        file, moment = shop.write("orders/orders.csv", header + "".join(row.text() for row in event)), shop.now
    os.utime(file, (moment.timestamp(), moment.timestamp()))


def told(shop: Shop, subtract: Subtract) -> tuple[list[oracle.Line], dict[str, int]]:
    with shop.open() as opened:
        inputs = load_inputs(opened.workspace, opened.state, "acme")
    numbers = sellable(
        inputs.levels,
        Selling(warehouses=WAREHOUSES, subtract_orders=subtract),
        order_source="web",
        orders=inputs.orders,
        bundles=inputs.bundles,
        products=inputs.products,
        sku_rules=inputs.sku_rules,
    )
    lines = [oracle.Line(sku, code, status, total, each) for sku, code, status, total, *each in numbers.lines.rows()]
    return lines, dict(numbers.oversold.rows())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events, st.sampled_from(["all", "others", "none"]))
def test_the_numbers_are_those_of_an_oracle_that_keeps_all_in_memory(
    said: tuple[list[tuple[Row, ...]], Snapshot, list[Snapshot | tuple[Row, ...] | int]], subtract: Subtract
) -> None:
    before, first, after = said
    with tempfile.TemporaryDirectory() as folder:
        shop, memory = Shop(Path(folder, "workspace")), Memory()
        shop.replace('format = "csv"', 'format = "csv"\ncontent = "changes"')
        shop.add(ORDERS)
        heard: list[Snapshot | tuple[Row, ...]] = [*before, first]
        for event in after:
            heard.append(heard[event % len(heard)] if isinstance(event, int) else event)
        for number, event in enumerate(heard):
            shop.later(hours=1)
            drop(shop, event)
            shop.ingest()
            memory.hear(event, shop.now)
            if number >= len(before):
                expected = oracle.sellable(
                    memory.merchant(), oracle.Selling(WAREHOUSES, subtract_orders=subtract), "web"
                )
                assert told(shop, subtract) == (expected.lines, expected.oversold)
