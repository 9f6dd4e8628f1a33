"""What each built-in profile makes of the sample merchant's stock, byte for byte."""

from __future__ import annotations

import tomllib

import pytest
from order_source_samples import NAMES, SAMPLES, files, received, sent

from batch.profiles import built_in_profiles


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_writes_its_samples(name: str) -> None:
    assert received(name) == {run: files(SAMPLES / name / run) for run in sent(name)}


def test_every_sample_is_of_the_profile_that_its_folder_is_called_after() -> None:
    said = {name: tomllib.loads((SAMPLES / name / "order_source.toml").read_text("utf-8"))["profile"] for name in NAMES}
    assert said == {name: name for name in NAMES}


def test_every_built_in_profile_has_a_sample() -> None:
    assert [name for name in built_in_profiles() if not name.startswith("846-") and name not in NAMES] == []
