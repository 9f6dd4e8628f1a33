"""What only the sense of an 846 tells: its totals, its line numbers, its references and its quantities."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from formats.verify.problem import found
from formats.verify.segments import X12File
from formats.verify.standard import Standard

_AT_ONCE = 20_000  # sections, so that memory does not grow with the file
_LARGEST_HASH = 10**10  # CTT02 has ten digits
#: Units of things that are counted; others may be weighed or measured.
_COUNTED = ("", "EA", "PC", "UN", "CA", "CT", "BX", "PK", "DZ", "PR", "ST")
_AMOUNT = pl.Decimal(38, 9)


def line_findings(file: X12File, standard: Standard) -> Iterator[pl.DataFrame]:
    """Findings in the lines and totals of an 846; a file that holds none has none."""
    lines = file.ids("LIN").select("set", segment="number", value=_element(1))
    yield _twice(lines.filter(pl.col("value") != ""), "LIN01", "duplicate-line", "set")
    yield _twice(file.ids("BIA").select(segment="number", value=_element(3)), "BIA03", "duplicate-reference")
    yield from _too_many(lines, standard)
    yield from _totals(file, lines)
    opened, closed = ((pl.col("id") == id_).cum_sum().over("section") for id_ in ("LS", "LE"))
    for _, part in file.segments.group_by(pl.col("section") // _AT_ONCE, maintain_order=True):
        quantities = _quantities(file._replace(segments=part.with_columns(inside=opened > closed)))
        yield from _impossible(quantities)
        yield from _split_totals(quantities)


def _element(place: int) -> pl.Expr:
    return pl.col("elements").list.get(place, null_on_oob=True).fill_null("")


def _findings(rows: pl.DataFrame, element: pl.Expr, name: str, why: pl.Expr, expected: pl.Expr) -> pl.DataFrame:
    about = {"element": element, "name": pl.lit(name), "why": why, "expected": expected}
    return rows.with_columns(**about).select(found([]).columns)


def _twice(rows: pl.DataFrame, element: str, name: str, *within: str) -> pl.DataFrame:
    first = pl.col("segment").first().over(*within, "value")
    again = rows.with_columns(first=first).filter(pl.col("segment") != pl.col("first"))
    why = pl.format("{} is there already, in segment {}", "value", "first")
    return _findings(again, pl.lit(element), name, why, pl.lit("one of its own"))


def _too_many(lines: pl.DataFrame, standard: Standard) -> Iterator[pl.DataFrame]:
    """Sets with more LIN than the standard allows, which the walk does not count."""
    most = next(node.most for node in standard.sets["846"].nodes if node.segment == "LIN")
    if most is not None:
        beyond = lines.filter(pl.int_range(pl.len()).over("set") == most)
        why = pl.lit(f"LIN is there more than {most} times")
        yield _findings(beyond, pl.lit(""), "too-many", why, pl.lit(f"{most} at most")).with_columns(value=pl.lit(""))


def _totals(file: X12File, lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """CTT against what it counts."""
    sums = file.ids("QTY").group_by("set").agg(total=_element(2).cast(_AMOUNT, strict=False).sum())
    counts = lines.group_by("set").agg(count=pl.len())
    totals = file.ids("CTT").join(counts, on="set", how="left").join(sums, on="set", how="left")
    totals = totals.with_columns(pl.col("count", "total").fill_null(0), segment="number")
    rows = totals.with_columns(value=_element(1))
    wrong = rows.filter(pl.col("value").cast(pl.Int64, strict=False) != pl.col("count"))
    why = pl.format("LIN in it: {}", "count")
    yield _findings(wrong, pl.lit("CTT01"), "line-count", why, pl.col("count").cast(pl.String))
    rows = totals.with_columns(value=_element(2)).filter(pl.col("value") != "")
    said = pl.col("value").cast(_AMOUNT, strict=False)
    wrong = rows.filter((said != pl.col("total")) & (said != pl.col("total") % _LARGEST_HASH))
    total = _plain(pl.col("total"))
    yield _findings(wrong, pl.lit("CTT02"), "hash-total", pl.format("the sum of all QTY02 is {}", total), total)


def _quantities(file: X12File) -> pl.DataFrame:
    """A row per quantity.

    Returns:
        ``segment``, ``section``, ``id``, whether it stands ``inside`` LS and LE, ``qualifier`` (of QTY), ``element``,
        ``unit``, ``value``, ``amount``.
    """
    about = ("section", "id", "inside")
    sdq = file.ids("SDQ").select(*about, segment="number", unit=_element(1), value=pl.col("elements"))
    places = pl.int_ranges(4, pl.col("value").list.len().clip(upper_bound=23), 2)
    sdq = sdq.with_columns(value=pl.col("value").list.gather(places), place=places).explode("value", "place")
    single = [
        file.ids(id_).select(
            *about, segment="number", qualifier=_element(1), unit=_element(unit), value=_element(place), place=place
        )
        for id_, place, unit in (("QTY", 2, 3), ("SCH", 1, 2))
    ]
    rows = pl.concat([sdq, *single], how="diagonal_relaxed").filter(pl.col("value") != "")
    return rows.with_columns(
        element=pl.col("id") + pl.col("place").cast(pl.String).str.zfill(2),
        unit=pl.col("unit").str.split(file.marks.component).list.first(),
        amount=pl.col("value").cast(_AMOUNT, strict=False),
    )


def _impossible(quantities: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Quantities that nobody has."""
    amount, itself = pl.col("amount"), pl.col("element")
    below = quantities.filter(amount < 0)
    yield _findings(below, itself, "negative-quantity", pl.lit("it is below 0"), pl.lit("0 or more"))
    broken = quantities.filter((amount % 1 != 0) & pl.col("unit").is_in(_COUNTED))
    why = pl.lit("what is counted comes in whole numbers")
    yield _findings(broken, itself, "fractional-quantity", why, pl.lit("a whole number"))


def _split_totals(quantities: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Lines of which no QTY is the sum of what they tell by location, where all of that are numbers."""
    qty, sdq = (quantities.filter(pl.col("id") == id_) for id_ in ("QTY", "SDQ"))
    yield _not_summed(sdq, qty, ["section"], "sdq-total", "the destination quantities add up to {}")
    inside, outside = qty.filter("inside"), qty.filter(~pl.col("inside"))
    why = "the quantities between LS and LE add up to {}"
    yield _not_summed(inside, outside, ["section", "qualifier"], "loop-total", why)


def _not_summed(parts: pl.DataFrame, totals: pl.DataFrame, of: list[str], name: str, why: str) -> pl.DataFrame:
    amount, total = pl.col("amount"), pl.col("total")
    sums = parts.group_by(of).agg(total=amount.sum(), whole=amount.is_not_null().all()).filter("whole")
    fits = (amount == total).any(ignore_nulls=False)
    lines = (
        totals.join(sums, on=of)
        .group_by(of)
        .agg(pl.first("segment", "total"), pl.col("value").str.join(", "), fits=fits)
    )
    wrong = lines.filter(~pl.col("fits"))
    return _findings(wrong, pl.lit("QTY02"), name, pl.format(why, _plain(total)), _plain(total))


def _plain(amount: pl.Expr) -> pl.Expr:
    return amount.cast(pl.String).str.replace(r"\.?0+$", "")
