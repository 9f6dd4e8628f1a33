"""Recent orders: what is sold but not yet missing from the levels.

Orders are taken one after the other, since each leaves less for the next; only the SKUs that were ordered are touched.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from mappings.bundles import Recipes
from mappings.model import Levels, warehouse_column

CANCELLED = ("cancelled", "canceled")
OVERSOLD_SCHEMA = {"sku": pl.String, "quantity": pl.Int64}

col = pl.col


def ordered_between(orders: pl.DataFrame, levels: Levels, after: datetime, until: datetime) -> int:
    """How many lines for SKUs of these levels were ordered after a moment, until another, and not cancelled."""
    meant = orders.filter(~is_cancelled(), col("ordered_at") > after, col("ordered_at") <= until)
    return meant.join(levels.available, on="sku", how="semi").height


def recent_lines(
    orders: pl.DataFrame, levels: Levels, warehouses: Sequence[str], *, order_source: str, subtract: str
) -> pl.DataFrame:
    """The order lines that the levels of the selected warehouses don't reflect yet.

    A line is open for a warehouse when it was ordered after the as-of of its SKU's level there. A line that names
    a warehouse counts only if that one is selected and open.

    Returns:
        The lines, earliest first, with ``named`` (index of the named warehouse or null) and ``open`` (List of
        Boolean, one per selected warehouse).
    """
    lines = orders.with_row_index("position").filter(~is_cancelled())
    if subtract == "none":
        lines = lines.clear()
    elif subtract == "others":
        lines = lines.filter(col("order_source").ne_missing(order_source))
    lines = lines.with_columns(
        _is_open(lines, levels, warehouse).alias(f"open:{warehouse}") for warehouse in warehouses
    )
    opened = [f"open:{w}" for w in warehouses]
    index = {w: i for i, w in enumerate(warehouses)}
    named = col("warehouse").replace_strict(index, default=-1, return_dtype=pl.Int64)
    lines = lines.with_columns(
        open=pl.concat_list(opened), named=pl.when(col("warehouse").is_not_null()).then(named)
    ).filter(pl.any_horizontal(opened), col("named").is_null() | (col("named") >= 0))
    reachable = col("named").is_null() | col("open").list.get(col("named").fill_null(0))
    return lines.filter(reachable).sort("ordered_at", "order_id", "position")


def is_cancelled() -> pl.Expr:
    """Whether the ``status`` of a line says that it was cancelled."""
    return col("status").fill_null("").str.strip_chars().str.to_lowercase().is_in(CANCELLED)


def _is_open(lines: pl.DataFrame, levels: Levels, warehouse: str) -> pl.Series:
    if warehouse not in levels.as_of:
        return pl.repeat(True, lines.height, dtype=pl.Boolean, eager=True)
    own = levels.as_of_exceptions.filter(col("warehouse") == warehouse).select("sku", "as_of")
    as_of = lines.select("sku").join(own, on="sku", how="left", maintain_order="left")["as_of"]
    return lines["ordered_at"] > as_of.fill_null(levels.as_of[warehouse])


def subtract_orders(
    stock: pl.DataFrame, lines: pl.DataFrame, recipes: Recipes, warehouses: Sequence[str], *, across: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Takes recent orders out of the stock.

    Lines of plain SKUs that name a warehouse come first, then those that don't, then bundles. A line takes from the
    warehouse that it names, then from the others that are open for it in listed order, never below 0. An ordered
    bundle takes pre-assembled stock, then components.

    Args:
        stock: ``sku`` and the ``wh:`` columns of ``warehouses``, no nulls.
        lines: from ``recent_lines``.
        recipes: what the bundles are made of.
        warehouses: in listed order.
        across: whether components of different warehouses may make one bundle.

    Returns:
        The stock that is left, and ``sku``, ``quantity`` of what no selected warehouse can supply.
    """
    if lines.is_empty():
        return stock, pl.DataFrame(schema=OVERSOLD_SCHEMA)
    columns = [warehouse_column(w) for w in warehouses]
    shelves = _Shelves(stock, lines, recipes, columns)
    oversold: Counter[str] = Counter()
    is_bundle = col("sku").is_in(list(recipes.components))
    in_turn = lines.sort(is_bundle, ~is_bundle & col("named").is_null(), maintain_order=True)
    for sku, quantity, named, is_open in in_turn.select("sku", "quantity", "named", "open").iter_rows():
        turn = list(_turn(named, is_open))
        lacking = shelves.take(sku, quantity, turn)
        if lacking and sku in recipes.components:
            lacking = shelves.build(sku, lacking, turn, across=across)
        if lacking:
            oversold[sku] += lacking
    left = stock.update(shelves.frame(columns), on="sku", how="left", maintain_order="left")
    return left, pl.DataFrame(
        {"sku": list(oversold), "quantity": list(oversold.values())}, schema=OVERSOLD_SCHEMA
    ).sort("sku")


def _turn(named: int | None, is_open: Sequence[bool]) -> Iterator[int]:
    """The warehouses that a line may take from, in order."""
    if named is not None:
        yield named
    yield from (w for w, opened in enumerate(is_open) if opened and w != named)


def _take(units: list[int], quantity: int, turn: Sequence[int]) -> int:
    """Takes up to ``quantity`` from ``units`` in turn; says how many are lacking."""
    for warehouse in turn:
        taken = min(units[warehouse], quantity)
        units[warehouse] -= taken
        quantity -= taken
        if not quantity:
            break
    return quantity


class _Shelves:
    """Units left per ordered SKU and warehouse, and per component of an ordered bundle."""

    def __init__(self, stock: pl.DataFrame, lines: pl.DataFrame, recipes: Recipes, columns: list[str]) -> None:
        self._recipes = recipes.components
        self._none = len(columns)
        touched = self._with_components(set(lines["sku"]))
        rows = stock.filter(col("sku").is_in(list(touched))).select("sku", *columns)
        self._left = {sku: list(units) for sku, *units in rows.iter_rows()}

    def _with_components(self, skus: set[str]) -> set[str]:
        pending = [sku for sku in skus if sku in self._recipes]
        while pending:
            new = {component for component, _ in self._recipes[pending.pop()]} - skus
            skus |= new
            pending += [sku for sku in new if sku in self._recipes]
        return skus

    def frame(self, columns: list[str]) -> pl.DataFrame:
        """What is left, as ``sku`` and the warehouse columns."""
        schema = {"sku": pl.String, **dict.fromkeys(columns, pl.Int64)}
        return pl.DataFrame(((sku, *units) for sku, units in self._left.items()), schema=schema, orient="row")

    def units(self, sku: str) -> list[int]:
        """Units left of one SKU, per warehouse."""
        return self._left.setdefault(sku, [0] * self._none)

    def take(self, sku: str, quantity: int, turn: Sequence[int]) -> int:
        """Takes up to ``quantity`` units in turn; says how many are lacking."""
        return _take(self.units(sku), quantity, turn)

    def build(self, bundle: str, quantity: int, turn: Sequence[int], *, across: bool) -> int:
        """Takes the components of up to ``quantity`` bundles; says how many can't be built."""
        groups = [[warehouse] for warehouse in turn]
        if across:
            groups.append(sorted(turn))
        for group in groups:
            quantity -= self._build_in(bundle, quantity, group)
        return quantity

    def _build_in(self, bundle: str, wanted: int, group: Sequence[int]) -> int:
        """Builds as many as the stock of these warehouses really allows.

        What the recipe allows is an upper bound only: two components may need the same third one.
        """
        upper = min(wanted, self._allowed(bundle, group))
        built = bisect_left(range(1, upper + 1), True, key=lambda n: self._plan(bundle, n, group) is None)
        self._left.update(self._plan(bundle, built, group) or {})
        return built

    def _allowed(self, bundle: str, group: Sequence[int]) -> int:
        return min(
            (sum(self.units(component)[w] for w in group) + self._allowed_if_bundle(component, group)) // quantity
            for component, quantity in self._recipes[bundle]
        )

    def _allowed_if_bundle(self, sku: str, group: Sequence[int]) -> int:
        return self._allowed(sku, group) if sku in self._recipes else 0

    def _plan(self, bundle: str, quantity: int, group: Sequence[int]) -> dict[str, list[int]] | None:
        """The units left of each component after building, or None where they don't suffice."""
        plan: dict[str, list[int]] = {}
        pending = [(bundle, quantity)]
        while pending:
            assembly, count = pending.pop()
            for component, per in self._recipes[assembly]:
                units = plan.setdefault(component, list(self.units(component)))
                lacking = _take(units, count * per, group)
                if lacking and component not in self._recipes:
                    return None
                if lacking:
                    pending.append((component, lacking))
        return plan
