"""The reject file: bad rows as they came, and what is wrong with each; for a person who corrects them."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from formats.snapshot.result import SnapshotRead

_REASON = ("file", "row", "column", "value", "reason")

#: What a spreadsheet would take for a formula, unless it is a number.
_FORMULA = re.compile(r"(?![+-]?[0-9][0-9.,]*$)[=+\-@\t\r]")


def write_rejects(source: Path, read: SnapshotRead, out_csv: Path) -> None:
    """Writes the bad rows of a snapshot.

    The columns are those of the snapshot, in its order and with its delimiter, so that the two can be compared;
    behind them stand ``file``, ``row``, ``column``, ``value`` and ``reason``. Cells that a
    spreadsheet would run as formulas begin with an apostrophe.

    Args:
        source: the snapshot, for its name.
        read: what was read of it.
        out_csv: the reject file; its folder is made if it is missing.
    """
    out_csv.parent.mkdir(parents=True, exist_ok=True)
    with out_csv.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells a spreadsheet that it is UTF-8
        writer = csv.writer(file, delimiter=read.delimiter)
        writer.writerow([*read.header, *_REASON])
        for row, column, value, reason, _sku, cells, place in read.rejects.iter_rows():
            facts = (source.name, place or str(row), column or "", value or "", reason)
            writer.writerow([harmless(cell) for cell in (*_fitted(cells, read), *facts)])


def _fitted(cells: Sequence[str], read: SnapshotRead) -> list[str]:
    """One cell per header: the missing ones empty, those beyond the last in the last one."""
    width = len(read.header)
    return [*cells[: width - 1], *[""] * (width - 1 - len(cells)), read.delimiter.join(cells[width - 1 :])]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
