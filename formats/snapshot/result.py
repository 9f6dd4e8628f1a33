"""What the reading of a snapshot yields, whatever the format of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from formats.snapshot.codes import DOUBTS_SCHEMA
from mappings.model import empty

REJECTS_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
    "sku": pl.String(),
    "cells": pl.List(pl.String()),
    "place": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What was met in a snapshot.

    Attributes:
        rows: below the header, without blank ones.
        bad_rows: of them, those in the reject file.
        skus: for which the snapshot says something.
        units: available, over all levels.
        rounded_down: rows whose quantity had a fraction.
        negatives_to_zero: levels that were below 0 after their rows were summed.
        folded_duplicates: rows that said again what another row had said, or that a later row replaced.
        refused_skus: SKUs left out because their rows contradict each other.
        stripped_codes: rows whose SKU or warehouse had blanks around it.
    """

    rows: int
    bad_rows: int
    skus: int
    units: int
    rounded_down: int
    negatives_to_zero: int
    folded_duplicates: int
    refused_skus: int
    stripped_codes: int


@dataclass(frozen=True, slots=True)
class SnapshotRead:
    """What a snapshot says.

    Attributes:
        available: ``sku`` (String, unique) and one ``wh:`` column per warehouse of the file (Int64, units, never
            negative; null where the file says nothing). In no particular order.
        as_of: the moment that the levels of each warehouse are true for (UTC).
        as_of_exceptions: ``sku``, ``warehouse``, ``as_of`` of the levels whose moment differs from their warehouse's.
        rejects: the bad rows in order: ``row`` (Int64, as a spreadsheet shows it), ``column`` (null if all of the row
            is meant), ``value``, ``reason``, ``sku`` (null if unreadable), ``cells`` (all texts of the row),
            ``place`` (where it is, if the number alone doesn't say that to a person, as in XML).
        untrusted: SKUs of which a row was bad. What ``available`` doesn't say of them is unknown, not absent.
        counts: what was met.
        notes: what a person should know although it is no error, a sentence each.
        header: the texts above the columns of the file.
        delimiter: between its cells.
        of_warehouse: the one that the file speaks of alone, if the source has a file for each.
        doubts: the rows whose code looks damaged, in order: ``row``, ``column``, ``value``, ``reason``, ``place``.
            They are not among ``rejects``.
    """

    available: pl.DataFrame
    as_of: Mapping[str, datetime]
    as_of_exceptions: pl.DataFrame
    rejects: pl.DataFrame
    untrusted: tuple[str, ...]
    counts: Counts
    notes: tuple[str, ...]
    header: tuple[str, ...]
    delimiter: str
    of_warehouse: str | None = None
    doubts: pl.DataFrame = field(default_factory=lambda: empty(DOUBTS_SCHEMA))
