"""What a profile makes of sample data, beside a sample of what it should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from batch.errors import BatchError
from batch.profiles import Profile
from formats.feed.errors import FeedError
from formats.x12.interchange import Interchange, TradingPair
from mappings.model import DETAIL_PREFIX, Feed, Warehouse, warehouse_column

_SAMPLES = Path(__file__).parents[1] / "samples" / "order_sources"
_NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
_NAMES = {"EAST": "Newark DC", "SOUTH": "Dallas DC", "WEST": "Reno DC"}

col = pl.col


def rendered(profile: Profile) -> tuple[bytes, list[str]]:
    """A full feed of six products in three warehouses, in the layout of a profile.

    Returns:
        The file, and what it holds back, a sentence each.

    Raises:
        BatchError: the layout can't be filled.
    """
    feed = _sample_feed(profile)
    pair = TradingPair.model_validate({"sender": "ACME", "receiver": "SHOP", "test": True})
    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        file = Path(folder, "feed")
        try:
            held = profile.format.unwritable(feed)
            lines = feed.lines.join(held.select("code").unique(), on="code", how="anti", maintain_order="left")
            profile.format.write(replace(feed, lines=lines), file, Interchange(pair=pair, number=1, group_number=1))
        except FeedError as error:
            raise BatchError(str(error)) from None
        return file.read_bytes(), [f"{code}: {column} {value!r} {why}" for code, column, value, why in held.iter_rows()]


def _sample_feed(profile: Profile) -> Feed:
    stock = pl.read_csv(_SAMPLES / "stock.csv", infer_schema=False).with_columns(col("Avail").cast(pl.Int64))
    wide = stock.pivot("Loc", index="Item", values="Avail").rename({"Item": "sku"})
    places = [Warehouse(code, str(number) * 4, _NAMES[code]) for number, code in enumerate(_NAMES, 1)]
    rule = getattr(profile.format, "rules", {}).get("warehouse")
    if rule is None or not any(rule.broken(code) for code in _NAMES):
        places = [Warehouse(code, code, name) for code, name in _NAMES.items()]
    places = places[:1] if profile.files.per_warehouse else places
    products = pl.read_csv(_SAMPLES / "products.csv", infer_schema=False)
    details = {f"{DETAIL_PREFIX}{name}": _detail(products, name) for name in sorted(profile.format.details())}
    lines = wide.join(products, on="sku", how="left").select(
        "sku",
        code="sku",
        status=pl.when(col("sku") == "NT-LAMP").then(pl.lit("discontinued")).otherwise(pl.lit("active")),
        quantity=pl.sum_horizontal(place.code for place in places),
        **{warehouse_column(place.code): col(place.code) for place in places},
        **details,
    )
    values = {name: name.upper() for name in profile.values}
    feed = Feed(
        "northtrail", "Northtrail Outdoor", "sample", "full", _NOON, _NOON, places, lines.sort("code"), values, 1
    )
    return replace(feed, kinds=profile.kinds)


def _detail(products: pl.DataFrame, name: str) -> pl.Expr:
    return col(name) if name in products.columns else pl.lit(name, pl.String)


def compared(profile: Profile, sample: Path, ours: bytes) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Two delimited files, column by column: number, header and first value of the sample, then ours, then the verdict.

    Columns of warehouses are left out: their headers differ as the warehouses do.

    Raises:
        FileRefused: the sample can't be taken apart.
    """
    from itertools import zip_longest

    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        written = Path(folder, "feed")
        written.write_bytes(ours)
        both = [list(_columns(profile, file)) for file in (sample, written)]
    for number, (theirs, mine) in enumerate(zip_longest(*both, fillvalue=("", "")), 1):
        yield number, *theirs, *mine, "" if theirs[0] == mine[0] else "differs"


def _columns(profile: Profile, file: Path) -> Iterator[tuple[str, str]]:
    """Header and first value of every column that is not of one warehouse."""
    from formats.feed.csv_feed import CsvFeed
    from formats.sample.csv_sample import read_csv_sample

    layout, sample = profile.format, read_csv_sample(file)
    headers = [column.header for column in layout.columns] if isinstance(layout, CsvFeed) else []
    about = [re.escape(header) for header in headers if "{warehouse}" in header]
    places = "|".join(text.replace(re.escape("{warehouse}"), ".+") for text in about)
    fixed = {header for header in headers if "{warehouse}" not in header}
    for name, cells in zip(sample.names, sample.columns, strict=True):
        if name in fixed or not places or not re.fullmatch(places, name):
            yield name, next((cell for cell in cells if cell), "")
