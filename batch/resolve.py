"""From the configuration of one order source to the settings that shape its numbers and its file."""

from __future__ import annotations

import hashlib
import json

from batch.config import Workspace
from batch.errors import ConfigProblem
from batch.models import Merchant, OrderSource
from batch.profiles import Profile
from formats.snapshot.settings import DEFAULT_WAREHOUSE
from mappings.model import Levels, Warehouse
from mappings.rules import Limits, Selling


def selling(workspace: Workspace, merchant: str, order_source: str, levels: Levels) -> Selling:
    """The limits of an order source with its warehouses and SKUs spelt out.

    Args:
        workspace: holds the settings.
        merchant: key of the merchant.
        order_source: key of the order source.
        levels: name the warehouses that a snapshot has shown.

    Raises:
        ConfigProblem: no warehouse is left to sell from.
    """
    settings = workspace.order_source(merchant, order_source)
    owner = workspace.merchant(merchant)
    chosen = _warehouses(owner, settings, levels)
    if not chosen:
        seen = f"the snapshots name {', '.join(levels.warehouses)}: list them as [warehouses.CODE]"
        raise ConfigProblem(
            f"merchants/{merchant}.toml", [f"order_sources.{order_source}: no warehouse to sell from; {seen}"]
        )
    limits = settings.model_dump(include=set(Limits.model_fields))
    return Selling(
        **limits,
        warehouses=chosen,
        include=None if settings.include is None else frozenset(settings.include),
        exclude=frozenset(settings.exclude),
    )


def _warehouses(owner: Merchant, settings: OrderSource, levels: Levels) -> tuple[str, ...]:
    if settings.sales_channel is not None:
        return (settings.sales_channel,)
    listed = list(owner.warehouses)
    if owner.new_warehouses == "include" or levels.warehouses == [DEFAULT_WAREHOUSE]:
        listed += [w for w in levels.warehouses if w not in listed]
    enabled = [w for w in listed if w not in owner.warehouses or owner.warehouses[w].enabled]
    wanted = enabled if settings.warehouses == "all" else settings.warehouses
    return tuple(w for w in wanted if w in enabled)


def named_warehouses(workspace: Workspace, merchant: str, order_source: str, codes: tuple[str, ...]) -> list[Warehouse]:
    """The warehouses as the order source's file names them, in the order of ``codes``."""
    owner = workspace.merchant(merchant)
    theirs = workspace.order_source(merchant, order_source).warehouse_codes
    names = {code: table.name for code, table in owner.warehouses.items()}
    return [Warehouse(code, theirs.get(code, code), names.get(code) or code) for code in codes]


def settings_fingerprint(workspace: Workspace, merchant: str, order_source: str, profile: Profile) -> str:
    """Changes with anything that shapes the numbers or the file; the next feed is then a full one."""
    owner = workspace.merchant(merchant)
    settings = workspace.order_source(merchant, order_source)
    guards = {"max_zeroed", "max_zeroed_per_warehouse", "max_rise", "hold", "min_lines"}
    elsewhere = {"deliver", "answers", "schedule", "at_least_every", "enabled", *guards}
    shapes = [
        profile.model_dump(mode="json", exclude={"acknowledgement"}),
        settings.model_dump(mode="json", exclude=elsewhere),
        {code: table.model_dump() for code, table in owner.warehouses.items()},
        [owner.name, owner.new_warehouses],
    ]
    return hashlib.sha256(json.dumps(shapes, sort_keys=True, default=sorted).encode()).hexdigest()
