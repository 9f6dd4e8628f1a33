"""Large files are written and read in pieces, whose size is set by a variable."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sample_feeds import LOCATIONS, numbered_feed, profile, written

from formats.edi846_reading.snapshot import Edi846Snapshot
from formats.pieces import piece_size


@pytest.mark.parametrize("name", ["sdq, zeros skipped", "header", "lin"])
def test_an_846_is_the_same_whatever_the_size_of_its_pieces(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    format_ = profile("846-4010", **LOCATIONS[name], split={"lines": 700, "sets": 5}, control={"group": "{group:04d}"})
    feed = numbered_feed(30_000)
    whole = written(format_, feed, tmp_path)

    monkeypatch.setattr("formats.x12.lines._VALUE", 1000)
    monkeypatch.setenv("TALLYFEED_PIECE_MB", "1")

    assert written(format_, feed, tmp_path) == whole


def test_a_snapshot_is_the_same_whatever_the_size_of_its_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(profile("846-4010"), numbered_feed(40_000), tmp_path)
    frames = []
    for size in ("1", "100"):
        monkeypatch.setenv("TALLYFEED_PIECE_MB", size)
        read = Edi846Snapshot().read(
            tmp_path / "feed.edi", warehouses=(), file_time=datetime(2026, 11, 20, tzinfo=UTC), timezone=ZoneInfo("UTC")
        )
        frames.append(read.available)

    assert (tmp_path / "feed.edi").stat().st_size > 2 << 20
    assert frames[0].height == 40_000
    assert frames[0].equals(frames[1])


def test_a_piece_has_eight_megabytes_unless_the_variable_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TALLYFEED_PIECE_MB", raising=False)
    assert piece_size() == 8 << 20
    monkeypatch.setenv("TALLYFEED_PIECE_MB", "32")
    assert piece_size() == 32 << 20


@pytest.mark.parametrize("text", ["0", "-1", "8 MB", "1.5"])
def test_a_variable_that_is_no_number_of_megabytes_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYFEED_PIECE_MB", text)
    with pytest.raises(ValueError, match="TALLYFEED_PIECE_MB") as refused:
        piece_size()
    assert str(refused.value) == f'TALLYFEED_PIECE_MB is "{text}", not a whole number of MB such as 8'
