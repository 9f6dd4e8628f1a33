from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_feeds import layout, make_feed, numbered_feed, written

FEED = make_feed([("A", 1, 2), ("B", 3, 4)])
CELLS = [{"header": "no", "value": "{number}"}, {"header": "sku", "value": "{code}"}]
PLACE = {"header": "place", "value": "{warehouse}"}
XML = {"type": "xml", "head": "<s>", "tail": "</s>"}


def csv_rows(settings: dict[str, Any], tmp_path: Path) -> list[str]:
    return written(layout({"type": "csv", **settings}), FEED, tmp_path).decode().splitlines()[1:]


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({"warehouses": "total", "columns": CELLS}, ["1,A", "2,B"]),
        ({"warehouses": "rows", "columns": [*CELLS, PLACE]}, ["1,A,31415", "2,A,27182", "3,B,31415", "4,B,27182"]),
        (
            {"warehouses": "columns", "columns": [*CELLS, {"header": "{warehouse}", "value": "{quantity}"}]},
            ["1,A,1,2", "2,B,3,4"],
        ),
        (
            {
                "warehouses": "packed",
                "packed": {"text": "{number}/{warehouse}", "between": " "},
                "columns": [*CELLS, {"header": "at", "value": "{warehouses}"}],
            },
            ["1,A,1/31415 1/27182", "2,B,2/31415 2/27182"],
        ),
    ],
)
def test_rows_are_numbered_in_the_order_of_the_file(settings: dict[str, Any], rows: list[str], tmp_path: Path) -> None:
    assert csv_rows(settings, tmp_path) == rows


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"item": "<i n='{number}'>{code}</i>"}, "<s><i n='1'>A</i><i n='2'>B</i></s>"),
        (
            {"item": "<i n='{number}'>{code} {warehouse}</i>"},
            "<s><i n='1'>A 31415</i><i n='2'>A 27182</i><i n='3'>B 31415</i><i n='4'>B 27182</i></s>",
        ),
        (
            {"group": "<g id='{warehouse}'>{items}</g>", "item": "<i n='{number}'>{code}</i>"},
            "<s><g id='31415'><i n='1'>A</i><i n='2'>B</i></g><g id='27182'><i n='3'>A</i><i n='4'>B</i></g></s>",
        ),
        (
            {"item": "<i n='{number}'>{code}{warehouses}</i>", "warehouse": "<w n='{number}' id='{warehouse}'/>"},
            "<s><i n='1'>A<w n='1' id='31415'/><w n='1' id='27182'/></i>"
            "<i n='2'>B<w n='2' id='31415'/><w n='2' id='27182'/></i></s>",
        ),
    ],
)
def test_items_are_numbered_in_the_order_of_the_file(settings: dict[str, Any], text: str, tmp_path: Path) -> None:
    assert written(layout(XML | settings), FEED, tmp_path).decode() == text


def test_the_number_of_an_item_is_a_number_in_json(tmp_path: Path) -> None:
    settings = {
        "type": "json",
        "document": ["{items}"],
        "item": {"id": "{number}", "key": "no-{number}", "sku": "{code}"},
    }
    assert json.loads(written(layout(settings), FEED, tmp_path)) == [
        {"id": 1, "key": "no-1", "sku": "A"},
        {"id": 2, "key": "no-2", "sku": "B"},
    ]


def test_every_file_of_a_long_feed_begins_at_one_and_misses_no_number(tmp_path: Path) -> None:
    format_ = layout({"type": "csv", "warehouses": "total", "columns": CELLS})
    feed = numbered_feed(60_000)
    for part in (feed, replace(feed, lines=feed.lines.slice(30_000))):
        rows = written(format_, part, tmp_path).decode().splitlines()[1:]
        assert [row.split(",")[0] for row in rows] == [str(number) for number in range(1, part.lines.height + 1)]
