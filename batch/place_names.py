"""Folders that have a part for each merchant or order source: ``/in/{merchant}/{order_source}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from transports.base import Transport

_VALUE = "value:"
_PLAIN = re.compile(r"[^/\\\x00-\x1f\x7f]+")


def with_names_filled_in(place: Transport, merchant: str, order_source: str, values: Mapping[str, str]) -> Transport:
    """A place with ``{merchant}``, ``{order_source}`` and ``{value:NAME}`` filled in wherever a setting is a path.

    Raises:
        ValueError: a path holds another name, or a value is not the plain name of one folder, so that it would lead
            elsewhere.
    """
    known = {"merchant": merchant, "order_source": order_source, **{_VALUE + name: values[name] for name in values}}
    paths = {name: getattr(place, name) for name in type(place).model_fields if name.rpartition("_")[2] == "path"}
    filled = {name: type(path)(_filled(str(path), known)) for name, path in paths.items() if path is not None}
    return place.model_copy(update=filled)


def _filled(path: str, known: Mapping[str, str]) -> str:
    try:
        pieces = list(Formatter().parse(path))
    except ValueError:
        raise ValueError(f"{path!r} has a brace without its other half; for a brace itself write two") from None
    parts = []
    for text, name, spec, _ in pieces:
        parts.append(text)
        if name is not None:
            parts.append(_one(path, f"{name}:{spec}" if spec else name, known))
    return "".join(parts)


def _one(path: str, name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise ValueError(f"{path!r}: {{{name}}} is not known here; there is {', '.join(known)}")
    if not _PLAIN.fullmatch(known[name]) or known[name] in {".", ".."}:
        raise ValueError(f"{path!r}: {{{name}}} is {known[name]!r}, which is not the name of one folder")
    return known[name]
