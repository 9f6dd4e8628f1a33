"""What each built-in profile makes of the sample merchant's stock, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from lxml import etree
from order_source_samples import NAMES, SAMPLES, files, received, sent

from batch.profiles import built_in_profiles, load_profile

SCHEMAS = SAMPLES.parents[1] / "formats" / "schemas"


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_writes_its_samples(name: str) -> None:
    assert received(name) == {run: files(SAMPLES / name / run) for run in sent(name)}


def test_every_sample_is_of_the_profile_that_its_folder_is_called_after() -> None:
    said = {name: tomllib.loads((SAMPLES / name / "order_source.toml").read_text("utf-8"))["profile"] for name in NAMES}
    assert said == {name: name for name in NAMES}


def test_every_built_in_profile_has_a_sample() -> None:
    assert [name for name in built_in_profiles() if not name.startswith("846-") and name not in NAMES] == []


def schema_of(name: str) -> Path:
    """The schema of a profile, or of the one that it extends."""
    file = SCHEMAS / ("inventory.xsd" if name == "xml" else f"{name}.xsd")
    extended = load_profile(name, SAMPLES).extends
    return file if file.is_file() or extended is None else schema_of(extended)


@pytest.mark.parametrize("name", [name for name in NAMES if load_profile(name, SAMPLES).format.type == "xml"])
def test_the_xml_of_a_profile_is_valid_by_its_schema(name: str) -> None:
    schema = etree.XMLSchema(etree.parse(schema_of(name)))

    for run in sent(name):
        for data in files(SAMPLES / name / run).values():
            schema.assertValid(etree.fromstring(data))
