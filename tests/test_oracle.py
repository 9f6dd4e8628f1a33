"""Worked examples, reckoned by hand, that pin the oracle itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from oracle import (
    Answer,
    Component,
    CycleError,
    Line,
    Merchant,
    OrderLine,
    Selling,
    SkuRule,
    Stock,
    broken_down,
    sellable,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE, AFTER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
BOTH = Selling(("EAST", "WEST"))


def merchant(levels: dict[str, tuple[int, int]], **others: Any) -> Merchant:
    stock = [
        Stock(sku, warehouse, units)
        for sku, both in levels.items()
        for warehouse, units in zip(("EAST", "WEST"), both, strict=True)
    ]
    return Merchant(stock=stock, as_of={"EAST": NOON, "WEST": NOON}, **others)


def ordered(sku: str, quantity: int, warehouse: str | None = None, **others: Any) -> OrderLine:
    return OrderLine(
        **{"order_id": "1", "ordered_at": AFTER, **others}, sku=sku, quantity=quantity, warehouse=warehouse
    )


def answer(merchant: Merchant, selling: Selling = BOTH) -> Answer:
    return sellable(merchant, selling, "wayfair")


def told(merchant: Merchant, selling: Selling = BOTH) -> dict[str, list[int]]:
    return {line.sku: line.by_warehouse for line in answer(merchant, selling).lines}


def test_lots_are_summed_and_what_is_not_said_is_0() -> None:
    stock = [Stock("A", "EAST", 2), Stock("A", "EAST", 3), Stock("A", "WEST", None), Stock("B", "NORTH", 9)]

    actual = answer(Merchant(stock=stock, as_of={"EAST": NOON, "WEST": NOON, "NORTH": NOON}))

    lines = [Line("A", "A", "active", 5, [5, 0]), Line("B", "B", "active", 0, [0, 0])]
    assert actual == Answer(lines, left_out={}, oversold={})


def test_a_reserve_in_percent_is_rounded_up_and_never_leaves_less_than_0() -> None:
    selling = Selling(("EAST", "WEST"), reserve={"EAST": 10, "WEST": "5%"})

    assert told(merchant({"A": (12, 21), "B": (4, 1), "C": (4, 20)}), selling) == {
        "A": [2, 19],
        "B": [0, 0],
        "C": [0, 19],
    }


def test_a_named_order_takes_its_warehouse_before_an_older_one_that_names_none() -> None:
    orders = [ordered("A", 4), ordered("A", 3, "EAST", ordered_at=AFTER + timedelta(hours=1))]
    as_of_exceptions = {("A", "WEST"): AFTER}  # WEST has seen the older one

    actual = answer(merchant({"A": (5, 6)}, orders=orders, as_of_exceptions=as_of_exceptions))

    # EAST gives 3 of its 5 to the named line, then 2 to the older one, which may not take the rest from WEST.
    assert actual == Answer([Line("A", "A", "active", 6, [0, 6])], left_out={}, oversold={"A": 2})


def test_a_named_order_takes_what_its_warehouse_lacks_from_the_others_in_listed_order() -> None:
    assert told(merchant({"A": (5, 6)}, orders=[ordered("A", 8, "WEST")])) == {"A": [3, 0]}


def test_bundles_are_served_after_plain_skus_the_oldest_first_then_by_order_id() -> None:
    components = [Component("SET", "CUP", 1), Component("DUO", "CUP", 2), Component("TRIO", "CUP", 3)]
    orders = [
        ordered("SET", 1, order_id="2"),
        ordered("TRIO", 1, order_id="10"),
        ordered("DUO", 1, order_id="3", ordered_at=AFTER - timedelta(minutes=1)),
        ordered("CUP", 3, order_id="9", ordered_at=AFTER + timedelta(minutes=1)),
    ]

    actual = answer(merchant({"CUP": (8, 0)}, components=components, orders=orders))

    # Of 8 CUP three go as they are, two to the oldest bundle, three to order "10", which is before "2" as text.
    assert actual.oversold == {"SET": 1}


def test_a_warehouse_never_seen_is_open_and_has_nothing() -> None:
    orders = [ordered("A", 2, "NORTH")]

    assert told(merchant({"A": (5, 6)}, orders=orders), Selling(("NORTH", "EAST"))) == {"A": [0, 3]}


def test_what_no_selected_warehouse_can_supply_is_oversold() -> None:
    orders = [ordered("A", 9, "WEST"), ordered("A", 4)]

    actual = answer(merchant({"A": (5, 6)}, orders=orders))

    # WEST 6 and EAST 3 for the first; EAST's last 2 for the second, which lacks 2.
    assert actual == Answer([Line("A", "A", "active", 0, [0, 0])], left_out={}, oversold={"A": 2})


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (ordered("A", 2, ordered_at=NOON), [5, 6]),
        (ordered("A", 2, ordered_at=BEFORE), [5, 6]),
        (ordered("A", 2, ordered_at=NOON + timedelta(microseconds=1)), [3, 6]),
        (ordered("A", 2, status=" Canceled "), [5, 6]),
        (ordered("A", 2, status="CANCELLED"), [5, 6]),
        (ordered("A", 2, status="shipped"), [3, 6]),
        (ordered("A", 2, "NORTH"), [5, 6]),
    ],
)
def test_an_order_counts_while_it_is_later_than_the_level_and_not_cancelled(line: OrderLine, left: list[int]) -> None:
    assert told(merchant({"A": (5, 6)}, orders=[line])) == {"A": left}


@pytest.mark.parametrize(("warehouse", "left"), [(None, [5, 1]), ("EAST", [5, 6]), ("WEST", [5, 1])])
def test_a_level_that_is_later_than_its_warehouse_has_seen_the_order(warehouse: str | None, left: list[int]) -> None:
    exceptions = {("A", "EAST"): AFTER}

    actual = told(merchant({"A": (5, 6)}, orders=[ordered("A", 5, warehouse)], as_of_exceptions=exceptions))

    assert actual == {"A": left}


@pytest.mark.parametrize(("subtract", "left"), [("all", 4), ("others", 6), ("none", 9)])
def test_an_order_source_may_leave_out_its_own_orders_or_all(subtract: Any, left: int) -> None:
    sources = ("wayfair", "wayfair", "amazon", "amazon", None)
    orders = [ordered("A", 1, order_source=source) for source in sources]

    assert told(merchant({"A": (9, 0)}, orders=orders), Selling(("EAST",), subtract_orders=subtract)) == {"A": [left]}


def test_bundles_resolve_inside_out_and_never_mix_warehouses() -> None:
    # SET = 2 BOX + 1 PEN; BOX = 3 PEN.
    components = [Component("SET", "BOX", 2), Component("SET", "PEN", 1), Component("BOX", "PEN", 3)]

    actual = told(merchant({"PEN": (10, 5), "BOX": (1, 0), "SET": (0, 2)}, components=components))

    # BOX: 1 + 10 // 3, 0 + 5 // 3. SET: min(4 // 2, 10 // 1), 2 + min(1 // 2, 5 // 1).
    assert actual == {"PEN": [10, 5], "BOX": [4, 1], "SET": [2, 2]}


def test_across_warehouses_what_both_build_together_is_offered_at_the_first_listed() -> None:
    components = [Component("SET", "CUP", 1), Component("SET", "LID", 1)]
    across = Selling(("WEST", "EAST"), bundles="across_warehouses")

    # Each alone builds 2, both together min(9, 8) = 8: the other 4 stand at WEST, which is listed first.
    assert told(merchant({"CUP": (7, 2), "LID": (2, 6)}, components=components), across)["SET"] == [6, 2]


def test_an_ordered_bundle_takes_ready_ones_everywhere_before_any_component() -> None:
    components = [Component("SET", "CUP", 1), Component("SET", "CUP", 1)]
    levels = {"CUP": (9, 9), "SET": (1, 2)}

    actual = told(merchant(levels, components=components, orders=[ordered("SET", 8, "WEST")]))

    # 2 ready in WEST, 1 in EAST; then WEST builds 9 // 2 = 4; EAST builds the last one.
    assert actual == {"CUP": [7, 1], "SET": [3, 0]}


def test_an_ordered_bundle_takes_ready_nested_bundles_and_builds_the_rest() -> None:
    # DUO holds CUP twice over: by itself and in its BOX (a shared component).
    components = [Component("DUO", "BOX", 1), Component("DUO", "CUP", 1), Component("BOX", "CUP", 2)]

    actual = answer(merchant({"CUP": (8, 0), "BOX": (1, 0)}, components=components, orders=[ordered("DUO", 5)]))

    # 3 DUO = 3 BOX (1 ready, 2 of 2 CUP) + 3 CUP: 7 CUP. A fourth would need 3 more.
    assert [(line.sku, line.by_warehouse) for line in actual.lines] == [
        ("BOX", [0, 0]),
        ("CUP", [1, 0]),
        ("DUO", [0, 0]),
    ]
    assert actual.oversold == {"DUO": 2}


@pytest.mark.parametrize(
    ("bundles", "cups", "oversold"),
    [("per_warehouse", [3, 0], {"SET": 1}), ("across_warehouses", [2, 0], {})],
)
def test_only_across_warehouses_is_a_bundle_built_from_two(
    bundles: Any, cups: list[int], oversold: dict[str, int]
) -> None:
    components = [Component("SET", "CUP", 1), Component("SET", "LID", 1)]
    levels = {"CUP": (3, 1), "LID": (0, 4)}
    selling = Selling(("EAST", "WEST"), bundles=bundles)

    actual = answer(merchant(levels, components=components, orders=[ordered("SET", 2)]), selling)

    # WEST builds one from its own; the second takes a CUP of EAST and a LID of WEST.
    assert actual.lines[0].by_warehouse == cups
    assert actual.oversold == oversold


def test_a_bundle_of_two_warehouses_takes_in_listed_order_whichever_was_named() -> None:
    components = [Component("SET", "CUP", 3)]
    across = Selling(("EAST", "WEST"), bundles="across_warehouses")

    actual = told(merchant({"CUP": (2, 2)}, components=components, orders=[ordered("SET", 1, "WEST")]), across)

    assert actual == {"CUP": [0, 1], "SET": [0, 0]}


def test_a_bundle_of_two_warehouses_takes_nothing_where_the_order_is_reflected() -> None:
    components = [Component("SET", "CUP", 3)]
    across = Selling(("EAST", "WEST"), bundles="across_warehouses")
    others: Any = {
        "components": components,
        "orders": [ordered("SET", 1)],
        "as_of_exceptions": {("SET", "WEST"): AFTER},
    }

    actual = answer(merchant({"CUP": (2, 2)}, **others), across)

    assert [line.by_warehouse for line in actual.lines] == [[2, 2], [1, 0]]
    assert actual.oversold == {"SET": 1}


def test_rules_act_in_order_on_the_total_and_the_breakdown_still_adds_up() -> None:
    selling = Selling(("EAST", "WEST"), share=50, buffer=3, cap=40, minimum=5)

    # 101: 50, 47, 40 -> 40 * 70 / 101 = 27.7 and 40 * 31 / 101 = 12.3. 16: 8, 5 -> stays. 15: 7, 4 -> 0.
    expected = {"A": [28, 12], "B": [3, 2], "C": [0, 0]}
    assert told(merchant({"A": (70, 31), "B": (8, 8), "C": (7, 8)}), selling) == expected


def test_rules_may_act_on_each_warehouse_instead() -> None:
    selling = Selling(("EAST", "WEST"), share=50, buffer=3, cap=20, minimum=5, rules_apply="per_warehouse")

    assert told(merchant({"A": (70, 31), "B": (8, 16)}), selling) == {"A": [20, 12], "B": [0, 5]}


def test_the_most_specific_rule_wins_field_by_field() -> None:
    rules = [SkuRule("A", None, buffer=2, cap=30), SkuRule("A", "wayfair", cap=50), SkuRule("A", "amazon", cap=1)]

    # Share of the order source 90, buffer of the SKU 2, cap of the SKU at this order source 50.
    assert told(merchant({"A": (50, 0)}, sku_rules=rules), Selling(("EAST",), share=90, buffer=7, cap=9)) == {"A": [43]}


def test_fixed_and_discontinued_win_over_the_rules() -> None:
    rules = [
        SkuRule("A", fixed=7),
        SkuRule("B", fixed=7),
        SkuRule("C", fixed=7, discontinued=True),
        SkuRule("D", discontinued=True),
        SkuRule("D", "wayfair", discontinued=False),
        SkuRule("E", fixed=0),
        SkuRule("F", cap=0),
    ]
    levels = {"A": (2, 1), "B": (0, 0), "C": (9, 9), "D": (3, 3), "E": (1, 1), "F": (1, 1)}

    actual = answer(merchant(levels, sku_rules=rules), Selling(("EAST", "WEST"), cap=4))

    assert actual.lines == [
        Line("A", "A", "active", 7, [5, 2]),
        Line("B", "B", "active", 7, [7, 0]),
        Line("C", "C", "discontinued", 0, [0, 0]),
        Line("D", "D", "active", 4, [2, 2]),
        Line("E", "E", "active", 0, [0, 0]),
        Line("F", "F", "active", 0, [0, 0]),
    ]


@pytest.mark.parametrize(
    ("total", "units", "expected"),
    [
        (2, [1, 1, 1], [1, 1, 0]),
        (10, [5, 7, 2], [4, 5, 1]),
        (10, [2, 5, 7], [1, 4, 5]),
        (0, [5, 7, 2], [0, 0, 0]),
        (7, [1, 0, 1], [4, 0, 3]),
        (10**12 - 1, [10**12, 10**12], [5 * 10**11, 5 * 10**11 - 1]),
    ],
)
def test_the_left_over_units_go_to_the_largest_remainders(total: int, units: list[int], expected: list[int]) -> None:
    assert broken_down(total, units) == expected


def test_a_sku_is_left_out_for_the_first_reason_that_holds() -> None:
    aliases = [("A", "9"), ("B", "2"), ("C", "2"), ("D", ""), ("E", None), ("X", "5"), ("F", "5"), ("G", "1 ")]
    selling = Selling(("EAST",), alias="wayfair", exclude=frozenset({"C", "Z"}))

    actual = answer(merchant(dict.fromkeys("ABCDEFGH", (1, 0)), aliases=aliases), selling)

    assert [(line.sku, line.code) for line in actual.lines] == [("G", "1 "), ("A", "9")]
    assert actual.left_out == {
        "B": "alias not unique",
        "C": "filtered",
        "D": "no alias",
        "E": "no alias",
        "F": "alias not unique",
        "H": "no alias",
    }


def test_what_is_excluded_stays_out_even_where_it_is_included() -> None:
    selling = Selling(("EAST",), include=frozenset("AB"), exclude=frozenset("B"))

    actual = answer(merchant(dict.fromkeys("ABC", (1, 0))), selling)

    assert [line.sku for line in actual.lines] == ["A"]
    assert actual.left_out == {"B": "filtered", "C": "filtered"}


def test_a_bundle_in_itself_is_refused() -> None:
    components = [Component("A", "B", 1), Component("B", "C", 2), Component("C", "B", 3)]

    with pytest.raises(CycleError, match=r"^B -> C -> B$"):
        answer(merchant({}, components=components))
