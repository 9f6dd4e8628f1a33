"""Settings that several formats share."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """One table of a profile: fixed once read, and no key without a meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StatusWords(Settings):
    """What the order source calls the status of a line; a word may be made of placeholders."""

    active: str = Field("active", description="The product is sold.")
    out_of_stock: str | None = Field(None, description="It is sold, but there is none now; default: as `active`.")
    discontinued: str = Field("discontinued", description="It will not come back; its quantity is 0.")
    gone: str = Field("gone", description="It is no longer in the feed; said once, with quantity 0.")

    def texts(self) -> list[str]:
        """All words."""
        return list(self.model_dump(exclude_none=True).values())

    def of(self, quantity: str, word: Callable[[str], pl.Expr]) -> pl.Expr:
        """The column ``status`` in these words, for what there is by another column."""
        status, out = pl.col("status"), self.active if self.out_of_stock is None else self.out_of_stock
        active = pl.when(pl.col(quantity) > 0).then(word(self.active)).otherwise(word(out))
        there = pl.when(status == "active").then(active)
        return there.when(status == "discontinued").then(word(self.discontinued)).otherwise(word(self.gone))
