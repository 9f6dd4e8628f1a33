"""An 846 against the feed that it was built from: every product once, its quantities as they are, and nothing else.

The file is read as a partner would, by the reader of snapshots: none of the code that wrote it has a say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from formats.edi846.breakdown import LoopLocation, QuantityLocation, SdqLocation
from formats.edi846.feed import Edi846Feed
from formats.edi846.location import HeaderLocation, ItemName, NoLocation
from formats.edi846_reading.quantities import Problem
from formats.edi846_reading.snapshot import Edi846Snapshot
from formats.errors import FileRefused
from formats.feed import template
from formats.verify.problem import Finding, found
from formats.verify.segments import X12File
from mappings.model import WAREHOUSE_PREFIX, Feed, warehouse_column

col = pl.col

_EVERYWHERE = ""  # the place of a total


class Told(NamedTuple):
    """What a file was to tell: the feed, the dialect, and where both come from, for people."""

    feed: Feed
    layout: Edi846Feed
    name: str


class _AsWritten(Edi846Snapshot):
    """A reader that leaves aside quantities of another sense, which a feed may tell beside its own."""

    @property
    def other_quantities(self) -> tuple[str, ...]:
        return ()


def feed_findings(path: Path, file: X12File, told: Told) -> pl.DataFrame:
    """How a file differs from the feed that it was built from, as findings.

    Raises:
        FileRefused: nothing of the file can be read, or none of its ids tells the products of the feed apart.
    """
    qualifiers, keys = _keys(path, told)
    expected, (said, problems) = _expected(told, keys), _said(path, _readers(file, told, qualifiers))
    last = file.segments.height
    frames = [found(_unread(problems)), *_differing(said, expected), _left_out(said, expected, last)]
    return pl.concat(frames).unique(maintain_order=True)


def _keys(path: Path, told: Told) -> tuple[list[str], pl.Series]:
    """The first qualifier of LIN under which every line has an id of its own, else all of them; and these ids."""
    sent = list(told.layout.ids(told.feed))
    filled = [pl.when(ids != "").then(ids) for _, ids in sent]
    either = pl.select(id=pl.coalesce(*filled, pl.lit(""))).to_series()
    for qualifiers, ids in (*(([one], ids) for one, ids in sent), ([one for one, _ in sent], either)):
        if not ids.is_duplicated().any() and (ids != "").all():
            return qualifiers, ids.alias("id")
    raise FileRefused(path, "no id of LIN tells the products of its feed apart, so that it cannot be compared")


def _expected(told: Told, keys: pl.Series) -> pl.DataFrame:
    """What the file may tell: ``id``, ``place``, ``units``, ``code``, and whether it ``must``."""
    feed, location, lines = told.feed, told.layout.location, told.feed.lines.with_columns(keys)
    breaks_down = not isinstance(location, NoLocation)
    total = lines.select("id", "code", place=pl.lit(_EVERYWHERE), units=col("quantity"), must=pl.lit(not breaks_down))
    may_lack = isinstance(location, SdqLocation | LoopLocation | QuantityLocation) and location.skip_zero
    places = [
        lines.select(
            "id",
            "code",
            place=pl.lit(told.layout.syntax.constant(warehouse.partner_code)),
            units=col(warehouse_column(warehouse.code)),
            must=(col(warehouse_column(warehouse.code)) > 0) | (not may_lack),
        )
        for warehouse in (feed.warehouses if breaks_down else ())
    ]
    return pl.concat([total, *places])


def _readers(file: X12File, told: Told, qualifiers: Sequence[str]) -> list[Edi846Snapshot]:
    """A reader of this dialect for each qualifier under which it tells what can be sold."""
    layout, location = told.layout, told.layout.location
    own = [one.qualifier for one in layout.qty if "quantity" in template.names(one.value)]
    if isinstance(location, LoopLocation):
        own.append(location.quantity_qualifier)
    if isinstance(location, QuantityLocation):
        own.append(location.qualifier)
    codes, pattern = _where(told)
    units = pl.concat([_elements(file, "QTY", 3), _elements(file, "SDQ", 1)])
    settings = {
        "sku": qualifiers,
        "units": {unit: 1 for unit in units.unique() if unit},
        "location": pattern,
        "location_codes": codes,
    }
    return [_AsWritten.model_validate({**settings, "qty": [one]}) for one in dict.fromkeys(own or ["33"])]


def _where(told: Told) -> tuple[list[str] | None, str]:
    """The qualifiers that name a warehouse, and the pattern by which they do."""
    location = told.layout.location
    if isinstance(location, NoLocation | SdqLocation | QuantityLocation):
        return None, location.pattern
    if isinstance(location, HeaderLocation | ItemName):
        return [location.entity], location.pattern
    if isinstance(location, LoopLocation) and location.single and len(told.feed.warehouses) == 1:
        return [location.single], "item-ref"
    return [location.qualifier], location.pattern


def _elements(file: X12File, id_: str, place: int) -> pl.Series:
    return file.ids(id_)["elements"].list.get(place, null_on_oob=True).fill_null("")


def _said(path: Path, readers: list[Edi846Snapshot]) -> tuple[pl.DataFrame, list[Problem]]:
    """What the file tells: ``item`` (the segment of its LIN), ``id``, ``place``, ``units``; and what cannot be read."""
    frames, problems = [], list[Problem]()
    for reader in readers:
        lines, more = reader.lines(path)
        cells = lines.rename({"sku": "id", "unplaced": WAREHOUSE_PREFIX + _EVERYWHERE})
        frames.append(cells.unpivot(index=["item", "id"], variable_name="place", value_name="units"))
        problems += more
    said = pl.concat(frames).drop_nulls("units").unique(maintain_order=True)
    return said.with_columns(col("place").str.strip_prefix(WAREHOUSE_PREFIX)), problems


def _unread(problems: list[Problem]) -> Iterator[Finding]:
    for problem in problems:
        element, value = problem.column or "", problem.value or ""
        yield Finding(problem.row, element, "unread", value, problem.reason, "what the feed tells")


def _differing(said: pl.DataFrame, expected: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """What the file tells otherwise than the feed, or twice, or of its own accord."""
    first = col("item").first().over("id", "place")
    again = said.with_columns(first=first).filter(col("item") != col("first"))
    why = pl.format("{} is told{} already, in segment {}", "id", _in(), "first")
    yield _findings(again, "repeated-line", col("id"), why, pl.lit("told once"))
    both = said.join(expected, on=["id", "place"], how="left", suffix=":told", maintain_order="left")
    unknown = both.filter(col("code").is_null())
    why = pl.format("the feed has no {}{}", "id", _in())
    yield _findings(unknown, "not-in-feed", col("id"), why, pl.lit("nothing of it"))
    wrong = both.filter(col("units") != col("units:told"))
    why = pl.format("the feed tells {} of {}{}", "units:told", "code", _in())
    yield _findings(wrong, "other-quantity", col("units").cast(pl.String), why, col("units:told").cast(pl.String))


def _left_out(said: pl.DataFrame, expected: pl.DataFrame, last: int) -> pl.DataFrame:
    """What the feed tells and the file does not."""
    lacking = expected.filter("must").join(said, on=["id", "place"], how="anti", maintain_order="left")
    why = pl.format("{}{} is not told at all", "code", _in())
    return _findings(lacking.with_columns(item=last), "left-out", col("id"), why, col("units").cast(pl.String))


def _in() -> pl.Expr:
    return pl.when(col("place") == _EVERYWHERE).then(pl.lit("")).otherwise(pl.format(" in {}", "place"))


def _findings(rows: pl.DataFrame, name: str, value: pl.Expr, why: pl.Expr, expected: pl.Expr) -> pl.DataFrame:
    about = {"segment": col("item").cast(pl.Int64), "element": pl.lit(""), "name": pl.lit(name), "value": value}
    return rows.select(**about, why=why, expected=expected)
