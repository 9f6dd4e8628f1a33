"""What tests look at from outside: rows of the state, levels, and the command run in this process."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest
from shop import Shop
from sqlalchemy import text

from batch.cli import main
from batch.inputs import load_inputs
from batch.product_view import product_rows


def rows(shop: Shop, table: str) -> list[dict[str, Any]]:
    """The rows of a table of the state, oldest first."""
    with shop.open() as opened, opened.state.reading() as tx:
        return [dict(row) for row in tx.execute(text(f"SELECT * FROM {table} ORDER BY rowid")).mappings()]


def states(shop: Shop) -> list[str]:
    """The states of all deliveries, oldest first."""
    return [row["state"] for row in rows(shop, "delivery")]


def levels(shop: Shop) -> dict[str, dict[str, int]]:
    """What is available now: SKU -> warehouse (and ``total``) -> units."""
    with shop.open() as opened:
        known = product_rows(load_inputs(opened.workspace, opened.state, "acme"))
    return {row.pop("sku"): row for row in known}


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str


def command(shop: Shop, *arguments: str) -> Finished:
    """Runs the command in this process, which is quicker than in one of its own."""
    return tallyfeed("--workspace", str(shop.root), *arguments)


def tallyfeed(*arguments: str) -> Finished:
    """Runs the command line in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "argv", ["tallyfeed", *arguments]),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Finished(int(ended.value.code or 0), _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
