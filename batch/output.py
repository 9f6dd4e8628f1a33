"""What commands print: data on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

import click


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints rows in aligned columns; columns of numbers to the right."""
    if not rows:
        return
    cells = [list(headings), *([_text(cell) for cell in row] for row in rows)]
    columns = list(zip(*cells, strict=True))
    to_the_right = [all(isinstance(row[i], int | None) for row in rows) for i in range(len(headings))]
    padded = [
        [cell.rjust(max(map(len, column))) if right else cell.ljust(max(map(len, column))) for cell in column]
        for column, right in zip(columns, to_the_right, strict=True)
    ]
    for line in zip(*padded, strict=True):
        click.echo("  ".join(line).rstrip())


def counted(number: int, what: str) -> str:
    """A number and what it counts: "1 row", "2 rows"."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def print_json(value: Any) -> None:
    """Prints a value for machines; moments as ISO 8601."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def progress(text: str) -> None:
    """Says what is going on, if somebody is watching."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)


def progress_done() -> None:
    """Takes the last progress line away."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else str(cell)


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
