"""From a merchant's inputs to the feed of one order source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from batch import resolve
from batch.errors import ConfigProblem
from batch.feeding import Feeding
from batch.inputs import Inputs
from batch.profiles import Profile
from formats.feed.errors import FeedError
from mappings.delta import feed_lines
from mappings.errors import MappingError
from mappings.model import DETAIL_PREFIX, Feed, FeedKind
from mappings.sellable import Sellable, sellable

col = pl.col


@dataclass(frozen=True, slots=True)
class Offer:
    """What an order source may sell now, ready to be compared with what it was told.

    Attributes:
        numbers: the lines with their details, what is left out and what is oversold.
        feed: everything, as a full feed.
        unwritable: ``code``, ``column``, ``value``, ``reason`` of lines that the layout can't hold.
        replaced: ``code``, ``column``, ``value``, ``sent`` of texts that the layout spells otherwise.
    """

    numbers: Sellable
    feed: Feed
    unwritable: pl.DataFrame
    replaced: pl.DataFrame

    def counts(self) -> dict[str, int]:
        """How many products are left out, by reason, and how many are oversold."""
        reasons = dict(self.numbers.left_out.group_by("reason").len().sort("reason").iter_rows())
        extra = {
            "unwritable": self.unwritable["code"].n_unique(),
            "with replaced characters": self.replaced["code"].n_unique(),
            "oversold": self.numbers.oversold.height,
        }
        return reasons | {what: number for what, number in extra.items() if number}


def offer(feeding: Feeding, inputs: Inputs, now: datetime) -> Offer:
    """Works out what an order source may sell now, and which lines its file can't hold.

    Raises:
        ConfigProblem: the settings and the data don't fit together.
    """
    workspace, merchant, order_source = feeding.workspace, feeding.merchant, feeding.order_source
    selling = resolve.selling(workspace, merchant, order_source, inputs.levels)
    layout = feeding.profile.format
    need_columns(feeding, inputs.products)
    try:
        numbers = sellable(
            inputs.levels,
            selling,
            order_source=order_source,
            orders=inputs.orders,
            bundles=inputs.bundles,
            products=inputs.products,
            sku_rules=inputs.sku_rules,
        )
        feed = Feed(
            merchant=merchant,
            merchant_name=workspace.merchant(merchant).name,
            order_source=order_source,
            kind="full",
            as_of=feeding.profile.local(
                min((m for w, m in inputs.levels.as_of.items() if w in selling.warehouses), default=now)
            ),
            built_at=feeding.profile.local(now),
            warehouses=resolve.named_warehouses(workspace, merchant, order_source, selling.warehouses),
            lines=_with_details(numbers.lines, inputs.products, layout.details()),
            values=feeding.settings.values,
            kinds=feeding.profile.kinds,
        )
        return Offer(numbers, feed, layout.unwritable(feed), layout.replaced(feed))
    except (MappingError, FeedError) as error:
        raise ConfigProblem(feeding.merchant_file, [str(error)]) from None


def told(
    offered: Offer, profile: Profile, kind: FeedKind, baseline: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines to send now, and all that the order source will know afterwards.

    A line that the layout can't hold is not sent: what was told last stands.
    """
    lines = offered.feed.lines
    if offered.unwritable.is_empty():
        return feed_lines(lines, baseline, kind, profile.absent), lines
    held = offered.unwritable.select("code").unique()
    lines = lines.join(held, on="code", how="anti", maintain_order="left")
    if baseline is None:
        return lines, lines
    compared = baseline.join(held, on="code", how="anti", maintain_order="left")
    stands = baseline.join(held, on="code", how="semi", maintain_order="left")
    known = pl.concat([lines, stands.select(lines.columns)]) if set(lines.columns) <= set(stands.columns) else lines
    return feed_lines(lines, compared, kind, profile.absent), known.sort("code")


def need_columns(feeding: Feeding, products: pl.DataFrame) -> None:
    """Makes sure that the products have the alias and the details that an order source is sent.

    Raises:
        ConfigProblem: a column is missing.
    """
    alias = feeding.settings.alias
    wanted = {*([f"alias:{alias}"] if alias is not None else []), *feeding.profile.format.required_details()}
    if missing := sorted(wanted - set(products.columns)):
        needs = f"order source {feeding.order_source} needs column {', '.join(missing)}"
        problem = f"products: {needs}; the table has {', '.join(products.columns)}"
        raise ConfigProblem(feeding.merchant_file, [problem])


def _with_details(lines: pl.DataFrame, products: pl.DataFrame, details: frozenset[str]) -> pl.DataFrame:
    if not details:
        return lines
    known = set(products.columns)
    columns = [
        (col(name) if name in known else pl.lit(None, pl.String)).alias(DETAIL_PREFIX + name)
        for name in sorted(details)
    ]
    return lines.join(products.select("sku", *columns), on="sku", how="left", maintain_order="left")
