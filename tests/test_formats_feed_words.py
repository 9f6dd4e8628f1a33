"""What a feed says in the words of the order source: statuses and kinds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sample_feeds import layout, make_feed, written

FEED = make_feed(
    [("lamp", 0, "2027-01-15"), ("mug", 4, None), ("rope", 0, "2027-01-15"), ("stove", 0, None)],
    make_feed([]).warehouses[:1],
    details=["next"],
    statuses=["discontinued", "active", "active", "active"],
)
DATE = {"active": "{as_of:%Y%m%d}", "out_of_stock": "{detail:next?}, or so", "discontinued": "20491231"}


def csv(value: str, **settings: Any) -> dict[str, Any]:
    columns = [{"header": "sku", "value": "{code}"}, {"header": "said", "value": value}]
    return {"type": "csv", "warehouses": "total", "columns": columns, **settings}


def test_a_word_for_a_status_may_be_made_of_facts_and_details(tmp_path: Path) -> None:
    format_ = layout(csv("{word:since}", words={"since": DATE}))
    assert written(format_, FEED, tmp_path).decode().splitlines() == [
        "sku,said",
        "lamp,20491231",
        "mug,20251114",
        'rope,"2027-01-15, or so"',
        'stove,", or so"',
    ]


def test_what_a_word_is_made_of_is_escaped_and_asked_for(tmp_path: Path) -> None:
    xml = {"type": "xml", "head": "<a>", "item": "<i sku='{code}'>{status}</i>", "tail": "</a>"}
    format_ = layout({**xml, "status": {"active": "{detail:note} at {value:shop}"}})
    feed = replace(
        make_feed([("a", 1, "<new>")], FEED.warehouses, details=["note"]),
        values={"shop": "A&B"},
    )
    assert format_.details() == {"note"}
    assert written(format_, feed, tmp_path).decode() == "<a><i sku='a'>&lt;new&gt; at A&amp;B</i></a>"


def test_a_word_that_names_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError, match=r'"\{warehouse\}" is not known here; known are: merchant, '):
        layout(csv("{status}", status={"active": "{warehouse}"}))


def test_a_kind_is_called_as_the_order_source_calls_it(tmp_path: Path) -> None:
    feed = replace(FEED, kinds={"full": "FS"}, lines=FEED.lines.head(1))
    said = [written(layout(csv("{kind}")), replace(feed, kind=kind), tmp_path).decode() for kind in ("full", "delta")]
    assert said == ["sku,said\nlamp,FS\n", "sku,said\nlamp,delta\n"]
