"""The files of ``samples/sources``: what the profile of each system reads in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from snapshot_reading import levels

from batch.config import load_workspace
from batch.errors import ConfigProblem
from batch.profiles import System, built_in_profiles, built_in_systems, load_any, load_profile

SOURCES = Path(__file__).parents[1] / "samples" / "sources"
FILE_TIME = datetime(2026, 11, 21, 6, tzinfo=UTC)

EXPECTED = {
    "aws-supply-chain": {("NT-MUG", "EAST"): 44, ("NT-TENT", "WEST"): 6},
    "google-3pl-wms": {("1001234-01", "DC01"): 30, ("1007777-02", "DC02"): 100},
    "openvpms": {("1001", "4711"): 14, ("1002", "4711"): 250, ("1001", "4712"): 0},
    "pickware": {("NT-MUG", "Hauptlager"): 17, ("NT-MUG", "Filiale"): 2, ("NT-TENT", "Hauptlager"): 0},
    "seko-ihub": {("NT-MUG", "DCCL01"): 17, ("NT-TENT", "DCCL02"): 3},
    "shipedge": {("NT-MUG", "NJ1"): 17, ("NT-MUG", "NV1"): 3, ("NT-TENT", "NJ1"): 0},
    "shiphero-snapshot": {
        ("NT-MUG", "V2FyZWhvdXNlOjE="): 17,
        ("NT-MUG", "V2FyZWhvdXNlOjI="): 0,
        ("NT-TENT", "V2FyZWhvdXNlOjE="): 1,
    },
    "shopify": {
        ("NT-MUG-B", "Newark DC"): 17,
        ("NT-MUG-B", "Reno DC"): 0,
        ("NT-TENT", "Newark DC"): 6,
        ("NT-TENT", "Reno DC"): 0,
    },
    "whiplash": {("NT-MUG", "default"): 17, ("NT-TENT", "default"): 0},
}


def test_every_system_has_a_sample_and_a_name_that_no_order_source_has() -> None:
    assert sorted(folder.name for folder in SOURCES.iterdir()) == sorted(EXPECTED)
    assert built_in_systems().keys() < EXPECTED.keys()
    assert built_in_systems().keys() & built_in_profiles().keys() == set()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_says_what_can_be_sold(name: str) -> None:
    profile = load_any(name, SOURCES)
    assert profile.snapshot
    [file] = (SOURCES / name).iterdir()

    said = profile.snapshot.read(file, warehouses=(), file_time=FILE_TIME, timezone=ZoneInfo("UTC"))

    assert said.rejects.is_empty()
    assert levels(said) == EXPECTED[name]


def test_a_source_reads_by_the_profile_of_a_system(tmp_path: Path) -> None:
    (tmp_path / "merchants").mkdir()
    (tmp_path / "tallyfeed.toml").touch()
    (tmp_path / "merchants" / "acme.toml").write_text(
        'name = "Acme"\n[sources.wms]\nprofile = "whiplash"\nwarehouse = "EAST"\n'
        'from = { type = "folder", path = "inbox" }\n'
    )

    source = load_workspace(tmp_path).merchant("acme").sources["wms"]
    said = source.read(
        SOURCES / "whiplash" / "inventory.csv", warehouses=(), file_time=FILE_TIME, timezone=ZoneInfo("UTC")
    )

    assert levels(said) == {("NT-MUG", "EAST"): 17, ("NT-TENT", "EAST"): 0}


def test_nothing_is_written_by_a_profile_that_only_reads(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem) as caught:
        load_profile("pickware", tmp_path)

    assert caught.value.problems == ("profile pickware has no format: it reads the files of sources, and writes none",)


def test_a_profile_of_the_workspace_may_only_read(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "our-wms.toml").write_text(
        'extends = "pickware"\ntitle = "Ours"\n[snapshot]\ncolumns = { sku = "No", available = "Free" }\n'
    )

    profile = load_any("our-wms", tmp_path)

    assert isinstance(profile, System)
    assert profile.snapshot.model_dump(exclude_unset=True) == {  # nothing of that which it extends
        "format": "csv",
        "columns": {"sku": "No", "available": "Free"},
    }
