"""Feeds to write: one by hand, and any that hypothesis can think of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st
from pydantic import TypeAdapter

from batch.profiles import load_profile
from formats.feeds import AnyFeedFormat, FeedFormat
from formats.x12.interchange import Interchange, TradingPair
from mappings.model import Feed, FeedKind, Warehouse, warehouse_column

GOLDEN = Path(__file__).with_name("golden")

AS_OF = datetime(2025, 11, 14, 6, 30, tzinfo=UTC)
BUILT_AT = datetime(2025, 11, 14, 6, 45, 12, 340_000, tzinfo=UTC)

EAST = Warehouse("EAST", "31415", "Newark DC")
WEST = Warehouse("WEST", "27182", "Reno DC")
FBA = Warehouse("FBA", "FBA-1", "Amazon")

INTERCHANGE = Interchange(
    pair=TradingPair(sender_qualifier="01", sender="123456789", receiver_qualifier="12", receiver="5551234567"),
    number=42,
    group_number=17,
)


def layout(settings: Mapping[str, Any]) -> FeedFormat:
    """A format from the ``[format]`` table of a profile."""
    return TypeAdapter[FeedFormat](AnyFeedFormat).validate_python(settings)


def profile_settings(name: str) -> dict[str, Any]:
    """The ``[format]`` table of a built-in profile, with what it extends."""
    return load_profile(name, GOLDEN).format.model_dump(mode="json", exclude_unset=True)


def profile(name: str, **changes: object) -> FeedFormat:
    """The format of a built-in profile, with some settings changed."""
    return layout(profile_settings(name) | changes)


def make_feed(
    rows: Sequence[tuple[Any, ...]],
    warehouses: Sequence[Warehouse] = (EAST, WEST),
    *,
    details: Sequence[str] = (),
    statuses: Sequence[str] | None = None,
    kind: FeedKind = "full",
) -> Feed:
    """A feed of rows (code, quantity per warehouse…, detail…)."""
    places = [warehouse_column(warehouse.code) for warehouse in warehouses]
    schema: dict[str, Any] = {"code": pl.String, **dict.fromkeys(places, pl.Int64)}
    schema |= {f"detail:{name}": pl.String for name in details}
    lines = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        sku="our-" + pl.col("code"),
        quantity=pl.sum_horizontal(places) if places else pl.lit(0, pl.Int64),
        status=pl.Series(statuses or ["active"] * len(rows), dtype=pl.String),
    )
    return Feed("acme", "Acme & Sons", "shop", kind, AS_OF, BUILT_AT, warehouses, lines)


def numbered_feed(lines: int) -> Feed:
    """A feed of so many lines."""
    return make_feed([(f"SKU-{number:06d}", number % 7, number % 11) for number in range(lines)])


#: Four lines whose codes are awkward somewhere: zeros in front, quotes and commas, a formula, a product that is gone.
FEED = make_feed(
    [("00123", 2, 3, 0), ('A&B "L", 5', 0, 0, 0), ("=1+1", 12, 0, 1), ("ZZ-9", 0, 0, 0)],
    (EAST, WEST, FBA),
    statuses=["active", "active", "active", "gone"],
)

#: An 846 dialect that uses most settings at once, and a feed that meets them.
DIALECT: dict[str, Any] = {
    "type": "846",
    "release": "004010",
    "separators": {"element": "|", "component": ":", "line_break": "\r\n"},
    "envelope": {
        "version": "00400",
        "group_version": "004010VICS",
        "request_acknowledgement": True,
        "time_digits": 8,
    },
    "charset": {"characters": "basic", "upper_case": True, "replace": {"#": "-", "ü": "UE"}},
    "bia": {"full": "05", "delta": "04", "report": "DD", "reference": "INV{control_number}P{part}", "time_digits": 6},
    "header": [
        {"elements": ["DTM", "184", "{as_of:%Y%m%d}", "", ""]},
        {"elements": ["REF", "VR", "4711", "{merchant_name}"]},
        {"elements": ["N1", "SU", "{merchant}"]},
    ],
    "location": {"pattern": "sdq", "unit": "PC", "qualifier": "54", "pairs": 2},
    "split": {"lines": 3},
    "line_number": False,
    "lin": [
        {"qualifier": "VN", "value": "{code}", "max_length": 20},
        {"qualifier": "UP", "value": "{detail:upc}", "required": False},
        {"qualifier": "SK", "value": "{sku}"},
    ],
    "item": [{"elements": ["PID", "F", "08", "", "", "{detail:name}"], "cut": True}],
    "qty": [{"qualifier": "33", "unit": ""}, {"qualifier": "17", "unit": "PC"}],
    "totals": {"ctt": "hash"},
    "deviations": ["isa-version"],
}
DIALECT_FEED = make_feed(
    [
        ("ab #1", 2, 3, 0, "012345678905", "Tent, 2 persons, grün " + "x" * 70),
        ("cd", 0, 0, 0, None, None),
        ("ef", 9_999_999_999, 1, 0, "", "  Stove "),
        ("gh", 0, 7, 0, "9", ""),
    ],
    (EAST, WEST, FBA),
    details=["upc", "name"],
    kind="delta",
)

_LQ = {"elements": ["LQ", "IA", "{detail:code}"]}
_PARTY = [{"elements": ["N4", "Reno", "NV"]}, {"elements": ["REF", "ZZ", "{detail:code}"]}]
_PART = [{"elements": ["PKG", "F", "", "", "", "BAG"]}, {"elements": ["PID", "F", "", "", "", "{detail:name}"]}]
#: An 846 in which every loop of the standard stands that a profile may write down.
LOOPS: dict[str, Any] = profile_settings("846-4010") | {
    "release": "005010",
    "header": [
        {"elements": ["CUR", "SE", "USD"]},
        {"elements": ["N1", "SU", "{merchant_name}"]},
        {"elements": ["N4", "Newark", "NJ"]},
        {"elements": ["LM", "FA", "LIST"]},
        {"elements": ["LQ", "IA", "7"]},
        {"elements": ["LQ", "IB", "8"]},
    ],
    "location": {"pattern": "loop", "segments": [{"elements": ["LM", "FA"], "segments": [_LQ]}]},
    "item": [
        {
            "elements": ["N1", "VN", "Maker"],
            "segments": _PARTY,
        },
        {
            "elements": ["SLN", "1", "", "I", "{detail:pieces}", "EA", "", "", "", "VP", "{detail:part}"],
            "segments": _PART,
        },
        {"elements": ["LM", "FA"], "segments": [_LQ]},
        {"elements": ["SAC", "C", "D240", "", "", "{detail:cents}", *[""] * 9, "Freight"]},
    ],
    "qty": [
        {
            "segments": [
                {
                    "elements": ["SCH", "{detail:next}", "EA", "", "", "018", "{detail:day}"],
                    "segments": [{"elements": ["MEA", "", "", "2", "DA"]}],
                }
            ]
        }
    ],
}

#: Every way to tell warehouses apart in an 846: the ``[format.location]`` table and the deviations that it needs.
LOCATIONS: dict[str, dict[str, Any]] = {
    "none": {"location": {"pattern": "none"}},
    "header": {"location": {"pattern": "header", "entity": "SF", "qualifier": "91", "name": False}},
    "header-ref": {"location": {"pattern": "header-ref", "qualifier": "WS"}},
    "sdq": {"location": {"pattern": "sdq", "pairs": 2, "identifier": "{merchant}"}},
    "sdq, zeros skipped": {"location": {"pattern": "sdq", "pairs": 2, "skip_zero": True, "identifier": "{merchant}"}},
    "loop": {"location": {"pattern": "loop", "loop": "1", "qualifier": "LU", "name": True}},
    "loop, zeros skipped": {"location": {"pattern": "loop", "skip_zero": True}},
    "loop, inside": {"location": {"pattern": "loop", "quantity": "inside"}, "deviations": ["qty-inside-ls"]},
    "item-ref": {"location": {"pattern": "item-ref"}},
    "item-name": {"location": {"pattern": "item-name"}},
    "qty": {"location": {"pattern": "qty"}, "deviations": ["qty02-with-qty04"]},
    "lin": {"location": {"pattern": "lin"}},
}

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
QUANTITIES = st.one_of(st.integers(0, 20), st.integers(0, 10**12))


@st.composite
def feeds(draw: st.DrawFn, *, codes: st.SearchStrategy[str], details: Sequence[str] = (), min_size: int = 0) -> Feed:
    """Any feed of a few lines and one to four warehouses, whose codes and details come from ``codes``."""
    names = st.sampled_from(["31415", "X & Y", "a,b", 'q"q', "W"])
    warehouses = [
        Warehouse(f"W{number}", f"{draw(names)}-{number}", f"No {number}") for number in range(draw(st.integers(1, 4)))
    ]
    row = st.tuples(codes, *[QUANTITIES] * len(warehouses), *[st.none() | st.just("") | codes] * len(details))
    rows = sorted(draw(st.lists(row, max_size=6, min_size=min_size, unique_by=lambda cells: cells[0])))
    statuses = [draw(st.sampled_from(["active", "discontinued", "gone"])) for _ in rows]
    kind: FeedKind = draw(st.sampled_from(["full", "delta"]))
    return make_feed(rows, warehouses, details=details, statuses=statuses, kind=kind)


def rows_of(feed: Feed) -> list[dict[str, Any]]:
    """The lines as dictionaries, for writers that need no speed."""
    return list(feed.lines.iter_rows(named=True))


def written(format_: FeedFormat, feed: Feed, folder: Path) -> bytes:
    """The bytes of the file that a format writes."""
    out = folder / f"feed{format_.suffix}"
    format_.write(feed, out, INTERCHANGE if format_.needs_interchange else None)
    return out.read_bytes()
