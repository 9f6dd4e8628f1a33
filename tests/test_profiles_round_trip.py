"""What a profile writes it reads back to the same quantities, where it says how its files are read."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_source_samples import SAMPLES
from sample_feeds import INTERCHANGE, make_feed

from batch.profiles import NAME_FACTS, Profile, built_in_profiles, load_profile
from formats.snapshot.settings import DEFAULT_WAREHOUSE
from mappings.model import Feed, Warehouse, warehouses_of

PROFILES = {name: load_profile(name, SAMPLES) for name in built_in_profiles()}
READABLE = sorted(name for name, profile in PROFILES.items() if profile.snapshot)

Levels = dict[tuple[str, str], int]


def order_source(name: str) -> dict[str, dict[str, str]]:
    file = SAMPLES / name / "order_source.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def warehouses(name: str) -> list[Warehouse]:
    codes = order_source(name).get("warehouse_codes", {})
    several = [Warehouse(ours, codes.get(ours, ours), f"Depot {ours}") for ours in ("EAST", "WEST")]
    has_room_for_one = PROFILES[name].files.per_warehouse or "warehouses" in order_source(name)
    return several[:1] if has_room_for_one else several


def said(feed: Feed, profile: Profile) -> Levels:
    """What the file of a feed says, by code and warehouse."""
    if not profile.breaks_down:
        return {(code, DEFAULT_WAREHOUSE): n for code, n in feed.lines.select("code", "quantity").iter_rows()}
    return {
        (code, warehouse.partner_code): n
        for warehouse in feed.warehouses
        for code, n in feed.lines.select("code", f"wh:{warehouse.code}").iter_rows()
    }


def file_name(profile: Profile, feed: Feed) -> str:
    facts = {fact: getattr(feed, fact, 1) for fact in NAME_FACTS} | {"suffix": profile.format.suffix}
    named = {"warehouse": feed.warehouses[0].partner_code, "warehouse_name": feed.warehouses[0].name}
    return profile.render_file_name(facts | named | {f"value:{name}": value for name, value in feed.values.items()})


def read_back(profile: Profile, file: Path) -> Levels:
    assert profile.snapshot
    read = profile.snapshot.read(
        file, warehouses=(), file_time=datetime(2026, 11, 21, tzinfo=UTC), timezone=ZoneInfo("UTC")
    )
    assert read.rejects.is_empty()
    return {
        (sku, warehouse): n
        for warehouse in warehouses_of(read.available)
        for sku, n in read.available.select("sku", f"wh:{warehouse}").iter_rows()
        if n is not None
    }


CODES = st.from_regex(r"[A-Z0-9]([A-Z0-9 -]{0,10}[A-Z0-9])?", fullmatch=True)
ROWS = st.lists(
    st.tuples(CODES, st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=8, unique_by=lambda row: row[0]
)


@pytest.mark.parametrize("name", READABLE)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(rows=ROWS)
def test_what_a_profile_writes_it_reads_back_to_the_same_quantities(
    name: str, rows: list[tuple[str, int, int]]
) -> None:
    profile = PROFILES[name]
    details = sorted(profile.format.details())
    places = warehouses(name)
    lines = [(*row[: 1 + len(places)], *["1"] * len(details)) for row in sorted(rows)]
    feed = make_feed(lines, places, details=details)
    feed = replace(feed, values=order_source(name).get("values", {}), lines=feed.lines.with_columns(sku="code"))
    held = profile.format.unwritable(feed)["code"]
    feed = replace(feed, lines=feed.lines.filter(~pl.col("code").is_in(held.implode())))
    if feed.lines.is_empty():
        return
    with TemporaryDirectory() as folder:
        file = Path(folder, file_name(profile, feed))
        profile.format.write(feed, file, INTERCHANGE)

        assert read_back(profile, file) == said(feed, profile)
