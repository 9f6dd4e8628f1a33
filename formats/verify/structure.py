"""Whether segments stand where the standard has a place for them, and whether elements stand together as they must.

Pyx12 judges, with our maps; but it takes its time. Its verdict rests on which segments follow each other and which
elements they have, not on what the elements hold, so that it need see but one of the sections (a heading, a line, a
summary) that agree in these; what it finds there is true of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from formats.verify.problem import Finding, found
from formats.verify.segments import ITEMS, SUMMARIES, X12File
from formats.verify.standard import Standard
from formats.verify.walk import Walk


def structure_findings(file: X12File, standard: Standard) -> pl.DataFrame:
    """What pyx12 finds in the transaction sets that the standard knows, as findings."""
    sections = _sections(file).filter(pl.col("kind").is_in(list(standard.sets)))
    seen = [
        {"shape": section["shape"], "offset": finding.segment - section["first"], **finding._asdict()}
        for section, finding in _judged(file, sections, standard)
    ]
    schema: dict[str, Any] = {"shape": pl.UInt64, "offset": pl.Int64, **found([]).schema}
    everywhere = pl.DataFrame(seen, schema=schema).join(sections.select("shape", "first"), on="shape")
    return everywhere.with_columns(segment=pl.col("first") + pl.col("offset")).select(found([]).columns)


def _sections(file: X12File) -> pl.DataFrame:
    """A row per section: ``section``, its ``first`` segment, ``set``, its ``kind`` (ST01), ``shape``, ``judged``.

    Sections of one shape have the same segments with the same elements filled, before or after as many summaries; the
    first of them is judged.
    """
    marks = "".join(f"\\x{ord(mark):02x}" for mark in (file.marks.element, file.marks.component))
    kind = pl.col("text").str.split(file.marks.element).list.get(1, null_on_oob=True).fill_null("")
    is_set = pl.col("id") == "ST"
    segments = file.segments.filter(pl.col("section").is_not_null()).select(
        "section",
        "id",
        "set",
        first="number",
        kind=pl.when(is_set).then(kind).forward_fill(),
        after=pl.col("id").is_in(SUMMARIES).cum_sum().over("set"),
        shape=pl.col("id") + pl.col("text").str.replace_all(f"[^{marks}]+", "x"),
    )
    shape = pl.concat_str(pl.first("kind", "after"), pl.col("shape").str.join("~")).hash().alias("shape")
    sections = segments.group_by("section", maintain_order=True).agg(pl.first("first", "id", "set", "kind"), shape)
    return sections.with_columns(judged=pl.col("shape").is_first_distinct())


def _judged(file: X12File, sections: pl.DataFrame, standard: Standard) -> Iterator[tuple[dict[str, int], Finding]]:
    """What is found in the sections to be judged, each within its transaction set."""
    is_item = pl.col("id").is_in(ITEMS)
    around = ~is_item | is_item.and_(pl.int_range(pl.len()).over("set", "id") == 0)
    shown = sections.filter(pl.col("judged").any().over("set") & (pl.col("judged") | around))
    segments = file.segments.select("number", "text", "section").join(shown, on="section", maintain_order="left")
    walks = {kind: Walk(standard, kind, file.marks) for kind in shown["kind"].unique()}
    for of_set in segments.partition_by("set", maintain_order=True):
        rows = {row["number"]: row for row in of_set.iter_rows(named=True)}
        for finding in walks[of_set["kind"][0]].findings((number, row["text"]) for number, row in rows.items()):
            if rows[finding.segment]["judged"]:
                yield rows[finding.segment], finding
