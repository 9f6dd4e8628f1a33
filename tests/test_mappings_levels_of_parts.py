"""A source with a file for each warehouse: what a file leaves out is gone from its warehouse, and from no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.levels import after_part, after_snapshot
from mappings.model import Levels

START = datetime(2026, 11, 16, tzinfo=UTC)

Units = dict[str, int]
FILES = st.lists(
    st.tuples(
        st.sampled_from(["EAST", "WEST", "SOUTH"]),
        st.dictionaries(st.sampled_from(["MUG", "BOX", "CUP", "LAMP"]), st.integers(0, 9), min_size=1),
    ),
    min_size=1,
    max_size=8,
)


def said(warehouse: str, units: Units, as_of: datetime) -> Levels:
    frame = pl.DataFrame(list(units.items()), {"sku": pl.String, f"wh:{warehouse}": pl.Int64}, orient="row")
    return Levels(frame, {warehouse: as_of})


def shown(levels: Levels, warehouse: str) -> Units:
    return dict(levels.available.select("sku", f"wh:{warehouse}").drop_nulls().rows())


@settings(deadline=None, max_examples=50)
@given(files=FILES, absent_after=st.integers(1, 3))
def test_each_warehouse_stands_as_if_its_files_were_a_source_of_their_own(
    files: list[tuple[str, Units]], absent_after: int
) -> None:
    together: Levels | None = None
    alone: dict[str, Levels] = {}
    for hour, (warehouse, units) in enumerate(files):
        part = said(warehouse, units, START + timedelta(hours=hour))
        together = after_part(
            together, part, warehouse=warehouse, content="complete", keep=(), absent_after=absent_after
        )
        alone[warehouse] = after_snapshot(
            alone.get(warehouse), part, content="complete", keep=(), absent_after=absent_after
        )

    assert together is not None
    assert {w: shown(together, w) for w in alone} == {w: shown(levels, w) for w, levels in alone.items()}
    assert together.as_of == {w: levels.as_of[w] for w, levels in alone.items()}
    assert sorted(together.drop_absent().available.columns) == sorted(["sku", *(f"wh:{w}" for w in alone)])


def test_levels_of_files_without_a_warehouse_are_forgotten_with_the_first_that_has_one() -> None:
    before = after_snapshot(None, said("default", {"MUG": 5}, START), content="complete", keep=())

    found = after_part(before, said("EAST", {"MUG": 2}, START), warehouse="EAST", content="complete", keep=())

    assert found.drop_absent().available.rows(named=True) == [{"sku": "MUG", "wh:EAST": 2}]


def test_a_file_of_all_warehouses_counts_after_files_of_each() -> None:
    before = after_part(None, said("EAST", {"MUG": 5}, START), warehouse="EAST", content="complete", keep=())

    found = after_snapshot(before, said("WEST", {"MUG": 2}, START), content="complete", keep=())

    assert found.drop_absent().available.rows(named=True) == [{"sku": "MUG", "wh:EAST": 0, "wh:WEST": 2}]
