"""A file that was built from a feed, and what an accident to it makes of the comparison."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from broken_846 import swap
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sample_feeds import DIALECT, DIALECT_FEED, EAST, INTERCHANGE, LOCATIONS, WEST, feeds, layout, make_feed

from formats.edi846.feed import Edi846Feed
from formats.errors import FileRefused
from formats.verify.against import Told
from formats.verify.file import verify
from formats.verify.problem import AGAINST_FEED
from mappings.model import MAX_QUANTITY, Feed

FEED = make_feed([("00123", 2, 3), ("ZZ-9", 0, 7), ("LAMP", 0, 0)])
Found = list[tuple[Any, ...]]


def dialect(**changes: Any) -> Edi846Feed:
    """An 846 with SKU and one quantity, and what else is asked for."""
    plain = {"type": "846", "release": "004010", "lin": [{"qualifier": "SK", "value": "{code}"}]}
    location = changes.get("location", {})
    own = location.get("pattern") in ("sdq", "loop", "qty") and location.get("quantity") != "inside"
    quantities = {"qty": [] if own else [{"qualifier": "33"}]}
    found = layout({**plain, **quantities, **changes})
    assert isinstance(found, Edi846Feed)
    return found


def compared(folder: Path, format_: Edi846Feed, feed: Feed, change: Callable[[str], str] = str) -> Found:
    """How the file of a feed differs from it after an accident; what else is wrong with it then does not matter."""
    file = folder / "feed.edi"
    format_.write(feed, file, INTERCHANGE)
    text = file.read_text()
    file.write_text(change(text))
    assert change is str or file.read_text() != text
    verdict = verify(file, told=Told(feed, format_, "the feed"))
    assert verdict.facts["compared with"] == "the feed"
    found = [problem for problem in verdict.problems if problem.name in AGAINST_FEED]
    return [(one.segment, one.element, one.name, one.value, one.why, one.expected) for one in found]


@pytest.mark.parametrize("name", LOCATIONS)
def test_a_file_as_it_was_built_tells_what_the_feed_does(name: str, tmp_path: Path) -> None:
    assert compared(tmp_path, dialect(**LOCATIONS[name]), FEED) == []


def test_a_dialect_that_uses_most_settings_at_once_is_read_back(tmp_path: Path) -> None:
    format_ = layout(DIALECT)
    assert isinstance(format_, Edi846Feed)
    assert compared(tmp_path, format_, DIALECT_FEED) == []


SENDABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "*>~^|<`")


@settings(max_examples=8, deadline=None)
@pytest.mark.parametrize("name", LOCATIONS)
@given(feed=feeds(codes=st.text(SENDABLE, min_size=1, max_size=12), min_size=1))
def test_any_feed_is_read_back_from_its_file(name: str, feed: Feed) -> None:
    assume((feed.lines["quantity"] <= MAX_QUANTITY).all())  # the most that the reader takes
    with TemporaryDirectory() as folder:
        assert compared(Path(folder), dialect(**LOCATIONS[name]), feed) == []


ACCIDENTS: dict[str, tuple[dict[str, Any], Callable[[str], str], Found]] = {
    "another total": (
        {},
        swap("QTY*33*5*", "QTY*33*6*"),
        [(5, "", "other-quantity", "6", "the feed tells 5 of 00123", "5")],
    ),
    "units that changed their warehouse": (
        LOCATIONS["sdq"],
        swap("31415*2*27182*3", "31415*3*27182*2"),
        [
            (5, "", "other-quantity", "2", "the feed tells 3 of 00123 in 27182", "3"),
            (5, "", "other-quantity", "3", "the feed tells 2 of 00123 in 31415", "2"),
        ],
    ),
    "a line that is lost": (
        {},
        lambda text: text.replace("LIN*2*SK*ZZ-9~\nQTY*33*7*EA~\n", ""),
        [(12, "", "left-out", "ZZ-9", "ZZ-9 is not told at all", "7")],
    ),
    "a warehouse that is lost": (
        LOCATIONS["header"],
        lambda text: text.replace("LIN*2*SK*ZZ-9~\nQTY*33*7*EA~\n", ""),
        [(24, "", "left-out", "ZZ-9", "ZZ-9 in 27182 is not told at all", "7")],
    ),
    "a line that is there twice": (
        {},
        swap("QTY*33*5*EA~\n", "QTY*33*5*EA~\nLIN*9*SK*00123~\nQTY*33*5*EA~\n"),
        [(7, "", "repeated-line", "00123", "00123 is told already, in segment 5", "told once")],
    ),
    "a product and a warehouse from elsewhere": (
        LOCATIONS["item-ref"],
        lambda text: swap("SK*LAMP~\nREF*LU*31415", "SK*LAMB~\nREF*LU*31415")(
            swap("REF*LU*27182~\nQTY*33*7", "REF*LU*99~\nQTY*33*7")(text)
        ),
        [
            (14, "", "not-in-feed", "ZZ-9", "the feed has no ZZ-9 in 99", "nothing of it"),
            (17, "", "not-in-feed", "LAMB", "the feed has no LAMB in 31415", "nothing of it"),
            (26, "", "left-out", "LAMP", "LAMP in 31415 is not told at all", "0"),
            (26, "", "left-out", "ZZ-9", "ZZ-9 in 27182 is not told at all", "7"),
        ],
    ),
    "a quantity that is no number": (
        {},
        swap("QTY*33*5*", "QTY*33*5x*"),
        [
            (6, "QTY02", "unread", "5x", "is not a whole number", "what the feed tells"),
            (14, "", "left-out", "00123", "00123 is not told at all", "5"),
        ],
    ),
    "a warehouse without stock that need not be told": (
        LOCATIONS["sdq, zeros skipped"],
        swap("SDQ*EA*92*27182*7", "SDQ*EA*92*31415*0*27182*7"),
        [],
    ),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_is_seen(accident: str, tmp_path: Path) -> None:
    changes, change, expected = ACCIDENTS[accident]
    assert compared(tmp_path, dialect(**changes), FEED, change) == expected


def test_each_quantity_is_compared_that_tells_what_can_be_sold(tmp_path: Path) -> None:
    two = dialect(qty=[{"qualifier": "33"}, {"qualifier": "17"}, {"qualifier": "63", "value": "{detail:on_order}"}])
    feed = make_feed([("A", 2, 3, "40"), ("B", 1, 0, None)], (EAST, WEST), details=["on_order"])
    assert compared(tmp_path, two, feed) == []
    assert compared(tmp_path, two, feed, swap("QTY*17*5", "QTY*17*40")) == [
        (5, "", "other-quantity", "40", "the feed tells 5 of A", "5")
    ]


def test_products_are_known_by_whichever_of_their_ids_is_sent(tmp_path: Path) -> None:
    lin = [{"qualifier": code, "value": f"{{detail:{code}}}", "required": False} for code in ("EN", "UP")]
    feed = make_feed([("A", 2, 3, None, "012345678905"), ("B", 1, 0, "4006381333931", None)], details=["EN", "UP"])
    assert compared(tmp_path, dialect(lin=lin), feed) == []
    assert compared(tmp_path, dialect(lin=lin), feed, swap("UP*012345678905", "UP*012345678906"))[0][2:5] == (
        "not-in-feed",
        "012345678906",
        "the feed has no 012345678906",
    )


def test_a_file_whose_ids_do_not_tell_products_apart_is_not_compared(tmp_path: Path) -> None:
    lin = [{"qualifier": "ST", "value": "{detail:style}"}]
    feed = make_feed([("A", 2, 3, "S"), ("B", 1, 0, "S")], details=["style"])
    reason = "no id of LIN tells the products of its feed apart, so that it cannot be compared"
    with pytest.raises(FileRefused, match=re.escape(reason)):
        compared(tmp_path, dialect(lin=lin), feed)


def test_what_cannot_be_read_or_compared_has_a_name_that_no_partner_allows() -> None:
    told = {finding[2] for _, _, found in ACCIDENTS.values() for finding in found}
    assert told == set(AGAINST_FEED)
