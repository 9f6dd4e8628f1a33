"""Writes the pages of the docs that are made from the code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from order_source_page import order_sources_page
from pydantic import BaseModel

from batch.models import Merchant, Settings
from batch.profiles import NAME_FACTS, Profile
from formats.edi846.tables import PAIR_FACTS, SET_FACTS
from formats.feed.template import FEED_FACTS, LINE_COLUMNS, WAREHOUSE_VALUES

HERE = Path(__file__).parent
STARTER = HERE.parent / "samples" / "starter"

Node = Mapping[str, Any]

_CONFIG = """\
# Configuration

A workspace is a folder with `tallyfeed.toml` and, for each merchant, one file `merchants/<key>.toml`. The key is the
file's name without `.toml`; commands call the merchant by it. Paths are relative to the workspace.

Unknown keys are refused, with their file and path. `tallyfeed check` reads everything and says what is wrong.
`tallyfeed schema` prints this page as JSON Schema, for editors. The [quickstart](quickstart.md) shows the keys at work.

NAME stands for a name of your choice: the code of a warehouse, the key of a source or of an order source. A key whose
default is empty is simply not set. This page is made from the code by `make docs`.
"""

_PROFILES = """\
# Profiles

A profile says what an order source's guide demands of a file: layout, codes, names. It holds no secrets and nothing of
one merchant, so it can be shared. An order source names it: `profile = "csv"`. [Order sources](order_sources.md) lists
those that come with Tallyfeed.

A file in the workspace's `profiles/` comes before a built-in profile of the same name. This page is made from the code
by `make docs`.

## Your own profile

From a sample of the order source's file, if that is delimited text:

```console
$ tallyfeed profile new my-partner --from-sample sample.csv
wrote profiles/my-partner.toml: look at its guesses, then try it with `tallyfeed profile test my-partner`
```

The draft has the first values of each column beside its guess. `tallyfeed profile test my-partner` writes sample data
with it and shows the columns of both files side by side; where a header differs it says so.

Or from a profile that is alike: `tallyfeed profiles xml > profiles/my-partner.toml` copies it, and a profile that
begins with `extends = "xml"` says only what is different. Then name it: `profile = "my-partner"`.

Rules of the order source belong into the profile too. A line that breaks one is held back, with the reason in the run's
report, and the rest is sent:

```toml
[format.rules.code]                # of code, sku, "detail:NAME", total, quantity or warehouse
longest = 40
pattern = "[^/]+"
[format.rules."detail:upc"]
required = true
pattern = "[0-9]{12,13}"
meaning = "a UPC of 12 or 13 digits"
unique = true
[files]                            # a feed with more becomes several files, which file_name tells apart by {file}
rows = 10000
bytes = 5000000
```

With `absent = "zero"` or `"deleted"` a full feed does harm where it is not complete. Such a profile is refused for a
source that sends changes, its full feeds are never cut into several files, and a feed that can't hold all products is
held until a person approves it.

A profile with a table `snapshot` can be read as well as written: a source names it, `profile = "csv"`, and needs to say
no more than where its files lie.
"""

_PLACEHOLDERS = """\
## Placeholders

Texts of a profile may hold placeholders in braces; a brace itself is written twice. Moments take a format, as in
`{as_of:%Y-%m-%d}`, and so do numbers, as in `{control_number:09d}`. Moments are in the profile's `timezone`, and
without a format in UTC. Which placeholders a text
knows depends on where it stands: a header names no product, a total names no warehouse. `tallyfeed` says so when it
reads the profile.
"""

#: What each placeholder stands for; one that is missing here stops the generator.
_MEANINGS = {
    "merchant": "key of the merchant",
    "merchant_name": "its name",
    "order_source": "key of the order source",
    "kind": "`full` or `delta`, in the words of the profile's table `kinds`",
    "as_of": "the earliest moment that any of the levels is true for",
    "built_at": "when the run began to build the file",
    "lines": "how many products the file, or the transaction set, holds",
    "units": "how many units the file says, over all products",
    "file": "number of the file among those of the run, from 1",
    "files": "how many files the run has",
    "code": "the product's code as the order source knows it: the alias, else our SKU",
    "sku": "our SKU",
    "status": "`active`, `discontinued` or `gone`, in the words of the profile",
    "total": "units over all selected warehouses",
    "detail:NAME": "a column of the merchant's products table; `{detail:NAME?}`: the table need not have it",
    "word:NAME": "the status again, in the words of the profile's table `words.NAME`",
    "optional:NAME": "a part of an item that may be missing, of the profile's table `optional.NAME`",
    "warehouses": "all warehouses of the product",
    "encoding": "the encoding of the file",
    "warehouse": "code of the warehouse as the order source knows it",
    "warehouse_name": "its name",
    "warehouse_number": "its place among the warehouses of the feed, from 1 or from what the profile says",
    "warehouse_status": "like `status`, by the units in that warehouse",
    "quantity": "units in that warehouse",
    "number": "which row or item of its file this is, from 1",
    "control_number": "of the interchange; rises by one for each pair of trading partners",
    "group_number": "of the functional group; the same number",
    "group": "number of the functional group in its interchange, from 1",
    "sender": "the sender's id, from the table `edi`",
    "receiver": "the receiver's id, from the table `edi`",
    "value:NAME": "a text of the order source's table `values`",
    "part": "number of the transaction set in its group, from 1",
    "sequence": "number of the run; every file of a workspace has another",
    "suffix": "`.csv`, `.xml`, `.json` or `.edi`",
}


@dataclass(frozen=True)
class Section:
    """One table of a file: how it is written there, and what it holds."""

    heading: str
    node: Node
    tag: str | None = None

    @property
    def anchor(self) -> str:
        """The heading as a link names it."""
        return re.sub(r"[^a-z0-9 _-]", "", self.heading.lower()).replace(" ", "-")


class Reference:
    """The tables of one configuration file, from its JSON Schema."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._schema: Node = model.model_json_schema()

    def page(self, title: str) -> Iterator[str]:
        """A part of the page: the file itself, then each table in it, after the one that holds it."""
        yield f"## {title}\n"
        yield from self._body(Section("", self._schema))
        for section in self.sections():
            yield f"### {section.heading}\n"
            yield from self._body(section)

    def sections(self) -> list[Section]:
        """Every table in the file; one that occurs twice at the same place is described once."""
        found = {section.heading: section for section in self._inside("", self._schema)}
        return list(found.values())

    def _inside(self, path: str, node: Node) -> Iterator[Section]:
        for heading, where, inner, tag in self._children(path, node):
            yield Section(heading, inner, tag)
            yield from self._inside(where, inner)

    def _children(self, path: str, node: Node) -> Iterator[tuple[str, str, Node, str | None]]:
        """Tables in a table: heading, path, content and, where there are several kinds, the key that tells which."""
        alike: dict[str, list[str]] = {}
        tables = [(path + key, *found) for key, value in node["properties"].items() for found in self._tables(value)]
        for where, brackets, inner, _ in tables:
            alike.setdefault(inner["title"], []).append(brackets.format(where))
        for where, brackets, inner, tag in tables:
            if alike[inner["title"]][0] == brackets.format(where):
                headings = ", ".join(f"`{name}`" for name in alike[inner["title"]])
                kind = f" with `{tag} = {_toml(inner['properties'][tag]['const'])}`" if tag else ""
                yield headings + kind, brackets.format(where).strip("[]") + ".", inner, tag

    def _tables(self, value: Node) -> Iterator[tuple[str, Node, str | None]]:
        """The tables that a value may be: how their heading is written, their content, and the key that tells which."""
        for choice in value.get("anyOf") or [value]:
            yield from self._tables_of(choice)

    def _tables_of(self, value: Node) -> Iterator[tuple[str, Node, str | None]]:
        tag = _tag(value)
        for option in self._options(value):
            if "properties" in option:
                yield "[{}]", option, tag
            named = option.get("additionalProperties") or {}
            for inner in self._options(named):
                if "properties" in inner:
                    yield "[{}.NAME]", inner, _tag(named)
            for inner in self._options(option.get("items") or {}):
                if "properties" in inner:
                    yield "[[{}]]", inner, None

    def _options(self, value: Node | bool) -> list[Node]:
        """What a value may be, with references followed; nothing is not among them."""
        if isinstance(value, bool):
            return []
        if "$ref" in value:
            return self._options(self._schema["$defs"][value["$ref"].rpartition("/")[2]])
        choices = value.get("anyOf") or value.get("oneOf")
        found = [inner for choice in choices for inner in self._options(choice)] if choices else [value]
        return [option for option in found if option.get("type") != "null"]

    def _body(self, section: Section) -> Iterator[str]:
        if text := _sentence(section.node.get("description", "")):
            yield text + "\n"
        rows = [self._row(section, key, value) for key, value in section.node["properties"].items()]
        required_first = sorted(rows, key=lambda row: "**required**" not in row[2])
        yield _table(("key", "value", "default", "meaning"), required_first)

    def _row(self, section: Section, key: str, value: Node) -> tuple[str, str, str, str]:
        tells_which = key == section.tag
        required = tells_which or key in section.node.get("required", ())
        meaning = value.get("description") or _sentence(self._options(value)[0].get("description", ""))
        meaning = "Which of the kinds this is." if tells_which else meaning
        return f"`{key}`", self._value(value), "**required**" if required else _default(value), meaning

    def _value(self, value: Node) -> str:
        """What may be written: in words, or the texts themselves."""
        options = [word for option in self._options(value) for word in self._words(option)]
        return " or ".join(dict.fromkeys(options))

    def _words(self, option: Node) -> Iterator[str]:
        if "enum" in option or "const" in option:
            yield from (f"`{_toml(choice)}`" for choice in option.get("enum") or [option["const"]])
        elif "type" not in option:
            yield "any value"
        elif option["type"] == "array":
            yield f"list of {self._plural(option['items'] if 'items' in option else option['prefixItems'][0])}"
        elif option["type"] == "object" and isinstance(option.get("additionalProperties"), dict):
            yield f"table of {self._plural(option['additionalProperties'])}"
        elif option["type"] in ("integer", "number"):
            yield ("whole number" if option["type"] == "integer" else "number") + _bounds(option)
        else:
            yield {"object": "table", "boolean": "`true` or `false`"}.get(option["type"]) or _text(option)

    def _plural(self, value: Node) -> str:
        words = self._value(value)
        return re.sub(r"\b(table|text|number)\b(?! of)", r"\1s", words)


def _tag(value: Node | bool) -> str | None:
    """The key that tells of which kind a value is, if there are several kinds."""
    return None if isinstance(value, bool) else value.get("discriminator", {}).get("propertyName")


def _text(option: Node) -> str:
    pattern = option.get("pattern", "")
    if "[smhd]" in pattern:
        return 'duration: `"90m"`, `"6h"`, `"2d"`'
    if "%" in pattern:
        return "percentage"
    if option.get("format") == "path":
        return "path"
    return "one character" if option.get("maxLength") == 1 else "text"


def _bounds(option: Node) -> str:
    least, most = option.get("minimum"), option.get("maximum")
    if most is not None:
        return f" from {least:,} to {most:,}"
    return f" from {least:,}" if least is not None else ""


def _default(value: Node) -> str:
    default = value.get("default")
    return "" if default is None or isinstance(default, dict | list) else f"`{_toml(default)}`"


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # which for texts, numbers and booleans is TOML as well


def _sentence(docstring: str) -> str:
    """The first line of a docstring, without the name of the table that it may begin with."""
    line = re.sub(r"^``[^`]+``(?: pattern \"\w+\")?[:.]\s*", "", docstring.partition("\n")[0])
    return line[:1].upper() + line[1:]


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [headings, ["---" for _ in headings], *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```\n"


def _contents(references: Mapping[str, Reference]) -> Iterator[str]:
    for title, reference in references.items():
        yield f"- [{title}](#{Section(title, {}).anchor})"
        yield from (f"  - [{section.heading}](#{section.anchor})" for section in reference.sections())
    yield ""


def config_page() -> str:
    """The reference of both configuration files."""
    files = {"`tallyfeed.toml`": Reference(Settings), "`merchants/<key>.toml`": Reference(Merchant)}
    example = (STARTER / "merchants" / "adventure-works.toml").read_text("utf-8")
    parts = [_CONFIG, *_contents(files)]
    parts += ["## An example\n", "The merchant that `tallyfeed init` makes:\n", _block("toml", example)]
    for title, reference in files.items():
        parts += reference.page(title)
    return "\n".join(parts)


def profiles_page() -> str:
    """What a profile is, its placeholders, and its keys."""
    names = dict.fromkeys(
        [
            *FEED_FACTS,
            *LINE_COLUMNS,
            "detail:NAME",
            "word:NAME",
            "optional:NAME",
            "warehouses",
            *WAREHOUSE_VALUES,
            "warehouse_status",
            "number",
            "encoding",
            *SET_FACTS,
            *PAIR_FACTS,
            "value:NAME",
            *NAME_FACTS,
        ]
    )
    parts = [_PROFILES, _PLACEHOLDERS]
    parts += [_table(("placeholder", "stands for"), ((f"`{{{n}}}`", _MEANINGS[n]) for n in names))]
    return "\n".join([*parts, *Reference(Profile).page("`profiles/<name>.toml`")])


def pages() -> dict[str, str]:
    """The generated pages by their file names."""
    return {"config.md": config_page(), "profiles.md": profiles_page(), "order_sources.md": order_sources_page()}


if __name__ == "__main__":
    for name, page in pages().items():
        (HERE / name).write_text(page, "utf-8")
        sys.stdout.write(f"wrote docs/{name}\n")
