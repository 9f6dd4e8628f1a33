"""A small workspace for tests: a merchant with two warehouses and a web shop that takes CSV into a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from batch.config import load_workspace
from batch.intake import Taken
from batch.night import Night
from batch.run import Report
from batch.session import Session, session

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

MERCHANT = """\
name = "Acme Outdoor"

[warehouses.EAST]
name = "Newark DC"
[warehouses.WEST]

[sources.wms]
format = "csv"
from = { type = "folder", path = "inbox", pattern = "*.csv" }
columns = { sku = "Item", warehouse = "Loc", available = "Avail" }

[order_sources.web]
profile = "csv"
feed = "delta"
max_zeroed = "50%"
deliver = { type = "folder", path = "web" }
"""

STOCK = """\
Item,Loc,Avail
MUG,EAST,12
MUG,WEST,4
BOX,EAST,7
PEN,WEST,30
"""


@dataclass
class Shop:
    """A workspace in a folder, and a clock that the test moves."""

    root: Path
    now: datetime = NOON
    merchant_toml: str = MERCHANT
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in ("merchants", "inbox", "web"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "tallyfeed.toml").write_text("")
        self.configure(self.merchant_toml)

    def configure(self, text: str) -> None:
        """Makes this the merchant's file."""
        self.merchant_toml = text
        self.write("merchants/acme.toml", text)

    def replace(self, old: str, new: str) -> None:
        """Changes the merchant's file."""
        assert old in self.merchant_toml
        self.configure(self.merchant_toml.replace(old, new))

    def add(self, text: str) -> None:
        """Adds to the merchant's file; tables of its own only."""
        self.configure(self.merchant_toml + text)

    def write(self, path: str, text: str) -> Path:
        """Writes a file of the workspace."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def drop(self, text: str | bytes = STOCK, name: str = "stock.csv") -> Path:
        """Drops a snapshot of this moment into the inbox."""
        file = self.root / "inbox" / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        os.utime(file, (self.now.timestamp(), self.now.timestamp()))
        return file

    def later(self, **by: float) -> None:
        """Moves the clock."""
        self.now += timedelta(**by)

    def open(self) -> Any:
        """The workspace and its state, opened."""
        return session(self.root)

    def night(self, opened: Session) -> Night:
        """The work of a command, by this clock."""
        return Night(opened.workspace, opened.state, lambda: self.now)

    def ingest(self) -> list[Taken]:
        """Takes in what was dropped."""
        with session(self.root) as opened:
            return list(self.night(opened).ingest(["acme"]))

    def run(self, *targets: str, full: bool = False, ignore_schedule: bool = False) -> dict[str, Report]:
        """Takes in what was dropped and brings order sources up to date; the reports by order source."""
        with session(self.root) as opened:
            night = self.night(opened)
            list(night.ingest(opened.workspace.merchants))
            reports = night.run(opened.workspace.chosen(targets), full=full, ignore_schedule=ignore_schedule)
            return {report.order_source: report for report in reports}

    def web(self, **options: bool) -> Report:
        """Runs, and says what became of the web shop."""
        return self.run(**options)["web"]

    def delivered(self, folder: str = "web") -> list[Path]:
        """The files that a folder has received, in the order of their names; hidden ones included."""
        return sorted((self.root / folder).iterdir())

    def newest(self, folder: str = "web") -> str:
        """The text of the file that came last."""
        return max(self.delivered(folder), key=lambda file: int(file.stem.rpartition("_")[2])).read_text()

    def cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs the command as a process of its own."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "batch", "--workspace", str(self.root), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, **self.environment, **environment},
        )

    def check(self) -> None:
        """Reads the configuration."""
        load_workspace(self.root)
