"""Settings that several formats share."""

from __future__ import annotations

import polars as pl
from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """One table of a profile: fixed once read, and no key without a meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StatusWords(Settings):
    """What the order source calls the status of a line."""

    active: str = Field("active", description="The product is sold.")
    out_of_stock: str | None = Field(None, description="It is sold, but there is none now; default: as `active`.")
    discontinued: str = Field("discontinued", description="It will not come back; its quantity is 0.")
    gone: str = Field("gone", description="It is no longer in the feed; said once, with quantity 0.")

    def of(self, quantity: str) -> pl.Expr:
        """The column ``status`` in these words, for what there is by another column."""
        words = {"active": self.active, "discontinued": self.discontinued, "gone": self.gone}
        said = pl.col("status").replace_strict(words)
        if self.out_of_stock is None:
            return said
        is_out = (pl.col("status") == "active") & (pl.col(quantity) == 0)
        return pl.when(is_out).then(pl.lit(self.out_of_stock)).otherwise(said)
