"""Which items were in which transaction set of an 846 that we have sent."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from formats.x12.segments import X12File

col = pl.col


def sent_ids(sent: Path) -> pl.DataFrame:
    """The ids of every line of an interchange: ``set_control_number`` (ST02) and ``id`` (both String).

    An item has several rows where it was sent under several ids.
    """
    file = X12File.open(sent)
    segments = file.all()
    sets = file.elements(segments.filter(col("id") == "ST"), 2).select("set", col("e2").alias("set_control_number"))
    lines = file.elements(segments.filter(col("id") == "LIN"), 3)
    values = [name for name in lines.columns if name[1:].isdecimal() and int(name[1:]) >= 3 and int(name[1:]) % 2]
    ids = lines.select("set", *values).unpivot(values, index="set", value_name="id").drop_nulls("id")
    return sets.join(ids, on="set").select("set_control_number", "id")
