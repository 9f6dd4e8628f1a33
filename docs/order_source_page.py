"""The page of the built-in profiles: what each writes, how well it is known, and what it demands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batch.profiles import Profile, built_in_profiles, built_in_systems, load_any, load_profile
from formats.edi846.feed import Edi846Feed
from formats.feed.csv_feed import CsvFeed
from formats.feed.nested_feed import NestedFeed
from formats.feed.rules import Rule
from formats.feed.text_feed import TextFeed

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples" / "order_sources"
SOURCES = HERE.parent / "samples" / "sources"
_LINES = 6  # of a sample that the page shows

_HEAD = """\
# Order sources

The profiles that come with Tallyfeed. An order source names one: `profile = "wayfair-csv"`. If yours is not here, a
sample file is enough to [draft a profile](profiles.md#your-own-profile).

How well a layout is known: `documented` follows the order source's own guide, `partly` fills gaps in what could be
read of it, `example` follows files and programs that are public, `ours` is our own. Compare with the guide that you
were given before you send. What an order source makes of an SKU that a full file leaves out: `unchanged`; `announced`,
it wants to be told first; `zero` or `deleted`, which do harm if the file is not complete. This page is made from the
code by `make docs`.
"""
_SHAPES = {
    "rows": "a row per product and warehouse",
    "columns": "a row per product, columns for each warehouse",
    "packed": "a row per product, all warehouses in one cell",
    "total": "a row per product, totals alone",
}
_NESTED = {
    "rows": "an item per product and warehouse",
    "groups": "a list of items for each warehouse",
    "nested": "an item per product, its warehouses inside",
    "total": "an item per product, totals alone",
}
_ABSENT = {
    "unchanged": "stays as it is",
    "announced": "must be told first",
    "zero": "is sold out",
    "deleted": "is deleted",
}


def order_sources_page() -> str:
    """Every built-in profile with its layout, rules, evidence and source."""
    profiles = {name: load_profile(name, HERE) for name in built_in_profiles()}
    edi = {name: profile for name, profile in profiles.items() if isinstance(profile.format, Edi846Feed)}
    others = {name: profile for name, profile in profiles.items() if name not in edi}
    parts = [_HEAD, *_table(others, "#{}"), "\n## EDI 846\n", _EDI, *_table(edi, "../samples/edi/{}/expected.edi"), ""]
    for name, profile in others.items():
        parts += _section(name, profile)
    parts += _systems()
    return "\n".join(parts)


def _systems() -> Iterator[str]:
    """The profiles that only read."""
    yield _READ
    for name in built_in_systems():
        system = load_any(name, HERE)
        yield f"### {name}\n"
        yield f"{system.title}. {system.evidence.capitalize()}: {system.source.removesuffix('.')}."
        if system.unverified:
            yield f"\nNot verified: {system.unverified.removesuffix('.')}."
        [sample] = (SOURCES / name).iterdir()
        text = _first_lines(sample.read_text("utf-8"))
        yield f"\n[{sample.name}](../samples/sources/{name}/{sample.name}):\n\n```\n{text}\n```\n"


_READ = """\
## Systems that are read

A source names one, `profile = "pickware"`; nothing is written by these. Those above that can be read as a snapshot too
are named in the same way. What such a profile says holds where the source's own settings say nothing.
"""


_EDI = """\
Each with the file that it writes. [EDI](edi.md) explains the dialects, [samples/edi](../samples/edi/README.md) what to
look for.
"""


def _table(profiles: dict[str, Profile], link: str) -> Iterator[str]:
    yield "| profile | what it is | feed | absent SKU | evidence |"
    yield "| --- | --- | --- | --- | --- |"
    for name, p in profiles.items():
        yield f"| [{name}]({link.format(name)}) | {_cell(p.title)} | {p.feed} | {p.absent} | {p.evidence} |"


def _section(name: str, profile: Profile) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{profile.title}. {profile.evidence.capitalize()}: {profile.source.removesuffix('.')}."
    if profile.unverified:
        yield f"\nNot verified: {profile.unverified.removesuffix('.')}."
    yield "\n" + "\n".join(f"- {fact}" for fact in _facts(profile))
    if sample := sorted((SAMPLES / name / "full").glob("*")):
        yield f"\n[{sample[0].name}](../samples/order_sources/{name}/full/{sample[0].name}):\n"
        yield f"```\n{_start(sample[0], profile)}\n```\n"


def _facts(profile: Profile) -> Iterator[str]:
    layout, files = profile.format, profile.files
    if isinstance(layout, CsvFeed):
        yield f"CSV: {_SHAPES[layout.warehouses]}; delimiter {_mark(layout.delimiter)}, {layout.encoding}"
    elif isinstance(layout, NestedFeed):
        yield f"{layout.type.upper()}: {_NESTED[layout.shape]}"
    absent = _ABSENT[profile.absent]
    yield f"feed: {profile.feed}; an SKU that a full file leaves out {absent}"
    limits = [
        f"at most {files.rows:,} rows" if files.rows else "",
        f"at most {files.bytes:,} bytes" if files.bytes else "",
    ]
    several = ["a file per warehouse" if files.per_warehouse else "", *limits]
    yield "; ".join([f"file name: `{profile.file_name}`", *filter(None, several)])
    if profile.values:
        yield f"values: {_codes(profile.values)}"
    if required := layout.required_details():
        yield f"columns that the products table must have: {_codes(required)}"
    if optional := layout.details() - layout.required_details():
        yield f"columns that are sent if it has them: {_codes(optional)}"
    if isinstance(layout, TextFeed) and layout.rules:
        yield "rules: " + "; ".join(f"`{value}` {_rule(rule)}" for value, rule in layout.rules.items())
    if profile.snapshot:
        yield "can be read as a snapshot too"


def _rule(rule: Rule) -> str:
    said = [
        "is required" if rule.required else "",
        f"has at least {rule.shortest} characters" if rule.shortest else "",
        f"has at most {rule.longest} characters" + (", and is cut" if rule.cut else "") if rule.longest else "",
        f"is {rule.meaning}" if rule.meaning else f"matches `{rule.pattern}`" if rule.pattern else "",
        "is unique" if rule.unique else "",
        f"is at most {rule.most:,}" if rule.most is not None else "",
        f"is a date, written as `{rule.date}`" if rule.date else "",
    ]
    return ", ".join(filter(None, said))


def _start(file: Path, profile: Profile) -> str:
    return _first_lines(file.read_text(getattr(profile.format, "encoding", "utf-8")))


def _first_lines(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[:_LINES], *(["…"] if len(lines) > _LINES else [])])


def _mark(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else f"`{delimiter}`"


def _codes(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
