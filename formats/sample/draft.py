"""The ``[format]`` table of a profile as a person would write it, and the guesses in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """A layout that would write a sample.

    Attributes:
        suffix: of its file names.
        table: the lines of the ``[format]`` table, comments included.
        seen: what was seen in the sample, a sentence each.
    """

    suffix: str
    table: list[str]
    seen: list[str] = field(default_factory=list)


def toml(value: Any) -> str:
    """A value on one line of TOML."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # which for texts, numbers and booleans is TOML as well


def block(text: str) -> str:
    """A text of several lines; the first line break is not a part of it."""
    if "'''" in text or "\r" in text:
        return toml(text)
    return f"'''\n{text}'''"


def shown(values: list[str]) -> str:
    """A comment with the first values of a column."""
    first = [value for value in dict.fromkeys(values) if value][:3]
    return f"   # {', '.join(first)}" if first else "   # empty in the sample"


def toml_key(key: str) -> str:
    """A key of TOML, in quotes where it needs them."""
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
