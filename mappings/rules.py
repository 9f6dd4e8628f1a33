"""The settings that shape the numbers of one order source."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Units = Annotated[int, Field(ge=0)]


def _units_or_percent(value: int | str) -> int | str:
    if isinstance(value, int):
        if value < 0:
            raise ValueError("units kept back can't be negative")
        return value
    match = re.fullmatch(r"(\d{1,3})%", value)
    if not match or int(match[1]) > 100:
        raise ValueError(f'{value!r} is neither units (10) nor a whole percentage ("5%")')
    return value


def _each_once(codes: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(codes)) < len(codes):
        raise ValueError("names a warehouse twice")
    return codes


Reserve = Annotated[int | str, AfterValidator(_units_or_percent)]


class Limits(BaseModel):
    """How much of the merchant's stock one order source may sell, in the order in which it is applied."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reserve: dict[str, Reserve] = Field(
        default={}, description='Kept back per warehouse: units, or a percentage such as "5%", rounded up.'
    )
    subtract_orders: Literal["all", "others", "none"] = Field(
        default="all",
        description="Which recent orders are subtracted: of every order source, of the others only "
        "(for those that count their own sales down), or none.",
    )
    bundles: Literal["per_warehouse", "across_warehouses"] = Field(
        default="per_warehouse", description="Whether components of different warehouses may make one bundle."
    )
    share: int = Field(default=100, ge=0, le=100, description="Percent of the total, rounded down.")
    buffer: Units = Field(default=0, description="Units subtracted from the total.")
    cap: Units | None = Field(default=None, description="The total is at most this.")
    minimum: Units = Field(default=0, description="A total below this becomes 0; this very number is sent.")
    rules_apply: Literal["total", "per_warehouse"] = Field(
        default="total", description="Whether share, buffer, cap and minimum act on the total or on each warehouse."
    )
    alias: str | None = Field(default=None, description="The alias to send products under; none: our SKU is theirs.")


class Selling(Limits):
    """The limits of one order source, with its warehouses and SKUs spelt out."""

    warehouses: Annotated[tuple[str, ...], AfterValidator(_each_once)] = Field(
        min_length=1, description="Selected, enabled warehouses, in listed order."
    )
    include: frozenset[str] | None = Field(default=None, description="Only these SKUs are sent.")
    exclude: frozenset[str] = Field(default=frozenset(), description="These SKUs are not sent.")
