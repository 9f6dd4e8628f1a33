"""The readable form of a file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file in readable form.

    Attributes:
        format: "CSV", "XML", "EDI 846", "EDI 997", "EDI 999" or "EDI TA1".
        facts: what the file says of itself, in the order to be shown.
        table: a row per line or answer. Texts as they stand in the file; quantities of the XML are Int64.
    """

    format: str
    facts: dict[str, str]
    table: pl.DataFrame
