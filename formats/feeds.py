"""The formats a feed can be written in. A new one is a file of its own and a name here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol

import polars as pl
from pydantic import Field

from formats.edi846.feed import Edi846Feed
from formats.feed.csv_feed import CsvFeed
from formats.feed.json_feed import JsonFeed
from formats.feed.xml_feed import XmlFeed
from formats.x12.interchange import Interchange
from mappings.model import Feed, Warehouse


class FeedFormat(Protocol):
    """What every feed format can do; its settings are the ``[format]`` table of a profile."""

    @property
    def type(self) -> str:
        """Name of the format in profiles."""

    @property
    def suffix(self) -> str:
        """What the names of its files end in."""

    @property
    def needs_interchange(self) -> bool:
        """Whether ``write`` needs parties and control numbers."""

    @property
    def breaks_down(self) -> bool:
        """Whether its files say what lies in which warehouse."""

    def details(self) -> frozenset[str]:
        """The product details it sends: the feed's lines need a ``detail:`` column for each."""

    def check_warehouses(self, order_source: str, warehouses: Sequence[Warehouse]) -> None:
        """Raise a FeedError where these warehouses cannot be named in its files."""

    def unwritable(self, feed: Feed) -> pl.DataFrame:
        """The lines it cannot hold: ``code``, ``column``, ``value``, ``reason`` (String)."""

    def replaced(self, feed: Feed) -> pl.DataFrame:
        """The texts that are sent otherwise than they are: ``code``, ``column``, ``value``, ``sent`` (String)."""

    def write(self, feed: Feed, out: Path, interchange: Interchange | None = None) -> None:
        """Write the whole file; equal arguments give equal bytes. Raises FeedError."""


AnyFeedFormat = Annotated[CsvFeed | XmlFeed | JsonFeed | Edi846Feed, Field(discriminator="type")]
