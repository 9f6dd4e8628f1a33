"""The numbers worked out the slow way: dicts and whole numbers, one SKU, one order line, one warehouse at a time.

Each function quotes the rule that it follows. Nothing of the product is imported, so that the two can only agree by
both being right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Level = tuple[str, str]  # a SKU in a warehouse
Recipes = dict[str, list[tuple[str, int]]]  # bundle -> its components with their quantities


@dataclass(frozen=True)
class Stock:
    """What the source says of a SKU in a warehouse: a level, or one lot of it; None where it gives no number."""

    sku: str
    warehouse: str
    units: int | None


@dataclass(frozen=True)
class OrderLine:
    order_id: str
    sku: str
    quantity: int
    ordered_at: datetime
    warehouse: str | None = None
    order_source: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class Component:
    bundle: str
    component: str
    quantity: int


@dataclass(frozen=True)
class SkuRule:
    sku: str
    order_source: str | None = None
    share: int | None = None
    buffer: int | None = None
    cap: int | None = None
    minimum: int | None = None
    fixed: int | None = None
    discontinued: bool | None = None


@dataclass(frozen=True)
class Merchant:
    stock: Sequence[Stock] = ()
    as_of: Mapping[str, datetime] = field(default_factory=dict)
    as_of_exceptions: Mapping[Level, datetime] = field(default_factory=dict)
    orders: Sequence[OrderLine] = ()
    components: Sequence[Component] = ()
    aliases: Sequence[tuple[str, str | None]] = ()  # a product per row: its SKU and its alias
    sku_rules: Sequence[SkuRule] = ()


@dataclass(frozen=True)
class Selling:
    warehouses: tuple[str, ...]
    reserve: Mapping[str, int | str] = field(default_factory=dict)
    subtract_orders: Literal["all", "others", "none"] = "all"
    bundles: Literal["per_warehouse", "across_warehouses"] = "per_warehouse"
    share: int = 100
    buffer: int = 0
    cap: int | None = None
    minimum: int = 0
    rules_apply: Literal["total", "per_warehouse"] = "total"
    alias: str | None = None
    include: frozenset[str] | None = None
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Line:
    sku: str
    code: str
    status: str
    quantity: int
    by_warehouse: list[int]


@dataclass(frozen=True)
class Answer:
    lines: list[Line]
    left_out: dict[str, str]
    oversold: dict[str, int]


@dataclass(frozen=True)
class Rules:
    """Steps 7 to 11 and 13 as they are for one SKU at one order source."""

    share: int
    buffer: int
    cap: int | None
    minimum: int
    fixed: int | None
    discontinued: bool


class CycleError(Exception):
    """A bundle contains itself."""


def sellable(merchant: Merchant, selling: Selling, order_source: str) -> Answer:
    """What one order source is told."""
    recipes = recipes_of(merchant.components)
    everywhere = available(merchant.stock)
    # Step 2. Select warehouses: the order source's choice.
    selected = {level: units for level, units in everywhere.items() if level[1] in selling.warehouses}
    levels = kept_back(selected, selling)
    oversold = subtract_orders(levels, merchant, selling, order_source, recipes)
    skus = {stock.sku for stock in merchant.stock} | recipes.keys()
    left_out = reasons_left_out(skus, merchant, selling)
    lines = [
        line(sku, resolved(sku, levels, recipes, selling), merchant, selling, order_source)
        for sku in skus - left_out.keys()
    ]
    return Answer(sorted(lines, key=lambda told: told.code), left_out, dict(oversold))


def available(stock: Iterable[Stock]) -> Counter[Level]:
    """Step 1. Available per SKU x warehouse, lots summed. Where nothing is said there is nothing."""
    levels: Counter[Level] = Counter()
    for row in stock:
        levels[row.sku, row.warehouse] += row.units or 0
    return levels


def kept_back(levels: Mapping[Level, int], selling: Selling) -> Counter[Level]:
    """Step 3. Reserve per warehouse: units, or percent rounded up; the result is never below 0."""
    left: Counter[Level] = Counter()
    for (sku, warehouse), units in levels.items():
        reserve = selling.reserve.get(warehouse, 0)
        if isinstance(reserve, str):
            reserve = -(-units * int(reserve.removesuffix("%")) // 100)
        left[sku, warehouse] = max(0, units - reserve)
    return left


# Step 4. Recent orders


def subtract_orders(
    levels: Counter[Level], merchant: Merchant, selling: Selling, order_source: str, recipes: Recipes
) -> Counter[str]:
    """Take every recent order from the levels; returns what nobody can supply, per SKU."""
    oversold: Counter[str] = Counter()
    for order in in_turn(relevant(merchant.orders, selling, order_source), recipes):
        places = open_warehouses(order, merchant, selling)
        if places:
            lacking = supply(order, levels, places, selling, recipes)
            if lacking:
                oversold[order.sku] += lacking
    return oversold


def relevant(orders: Iterable[OrderLine], selling: Selling, order_source: str) -> list[OrderLine]:
    """Not cancelled; all of them, those of the other order sources, or none."""
    alive = [order for order in orders if (order.status or "").strip().lower() not in {"cancelled", "canceled"}]
    if selling.subtract_orders == "none":
        return []
    if selling.subtract_orders == "others":
        return [order for order in alive if order.order_source != order_source]
    return alive


def in_turn(orders: Iterable[OrderLine], recipes: Recipes) -> list[OrderLine]:
    """Plain SKUs that name a warehouse, plain SKUs that don't, bundles; the oldest first within each."""

    def turn(order: OrderLine) -> tuple[int, datetime, str]:
        group = 2 if order.sku in recipes else 1 if order.warehouse is None else 0
        return group, order.ordered_at, order.order_id

    return sorted(orders, key=turn)  # stable: lines that are equal in all this keep their row order


def open_warehouses(order: OrderLine, merchant: Merchant, selling: Selling) -> list[str]:
    """Where the order is later than the level's as-of, in listed order with a named one in front.

    None at all for a line that names a warehouse which isn't selected or has caught up with it.
    """

    def is_open(warehouse: str) -> bool:
        usual = merchant.as_of.get(warehouse)  # none: a warehouse never seen
        as_of = merchant.as_of_exceptions.get((order.sku, warehouse), usual)
        return as_of is None or order.ordered_at > as_of

    places = [warehouse for warehouse in selling.warehouses if is_open(warehouse)]
    if order.warehouse is None:
        return places
    if order.warehouse not in places:
        return []
    return [order.warehouse, *(place for place in places if place != order.warehouse)]


def supply(order: OrderLine, levels: Counter[Level], places: list[str], selling: Selling, recipes: Recipes) -> int:
    """Take one order line from the levels; returns what is lacking in the end."""
    # What lies there under its own SKU: all of a plain SKU, the pre-assembled stock of a bundle.
    lacking = take(levels, order.sku, places, order.quantity)
    if order.sku not in recipes:
        return lacking
    # Then components: as many whole bundles per warehouse as they allow.
    for place in places:
        lacking -= build_most(levels, recipes, order.sku, [place], lacking)
    # Then, if warehouses may be mixed, what is still lacking from all of them together, taken in listed order.
    if selling.bundles == "across_warehouses":
        listed = [warehouse for warehouse in selling.warehouses if warehouse in places]
        lacking -= build_most(levels, recipes, order.sku, listed, lacking)
    return lacking


def take(levels: Counter[Level], sku: str, places: Iterable[str], units: int) -> int:
    """Take units of one SKU from these places, one after the other, none below 0; returns what is lacking."""
    for place in places:
        taken = min(levels[sku, place], units)
        levels[sku, place] -= taken
        units -= taken
    return units


def build_most(levels: Counter[Level], recipes: Recipes, bundle: str, places: list[str], wanted: int) -> int:
    """Build the greatest number of bundles, at most `wanted`, for which no level goes below 0."""
    low, high = 0, wanted  # `low` can be built; more than `high` can't, or isn't wanted
    while low < high:
        middle = (low + high + 1) // 2
        if build(levels.copy(), recipes, bundle, places, middle):
            low = middle
        else:
            high = middle - 1
    build(levels, recipes, bundle, places, low)
    return low


def build(levels: Counter[Level], recipes: Recipes, bundle: str, places: list[str], number: int) -> bool:
    """Take the components of so many bundles; a component that is a bundle is taken ready, the rest of it is built.

    False when something is lacking; the levels are then spoilt.
    """
    for component, quantity in recipes[bundle]:
        lacking = take(levels, component, places, number * quantity)
        if lacking and not (component in recipes and build(levels, recipes, component, places, lacking)):
            return False
    return True


# Step 5. Bundles


def recipes_of(components: Iterable[Component]) -> Recipes:
    """Components by SKU; two rows of one bundle and component add up; a bundle in itself is refused."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in components:
        sums[row.bundle, row.component] += row.quantity
    recipes: Recipes = {}
    for (bundle, component), quantity in sorted(sums.items()):
        recipes.setdefault(bundle, []).append((component, quantity))
    for bundle in recipes:
        refuse_cycle(bundle, recipes, [])
    return recipes


def refuse_cycle(sku: str, recipes: Recipes, path: list[str]) -> None:
    """Follow every way down from this SKU."""
    if sku in path:
        raise CycleError(" -> ".join([*path[path.index(sku) :], sku]))
    for component, _ in recipes.get(sku, []):
        refuse_cycle(component, recipes, [*path, sku])


def resolved(sku: str, levels: Counter[Level], recipes: Recipes, selling: Selling) -> list[int]:
    """Per warehouse: pre-assembled + min over components of floor(component / quantity), inside out."""
    ready = [levels[sku, warehouse] for warehouse in selling.warehouses]
    if sku not in recipes:
        return ready
    parts = [(resolved(component, levels, recipes, selling), needed) for component, needed in recipes[sku]]
    built = [min(units[at] // needed for units, needed in parts) for at in range(len(ready))]
    if selling.bundles == "across_warehouses":
        # What all warehouses together could build beyond that is offered at the first listed one.
        together = min(sum(units) // needed for units, needed in parts)
        built[0] += max(0, together - sum(built))
    return [a + b for a, b in zip(ready, built, strict=True)]


# Steps 6 to 13. The rules


def line(sku: str, units: list[int], merchant: Merchant, selling: Selling, order_source: str) -> Line:
    """Steps 6 to 13 for one SKU that has a code."""
    rules = rules_of(sku, merchant.sku_rules, selling, order_source)
    total = sum(units)  # step 6: combine the selected warehouses into the total; keep the breakdown
    if rules.discontinued:  # step 13: discontinued or fixed wins over 7 to 11
        told, status = [0] * len(units), "discontinued"
    elif rules.fixed is not None:
        told, status = broken_down(rules.fixed, units), "active"
    elif selling.rules_apply == "per_warehouse":
        told, status = [after_rules(each, rules) for each in units], "active"
    else:
        told, status = broken_down(after_rules(total, rules), units), "active"
    code = dict(merchant.aliases)[sku] if selling.alias else sku
    return Line(sku, code or "", status, sum(told), told)


def rules_of(sku: str, rows: Iterable[SkuRule], selling: Selling, order_source: str) -> Rules:
    """The most specific wins, each field by itself: SKU x order source, else SKU, else the order source's own."""
    by_key = {(row.sku, row.order_source): row for row in rows}
    specific_first = [by_key[key] for key in ((sku, order_source), (sku, None)) if key in by_key]

    def first(name: str, otherwise: Any) -> Any:
        values = [getattr(row, name) for row in specific_first]
        return next((value for value in values if value is not None), otherwise)

    return Rules(
        share=first("share", selling.share),
        buffer=first("buffer", selling.buffer),
        cap=first("cap", selling.cap),
        minimum=first("minimum", selling.minimum),
        fixed=first("fixed", None),
        discontinued=first("discontinued", False),
    )


def after_rules(units: int, rules: Rules) -> int:
    """Steps 7 to 11: share, rounded down; buffer; cap; below the minimum is 0; never below 0."""
    units = units * rules.share // 100
    units -= rules.buffer
    if rules.cap is not None:
        units = min(units, rules.cap)
    if units < rules.minimum:
        units = 0
    return max(0, units)


def broken_down(total: int, units: list[int]) -> list[int]:
    """Step 12. In proportion to the step-6 quantities, adding up to the total exactly.

    The units left over by rounding down go one each to the largest remainders, ties by listed order. Where there is
    nothing to be in proportion to, the first listed warehouse has it all.
    """
    whole = sum(units)
    if whole == 0:
        return [total, *([0] * (len(units) - 1))]
    shares = [each * total // whole for each in units]
    remainders = [each * total % whole for each in units]
    by_remainder = sorted(range(len(units)), key=lambda at: -remainders[at])  # stable: ties keep listed order
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares


# Step 14. Alias, include, exclude


def reasons_left_out(skus: Iterable[str], merchant: Merchant, selling: Selling) -> dict[str, str]:
    """A filtered SKU, a product without the chosen alias, an alias that names two products; in this priority."""
    alias_of = dict(merchant.aliases)
    named: dict[str | None, set[str]] = {}
    for sku, alias in merchant.aliases:
        named.setdefault(alias, set()).add(sku)
    reasons = {}
    for sku in skus:
        if sku in selling.exclude or (selling.include is not None and sku not in selling.include):
            reasons[sku] = "filtered"
        elif selling.alias and not alias_of.get(sku):
            reasons[sku] = "no alias"
        elif selling.alias and len(named[alias_of[sku]]) > 1:
            reasons[sku] = "alias not unique"
    return reasons
