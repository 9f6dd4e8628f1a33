from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from xml.etree import ElementTree

import pytest

from formats.acknowledgement.codes import meaning

#: Which list a data element of the maps belongs to; the lists of a 999 go by other numbers.
LISTS = {"715": "715", "716": "716", "717": "717", "718": "718", "720": "720", "723": "723", "I17": "I17", "I18": "I18"}
LISTS |= {"618": "718", "620": "720", "621": "723"}


def codes_of(map_name: str) -> Iterator[tuple[str, str]]:
    """Every code that an independent library allows in an acknowledgement, with the list that it is of."""
    text = (resources.files("pyx12") / "map" / map_name).read_text()
    for element in ElementTree.fromstring(text).iter("element"):
        if list_ := LISTS.get(element.findtext("data_ele", "")):
            yield from ((list_, code.text or "") for code in element.iter("code"))


@pytest.mark.parametrize("map_name", ["997.4010.xml", "999.5010.xml"])
def test_every_code_of_the_standard_has_a_meaning(map_name: str) -> None:
    codes = set(codes_of(map_name)) - {("723", "11")}  # which this library alone knows, without a meaning
    assert {list_ for list_, _ in codes} == {"715", "716", "717", "718", "720", "723", "I17", "I18"}
    assert [code for code in sorted(codes) if "not in the list of element" in meaning(*code)] == []


@pytest.mark.parametrize(
    ("element", "code", "expected"),
    [
        ("720", "Q", 'a code that is not in the list of element 720: "Q"'),
        ("720", "", "no reason given"),
        ("717", "P", 'a code that is not in the list of element 717: "P"'),
        ("718", "23", "the control number of the transaction set (ST02) occurs twice in the group"),
        ("I18", "009", "the receiver (ISA08) is unknown"),
    ],
)
def test_a_code_is_told_in_words(element: str, code: str, expected: str) -> None:
    assert meaning(element, code) == expected
