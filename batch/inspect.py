"""Checks a workspace beyond its syntax: profiles, tables, secrets, and on request the places themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from batch import ledger, resolve
from batch.build import need_columns
from batch.config import Workspace
from batch.destinations import destination, exit_code_of, seen_from
from batch.errors import BAD_CONFIG, DONE, FAILED, BatchError, ConfigProblem
from batch.feeding import Feeding
from batch.inputs import MerchantTables
from batch.open_orders import ledger_lines
from batch.order_ledger import LEDGER_SCHEMA
from batch.pickups import AnyPickup, FolderPickup
from batch.profiles import load_profile
from batch.state import State
from formats.feed.errors import FeedError
from mappings.model import empty
from transports.base import Transport
from transports.errors import TransportError
from transports.probe import advice, probe
from transports.secrets import Secret


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what is wrong with it, or None; a note is no more than good to know."""

    what: str
    problem: str | None = None
    exit_code: int = DONE
    is_note: bool = False


def inspect_workspace(workspace: Workspace, state: State, *, connect: bool) -> Iterator[Finding]:
    """Looks at every merchant, source and order source.

    Args:
        workspace: already free of unknown keys.
        state: opened, so its database works.
        connect: also log in at every destination and try a small file there.
    """
    for merchant in workspace.merchants:
        yield from _tables(workspace, merchant)
        for source, pickup in workspace.merchant(merchant).inboxes.items():
            yield _inbox(workspace, f"{merchant}/{source}", pickup, connect=connect)
        products = _products(workspace, merchant)
        for _, order_source in workspace.chosen((merchant,)):
            yield _order_source(workspace, state, merchant, order_source, products)
            yield _place(workspace, state, merchant, order_source, connect=connect)
            yield from _answers(workspace, merchant, order_source)


def _tables(workspace: Workspace, merchant: str) -> Iterator[Finding]:
    owner, tables = workspace.merchant(merchant), MerchantTables(workspace, merchant)
    try:
        products = tables.products(owner.products)
        tables.bundles(owner.bundles)
        tables.sku_rules(owner.rules)
        tables.orders(owner.orders)
        ledger_lines(workspace, merchant, empty(LEDGER_SCHEMA), products)
    except BatchError as error:
        yield Finding(f"{merchant}: tables", str(error), BAD_CONFIG)
        return
    yield Finding(f"{merchant}: {len(tables.hashes)} tables")
    for warning in tables.warnings:
        yield Finding(f"{merchant}: tables", warning, BAD_CONFIG)


def _products(workspace: Workspace, merchant: str) -> pl.DataFrame | None:
    """The products; None where their table is wrong, which has been found already."""
    try:
        return MerchantTables(workspace, merchant).products(workspace.merchant(merchant).products)
    except BatchError:
        return None


def _order_source(
    workspace: Workspace, state: State, merchant: str, order_source: str, products: pl.DataFrame | None
) -> Finding:
    what = f"{merchant}/{order_source}: profile {workspace.order_source(merchant, order_source).profile}"
    try:
        feeding = Feeding.of(workspace, state, merchant, order_source, lambda: datetime.now(UTC))
        feeding.trading_pair()
        if products is not None:
            need_columns(feeding, products)
        listed = tuple(code for code, table in workspace.merchant(merchant).warehouses.items() if table.enabled)
        named = resolve.named_warehouses(workspace, merchant, order_source, listed)
        feeding.profile.format.check_warehouses(order_source, named)
    except (BatchError, FeedError) as error:
        return Finding(what, str(error), BAD_CONFIG)
    return Finding(what)


def _inbox(workspace: Workspace, source: str, pickup: AnyPickup, *, connect: bool) -> Finding:
    if isinstance(pickup, FolderPickup):
        folder = workspace.path(pickup.path)
        missing = "" if folder.is_dir() else f" ({folder} is not there yet; it is made when files are taken in)"
        return Finding(f"{source}: inbox {pickup.path}{missing}")
    what, transport = f"{source}: inbox {pickup.describe()}", seen_from(workspace, pickup)
    try:
        for secret in _secrets(transport):
            secret.reveal()
        if not connect:
            return Finding(what)
        with transport.open() as place:
            return Finding(f"{what}: connected, {len(place.names())} files there")
    except TransportError as error:
        return Finding(what, str(error), exit_code_of(error))


def _place(workspace: Workspace, state: State, merchant: str, order_source: str, *, connect: bool) -> Finding:
    transport = destination(workspace, merchant, order_source)
    what = f"{merchant}/{order_source}: {transport.describe()}"
    try:
        for secret in _secrets(transport):
            secret.reveal()
        if not connect:
            return Finding(what)
        with transport.open() as place:
            abilities = probe(place, transport.server)
    except TransportError as error:
        return Finding(what, str(error), exit_code_of(error))
    with state.writing() as tx:
        ledger.remember_server(tx, transport.describe(), abilities, datetime.now(UTC))
    can = [ability for ability, answer in abilities.items() if answer == "yes"]
    what += f": connected; it can {', '.join(can)}" if can else ": connected"
    problems = "\n".join(advice(abilities, transport.server, replaces=_replaces(workspace, merchant, order_source)))
    return Finding(what, problems or None, FAILED if problems else DONE)


def _replaces(workspace: Workspace, merchant: str, order_source: str) -> bool:
    """Whether its files have the name of the one before; a wrong profile has been found already."""
    try:
        return not load_profile(workspace.order_source(merchant, order_source).profile, workspace.root).names_are_unique
    except BatchError:
        return False


def _answers(workspace: Workspace, merchant: str, order_source: str) -> Iterator[Finding]:
    """Whether there is a place for the answers that are expected."""
    settings = workspace.order_source(merchant, order_source)
    try:
        expected = load_profile(settings.profile, workspace.root).expected_answer
    except ConfigProblem:  # which has been found already
        return
    if expected and settings.answers is None:
        why = f"[order_sources.{order_source}.answers] does not say where it is left"
        yield Finding(f"{merchant}/{order_source}: no {expected.expects} is awaited: {why}", is_note=True)


def _secrets(transport: Transport) -> Iterator[Secret]:
    for name in type(transport).model_fields:
        if isinstance(value := getattr(transport, name), Secret):
            yield value
