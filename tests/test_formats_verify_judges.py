"""What we write, and what happens to it, before all judges."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from broken_846 import good
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sample_feeds import DIALECT, GOLDEN, INTERCHANGE, LOOPS, feeds, layout
from x12_judges import judged, pyx12_accepts

from batch.profiles import built_in_profiles, load_profile
from formats.edi846.feed import Edi846Feed
from formats.feeds import FeedFormat
from formats.verify.file import allowed_by, verify
from formats.verify.problem import DEVIATIONS
from formats.verify.standard import standard
from formats.x12.releases import release

ROOT = Path(__file__).parents[1]
WRITTEN = [*GOLDEN.glob("846-*.edi"), *(ROOT / "samples").glob("edi/*/*.edi")]
LAYOUTS: dict[str, FeedFormat] = {
    name: load_profile(name, ROOT).format for name in built_in_profiles() if name.startswith("846-")
}
LAYOUTS["846-dialect"] = layout(DIALECT)
LAYOUTS["846-loops"] = layout(LOOPS)


def name_of(file: Path) -> str:
    """The profile that a file is written by."""
    return file.stem if file.parent == GOLDEN else file.parent.name


def layout_of(name: str) -> Edi846Feed:
    format_ = LAYOUTS[name]
    assert isinstance(format_, Edi846Feed)
    return format_


@pytest.mark.parametrize("file", sorted(WRITTEN), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_golden_file_is_faultless_before_all_judges(file: Path, tmp_path: Path) -> None:
    assert judged(file.read_bytes(), tmp_path, allowed=allowed_by(layout_of(name_of(file))))


PATTERNS: dict[str, dict[str, Any]] = {
    "L0": {"pattern": "none"},
    "L1": {"pattern": "header"},
    "L2": {"pattern": "header-ref"},
    "L3": {"pattern": "sdq"},
    "L4": {"pattern": "loop"},
    "L4 with the quantity inside": {"pattern": "loop", "quantity": "inside"},
    "L5": {"pattern": "item-ref"},
    "L6": {"pattern": "item-name"},
    "L7": {"pattern": "qty"},
    "L8": {"pattern": "lin"},
}
SENDABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "*>~^|<`")
CODES = st.text(SENDABLE, min_size=2, max_size=12) | st.sampled_from(["012345678905", "20260114", "19.99", "12"])


@settings(max_examples=10, deadline=None)
@pytest.mark.parametrize("pattern", PATTERNS)
@given(feed=feeds(codes=CODES, min_size=1), release=st.sampled_from(["004010", "005010"]))
def test_any_feed_is_faultless_in_each_location_pattern(pattern: str, feed: Any, release: str) -> None:
    format_ = layout(
        {
            "type": "846",
            "release": release,
            "location": PATTERNS[pattern],
            "lin": [{"qualifier": "SK", "value": "{code}"}],
            "qty": [{"qualifier": "33"}] if pattern not in ("L4", "L7") else [],
            "totals": {"ctt": "hash"},
            "deviations": ["qty-inside-ls", "qty02-with-qty04"],
        }
    )
    assert isinstance(format_, Edi846Feed)
    with TemporaryDirectory() as folder:
        out = Path(folder, "feed.edi")
        format_.write(feed, out, INTERCHANGE)
        judged(
            out.read_bytes(),
            Path(folder),
            allowed=allowed_by(format_) if "L7" in pattern or "inside" in pattern else (),
        )


#: The sample merchant's order sources, whose values for each dialect are as its partner wants them.
ORDER_SOURCES = tomllib.loads((ROOT / "samples" / "edi" / "merchants" / "northtrail.toml").read_text("utf-8"))[
    "order_sources"
]


@settings(max_examples=60, deadline=None, derandomize=True)  # the same feeds in each run
@given(data=st.data(), name=st.sampled_from(sorted(LAYOUTS)))
def test_any_feed_is_faultless_in_the_dialect_of_each_partner(data: st.DataObject, name: str) -> None:
    format_ = layout_of(name)
    feed = data.draw(feeds(codes=CODES, details=sorted(format_.details()), min_size=1))
    held = format_.unwritable(feed)["code"].implode()
    values = ORDER_SOURCES.get(name, {}).get("values", {})
    feed = replace(feed, lines=feed.lines.filter(~feed.lines["code"].is_in(held)), values=values)
    assume(feed.lines.height)
    with TemporaryDirectory() as folder:
        out = Path(folder, "feed.edi")
        format_.write(feed, out, INTERCHANGE)
        judged(out.read_bytes(), Path(folder), allowed=allowed_by(format_))


#: What pyx12 does not see.
OURS = set(DEVIATIONS) & {
    *("blanks", "duplicate-line", "duplicate-reference", "fractional-quantity", "hash-total", "line-count"),
    *("loop-total", "negative-quantity", "sdq-total"),
}
VALUES = st.sampled_from(
    ["", "X", "33", "EA", "SK", "5", "-1", "2.5", "20251114", "20251301", "2460", "é", "A>B", "x" * 81]
)


@st.composite
def spoiled(draw: st.DrawFn, which: str) -> str:
    """The good file after a few accidents to its transaction set; SE01 counts what is left."""
    segments = good(which).splitlines()
    head, inner, (_, *tail) = segments[:3], segments[3:15], segments[15:]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(inner) - 1))
        match draw(st.sampled_from(["drop", "repeat", "move", "change", "change", "add"])):
            case "drop" if len(inner) > 2:
                del inner[place]
            case "repeat":
                inner.insert(place, inner[place])
            case "move":
                inner.insert(draw(st.integers(0, len(inner) - 1)), inner.pop(place))
            case "add":
                added = ["LS*WS~", "LE*WS~", "REF*WS*NJ1~", "QTY*33*1*EA~", "SDQ*EA*92*NJ1*1~", "N1*WH*X~", "ZZZ*1~"]
                inner.insert(place, draw(st.sampled_from(added)))
            case _:
                elements = inner[place].removesuffix("~").split("*")
                elements[draw(st.integers(1, len(elements) - 1))] = draw(VALUES)
                inner[place] = "*".join(elements) + "~"
    return "\n".join([*head, *inner, f"SE*{len(inner) + 2}*0001~", *tail, ""])


@settings(max_examples=100, deadline=None)
@given(data=st.data(), which=st.sampled_from(["004010", "005010"]))
def test_our_verdict_is_that_of_pyx12_on_whatever_happens_to_a_file(data: st.DataObject, which: str) -> None:
    text = data.draw(spoiled(which))
    with TemporaryDirectory() as folder:
        path = Path(folder, "spoiled.edi")
        path.write_text(text)
        verdict = verify(path, allowed=OURS)
    assert verdict.valid == pyx12_accepts(text), verdict.problems


@pytest.mark.parametrize("name", ["003040", "003060", "004010", "004030", "005010", "006010"])
def test_the_verdict_and_the_writer_know_the_same_lengths_though_from_tables_of_their_own(name: str) -> None:
    judge, writer = standard(name).elements, release(name).elements
    same = [number for number in writer if str(number) in judge]
    assert {n: writer[n][1:] for n in same} == {n: (judge[str(n)].shortest, judge[str(n)].longest) for n in same}
