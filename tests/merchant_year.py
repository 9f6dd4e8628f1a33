"""A year of a made-up merchant's snapshots, day by day: what the guards see when all is well.

Nothing here is a real merchant. Sizes, seasons and restocks are wide on purpose, so that limits that stay quiet here
leave room: suppliers deliver all of their products on one day, whole collections come and go, promotions sell a part
of the catalogue down, stock doubles before the peak and is sold off after it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random

import polars as pl

from batch.snapshot_guards import Extent, Size

DAYS = 365
SIZES = (6, 12, 25, 25, 40, 60, 100, 160, 250, 500)
WAREHOUSES = ("EAST", "WEST", "NORTH", "SOUTH")

col = pl.col


@dataclass(frozen=True)
class MerchantYear:
    """What a merchant's export says each day.

    Attributes:
        skus: how many it sells in a year.
        warehouses: its warehouses.
        rows: ``day``, ``sku`` (a number), ``warehouse``, ``quantity``: a row of the file each.
    """

    skus: int
    warehouses: tuple[str, ...]
    rows: pl.DataFrame

    @cached_property
    def sizes(self) -> dict[int, Extent]:
        """How much each day's file says."""
        return extents(self.rows)

    def of_day(self, day: int) -> pl.DataFrame:
        """The file of a day, sorted by warehouse and SKU."""
        return self.rows.filter(col("day") == day).sort("warehouse", "sku")


def merchant_year(seed: int) -> MerchantYear:
    """The year of one merchant."""
    random = Random(seed)
    skus, warehouses = SIZES[seed % len(SIZES)], WAREHOUSES[: random.choice((1, 1, 2, 2, 3, 4))]
    cells = _cells(random, skus, warehouses)
    days = _days(random)
    age = (col("day") - col("phase") + 0.6 * (col("day") * (2 * math.pi / 7)).sin()) % col("cycle") / col("cycle")
    left = (1 - age * col("runs_out")).clip(lower_bound=0)
    promoted = pl.when((col("day") - col("promotion")).is_between(0, 15)).then(0.4).otherwise(1.0)
    rows = (
        cells.join(days, how="cross")
        .filter(col("day").is_between("launch", "end"))
        .select(
            "day", "sku", "warehouse", quantity=(col("usual") * col("season") * left * promoted).floor().cast(pl.Int64)
        )
    )
    if random.random() < 0.4:  # an export that leaves out what is 0
        rows = rows.filter(col("quantity") > 0)
    return MerchantYear(skus, warehouses, rows)


def _cells(random: Random, skus: int, warehouses: tuple[str, ...]) -> pl.DataFrame:
    """How each SKU behaves in each of its warehouses."""
    suppliers = [(random.uniform(8, 45), random.uniform(0, 45)) for _ in range(random.randint(4, 12))]
    promotions = [random.randrange(DAYS) for _ in range(8)]
    collections = [random.randrange(30, DAYS) for _ in range(4)]
    carried = [0.97, *(random.uniform(0.2, 0.9) for _ in warehouses[1:])]
    rows = []
    for number in range(skus):
        cycle, phase = random.choice(suppliers)
        launch = 0 if random.random() < 0.85 else random.choice([*collections, random.randrange(DAYS)])
        end = DAYS if random.random() < 0.9 else random.choice([*collections, random.randrange(DAYS)])
        promotion = random.choice(promotions) if random.random() < 0.6 else -DAYS
        usual = random.lognormvariate(3.3, 1.2)
        runs_out = random.choice((0.6, 0.7, 0.8, 0.9, 1.0, 1.05, 1.2))
        for warehouse, share in zip(warehouses, carried, strict=True):
            if random.random() < share:
                place = (number, warehouse)
                rows.append((*place, usual * random.uniform(0.3, 1.5), cycle, phase, runs_out, promotion, launch, end))
    names = ("sku", "warehouse", "usual", "cycle", "phase", "runs_out", "promotion", "launch", "end")
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(col("warehouse").cast(pl.Enum(WAREHOUSES)))


def _days(random: Random) -> pl.DataFrame:
    """Growth over the year, a summer or winter, and a peak before which stock is built up."""
    growth, wave, turn = random.uniform(-0.2, 1.0), random.uniform(0, 0.35), random.uniform(0, 2 * math.pi)
    peak, height = random.randrange(DAYS), random.uniform(0, 1.5)
    season = [
        (1 + growth * day / DAYS)
        * (1 + wave * math.sin(2 * math.pi * day / DAYS + turn))
        * (1 + height * math.exp(-(((day - peak) / 18) ** 2)))
        for day in range(DAYS)
    ]
    return pl.DataFrame({"day": range(DAYS), "season": season})


def extents(rows: pl.DataFrame) -> dict[int, Extent]:
    """How much each day's file says."""
    sizes = rows.group_by("day", "warehouse").agg(skus=pl.len(), units=col("quantity").sum()).sort("day", "warehouse")
    by_day: dict[int, dict[str, Size]] = {}
    for day, warehouse, skus, units in sizes.iter_rows():
        by_day.setdefault(day, {})[warehouse] = Size(skus, units)
    named = dict(rows.group_by("day").agg(col("sku").n_unique()).iter_rows())
    return {day: _extent(named[day], warehouses) for day, warehouses in by_day.items()}


def _extent(skus: int, warehouses: Mapping[str, Size]) -> Extent:
    rows = sum(size.skus for size in warehouses.values())
    return Extent(rows, skus, sum(size.units for size in warehouses.values()), warehouses)


def unnamed_percents(rows: pl.DataFrame) -> dict[int, float]:
    """How many percent of the SKUs of the day before each day's file doesn't name."""
    named = rows.select("day", "sku").unique()
    before = named.with_columns(col("day") + 1)
    lost = before.join(named, on=["day", "sku"], how="anti").group_by("day").agg(lost=pl.len())
    return dict(
        before.group_by("day")
        .agg(known=pl.len())
        .join(lost, on="day")
        .select("day", 100 * col("lost") / col("known"))
        .iter_rows()
    )


def lines(rows: pl.DataFrame, warehouses: tuple[str, ...]) -> pl.DataFrame:
    """The feed of a day: everything in every warehouse."""
    units = [
        pl.when(col("warehouse") == warehouse).then("quantity").otherwise(0).sum().alias(f"wh:{warehouse}")
        for warehouse in warehouses
    ]
    return rows.group_by(code=col("sku").cast(pl.String)).agg(*units, quantity=col("quantity").sum()).sort("code")
