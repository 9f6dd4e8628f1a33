from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from mappings.levels import after_snapshot, as_of_each, combined
from mappings.model import AS_OF_SCHEMA, Levels

MONDAY, TUESDAY, WEDNESDAY = (datetime(2026, 11, day, tzinfo=UTC) for day in (16, 17, 18))


def levels(as_of: datetime, **units: tuple[int | None, int | None]) -> Levels:
    """Levels of EAST and WEST by SKU."""
    rows = [(sku, *pair) for sku, pair in units.items()]
    schema = {"sku": pl.String, "wh:EAST": pl.Int64, "wh:WEST": pl.Int64}
    return Levels(pl.DataFrame(rows, schema=schema, orient="row"), {"EAST": as_of, "WEST": as_of})


def shown(found: Levels) -> dict[str, tuple[int | None, int | None]]:
    return {sku: (east, west) for sku, east, west in found.available.select("sku", "wh:EAST", "wh:WEST").rows()}


def moments(found: Levels) -> dict[tuple[str, str], datetime]:
    pairs = [(sku, w) for sku in found.available["sku"] for w in ("EAST", "WEST")]
    frame = pl.DataFrame(pairs, schema={"sku": pl.String, "warehouse": pl.String}, orient="row")
    return {(sku, warehouse): moment for sku, warehouse, moment in as_of_each(found, frame).rows()}


def test_a_first_snapshot_is_taken_as_it_is() -> None:
    found = after_snapshot(None, levels(MONDAY, MUG=(5, None)), content="complete", keep=())

    assert shown(found) == {"MUG": (5, None)}


def test_what_a_complete_snapshot_no_longer_names_has_become_zero() -> None:
    before = after_snapshot(None, levels(MONDAY, MUG=(5, 1), BOX=(2, None)), content="complete", keep=())

    found = after_snapshot(before, levels(TUESDAY, MUG=(4, None)), content="complete", keep=())

    assert shown(found) == {"BOX": (0, None), "MUG": (4, 0)}
    assert set(moments(found).values()) == {TUESDAY}


def test_a_sku_is_zero_only_after_as_many_complete_snapshots_as_configured() -> None:
    first = after_snapshot(None, levels(MONDAY, MUG=(5, 1), BOX=(2, 3)), content="complete", keep=())
    second = after_snapshot(first, levels(TUESDAY, MUG=(5, 1)), content="complete", keep=(), absent_after=2)
    third = after_snapshot(second, levels(WEDNESDAY, MUG=(5, 1)), content="complete", keep=(), absent_after=2)

    assert shown(second)["BOX"] == (2, 3)
    assert moments(second)["BOX", "EAST"] == MONDAY
    assert shown(third)["BOX"] == (0, 0)


def test_a_sku_that_comes_back_starts_to_count_anew() -> None:
    first = after_snapshot(None, levels(MONDAY, MUG=(5, 1), BOX=(2, 3)), content="complete", keep=())
    without = after_snapshot(first, levels(TUESDAY, MUG=(5, 1)), content="complete", keep=(), absent_after=2)
    again = after_snapshot(
        without, levels(TUESDAY, MUG=(5, 1), BOX=(9, 9)), content="complete", keep=(), absent_after=2
    )
    found = after_snapshot(again, levels(WEDNESDAY, MUG=(5, 1)), content="complete", keep=(), absent_after=2)

    assert shown(found)["BOX"] == (9, 9)


def test_a_sku_whose_row_could_not_be_read_keeps_what_was_known_of_it() -> None:
    before = after_snapshot(None, levels(MONDAY, MUG=(5, 1), BOX=(2, 3)), content="complete", keep=())

    found = after_snapshot(before, levels(TUESDAY, MUG=(None, 2)), content="complete", keep=("MUG", "BOX"))

    assert shown(found) == {"BOX": (2, 3), "MUG": (5, 2)}
    assert moments(found) == {
        ("BOX", "EAST"): MONDAY,
        ("BOX", "WEST"): MONDAY,
        ("MUG", "EAST"): MONDAY,
        ("MUG", "WEST"): TUESDAY,
    }


def test_what_a_snapshot_of_changes_leaves_out_stays_as_it_was() -> None:
    before = after_snapshot(None, levels(MONDAY, MUG=(5, 1), BOX=(2, 3)), content="complete", keep=())

    found = after_snapshot(before, levels(TUESDAY, MUG=(4, None), PEN=(1, None)), content="changes", keep=())

    assert shown(found) == {"BOX": (2, 3), "MUG": (4, 1), "PEN": (1, None)}
    assert moments(found)["MUG", "EAST"] == TUESDAY
    assert moments(found)["MUG", "WEST"] == MONDAY
    assert moments(found)["BOX", "EAST"] == MONDAY


def test_sources_of_different_warehouses_stand_side_by_side() -> None:
    other = Levels(pl.DataFrame({"sku": ["BOX", "MUG"], "wh:NORTH": [7, 8]}), {"NORTH": MONDAY})

    found = combined([levels(TUESDAY, MUG=(5, 1)), other])

    assert found.available.sort("sku").rows(named=True) == [
        {"sku": "BOX", "wh:NORTH": 7, "wh:EAST": None, "wh:WEST": None},
        {"sku": "MUG", "wh:NORTH": 8, "wh:EAST": 5, "wh:WEST": 1},
    ]
    assert found.as_of == {"EAST": TUESDAY, "WEST": TUESDAY, "NORTH": MONDAY}
    assert found.as_of_exceptions.is_empty()


def test_where_two_sources_speak_of_the_same_level_the_later_one_counts() -> None:
    found = combined([levels(TUESDAY, MUG=(5, None)), levels(MONDAY, MUG=(9, 2), BOX=(1, 1))])

    assert shown(found) == {"BOX": (1, 1), "MUG": (5, 2)}
    assert moments(found) == {
        ("BOX", "EAST"): MONDAY,
        ("BOX", "WEST"): MONDAY,
        ("MUG", "EAST"): TUESDAY,
        ("MUG", "WEST"): MONDAY,
    }


def test_the_moments_of_single_levels_win_over_that_of_their_warehouse() -> None:
    exceptions = pl.DataFrame([("MUG", "EAST", MONDAY)], schema=AS_OF_SCHEMA, orient="row")
    found = Levels(levels(TUESDAY, MUG=(1, 1)).available, {"EAST": TUESDAY, "WEST": TUESDAY}, exceptions)

    assert moments(found) == {("MUG", "EAST"): MONDAY, ("MUG", "WEST"): TUESDAY}
