"""Bundles: items sold as components times quantity, several levels deep."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mappings.errors import BundleCycle
from mappings.model import warehouse_column

col = pl.col


@dataclass(frozen=True, slots=True)
class Recipes:
    """What every bundle is made of.

    Attributes:
        lines: ``bundle_sku``, ``component_sku``, ``quantity`` (Int64, >= 1) and ``depth`` (Int64): a bundle of plain
            items has depth 1, a bundle of those depth 2.
        components: the same as a dictionary, components in the order of their SKU.
    """

    lines: pl.DataFrame
    components: dict[str, list[tuple[str, int]]]

    @classmethod
    def of(cls, bundles: pl.DataFrame) -> Recipes:
        """Orders the lines of ``bundles`` (see ``BUNDLES_SCHEMA``); lines of the same component add up.

        Raises:
            BundleCycle: a bundle contains itself, directly or through others.
        """
        lines = (
            bundles.group_by("bundle_sku", "component_sku")
            .agg(col("quantity").sum())
            .sort("bundle_sku", "component_sku")
        )
        components: dict[str, list[tuple[str, int]]] = {}
        for bundle, component, quantity in lines.iter_rows():
            components.setdefault(bundle, []).append((component, quantity))
        depths = _depths(components)
        depth = pl.DataFrame(
            {"bundle_sku": list(depths), "depth": list(depths.values())},
            schema={"bundle_sku": pl.String, "depth": pl.Int64},
        )
        return cls(lines.join(depth, on="bundle_sku", how="left"), components)

    @property
    def skus(self) -> set[str]:
        """Every SKU that is a bundle or a component of one."""
        return set(self.components) | set(self.lines["component_sku"])


def _depths(components: dict[str, list[tuple[str, int]]]) -> dict[str, int]:
    """How many levels each bundle is deep; iterative, so that a deep chain of bundles can't exhaust the stack."""
    depths: dict[str, int] = {}
    for start in components:
        path, on_path = [start], {start}
        while path:
            bundle = path[-1]
            pending = [c for c, _ in components[bundle] if c in components and c not in depths]
            if not pending:
                depths[bundle] = 1 + max(depths.get(c, 0) for c, _ in components[bundle])
                on_path.discard(path.pop())
            elif pending[0] in on_path:
                raise BundleCycle([*path[path.index(pending[0]) :], pending[0]])
            else:
                path.append(pending[0])
                on_path.add(pending[0])
    return depths


def add_bundles(stock: pl.DataFrame, recipes: Recipes, warehouses: tuple[str, ...], *, across: bool) -> pl.DataFrame:
    """Raises every bundle to what is pre-assembled plus what its components allow.

    Args:
        stock: ``sku`` and the ``wh:`` columns of ``warehouses``, no nulls.
        recipes: what the bundles are made of.
        warehouses: in listed order.
        across: whether components of different warehouses may make one bundle; what can only be made so is
            counted in the first listed warehouse.

    Returns:
        ``stock`` with a row for every bundle, in any order.
    """
    if recipes.lines.is_empty():
        return stock
    columns = [warehouse_column(w) for w in warehouses]
    involved = pl.DataFrame({"sku": sorted(recipes.skus)})
    pool = involved.join(stock, on="sku", how="left").with_columns(col(c).fill_null(0) for c in columns)
    for _, lines in sorted(recipes.lines.group_by("depth"), key=lambda group: group[0]):
        pool = _replace(pool, _resolve(pool, lines, columns, across=across))
    return _replace(stock, pool.filter(col("sku").is_in(list(recipes.components))))


def _resolve(pool: pl.DataFrame, lines: pl.DataFrame, columns: list[str], *, across: bool) -> pl.DataFrame:
    parts = lines.join(pool, left_on="component_sku", right_on="sku", how="left")
    built = parts.group_by(col("bundle_sku").alias("sku")).agg(
        *((col(c) // col("quantity")).min() for c in columns),
        across=(pl.sum_horizontal(columns) // col("quantity")).min(),
    )
    if across:
        extra = (col("across") - pl.sum_horizontal(columns)).clip(lower_bound=0)
        built = built.with_columns(col(columns[0]) + extra)
    assembled = built.select("sku").join(pool, on="sku", how="left")
    return pl.concat([assembled, built.select("sku", *columns)]).group_by("sku").agg(col(c).sum() for c in columns)


def _replace(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame.join(rows, on="sku", how="anti"), rows.select(frame.columns)])
