"""The worked examples of docs/numbers.md, run through the real numbers."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mappings.model import BUNDLES_SCHEMA, ORDERS_SCHEMA, SKU_RULES_SCHEMA, Levels, warehouse_column
from mappings.rules import Selling
from mappings.sellable import Sellable, sellable

PAGE = Path(__file__).parents[1] / "docs" / "numbers.md"
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass
class Example:
    """One worked example: what is given, and what the page claims."""

    units: dict[tuple[str, str], int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    orders: list[tuple[Any, ...]] = field(default_factory=list)
    bundles: list[tuple[str, str, int]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    gives: dict[str, dict[str, int]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    oversold: dict[str, int] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Takes in one line of the example."""
        match line.split(maxsplit=1):
            case ["level", rest]:
                sku, warehouse, units = rest.split()
                self.units[sku, warehouse] = int(units)
            case ["set", rest]:
                self.settings |= tomllib.loads(rest)
            case ["order", rest]:
                sku, quantity, *place = rest.replace(" from", "").split()
                at = AS_OF + timedelta(minutes=len(self.orders) + 1)
                self.orders.append(
                    (str(len(self.orders)), sku, int(quantity), at, place[0] if place else None, None, None)
                )
            case ["bundle", rest]:
                bundle, _, parts = rest.partition(" = ")
                self.bundles += [(bundle, part.split()[1], int(part.split()[0])) for part in parts.split(" + ")]
            case ["rule", rest]:
                sku, _, rule = rest.partition(" ")
                self.rules.append({"sku": sku, **tomllib.loads(rule)})
            case ["alias", rest]:
                sku, code = rest.split()
                self.aliases[sku] = code
                self.settings["alias"] = "theirs"
            case ["gives", rest]:
                code, total, parts = re.fullmatch(r"(\S+): (\d+) = (.+)", rest).groups()  # type: ignore[union-attr]
                breakdown = {w: int(u) for w, u in (part.split() for part in parts.split(" + "))}
                assert sum(breakdown.values()) == int(total), line
                self.gives[code] = {"quantity": int(total), **{warehouse_column(w): u for w, u in breakdown.items()}}
            case ["left", rest]:
                sku, _, reason = rest.removeprefix("out ").partition(": ")
                self.left_out[sku] = reason
            case ["oversold", rest]:
                sku, units = rest.split()
                self.oversold[sku] = int(units)
            case _:
                pytest.fail(f"the example says {line!r}, which means nothing")

    def worked_out(self) -> Sellable:
        """What the numbers really are."""
        warehouses = tuple(dict.fromkeys(warehouse for _, warehouse in self.units))
        skus = list(dict.fromkeys(sku for sku, _ in self.units))
        columns = {warehouse_column(w): [self.units.get((sku, w)) for sku in skus] for w in warehouses}
        levels = Levels(
            pl.DataFrame({"sku": skus, **columns}, schema_overrides=dict.fromkeys(columns, pl.Int64)),
            dict.fromkeys(warehouses, AS_OF),
        )
        settings = {"warehouses": warehouses, **self.settings}
        settings["warehouses"] = tuple(settings["warehouses"])
        settings["exclude"] = frozenset(settings.get("exclude", ()))
        return sellable(
            levels,
            Selling(**settings),
            order_source="web",
            orders=pl.DataFrame(self.orders, schema=ORDERS_SCHEMA, orient="row"),
            bundles=pl.DataFrame(self.bundles, schema=BUNDLES_SCHEMA, orient="row"),
            products=pl.DataFrame({"sku": skus, "alias:theirs": [self.aliases.get(sku) for sku in skus]}),
            sku_rules=pl.DataFrame(self.rules, schema=SKU_RULES_SCHEMA),
        )


def examples() -> list[str]:
    return re.findall(r"```example\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", examples())
def test_the_worked_example_is_right(text: str) -> None:
    example = Example()
    for line in text.splitlines():
        example.read(line)

    found = example.worked_out()

    lines = {row["code"]: row for row in found.lines.drop("sku", "status").rows(named=True)}
    assert {code: {k: v for k, v in lines[code].items() if k != "code"} for code in example.gives} == example.gives
    assert dict(found.left_out.rows()) == example.left_out
    assert dict(found.oversold.rows()) == example.oversold


def test_every_step_has_an_example() -> None:
    assert len(examples()) >= 15
