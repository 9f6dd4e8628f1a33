"""Merchants and order sources for hypothesis: small, but with everything in them that shapes a number.

Strategies are made once per number of SKUs and warehouses: making them takes longer than drawing from them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from random import Random
from typing import Any

from hypothesis import strategies as st
from oracle import Component, Level, Merchant, OrderLine, Selling, SkuRule, Stock

Codes = tuple[str, ...]
Case = tuple[Merchant, Selling]

ORDER_SOURCE = "wayfair"
ORDER_SOURCES = (ORDER_SOURCE, "amazon", None)

# Codes are text: some look like numbers, columns or prefixes of one another; they sort by code point. A bundle is
# made of SKUs listed before it.
SKUS = ("A", "10", "é", "A-1", "9", "sku", "Z Z", "a")
UNKNOWN_SKU = "NOBODY"
SOME_SKUS = [frozenset(SKUS[:1]), frozenset(SKUS[1:4]), frozenset([*SKUS[::2], UNKNOWN_SKU]), frozenset()]
WAREHOUSES = ("EAST", "010", "wh:1", "quantity")
NEVER_SEEN = "NEW"

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HUGE = 10**12
MOST_NESTED = 3
SCARCE = (0, 0, 0, 1, 2, 4, 8, 12)
ANY = (*range(13), *range(10), 20, 41, 99, 200, 10**9 + 7, HUGE // 3, HUGE // 2 + 1, HUGE - 1, HUGE)
LIMITS = (0, 1, 2, 3, 5, 8, 13, 50, HUGE // 7, HUGE)
PERCENTS = (100, 99, 90, 66, 50, 33, 1, 0)
ALIASES = ("1", "01", "2", "WF-1", "WF-2", "WF-10", "ä", "z", "", None)

moments = [NOON + timedelta(microseconds=step) for step in range(4)]
levels_are_of = st.sampled_from([*moments, moments[0], moments[1]])
ordered_at = st.sampled_from([*moments, moments[2], moments[3]])
ordered = st.sampled_from([*range(1, 9), *range(1, 5), 12, 30, HUGE - 1, HUGE])
needed = st.sampled_from([1] * 7 + [2] * 6 + [3] * 4 + [7, 10**6, HUGE])
statuses = st.sampled_from([None] * 6 + ["open", "", "shipped", "cancelled", " Canceled\t", "CANCELLED"])


@st.composite
def merchants(draw: st.DrawFn, most_lots: int | None) -> Merchant:
    """A merchant whose stock is one row per level or, if told so, up to so many lots of each."""
    skus = SKUS[: draw(st.integers(1, len(SKUS)))]
    warehouses = WAREHOUSES[: draw(st.integers(1, len(WAREHOUSES)))]
    bundles = skus[draw(st.integers(1, len(skus))) :]
    stock = draw(stocks(skus, warehouses, most_lots))
    said = {(row.sku, row.warehouse) for row in stock}
    return Merchant(
        stock=stock,
        as_of=dict(zip(warehouses, draw(exactly(len(warehouses), levels_are_of)), strict=True)),
        as_of_exceptions={level: as_of for level, as_of in draw(later_levels(skus, warehouses)) if level in said},
        orders=draw(order_lines(skus, bundles, warehouses)),
        components=draw(recipes(skus, bundles)),
        aliases=draw(products(skus)),
        sku_rules=draw(sku_rules(skus)),
    )


@cache
def exactly(number: int, each: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(each, min_size=number, max_size=number)


@cache
def stocks(skus: Codes, warehouses: Codes, most_lots: int | None) -> st.SearchStrategy[list[Stock]]:
    """Most of the SKUs in each of the warehouses, some without a number."""
    if most_lots is None:
        lots = exactly(1, st.sampled_from([None, *ANY]))
    else:  # their sum is still a quantity that one level may have
        small_enough = [units for units in ANY if units * most_lots <= HUGE]
        lots = st.lists(st.sampled_from([None, *small_enough]), max_size=most_lots)
    tracked = st.sampled_from([True, True, True, False])

    def rows(drawn: tuple[list[bool], list[list[int | None]]]) -> list[Stock]:
        levels = zip(product(zip(skus, drawn[0], strict=True), warehouses), drawn[1], strict=True)
        return [
            Stock(sku, warehouse, quantity)
            for ((sku, is_tracked), warehouse), quantities in levels
            if is_tracked
            for quantity in quantities
        ]

    return st.tuples(exactly(len(skus), tracked), exactly(len(skus) * len(warehouses), lots)).map(rows)


@cache
def later_levels(skus: Codes, warehouses: Codes) -> st.SearchStrategy[list[tuple[Level, datetime]]]:
    levels = st.tuples(st.sampled_from(skus), st.sampled_from(warehouses))
    return st.lists(st.tuples(levels, st.sampled_from(moments)), max_size=4)


@cache
def order_lines(skus: Codes, bundles: Codes, warehouses: Codes) -> st.SearchStrategy[list[OrderLine]]:
    """Lines of plain SKUs and, more often, bundles; some name a warehouse that isn't selected or known."""
    named = st.sampled_from([None] * 4 + [*warehouses, *warehouses, NEVER_SEEN])
    line = st.builds(
        OrderLine,
        order_id=st.sampled_from(["1", "2", "10"]),
        sku=st.sampled_from([*skus, *skus, *bundles, *bundles, UNKNOWN_SKU]),
        quantity=ordered,
        ordered_at=ordered_at,
        warehouse=named,
        order_source=st.sampled_from(ORDER_SOURCES),
        status=statuses,
    )
    return st.lists(line, min_size=1, max_size=8)


@st.composite
def recipes(draw: st.DrawFn, skus: Codes, bundles: Codes) -> list[Component]:
    """Bundles that nest and share what comes before them; a component may be unknown, or listed twice."""
    nested = dict.fromkeys([*skus, UNKNOWN_SKU], 0)
    rows = []
    for bundle in bundles:
        parts = [
            (sku if nested[sku] < MOST_NESTED else skus[0], quantity)
            for sku, quantity in draw(components_before(skus.index(bundle)))
        ]
        nested[bundle] = 1 + max(nested[sku] for sku, _ in parts)
        rows += [Component(bundle, sku, quantity) for sku, quantity in parts]
    return rows


@cache
def components_before(position: int) -> st.SearchStrategy[list[tuple[str, int]]]:
    near, all_before = SKUS[max(0, position - 2) : position], SKUS[:position]
    component = st.sampled_from([*all_before * 4, *near * 4, UNKNOWN_SKU])
    return st.lists(st.tuples(component, needed), min_size=1, max_size=3)


@cache
def products(skus: Codes) -> st.SearchStrategy[list[tuple[str, str | None]]]:
    """A product for most of the SKUs and for one that has no stock; aliases are missing, blank or double."""
    known = (*skus, UNKNOWN_SKU)
    alias = st.sampled_from(["no product", *ALIASES])

    def rows(drawn: list[str | None]) -> list[tuple[str, str | None]]:
        return [(sku, alias) for sku, alias in zip(known, drawn, strict=True) if alias != "no product"]

    return exactly(len(known), alias).map(rows)


@cache
def sku_rules(skus: Codes) -> st.SearchStrategy[list[SkuRule]]:
    percent, limit = st.sampled_from([None] * 5 + [*PERCENTS]), st.sampled_from([None] * 5 + [*LIMITS])
    rule = st.builds(
        SkuRule,
        sku=st.sampled_from(skus),
        order_source=st.sampled_from(ORDER_SOURCES),
        share=percent,
        buffer=limit,
        cap=limit,
        minimum=limit,
        fixed=st.sampled_from([None] * 40 + [*ANY]),
        discontinued=st.sampled_from([None] * 6 + [False, True]),
    )
    return st.lists(rule, max_size=4, unique_by=lambda row: (row.sku, row.order_source))


@st.composite
def cases(draw: st.DrawFn, most_lots: int | None = None) -> Case:
    """A merchant and one of its order sources."""
    merchant = draw(merchants(most_lots))
    return merchant, draw(sellings(tuple(merchant.as_of)))


@cache
def sellings(seen: Codes) -> st.SearchStrategy[Selling]:
    """What shapes the numbers of one order source, for a merchant whose levels have these warehouses."""
    warehouse = st.sampled_from([*seen, *seen, NEVER_SEEN])
    reserve = st.sampled_from([*LIMITS, *(f"{percent}%" for percent in PERCENTS)])
    return st.builds(
        Selling,
        warehouses=st.lists(warehouse, min_size=1, unique=True).map(tuple),
        reserve=st.dictionaries(warehouse, reserve, max_size=2),
        subtract_orders=st.sampled_from(["all", "all", "all", "others", "none"]),
        bundles=st.sampled_from(["per_warehouse", "across_warehouses"]),
        share=st.sampled_from([100] * 4 + [*PERCENTS]),
        buffer=st.sampled_from([0] * 6 + [*LIMITS]),
        cap=st.sampled_from([None] * 6 + [*LIMITS]),
        minimum=st.sampled_from([0] * 6 + [*LIMITS]),
        rules_apply=st.sampled_from(["total", "per_warehouse"]),
        alias=st.sampled_from([None, None, "wayfair"]),
        include=st.sampled_from([None] * 8 + SOME_SKUS),
        exclude=st.sampled_from([frozenset()] * 8 + SOME_SKUS),
    )


@st.composite
def cyclic_components(draw: st.DrawFn) -> list[Component]:
    """Recipes in which at least one bundle contains itself, one to four steps down."""
    cycle = draw(st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=4, unique=True))
    others = draw(st.lists(st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from("ABCDEFXY")), max_size=3))
    pairs = [*zip(cycle, [*cycle[1:], cycle[0]], strict=True), *others]
    return [Component(bundle, component, 1) for bundle, component in draw(st.permutations(pairs))]


# Hypothesis likes to copy what it has drawn to other places, so that rare meetings of different values hardly come
# about. What lives from them is made from one seed.

seeds = st.integers(0, 2**64)


def contest(seed: int) -> Case:
    """Orders that compete for scarce stock in several warehouses, with no rule that could hide who got it."""
    random = Random(seed)
    pick = random.choice
    skus, warehouses = SKUS[: pick((2, 3, 4))], WAREHOUSES[: pick((2, 3))]
    bundles = skus[pick(range(1, len(skus))) :]
    merchant = Merchant(
        stock=[Stock(sku, warehouse, pick(SCARCE)) for sku in skus for warehouse in warehouses],
        as_of={warehouse: pick(moments[:3]) for warehouse in warehouses},
        as_of_exceptions={(pick(skus), pick(warehouses)): pick(moments) for _ in range(pick((0, 0, 1, 2)))},
        components=[
            Component(bundle, pick(skus[: skus.index(bundle)]), pick((1, 1, 1, 2, 3)))
            for bundle in bundles
            for _ in range(pick((1, 2, 2, 3)))
        ],
        orders=[
            OrderLine(
                pick(("1", "2", "10")), pick(skus), pick(range(1, 6)), pick(moments[1:]), pick((None, *warehouses))
            )
            for _ in range(pick(range(3, 10)))
        ],
    )
    listed = tuple(random.sample(warehouses, len(warehouses)))
    return merchant, Selling(listed, bundles=pick(("per_warehouse", "across_warehouses", "across_warehouses")))


def plenty(seed: int) -> Case:
    """Quantities so large that their products need more than 64 bits and their quotients more than a float has."""
    random = Random(seed)

    often = random.randint(HUGE // 2, HUGE)

    def quantity() -> int:
        return random.choice((0, often, often, random.randint(0, HUGE)))

    def rule(sku: str) -> SkuRule:
        fixed, cap = random.choice(((quantity(), None), (None, quantity()), (None, None)))
        return SkuRule(sku, share=random.choice(PERCENTS), cap=cap, fixed=fixed)

    stock = [Stock(sku, warehouse, quantity()) for sku in SKUS for warehouse in WAREHOUSES]
    merchant = Merchant(stock=stock, as_of=dict.fromkeys(WAREHOUSES, NOON), sku_rules=[*map(rule, SKUS)])
    return merchant, Selling(tuple(random.sample(WAREHOUSES, 4)))
