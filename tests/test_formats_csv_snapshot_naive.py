"""Any table that Python's csv module writes is read as a naive reader reads it, row by row."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_reading import levels, read

from formats.errors import FileRefused
from formats.snapshot.result import SnapshotRead

HEADER = ("Note", "Item", "Loc", "Avail", "Lot", "Rest")
BLANKS = " \t\r\n"
Policy = Literal["sum", "refuse", "last"]

anything = st.text(st.sampled_from(list("ab1,;|\t\"'\r\né  ")), max_size=6)
skus = st.sampled_from(["A", "B", "00123", "1E5", "Ä b", "a", "\tA", 'C"1', "D,d", ""])
warehouses = st.sampled_from(["E", "E", "W", "N O", " E", ""])
whole = st.integers(-30, 30).map(str)
odd = st.sampled_from(["1.5", "-0.5", "2.00", " 7", "007", "+3", "", "x", "1e3", "5+", "9" * 20])
lots = st.sampled_from(["L1", "L2", ""])


def tables(quantities: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, ...]]]:
    return st.lists(st.tuples(anything, skus, warehouses, quantities, lots, anything), min_size=1, max_size=12)


@dataclass(frozen=True, slots=True)
class Naive:
    """What a reader that takes one row at a time makes of a table."""

    levels: dict[tuple[str, str], int]
    untrusted: set[str]
    bad_rows: set[int]
    rows: int


def naive(rows: list[tuple[str, ...]], *, by_lot: bool, policy: Policy) -> Naive:
    said: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    doubted: set[tuple[str, str]] = set()
    bad: set[int] = set()
    numbered = [(n, [cell.strip(BLANKS) for cell in row]) for n, row in enumerate(rows, 2)]
    numbered = [(n, row) for n, row in numbered if any(row)]
    for n, (_, sku, warehouse, text, _, _) in numbered:
        lot = rows[n - 2][4] if by_lot else ""
        if sku and warehouse and re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]*)?", text):
            said[sku, warehouse, lot].append((n, math.floor(Fraction(text))))
        else:
            bad.add(n)
            doubted.add((sku, warehouse))
    refused: set[str] = set()
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for (sku, warehouse, _), values in said.items():
        if policy == "refuse" and len({units for _, units in values}) > 1:
            refused.add(sku)
            bad.update(n for n, _ in values)
        sums[sku, warehouse] += sum(units for _, units in values) if policy == "sum" else values[-1][1]
    kept = {
        (sku, warehouse): max(0, units)
        for (sku, warehouse), units in sums.items()
        if sku not in refused and not {(sku, warehouse), (sku, "")} & doubted
    }
    return Naive(kept, ({sku for sku, _ in doubted} - {""}) | refused, bad, len(numbered))


def written(rows: list[tuple[str, ...]], order: list[int], *, delimiter: str, quoting: Any) -> str:
    out = io.StringIO(newline="")
    # With CR LF as line end, every cell with a CR or an LF in it is quoted.
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n", quoting=quoting)
    writer.writerows([row[index] for index in order] for row in [HEADER, *rows])
    return out.getvalue()


def compare(said: SnapshotRead, expected: Naive, rows: list[tuple[str, ...]], order: list[int]) -> None:
    assert levels(said) == expected.levels
    assert set(said.untrusted) == expected.untrusted
    assert said.counts.rows == expected.rows
    assert said.rejects["row"].to_list() == sorted(expected.bad_rows)
    assert said.rejects["cells"].to_list() == [[rows[n - 2][i] for i in order] for n in sorted(expected.bad_rows)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snapshots")


@settings(max_examples=400, deadline=None)
@given(
    rows=st.one_of(tables(whole), tables(whole | odd)),
    order=st.permutations(range(len(HEADER))),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    by_lot=st.booleans(),
    policy=st.sampled_from(["sum", "refuse", "last", None]),
    known=st.sampled_from([[], ["E"], ["W", "E", "N O", "Z"]]),
)
def test_a_table_is_read_as_a_naive_reader_reads_it(
    folder: Path,
    rows: list[tuple[str, ...]],
    order: list[int],
    delimiter: str,
    quoting: int,
    encoding: str,
    by_lot: bool,
    policy: Policy | None,
    known: list[str],
) -> None:
    expected = naive(rows, by_lot=by_lot, policy=policy or ("sum" if by_lot else "refuse"))
    columns = {"sku": "Item", "warehouse": "Loc", "available": "Avail"} | ({"lot": "Lot"} if by_lot else {})
    content = written(rows, order, delimiter=delimiter, quoting=quoting).encode(encoding)
    try:
        said = read(
            folder,
            content,
            columns=columns,
            warehouses=known,
            duplicates=policy,
            max_bad_rows="100%",
            delimiter=delimiter,
        )
    except FileRefused:
        assert expected.levels == {}
        return
    compare(said, expected, rows, order)


@settings(max_examples=100, deadline=None)
@given(rows=tables(whole), seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters_to_sums(folder: Path, rows: list[tuple[str, ...]], seed: Any) -> None:
    columns = {"sku": "Item", "warehouse": "Loc", "lot": "Lot", "available": "Avail"}
    shuffled = seed.sample(rows, len(rows))
    order = list(range(len(HEADER)))
    said: list[object] = []
    for each in (rows, shuffled):
        content = written(each, order, delimiter=",", quoting=csv.QUOTE_MINIMAL)
        try:
            found = read(folder, content, columns=columns, max_bad_rows="100%")
            said.append((levels(found), found.untrusted, found.counts))
        except FileRefused as error:
            said.append(({}, (), error.reason.split(";")[0]))
    assert said[0] == said[1]
