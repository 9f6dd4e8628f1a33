"""The lines of an 846: from segments to a SKU with a quantity, per warehouse or in all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from formats.edi846_reading.fixed import fixed_sdq, one_each
from formats.edi846_reading.ids import Ids
from formats.edi846_reading.places import any_sdq, ls_loops, own_places, qty_with_place, totals
from formats.edi846_reading.quantities import Problem, counted
from formats.edi846_reading.settings import Edi846Settings
from formats.edi846_reading.sublines import sublines
from formats.x12.segments import X12File
from mappings.model import empty, warehouse_column, warehouses_of

col = pl.col


class Lines(NamedTuple):
    """The lines of a part of a file.

    Attributes:
        frame: ``item`` (the row of LIN), ``set``, ``sku``, ``lot``, ``unplaced`` (the quantity of a line that names no
            warehouse), ``whole`` (whether its warehouses are known to be all; null where the line doesn't break its
            quantity down), and a ``wh:`` column per warehouse. A line with problems says no quantity.
        problems: what is wrong with lines.
        doubts: ``sku`` and ``place`` (null: any) of which lines with problems may have spoken.
        rounded: how many quantities had a fraction.
        unread: how many SLN told no stock of their line.
    """

    frame: pl.DataFrame
    problems: list[Problem]
    doubts: pl.DataFrame
    rounded: int
    unread: int


class Breakdown(NamedTuple):
    """Quantities per warehouse.

    Attributes:
        frame: ``item`` and a ``wh:`` column per warehouse.
        problems: what is wrong with others.
        rounded: how many had a fraction.
        rows: of the QTY that were used up for them, and are no totals.
        unread: how many SLN told none.
    """

    frame: pl.DataFrame
    problems: list[Problem]
    rounded: int
    rows: pl.Series
    unread: int


class LineReader:
    """Reads lines as one source writes them."""

    def __init__(self, file: X12File, settings: Edi846Settings) -> None:
        self._file, self._settings, self._ids = file, settings, Ids(settings)

    def read(self, segments: pl.DataFrame, places: pl.DataFrame) -> Lines:
        """Reads the lines of a part of a file.

        Args:
            segments: of lines alone, which are whole: ``row``, ``text``, ``id``, ``set``, ``item``.
            places: the warehouse of each set whose heading names one: ``set``, ``header_place``.
        """
        lines, problems = self._ids.read(self._elements(segments, "LIN", 3))
        qty = self._elements(segments, "QTY", 4)
        wanted = _under_first(qty.filter(col("e1").is_in(self._settings.quantity_qualifiers)), self._settings)
        broken = self._fixed(segments) or self._breakdown(segments, wanted)
        of_line, more, rounded = self._totals(wanted.filter(~col("row").is_in(broken.rows.implode())))
        own, also = own_places(self._outside_loops(segments), self._settings)
        problems += broken.problems + more + also
        frame = _beside(_beside(_beside(lines, of_line), broken.frame), own)
        frame = _with_place(frame.join(places, on="set", how="left", maintain_order="left"))
        problems += _differing(frame)
        problems += self._silent(frame, qty, {problem.item for problem in problems})
        bad = col("item").is_in({problem.item for problem in problems})
        doubts = frame.filter(bad).select("sku", "place")
        frame = _spread(_without(frame, bad) if problems else frame)
        return Lines(frame, problems, doubts, broken.rounded + rounded, broken.unread)

    def _elements(self, segments: pl.DataFrame, name: str, at_least: int) -> pl.DataFrame:
        return self._file.elements(segments.filter(col("id") == name), at_least)

    def _fixed(self, segments: pl.DataFrame) -> Breakdown | None:
        """The quick way, for lines that have a plain SDQ each and nothing else."""
        if not self._settings.looks_at("sdq") or segments["id"].is_in(["LS", "SLN"]).any():
            return None
        pieces = [unit for unit, count in self._settings.pieces.items() if count == 1]
        frame = fixed_sdq(segments.filter(col("id") == "SDQ"), self._file.opening.element, pieces)
        return None if frame is None else Breakdown(frame, [], 0, pl.Series([], dtype=pl.Int64), 0)

    def _breakdown(self, segments: pl.DataFrame, wanted: pl.DataFrame) -> Breakdown:
        """Quantities per warehouse, however they are told."""
        settings, problems, unread = self._settings, list[Problem](), 0
        said = [qty_with_place(wanted.clear())]
        if settings.looks_at("sdq"):
            said.append(any_sdq(self._elements(segments, "SDQ", 22)))
        if (segments["id"] == "SLN").any():
            below = sublines(self._elements(segments, "SLN", 10), self._elements(segments, "LIN", 3), settings)
            said.append(below.said)
            problems += below.problems
            unread = below.unread
        if settings.looks_at("qty"):
            said.append(qty_with_place(wanted))
        if settings.looks_at("loop"):
            found, wrong = ls_loops(self._loops(segments, wanted), settings.place_codes("REF"))
            said.append(found)
            problems += wrong
        quantities = pl.concat(said)
        for item, row, column, value in quantities.filter(col("place") == "").select(_VALUE).iter_rows():
            problems.append(Problem(item, row, column, value, "has no warehouse beside it"))
        read = counted(quantities.filter(col("place") != ""), settings.pieces)
        problems += read.problems + list(_named_twice(read.frame))
        used = quantities.filter(col("column") == "QTY02")["row"]
        return Breakdown(_wide(read.frame), problems, read.rounded, used, unread)

    def _loops(self, segments: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
        """REF and QTY with the row of the LS in whose ``loop`` they stand, and that of the QTY ``before`` it."""
        is_qty, is_ls = col("id") == "QTY", col("id") == "LS"
        last = pl.when(is_qty).then("row").when(col("id") == "LIN").then(0).forward_fill()
        marked = segments.with_columns(loop=_loop(), before=pl.when(is_ls).then(last).forward_fill())
        counts = is_qty & col("row").is_in(wanted["row"].implode())
        return self._file.elements(marked.filter((col("id") == "REF") | counts), 4)

    def _outside_loops(self, segments: pl.DataFrame) -> pl.DataFrame:
        """REF and N1 of lines that don't belong to a quantity."""
        outside = segments.filter(_loop() == 0) if (segments["id"] == "LS").any() else segments
        return self._file.elements(outside.filter(col("id").is_in(["REF", "N1"])), 4)

    def _totals(self, wanted: pl.DataFrame) -> tuple[pl.DataFrame, list[Problem], int]:
        """What QTY says of all of a line: ``item``, ``total``, ``total_row``."""
        read = counted(totals(wanted), self._settings.pieces)
        found = read.frame.select("item", total="pieces", total_row="row")
        if one_each(found):
            return found, read.problems, read.rounded
        kept = found.unique("item", keep="first", maintain_order=True)
        other = found.join(kept, on="item", suffix=":first").filter(col("total") != col("total:first"))
        problems = read.problems + [
            Problem(item, row, "QTY02", str(total), f"contradicts the {first} before it")
            for item, row, total, first in other.select("item", "total_row", "total", "total:first").iter_rows()
        ]
        return kept, problems, read.rounded

    def _silent(self, frame: pl.DataFrame, qty: pl.DataFrame, told: set[int]) -> Iterator[Problem]:
        """Lines without a quantity that counts, or with another that shows that their warehouses tell another."""
        others = qty.filter(col("e1").is_in(self._settings.other_quantities))["item"].implode()
        silent = frame.filter(col("total").is_null(), ~_broken_down(frame) | col("item").is_in(others))["item"]
        if silent.is_empty():
            return
        has = qty.filter(col("item").is_in(silent.implode())).group_by("item").agg(col("e1").drop_nulls())
        found = {item: f"; it has {', '.join(codes)}" for item, codes in has.iter_rows() if codes}
        reason = f"is missing under {' or '.join(self._settings.quantity_qualifiers)}"
        for item in silent:
            if item not in told:
                yield Problem(item, item, "QTY", None, reason + found.get(item, ""))


_VALUE = ("item", "row", "column", "quantity")


def _loop() -> pl.Expr:
    """The row of the LS that is open at a segment; 0 if none is."""
    return pl.when(col("id") == "LS").then("row").when(col("id").is_in(["LIN", "LE"])).then(0).forward_fill()


def _under_first(qty: pl.DataFrame, settings: Edi846Settings) -> pl.DataFrame:
    """The QTY under the first qualifier that counts and that their line has."""
    order = settings.quantity_qualifiers
    if (qty["e1"] == order[0]).all():
        return qty
    rank = col("e1").replace_strict({code: n for n, code in enumerate(order)}, return_dtype=pl.Int64)
    return qty.filter(rank == rank.min().over("item"))


def _named_twice(quantities: pl.DataFrame) -> Iterator[Problem]:
    again = quantities.filter(pl.struct("item", "place").is_duplicated()).unique("item", maintain_order=True)
    for item, row, place in again.select("item", "row", "place").iter_rows():
        yield Problem(item, row, None, place, "is named more than once in this line")


def _wide(quantities: pl.DataFrame) -> pl.DataFrame:
    if quantities.is_empty():
        return empty({"item": pl.Int64()})
    wide = quantities.pivot(on="place", index="item", values="pieces", aggregate_function="first")
    return wide.rename({place: warehouse_column(place) for place in wide.columns if place != "item"})


def _beside(lines: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Lines with what is known of some of them."""
    if facts["item"].equals(lines["item"]):
        return lines.hstack(facts.drop("item"))
    return lines.join(facts, on="item", how="left", maintain_order="left")


def _levels(frame: pl.DataFrame) -> list[str]:
    return [warehouse_column(warehouse) for warehouse in warehouses_of(frame)]


def _broken_down(frame: pl.DataFrame) -> pl.Expr:
    return pl.any_horizontal(pl.lit(False), *(col(level).is_not_null() for level in _levels(frame)))


def _with_place(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds ``place``: where all of a line is, said by itself, else by its heading; null where it is broken down."""
    place = pl.coalesce("lin_place", "own_place", "header_place")
    return frame.with_columns(pl.when(~_broken_down(frame)).then(place).alias("place"))


def _differing(frame: pl.DataFrame) -> Iterator[Problem]:
    """Lines whose warehouses don't add up to their total."""
    if levels := _levels(frame):
        summed = pl.sum_horizontal(levels)
        differing = frame.filter(_broken_down(frame), col("total") != summed)
        for item, row, total, units in differing.select("item", "total_row", "total", summed.alias("sum")).iter_rows():
            yield Problem(item, row, "QTY02", str(total), f"is not the sum of the warehouses, which is {units}")


def _without(frame: pl.DataFrame, bad: pl.Expr) -> pl.DataFrame:
    """The lines; bad ones have no quantity."""
    return frame.with_columns(pl.when(~bad).then(name).alias(name) for name in ("total", *_levels(frame)))


def _spread(frame: pl.DataFrame) -> pl.DataFrame:
    """Puts totals into the column of their warehouse; see :class:`Lines`."""
    broken_down = _broken_down(frame)
    frame = frame.with_columns(
        unplaced=pl.when(~broken_down & col("place").is_null()).then("total"),
        whole=pl.when(broken_down).then(col("total").is_not_null()),
    )
    for place in frame["place"].drop_nulls().unique(maintain_order=True):
        level = warehouse_column(place)
        total = pl.when(col("place") == place).then("total")
        frame = frame.with_columns((pl.coalesce(level, total) if level in frame.columns else total).alias(level))
    return frame.select("item", "set", "sku", "lot", "unplaced", "whole", *_levels(frame))
