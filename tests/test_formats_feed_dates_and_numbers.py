from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sample_feeds import EAST, FEED, WEST, layout, make_feed, written

from formats.feed.errors import FeedError

CODE = {"header": "sku", "value": "{code}"}
DUE = {"header": "due", "value": "{detail:due?}"}
DATES = make_feed(
    [("A", 1, 2, "2026-12-31"), ("B", 1, 0, None), ("C", 0, 0, "31/12/2026")], (EAST, WEST), details=["due"]
)


def total_csv(date: str) -> dict[str, Any]:
    return {"type": "csv", "warehouses": "total", "columns": (CODE, DUE), "rules": {"detail:due": {"date": date}}}


def numbered_csv(**numbers: int) -> dict[str, Any]:
    columns = [CODE, {"header": "Warehouse{warehouse_number}", "value": "{quantity} in {warehouse}"}]
    return {"type": "csv", "warehouses": "columns", "columns": columns, "warehouse_numbers": numbers}


def test_a_date_is_written_as_the_order_source_wants_it(tmp_path: Path) -> None:
    feed = make_feed(DATES.lines.select("code", "wh:EAST", "wh:WEST", "detail:due").rows()[:2], details=["due"])
    data = written(layout(total_csv("%Y%m%d")), feed, tmp_path)
    assert data == b"sku,due\nA,20261231\nB,\n"


def test_a_line_with_something_else_for_a_date_is_held_back() -> None:
    held = layout(total_csv("%Y%m%d")).unwritable(DATES)
    assert held.rows() == [("C", "detail:due", "31/12/2026", "is not a date such as 2026-12-31")]


def test_a_date_in_a_delta_and_in_a_nested_feed_is_written_alike(tmp_path: Path) -> None:
    settings = {
        "type": "json",
        "item": {"sku": "{code}", "due": "{detail:due?}"},
        "rules": {"detail:due": {"date": "%d.%m.%Y"}},
    }
    feed = make_feed([("A", 1, 2, "2026-12-31"), ("B", 1, 0, None)], details=["due"], kind="delta")
    assert written(layout(settings), feed, tmp_path) == b'{"sku": "A", "due": "31.12.2026"}\n{"sku": "B"}\n'


def test_a_profile_with_an_impossible_way_to_write_a_date_is_refused() -> None:
    with pytest.raises(ValidationError, match="'%Q' is not a way to write a date; try \"%Y%m%d\""):
        layout(total_csv("%Q"))


def test_warehouses_are_numbered_from_where_the_layout_says(tmp_path: Path) -> None:
    feed = make_feed([("A", 1, 2)])
    assert written(layout(numbered_csv(first=2)), feed, tmp_path) == (
        b"sku,Warehouse2,Warehouse3\nA,1 in 31415,2 in 27182\n"
    )


def test_more_warehouses_than_a_file_has_room_for_are_refused() -> None:
    assert layout(numbered_csv(first=2, last=4)).unwritable(FEED).height == 0
    with pytest.raises(FeedError) as error:
        layout(numbered_csv(first=2, last=3)).unwritable(FEED)
    assert str(error.value) == (
        "shop: 3 warehouses are selected, but its files have room for 2; choose them in warehouses"
    )
