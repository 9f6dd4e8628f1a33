"""How a number came about, step by step, and what the order source was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, pairwise
from typing import Any

import polars as pl
from sqlalchemy import select

from batch import resolve
from batch.build import need_columns
from batch.errors import NotPossible
from batch.feeding import Feeding
from batch.inputs import Inputs
from batch.tables import deliveries
from mappings.levels import as_of_each
from mappings.model import FeedKind, warehouse_column, warehouses_of
from mappings.orders import recent_lines
from mappings.rules import Selling
from mappings.sellable import sellable

col = pl.col

#: What each step of the numbers does, in the words of the documentation.
STEPS = {
    "available": "available in the selected warehouses, lots summed",
    "reserve": "kept back per warehouse",
    "orders": "recent orders subtracted",
    "bundles": "bundles built from components",
    "combine": "warehouses combined",
    "share": "share of the total",
    "buffer": "buffer subtracted",
    "cap": "at most the cap",
    "minimum": "below the minimum nothing",
    "fixed": "fixed or discontinued",
    "breakdown": "warehouses add up to the total",
}


@dataclass(frozen=True, slots=True)
class Step:
    """The SKU after one step: its total, its warehouses, and whether the step changed anything."""

    name: str
    meaning: str
    total: int
    warehouses: dict[str, int]
    changed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What the order source received last about a code, and the file that carried it."""

    quantity: int
    file_name: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A line of an order that the levels don't reflect yet."""

    order_id: str
    order_source: str | None
    quantity: int
    ordered_at: datetime
    warehouse: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an order source is told this number about a SKU."""

    sku: str
    code: str | None
    left_out: str | None
    as_of: dict[str, datetime]
    steps: Sequence[Step]
    oversold: int
    told: Told | None
    orders: Sequence[OpenOrder] = field(default_factory=list)
    warnings: Sequence[str] = field(default_factory=list)


def explain(feeding: Feeding, inputs: Inputs, sku: str) -> Explanation:
    """Repeats the numbers of one SKU and notes every step.

    Raises:
        NotPossible: neither a snapshot nor a bundle knows the SKU.
        ConfigProblem: the products have no column for its alias.
    """
    selling = resolve.selling(feeding.workspace, feeding.merchant, feeding.order_source, inputs.levels)
    need_columns(feeding, inputs.products)
    steps: list[Step] = []
    numbers = sellable(
        inputs.levels,
        selling,
        order_source=feeding.order_source,
        orders=inputs.orders,
        bundles=inputs.bundles,
        products=inputs.products,
        sku_rules=inputs.sku_rules,
        watch=lambda step, frame: _note(steps, step, frame.filter(col("sku") == sku)),
    )
    if not any(step.name == "combine" for step in steps):
        raise NotPossible(f"{feeding.merchant} has no SKU {sku!r}: no snapshot has named it and it is no bundle")
    code = _first(numbers.lines, sku, "code") or _own_code(inputs, selling.alias, sku)
    pairs = pl.DataFrame({"sku": [sku] * len(selling.warehouses), "warehouse": list(selling.warehouses)})
    as_of = as_of_each(inputs.levels, pairs)
    return Explanation(
        sku=sku,
        code=code,
        left_out=_first(numbers.left_out, sku, "reason"),
        as_of=dict(zip(as_of["warehouse"], as_of["as_of"], strict=True)),
        steps=steps,
        oversold=_first(numbers.oversold, sku, "quantity") or 0,
        told=told_last(feeding, code) if code else None,
        orders=_open_orders(inputs, selling, feeding.order_source, sku),
        warnings=[text for text in inputs.warnings if sku in text],
    )


def _open_orders(inputs: Inputs, selling: Selling, order_source: str, sku: str) -> list[OpenOrder]:
    orders = inputs.orders.filter(col("sku") == sku)
    subtract = selling.subtract_orders
    lines = recent_lines(orders, inputs.levels, selling.warehouses, order_source=order_source, subtract=subtract)
    shown = lines.select("order_id", "order_source", "quantity", "ordered_at", "warehouse")
    return [OpenOrder(*row) for row in shown.iter_rows()]


def _note(steps: list[Step], name: str, row: pl.DataFrame) -> None:
    if row.is_empty():
        return
    warehouses = {w: int(row[warehouse_column(w)][0]) for w in warehouses_of(row)}
    total = int(row["quantity"][0]) if "quantity" in row.columns else sum(warehouses.values())
    before = steps[-1] if steps else None
    changed = before is None or (before.total, before.warehouses) != (total, warehouses)
    steps.append(Step(name, STEPS[name], total, warehouses, changed))


def _own_code(inputs: Inputs, alias: str | None, sku: str) -> str | None:
    """The code under which a SKU was perhaps told before it was left out."""
    return sku if alias is None else _first(inputs.products, sku, f"alias:{alias}") or None


def _first(frame: pl.DataFrame, sku: str, column: str) -> Any:
    values = frame.filter(col("sku") == sku)[column]
    return values[0] if len(values) else None


def told_last(feeding: Feeding, code: str) -> Told | None:
    """What the order source received last about a code; None if never."""
    query = (
        select(deliveries)
        .where(
            deliveries.c.merchant == feeding.merchant,
            deliveries.c.order_source == feeding.order_source,
            deliveries.c.state == "delivered",
        )
        .order_by(deliveries.c.id.desc())
    )
    with feeding.state.reading() as tx:
        rows = tx.execute(query).all()
    known = chain(((row, _known(feeding, row.baseline, code)) for row in rows), [(None, None)])
    for (row, now), (_, before) in pairwise(known):
        if row is not None and _tells(row.kind, now, before):
            return Told(int(now["quantity"][0]) if now is not None else 0, row.file_name, row.sent_at)
    return None


def _tells(kind: FeedKind, now: pl.DataFrame | None, before: pl.DataFrame | None) -> bool:
    """Whether a file spoke of a code, by what was known of it after the file and before; a code that goes is told."""
    if now is None:
        return before is not None and int(before["quantity"][0]) > 0
    return kind == "full" or before is None or not now.equals(before)


def _known(feeding: Feeding, baseline: str, code: str) -> pl.DataFrame | None:
    found = pl.scan_parquet(feeding.baselines.path(baseline)).filter(col("code") == code).collect()
    return found if found.height else None
