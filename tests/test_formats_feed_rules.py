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
