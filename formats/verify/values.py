"""Whether every element of a file holds what the release allows: characters, lengths, numbers, dates, codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from formats.verify.faults import faults
from formats.verify.problem import REMARK, found
from formats.verify.segments import Marks, X12File
from formats.verify.standard import Element, Place, Standard

_AT_ONCE = 100_000  # segments, so that memory does not grow with the file
_PLACE, _PART = ["id", "place"], ["id", "place", "part"]
_RULES: dict[str, Any] = {
    "id": pl.String,
    "place": pl.Int64,
    "part": pl.Int64,
    "element": pl.String,
    "type": pl.String,
    "shortest": pl.Int64,
    "longest": pl.Int64,
    "called": pl.String,
    "codes": pl.List(pl.String),
    "suspects": pl.List(pl.Struct({"value": pl.String, "meaning": pl.String})),
}


def value_findings(file: X12File, standard: Standard) -> Iterator[pl.DataFrame]:
    """Findings in the values, suspect codes among them; a frame per part of the file."""
    rules = _rules(standard)
    codes = rules.select(*_PART, value="codes").explode("value", empty_as_null=False)
    suspects = rules.select(*_PART, "suspects").explode("suspects", empty_as_null=False).unnest("suspects")
    for segments in file.segments.iter_slices(_AT_ONCE):
        cells = _cells(segments, rules.drop("codes", "suspects"), file.marks)
        for findings in (*_wrong(cells, file.marks), _other_codes(cells, codes), _suspects(cells, suspects)):
            yield findings.select(found([]).columns)


def _rules(standard: Standard) -> pl.DataFrame:
    """A row per place of each segment; of composites, per component (``part`` from 1; 0 where there is none)."""
    rows = []
    for id_, layout in standard.layouts.items():
        for number, place in enumerate(layout.places, 1):
            for part, element in _parts(place):
                label = f"{id_}{number:02d}" + (f"-{part:02d}" if part else "")
                suspects = [{"value": code, "meaning": meaning} for code, meaning in element.suspects]
                rows.append((id_, number, part, label, *element[1:5], element.codes, suspects))
    return pl.DataFrame(rows, schema=_RULES, orient="row")


def _parts(place: Place) -> Iterator[tuple[int, Element]]:
    if isinstance(place.holds, Element):
        yield 0, place.holds
        return
    for part, component in enumerate(place.holds, 1):
        if isinstance(component.holds, Element):  # there are no composites in composites
            yield part, component.holds


def _cells(segments: pl.DataFrame, rules: pl.DataFrame, marks: Marks) -> pl.DataFrame:
    """A row per filled element or component, with its rule."""
    of_first = rules.filter(pl.col("part") <= 1)
    cells = _split(segments.select("id", segment="number", value="text"), marks.element, "place", first=0)
    cells = cells.filter(pl.col("place") > 0).join(of_first, on=_PLACE)
    composed = (pl.col("part") == 1) & pl.col("value").str.contains(marks.component, literal=True)
    composites = cells.filter(composed).select("id", "segment", "value", "place")
    components = _split(composites, marks.component, "part", first=1).join(rules, on=_PART)
    return pl.concat([cells.filter(~composed), components.select(cells.columns)])


def _split(frame: pl.DataFrame, mark: str, counter: str, *, first: int) -> pl.DataFrame:
    """A row per filled part of ``value``, which are counted."""
    parts = pl.col("value").str.split(mark)
    numbers = pl.int_ranges(first, parts.list.len() + first).alias(counter)
    return frame.with_columns(numbers, value=parts).explode("value", counter).filter(pl.col("value") != "")


def _wrong(cells: pl.DataFrame, marks: Marks) -> Iterator[pl.DataFrame]:
    """The first thing that is wrong with each cell, but for codes that have the form of one."""
    for (type_,), of_type in cells.group_by("type"):
        could_be = [fault for fault in faults(marks) if type_ in fault.types]
        first = pl.coalesce(pl.when(fault.holds).then(number) for number, fault in enumerate(could_be))
        wrong = of_type.with_columns(fault=first).filter(pl.col("fault").is_not_null())
        for (number,), those in wrong.group_by("fault"):
            fault = could_be[int(number)]
            why = pl.format("{} {}", "called", pl.lit(fault.why))
            yield those.with_columns(name=pl.lit(fault.name), why=why, expected=fault.expected)


def _other_codes(cells: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Cells that hold no code of those that there are."""
    expected = codes.group_by(_PART, maintain_order=True).agg(expected=pl.col("value").str.join(", "))
    other = cells.join(expected, on=_PART).join(codes, on=[*_PART, "value"], how="anti")
    why = pl.format("there is no such {}", "called")
    return other.with_columns(name=pl.lit("bad-code"), why=why, expected=pl.format("one of {}", "expected"))


def _suspects(cells: pl.DataFrame, suspects: pl.DataFrame) -> pl.DataFrame:
    """Cells that hold a code which is seldom meant."""
    meant = cells.join(suspects, on=[*_PART, "value"])
    why = pl.format("{} {} means {}", "called", "value", "meaning")
    return meant.with_columns(name=pl.lit(REMARK), why=why, expected=pl.lit("only what you mean"))
