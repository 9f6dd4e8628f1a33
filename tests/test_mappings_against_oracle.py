"""Every number that an order source is told, against an oracle that reckons one SKU and one order line at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, replace
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import oracle
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from oracle import Answer, Component, Line, Merchant, OrderLine, SkuRule, Stock
from strategies import NOON, ORDER_SOURCE, Case, cases, contest, cyclic_components, plenty, seeds

from mappings.errors import BundleCycle
from mappings.model import (
    AS_OF_SCHEMA,
    BUNDLES_SCHEMA,
    ORDERS_SCHEMA,
    SKU_RULES_SCHEMA,
    Levels,
    warehouse_column,
)
from mappings.rules import Selling
from mappings.sellable import Sellable, sellable

PRODUCTS_SCHEMA = {"sku": pl.String(), "alias:wayfair": pl.String()}
LINES_SCHEMA = {"sku": pl.String(), "code": pl.String(), "status": pl.String(), "quantity": pl.Int64()}


def examples(number: int) -> settings:
    return settings(max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# The same merchant as frames


def frame(rows: Iterable[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame([*rows], schema=dict(schema), orient="row")


def levels_of(merchant: Merchant) -> Levels:
    said = {(row.sku, row.warehouse) for row in merchant.stock if row.units is not None}
    summed = oracle.available(merchant.stock)
    rows = [
        (sku, *(summed[sku, at] if (sku, at) in said else None for at in merchant.as_of))
        for sku in dict.fromkeys(row.sku for row in merchant.stock)
    ]
    schema = {"sku": pl.String()} | {warehouse_column(warehouse): pl.Int64() for warehouse in merchant.as_of}
    exceptions = [(*level, as_of) for level, as_of in merchant.as_of_exceptions.items()]
    return Levels(frame(rows, schema), merchant.as_of, frame(exceptions, AS_OF_SCHEMA))


def run(merchant: Merchant, selling: oracle.Selling) -> Sellable:
    return sellable(
        levels_of(merchant),
        Selling(**asdict(selling)),
        order_source=ORDER_SOURCE,
        orders=frame(map(astuple, merchant.orders), ORDERS_SCHEMA),
        bundles=frame(map(astuple, merchant.components), BUNDLES_SCHEMA),
        products=frame(merchant.aliases, PRODUCTS_SCHEMA),
        sku_rules=frame(map(astuple, merchant.sku_rules), SKU_RULES_SCHEMA),
    )


def answer(merchant: Merchant, selling: oracle.Selling) -> Answer:
    """What the product tells, as the oracle writes it."""
    told = run(merchant, selling)
    return Answer(
        [Line(sku, code, status, total, each) for sku, code, status, total, *each in told.lines.iter_rows()],
        left_out=unique(told.left_out.iter_rows()),
        oversold=unique(told.oversold.iter_rows()),
    )


def unique(pairs: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """A dict of pairs that name each SKU once."""
    rows = [*pairs]
    assert len(dict(rows)) == len(rows)
    return dict(rows)


# The whole

LEVELS = Merchant(stock=[Stock("A", "EAST", 2), Stock("A", "WEST", 2)], as_of={"EAST": NOON, "WEST": NOON})
MIXED = (  # one B of two warehouses, the named of which is listed last
    replace(
        LEVELS,
        components=[Component("B", "A", 3)],
        orders=[OrderLine("1", "B", 1, NOON + timedelta(hours=1), "WEST")],
    ),
    oracle.Selling(("EAST", "WEST"), bundles="across_warehouses"),
)
FIXED = (  # in proportion to what is there, not to what the rules would leave
    replace(LEVELS, stock=[Stock("A", "EAST", 2), Stock("A", "WEST", 4)], sku_rules=[SkuRule("A", fixed=6)]),
    oracle.Selling(("EAST", "WEST"), buffer=2, rules_apply="per_warehouse"),
)


@examples(800)
@given(cases())
@example(FIXED)
def test_an_order_source_is_told_what_the_oracle_says(case: Case) -> None:
    assert answer(*case) == oracle.sellable(*case, ORDER_SOURCE)


@examples(200)
@given(cases(most_lots=3))
def test_levels_summed_from_lots_are_told_as_the_oracle_says(case: Case) -> None:
    assert answer(*case) == oracle.sellable(*case, ORDER_SOURCE)


@examples(800)
@given(seeds.map(contest))
@example(MIXED)
def test_orders_that_compete_for_stock_are_served_in_turn(case: Case) -> None:
    assert answer(*case) == oracle.sellable(*case, ORDER_SOURCE)


@examples(100)
@given(seeds.map(plenty))
def test_quantities_beyond_64_bits_are_exact(case: Case) -> None:
    assert answer(*case) == oracle.sellable(*case, ORDER_SOURCE)


@examples(100)
@given(cyclic_components())
def test_a_bundle_in_itself_is_refused_with_the_way_around(components: list[Component]) -> None:
    with pytest.raises(BundleCycle) as refused:
        run(Merchant(components=components), oracle.Selling(("EAST",)))

    path = refused.value.path
    steps = {(row.bundle, row.component) for row in components}
    assert path[0] == path[-1]
    assert len(set(path)) == len(path) - 1
    assert set(pairwise(path)) <= steps
    assert str(refused.value) == (
        f"bundle {path[0]!r} contains itself: {' -> '.join(path)}; remove one of these component lines"
    )


# What must hold whatever the oracle says


@examples(150)
@given(cases())
def test_each_sku_is_told_once_or_left_out_and_warehouses_add_up(case: Case) -> None:
    merchant, selling = case
    told = run(merchant, selling)

    columns = [warehouse_column(warehouse) for warehouse in selling.warehouses]
    assert told.lines.schema == LINES_SCHEMA | dict.fromkeys(columns, pl.Int64())
    assert told.left_out.schema == {"sku": pl.String(), "reason": pl.String()}
    assert told.oversold.schema == {"sku": pl.String(), "quantity": pl.Int64()}
    skus = {row.sku for row in merchant.stock} | {row.bundle for row in merchant.components}
    assert sorted(skus) == sorted([*told.lines["sku"], *told.left_out["sku"]])
    codes = told.lines["code"].to_list()
    assert codes == sorted(set(codes))
    for line in answer(merchant, selling).lines:
        assert line.quantity == sum(line.by_warehouse)
        assert min(line.by_warehouse) >= 0


@examples(150)
@given(cases())
def test_no_rule_but_a_fixed_quantity_raises_a_warehouse(case: Case) -> None:
    merchant, selling = case
    not_fixed = replace(merchant, sku_rules=[replace(row, fixed=None) for row in merchant.sku_rules])
    no_rules = replace(selling, share=100, buffer=0, cap=None, minimum=0)

    before = {line.sku: line.by_warehouse for line in answer(replace(merchant, sku_rules=()), no_rules).lines}
    after = answer(not_fixed, selling).lines

    assert [line.sku for line in after if any(map(int.__gt__, line.by_warehouse, before[line.sku]))] == []


@examples(150)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(case: Case, random: Random) -> None:
    # Lines of one order at one moment are served as they stand; here every line is an order of its own.
    merchant, selling = case
    orders = [replace(order, order_id=str(number)) for number, order in enumerate(merchant.orders)]
    merchant = replace(merchant, orders=orders)

    def shuffled(rows: Iterable[Any]) -> list[Any]:
        listed = [*rows]
        return random.sample(listed, len(listed))

    other = Merchant(
        stock=shuffled(merchant.stock),
        as_of=dict(shuffled(merchant.as_of.items())),
        as_of_exceptions=dict(shuffled(merchant.as_of_exceptions.items())),
        orders=shuffled(merchant.orders),
        components=shuffled(merchant.components),
        aliases=shuffled(merchant.aliases),
        sku_rules=shuffled(merchant.sku_rules),
    )

    assert answer(other, selling) == answer(merchant, selling)


@examples(150)
@given(cases(), st.integers(0, 31), st.integers(1, 9))
def test_less_stock_never_raises_a_total_while_no_bundle_is_ordered(case: Case, which: int, less: int) -> None:
    # An ordered bundle may give way to more than is gone: with one CUP less it can't be built, and leaves the other.
    merchant, selling = case
    bundles = {row.bundle for row in merchant.components}
    orders = [order for order in merchant.orders if order.sku not in bundles]
    stock = [
        replace(row, units=max(0, (row.units or 0) - less)) if number == which else row
        for number, row in enumerate(merchant.stock)
    ]
    on_total = replace(selling, rules_apply="total")

    before = answer(replace(merchant, orders=orders), on_total).lines
    after = answer(replace(merchant, orders=orders, stock=stock), on_total).lines

    pairs = zip(before, after, strict=True)
    assert [line.sku for line, poorer in pairs if poorer.quantity > line.quantity] == []
