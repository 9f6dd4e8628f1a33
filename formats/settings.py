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
    discontinued: str = Field("discontinued", description="It will not come back; its quantity is 0.")
    gone: str = Field("gone", description="It is no longer in the feed; said once, with quantity 0.")

    def translated(self) -> pl.Expr:
        """The column ``status`` in these words."""
        return pl.col("status").replace_strict(self.model_dump())
