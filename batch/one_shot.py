"""A snapshot in, a feed out: no workspace, nothing remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import ValidationError

from batch.config import explained
from batch.errors import BatchError, NotPossible
from batch.profiles import Profile
from formats.errors import FileRefused
from formats.feed.errors import FeedError
from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.guessed_csv import guess_note
from formats.snapshot.result import SnapshotRead
from formats.snapshot.synonyms import guessed_columns
from formats.x12.interchange import Interchange, TradingPair
from mappings.model import (
    BUNDLES_SCHEMA,
    DETAIL_PREFIX,
    ORDERS_SCHEMA,
    SKU_RULES_SCHEMA,
    Feed,
    Levels,
    Warehouse,
    empty,
    warehouses_of,
)
from mappings.rules import Selling
from mappings.sellable import sellable


def render(
    snapshot: Path,
    profile: Profile,
    out: Path,
    *,
    columns: Mapping[str, str],
    values: Mapping[str, str],
    pair: TradingPair | None,
) -> SnapshotRead:
    """Writes a full feed of everything that a snapshot says is available.

    Args:
        snapshot: a CSV file; columns that are not named are recognised by their headers.
        profile: the layout of the feed.
        out: the file to write.
        columns: what columns mean: part -> header, as in ``{"sku": "Item"}``.
        values: what the profile asks for by name.
        pair: who sends to whom, for EDI profiles.

    Raises:
        NotPossible: the profile needs more than a snapshot.
        BatchError: the snapshot can't be read, or a line can't be written.
    """
    if details := profile.format.required_details():
        raise NotPossible(f"this profile sends {', '.join(sorted(details))}: it needs a workspace with products")
    if missing := sorted(profile.values - values.keys()):
        raise NotPossible(f"this profile needs {', '.join(missing)}: add --value {missing[0]}=…")
    if profile.format.needs_interchange and pair is None:
        raise NotPossible("an EDI profile needs --sender and --receiver, as in --sender ZZ:ACME --receiver 01:1234")
    said = _read(snapshot, columns)
    feed = _feed(said, snapshot.stem, profile, values)
    if profile.files.per_warehouse and len(feed.warehouses) > 1:
        raise NotPossible("this profile writes a file for each warehouse: it needs a workspace")
    interchange = Interchange(pair=pair, number=1, group_number=1) if pair else None
    try:
        bad = profile.format.unwritable(feed)
        for code, column, value, reason in bad.head(1).iter_rows():
            raise BatchError(f"line {code!r} cannot be written: {column} {value!r} {reason}")
        profile.format.write(feed, out, interchange)
    except FeedError as error:
        raise BatchError(str(error)) from None
    return said


def trading_pair(sender: str | None, receiver: str | None) -> TradingPair | None:
    """The parties of an interchange from texts such as ``ZZ:ACME``; None where neither is named.

    Raises:
        NotPossible: one is missing, or is no id.
    """
    if sender is None and receiver is None:
        return None
    parts: dict[str, str] = {}
    for role, text in (("sender", sender), ("receiver", receiver)):
        qualifier, separator, party = (text or "").partition(":")
        if not separator:
            raise NotPossible(f"--{role}: write QUALIFIER:ID, as in ZZ:ACME")
        parts |= {f"{role}_qualifier": qualifier, role: party}
    try:
        return TradingPair.model_validate({**parts, "test": True})
    except ValidationError as error:
        raise NotPossible("; ".join(explained(error, TradingPair))) from None


def _read(snapshot: Path, columns: Mapping[str, str]) -> SnapshotRead:
    try:
        named = dict(columns) or guessed_columns(snapshot)
        quantity = "available" if {"available", "allocated"} & set(named) else "on_hand"
        settings = CsvSnapshot.model_validate({"columns": named, "quantity": quantity})
        now = datetime.fromtimestamp(snapshot.stat().st_mtime, UTC)
        said = settings.read(snapshot, warehouses=(), file_time=now, timezone=ZoneInfo("UTC"))
        return (
            said if columns else replace(said, notes=(guess_note(settings.model_dump(exclude_unset=True)), *said.notes))
        )
    except FileRefused as error:
        raise BatchError(str(error)) from None
    except ValidationError as error:
        raise NotPossible("; ".join(explained(error, CsvSnapshot))) from None


def _feed(said: SnapshotRead, name: str, profile: Profile, values: Mapping[str, str]) -> Feed:
    levels = Levels(said.available, said.as_of, said.as_of_exceptions)
    codes = tuple(sorted(warehouses_of(said.available)))
    numbers = sellable(
        levels,
        Selling(warehouses=codes),
        order_source=name,
        orders=empty(ORDERS_SCHEMA),
        bundles=empty(BUNDLES_SCHEMA),
        products=said.available.select("sku"),
        sku_rules=empty(SKU_RULES_SCHEMA),
    )
    moment = min(said.as_of.values())
    warehouses = [Warehouse(code, code, code) for code in codes]
    unknown = (pl.lit(None, pl.String).alias(DETAIL_PREFIX + detail) for detail in profile.format.details())
    lines = numbers.lines.with_columns(unknown)
    return Feed(name, name, name, "full", moment, moment, warehouses, lines, values)
