"""The workspace that ``tallyfeed init`` makes: what its first run delivers, byte for byte."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batch.night import Night
from batch.run import Report
from batch.session import session

SAMPLES = Path(__file__).parents[1] / "samples"
CLOCK = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ORDER_SOURCES = ("webshop", "marketplace", "retailer")


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / "starter", tmp_path / "starter"))


def run(root: Path, at: datetime = CLOCK) -> list[Report]:
    """Takes in what lies in the inbox and tells every order source, at a fixed moment."""
    with session(root) as opened:
        night = Night(opened.workspace, opened.state, lambda: at)
        assert {(file.outcome, file.rejected) for file in night.ingest(opened.workspace.merchants)} <= {("loaded", 0)}
        return list(night.run(opened.workspace.chosen(())))


def delivered(root: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for name in ORDER_SOURCES for file in (root / name).glob("[!.]*")}


def test_the_first_run_delivers_the_expected_files(starter: Path) -> None:
    reports = run(starter)

    assert [(report.order_source, report.status) for report in reports] == [(n, "success") for n in ORDER_SOURCES]
    assert delivered(starter) == {file.name: file.read_bytes() for file in (SAMPLES / "expected").iterdir()}


def test_the_second_run_has_nothing_to_tell(starter: Path) -> None:
    run(starter)
    before = delivered(starter)

    assert [report.status for report in run(starter)] == ["nothing", "nothing", "nothing"]
    assert delivered(starter) == before


def test_one_changed_shelf_gives_the_delta_that_the_architecture_page_shows(starter: Path) -> None:
    snapshot = starter / "inbox" / "adventure-works" / "stock.csv"
    counted = snapshot.read_text("utf-8")
    run(starter)
    before = delivered(starter)
    assert "HL-U509,Finished Goods Storage,N/A,0,324," in counted
    snapshot.write_text(counted.replace("N/A,0,324,", "N/A,0,320,"), "utf-8")

    run(starter, CLOCK + timedelta(hours=1))

    page = (SAMPLES.parent / "docs" / "architecture.md").read_text("utf-8")
    told = {name: content for name, content in delivered(starter).items() if name not in before}
    name = "inventory_adventure-works_webshop_delta_20261121T070000Z_4.csv"
    assert name in page
    assert told[name].decode() == "".join(re.findall(r"^```csv\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
