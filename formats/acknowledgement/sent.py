"""Which groups and items were in an 846 that we have sent."""

from __future__ import annotations

import mmap
from pathlib import Path

import polars as pl

from formats.acknowledgement.position import starts
from formats.x12.segments import X12File

col = pl.col


def sent_ids(sent: Path) -> pl.DataFrame:
    """The ids of every line of an interchange.

    Returns:
        ``group_control_number`` (GS06, Int64), ``set_control_number`` (ST02) and ``id`` (both String).

    An item has several rows where it was sent under several ids.
    """
    file = X12File.open(sent)
    segments = file.all().with_columns(group=(col("id") == "GS").fill_null(False).cum_sum())
    groups = file.elements(segments.filter(col("id") == "GS"), 6)
    groups = groups.select("group", group_control_number=col("e6").cast(pl.Int64))
    sets = file.elements(segments.filter(col("id") == "ST"), 2).join(groups, on="group")
    sets = sets.select("set", "group_control_number", set_control_number="e2")
    lines = file.elements(segments.filter(col("id") == "LIN"), 3)
    values = [name for name in lines.columns if name[1:].isdecimal() and int(name[1:]) >= 3 and int(name[1:]) % 2]
    ids = lines.select("set", *values).unpivot(values, index="set", value_name="id").drop_nulls("id")
    return sets.join(ids, on="set").select("group_control_number", "set_control_number", "id")


def sent_groups(sent: Path) -> list[int]:
    """The control number of every group of an interchange (GS06)."""
    with sent.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return [int(elements[6]) for elements, _ in starts(data, "GS")]
