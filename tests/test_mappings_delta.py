from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.delta import dropped_lines, feed_lines, risen, with_lines, zeroed


def lines(**units: tuple[int, int]) -> pl.DataFrame:
    """Lines of EAST and WEST by code."""
    rows = [(f"our-{code}", code, "active", east + west, east, west) for code, (east, west) in sorted(units.items())]
    schema = {"sku": pl.String, "code": pl.String, "status": pl.String, "quantity": pl.Int64}
    return pl.DataFrame(rows, schema={**schema, "wh:EAST": pl.Int64, "wh:WEST": pl.Int64}, orient="row")


def shown(frame: pl.DataFrame) -> dict[str, tuple[str, int, int]]:
    return {
        code: (status, east, west)
        for code, status, east, west in frame.select("code", "status", "wh:EAST", "wh:WEST").rows()
    }


def test_without_a_baseline_everything_is_told() -> None:
    now = lines(MUG=(1, 2))

    assert feed_lines(now, None, "delta", "unchanged").equals(now)


def test_a_delta_holds_the_lines_that_differ_in_any_warehouse() -> None:
    told = feed_lines(lines(BOX=(1, 1), MUG=(2, 1), PEN=(4, 4)), lines(BOX=(1, 1), MUG=(1, 2)), "delta", "unchanged")

    assert shown(told) == {"MUG": ("active", 2, 1), "PEN": ("active", 4, 4)}


def test_a_code_that_is_gone_is_told_as_zero_unless_it_was_zero_already() -> None:
    told = feed_lines(lines(MUG=(1, 1)), lines(BOX=(0, 0), MUG=(1, 1), PEN=(2, 0)), "delta", "unchanged")

    assert shown(told) == {"PEN": ("gone", 0, 0)}


def test_a_full_feed_tells_what_is_gone_only_where_leaving_it_out_changes_nothing() -> None:
    now, before = lines(MUG=(1, 1)), lines(MUG=(1, 1), PEN=(2, 0))

    assert shown(feed_lines(now, before, "full", "unchanged")) == {"MUG": ("active", 1, 1), "PEN": ("gone", 0, 0)}
    assert shown(feed_lines(now, before, "full", "zero")) == {"MUG": ("active", 1, 1)}


def test_a_warehouse_that_the_baseline_does_not_know_makes_every_line_differ() -> None:
    before = lines(MUG=(1, 1)).drop("wh:WEST")

    assert shown(feed_lines(lines(MUG=(1, 1)), before, "delta", "unchanged")) == {"MUG": ("active", 1, 1)}


catalogues = st.dictionaries(
    st.sampled_from("ABCDEF"), st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6
).map(lambda units: lines(**units))


@settings(deadline=None, max_examples=300)
@given(catalogues, catalogues)
def test_baseline_and_delta_make_the_full_feed(before: pl.DataFrame, now: pl.DataFrame) -> None:
    told = feed_lines(now, before, "delta", "unchanged")
    known = {code: row[1:] for code, row in shown(before).items()}
    known |= {code: row[1:] for code, row in shown(told).items()}

    assert {code: row for code, row in known.items() if row != (0, 0)} == {
        code: row[1:] for code, row in shown(now).items() if row[1:] != (0, 0)
    }
    assert all(row != known_before for code, row in shown(told).items() if (known_before := shown(before).get(code)))


def test_how_much_of_the_catalogue_would_become_zero() -> None:
    before = lines(BOX=(1, 0), CAP=(0, 0), MUG=(1, 1), PEN=(2, 0), TIE=(5, 5))

    now = lines(BOX=(0, 0), MUG=(1, 0), TIE=(1, 1))
    assert zeroed(now, before) == {"quantity": (2, 4), "wh:EAST": (2, 4), "wh:WEST": (1, 2)}
    assert zeroed(lines(), lines(CAP=(0, 0)).drop("wh:WEST")) == {"quantity": (0, 0), "wh:EAST": (0, 0)}


def test_a_line_rises_by_both_times_and_units_or_not_at_all() -> None:
    before = lines(BOX=(10, 0), CAP=(1, 0), MUG=(100, 0), PEN=(10, 0))
    now = lines(BOX=(111, 0), CAP=(101, 0), MUG=(900, 0), NEW=(101, 0), PEN=(110, 0))

    jumps = risen(now, before, times=10, units=100)

    assert jumps.rows() == [("BOX", 111, 10), ("NEW", 101, 0)]


def test_what_dropped_is_offered_still_and_was_sellable() -> None:
    before, now = lines(BOX=(1, 0), CAP=(0, 0), MUG=(1, 1), PEN=(2, 0)), lines(BOX=(0, 0), CAP=(0, 0), MUG=(0, 1))

    assert shown(dropped_lines(now, before)) == {"BOX": ("active", 0, 0)}


@settings(deadline=None, max_examples=300)
@given(catalogues, catalogues)
def test_telling_what_dropped_first_and_the_rest_afterwards_tells_the_same(
    before: pl.DataFrame, now: pl.DataFrame
) -> None:
    dropped = dropped_lines(now, before)
    between = with_lines(before, dropped)
    rest = feed_lines(now, between, "delta", "unchanged")

    assert sorted([*shown(dropped).items(), *shown(rest).items()]) == sorted(
        shown(feed_lines(now, before, "delta", "unchanged")).items()
    )
    assert set(shown(dropped)) & set(shown(rest)) == set()
    assert between["code"].is_sorted()
    assert dropped_lines(now, between).is_empty()
