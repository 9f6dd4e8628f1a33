from __future__ import annotations

from sample_feeds import layout, make_feed

SKU = {"header": "sku", "value": "{code}"}
PRICE = {"header": "price", "value": "{detail:price}"}
RULES = {"type": "csv", "warehouses": "total", "rules": {"detail:price": {"required": True}}}
FEED = make_feed([("BOX", 7, 0, "1.50"), ("MUG", 12, 4, None)], details=["price"])


def test_a_line_that_breaks_a_rule_is_held_back_with_the_reason() -> None:
    held = layout(RULES | {"columns": [SKU, PRICE]}).unwritable(FEED)
    assert held.rows() == [("MUG", "detail:price", None, "is missing")]


def test_a_rule_about_a_detail_that_the_layout_no_longer_sends_holds_nothing_back() -> None:
    feed = make_feed([("BOX", 7, 0), ("MUG", 12, 4)])
    assert layout(RULES | {"columns": [SKU]}).unwritable(feed).rows() == []


def test_one_value_may_make_up_for_another_that_is_missing() -> None:
    rules = {"detail:mpn": {"required": True, "unless": "detail:upc"}}
    columns = [SKU, {"header": "mpn", "value": "{detail:mpn}"}, {"header": "upc", "value": "{detail:upc}"}]
    feed = make_feed(
        [("A", 1, 0, "M-1", None), ("B", 1, 0, None, "0123"), ("C", 1, 0, "", None)], details=["mpn", "upc"]
    )
    held = layout(RULES | {"rules": rules, "columns": columns}).unwritable(feed)
    assert held.rows() == [("C", "detail:mpn", "", "is missing, and so is detail:upc")]
    without = layout(RULES | {"rules": rules, "columns": columns[:2]}).unwritable(
        make_feed([("B", 1, 0, None), ("C", 1, 0, "")], details=["mpn"])
    )
    assert without.rows() == [("B", "detail:mpn", None, "is missing"), ("C", "detail:mpn", "", "is missing")]
