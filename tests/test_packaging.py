"""What an installed Tallyfeed consists of."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = ("batch", "formats", "transports", "mappings")


def test_no_other_distribution_owns_our_names() -> None:
    owners = packages_distributions()

    assert {owner for name in PACKAGES for owner in owners.get(name, [])} <= {"tallyfeed"}


def test_the_command_is_installed() -> None:
    [script] = entry_points(group="console_scripts", name="tallyfeed")

    assert script.value == PROJECT["project"]["scripts"]["tallyfeed"] == "batch.cli:main"


def test_every_package_ships_its_types() -> None:
    assert [name for name in PACKAGES if not (ROOT / name / "py.typed").is_file()] == []


@pytest.mark.parametrize("requirements", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_by_hash_and_hold_no_address(requirements: str) -> None:
    text = (ROOT / requirements).read_text("utf-8")
    pinned = re.findall(r"^([a-z0-9._-]+)==[^\n]+\\\n +--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]

    assert re.findall(r"https?:|file:|--[a-z-]*(?:index|host|find-links)\S*| @ ", text) == []
    assert len(pinned) == len(lines)


def test_every_dependency_is_locked() -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))

    assert {re.split(r"[<>=~]", dependency)[0] for dependency in PROJECT["project"]["dependencies"]} <= locked


def data_files() -> set[str]:
    """What must be there at run time beside the code."""
    patterns = (
        "mappings/profiles/*.toml",
        "formats/schemas/*.xsd",
        "formats/verify/maps/*.toml",
        "mappings/systems/*.toml",
        "samples/order_sources/*.csv",
        "mappings/systems/*.toml",
        "samples/order_sources/*.csv",
        "batch/migrations/**/*",
        "samples/starter/**/*",
    )
    found = {file for pattern in patterns for file in ROOT.glob(pattern) if "__pycache__" not in file.parts}
    return {str(file.relative_to(ROOT)) for file in found if file.is_file()}


def test_what_is_needed_at_run_time_lies_in_what_is_packaged() -> None:
    packaged = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])

    assert set(PACKAGES) <= packaged
    assert {"mappings/profiles/csv.toml", "formats/schemas/inventory.xsd", "batch/migrations/env.py"} <= data_files()
    assert {Path(file).parts[0] for file in data_files()} <= packaged


def test_a_wheel_holds_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hatchling import build as backend

    monkeypatch.chdir(ROOT)

    wheel = tmp_path / backend.build_wheel(str(tmp_path))

    with ZipFile(wheel) as archive:
        assert data_files() - set(archive.namelist()) == set()
