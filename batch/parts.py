"""The files that a feed becomes: one, one per warehouse, or as many as the order source's limits ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from batch.errors import ConfigProblem
from batch.feeding import Feeding
from formats.x12.interchange import Interchange
from mappings.delta import DESTRUCTIVE, changed_lines
from mappings.model import WAREHOUSE_PREFIX, Feed, Warehouse, warehouse_column

#: What files are measured with before their number is known.
_MOST_FILES = 9999


@dataclass(frozen=True, slots=True)
class Part:
    """What one file says.

    Attributes:
        feed: what the file says.
        known: what the order source knows once the file is delivered.
        shape: of the settings that this knowledge is of; None: it has a part of something newer, and only a full feed
            will set it right.
    """

    feed: Feed
    known: pl.DataFrame
    shape: str | None


def parts(feeding: Feeding, feed: Feed, known: pl.DataFrame, baseline: pl.DataFrame | None) -> list[Part]:
    """Cuts a feed into what each of its files says.

    Args:
        feeding: the order source.
        feed: what to tell.
        known: what the order source knows once it is told all of it.
        baseline: what it was told last: in a delta, the file of a warehouse holds only what changed there.

    Raises:
        ConfigProblem: a full feed of which absent SKUs mean something does not fit into one file.
    """
    files = feeding.profile.files
    whole = list(_per_warehouse(feed, baseline)) if files.per_warehouse else [feed]
    cut = [part for feed_of in whole for part in _within_limits(feeding, feed_of)]
    if len(cut) > len(whole) and feed.kind == "full" and feeding.profile.absent in DESTRUCTIVE:
        raise ConfigProblem(
            feeding.merchant_file,
            [
                f"order_sources.{feeding.order_source}: {feed.lines.height} products do not fit into one file of "
                f"profile {feeding.settings.profile}, and SKUs that a file leaves out would be lost"
            ],
        )
    feeds = [replace(part, file=number, files=len(cut)) for number, part in enumerate(cut, 1)]
    return [*(Part(part, either(known, baseline), None) for part in feeds[:-1]), Part(feeds[-1], known, feeding.shape)]


def either(known: pl.DataFrame, baseline: pl.DataFrame | None) -> pl.DataFrame:
    """What may be known to an order source that has some of the files: nothing that was ever told is forgotten."""
    if baseline is None:
        return known
    before = baseline.select("code", before=pl.col("quantity"))
    larger = known.join(before, on="code", how="left", maintain_order="left").with_columns(
        quantity=pl.max_horizontal("quantity", "before")
    )
    others = baseline.join(known, on="code", how="anti")
    return pl.concat([larger.drop("before"), others], how="diagonal").sort("code")


def _per_warehouse(feed: Feed, baseline: pl.DataFrame | None) -> Iterator[Feed]:
    for warehouse in feed.warehouses:
        lines = _only(feed.lines, warehouse)
        if feed.kind == "delta" and baseline is not None and warehouse_column(warehouse.code) in baseline.columns:
            lines = changed_lines(lines, _only(baseline, warehouse))
        if lines.height:
            yield replace(feed, warehouses=[warehouse], lines=lines)


def _only(lines: pl.DataFrame, warehouse: Warehouse) -> pl.DataFrame:
    """The lines as if there were no other warehouse."""
    own = warehouse_column(warehouse.code)
    others = [name for name in lines.columns if name.startswith(WAREHOUSE_PREFIX) and name != own]
    return lines.drop(others).with_columns(quantity=pl.col(own))


def _within_limits(feeding: Feeding, feed: Feed) -> Iterator[Feed]:
    files = feeding.profile.files
    most = feed.lines.height
    if files.rows:
        most = max(1, files.rows // feeding.profile.format.rows(len(feed.warehouses)))
    if files.bytes:
        most = min(most, _that_fit(feeding, feed, files.bytes))
    for lines in feed.lines.iter_slices(most):
        yield replace(feed, lines=lines)


def _that_fit(feeding: Feeding, feed: Feed, most_bytes: int) -> int:
    """How many lines a file may hold so that none is larger than this, found by writing them."""
    pair = feeding.trading_pair()
    interchange = Interchange(pair=pair, number=999_999_999, group_number=999_999_999) if pair else None
    feed, lines = replace(feed, file=_MOST_FILES, files=_MOST_FILES), feed.lines.height
    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        while True:
            parts_of = (replace(feed, lines=part) for part in feed.lines.iter_slices(lines))
            largest = max(_size(feeding, part, interchange, Path(folder, "part")) for part in parts_of)
            if largest <= most_bytes:
                return lines
            if lines == 1:
                why = f"a product alone makes a file of {largest} bytes; profile {feeding.settings.profile} allows"
                where = f"order_sources.{feeding.order_source}"
                raise ConfigProblem(feeding.merchant_file, [f"{where}: {why} {most_bytes}"])
            lines = max(1, min(lines - 1, lines * most_bytes // largest))


def _size(feeding: Feeding, feed: Feed, interchange: Interchange | None, file: Path) -> int:
    feeding.profile.format.write(feed, file, interchange)
    return file.stat().st_size
