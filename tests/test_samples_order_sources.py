"""What each built-in profile makes of the sample merchant's stock, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from lxml import etree
from order_source_samples import NAMES, SAMPLES, files, received, sent

from batch.profiles import built_in_profiles

SCHEMAS = sorted((SAMPLES.parents[1] / "formats" / "schemas").glob("*.xsd"))


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_writes_its_samples(name: str) -> None:
    assert received(name) == {run: files(SAMPLES / name / run) for run in sent(name)}


def test_every_sample_is_of_the_profile_that_its_folder_is_called_after() -> None:
    said = {name: tomllib.loads((SAMPLES / name / "order_source.toml").read_text("utf-8"))["profile"] for name in NAMES}
    assert said == {name: name for name in NAMES}


def test_every_built_in_profile_has_a_sample() -> None:
    assert [name for name in built_in_profiles() if not name.startswith("846-") and name not in NAMES] == []


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda file: file.stem)
def test_the_samples_of_a_profile_with_a_schema_are_valid(schema: Path) -> None:
    name = "xml" if schema.stem == "inventory" else schema.stem
    for run in sent(name):
        for data in files(SAMPLES / name / run).values():
            etree.XMLSchema(etree.parse(schema)).assertValid(etree.fromstring(data))
