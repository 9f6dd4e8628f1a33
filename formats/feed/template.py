"""Text with ``{placeholders}``: checked when a profile is loaded, then filled for a whole frame at once.

All layouts are made of such text. A placeholder stands for a fact of the feed (``{merchant}``, ``{as_of:%Y-%m-%d}``),
for a fact of one warehouse (``{warehouse}``), or for a column of the lines (``{code}``, ``{detail:upc}``). Facts become
text once; columns stay expressions, so that a million lines cost one pass of the CSV writer and no Python loop.
A question mark behind the name of a detail, ``{detail:upc?}``, says that products need not have it.
"""

from __future__ import annotations

import io
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any, TypeVar, cast

import polars as pl

from mappings.model import DETAIL_PREFIX, Feed, Warehouse, warehouse_column

#: What the names of the order source's own values begin with (``Feed.values``).
VALUE_PREFIX = "value:"

#: Text that is the same on every line, or an expression over the lines.
Piece = str | pl.Expr

Values = Mapping[str, Any]

_Piece = TypeVar("_Piece")

#: Facts of every feed with an example of each, to try a layout with: capitals, since not every charset has others.
FEED_FACTS: Values = {
    "merchant": "ACME",
    "merchant_name": "ACME",
    "order_source": "SHOP",
    "kind": "full",
    "as_of": datetime(2000, 1, 1, tzinfo=UTC),
    "built_at": datetime(2000, 1, 1, tzinfo=UTC),
    "lines": 1,
    "units": 1,
    "sequence": 1,
    "file": 1,
    "files": 1,
}
#: Columns of a line; ``detail:NAME`` is one too.
LINE_COLUMNS: Values = {name: pl.col(name) for name in ("code", "sku", "status", "total")}
#: Facts of one warehouse, and its quantity.
WAREHOUSE_FACTS: Values = {"warehouse": "EAST", "warehouse_name": "EAST", "warehouse_number": 1}
WAREHOUSE_VALUES: Values = {**WAREHOUSE_FACTS, "quantity": pl.col("quantity")}

#: Of these, what stands behind the colon is a name and no format.
_NAMESPACES = ("detail", "value", "word", "optional")
_HOW_TO_WRITE = 'a placeholder is "{name}" or "{name:format}"; a brace itself is "{{" or "}}"'
_ISO_TIME = "%Y-%m-%dT%H:%M:%SZ"
_SLICE = 25_000  # lines: few enough to bound memory, enough to keep every core busy


def parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Cut a text into literal, placeholder name and format; ``{detail:upc}`` is the name ``detail:upc``."""
    try:
        found = list(string.Formatter().parse(text))
    except ValueError:
        raise ValueError(_HOW_TO_WRITE) from None
    for literal, name, spec, conversion in found:
        if conversion or name == "":
            raise ValueError(_HOW_TO_WRITE)
        if name in _NAMESPACES:
            yield literal, f"{name}:{(spec or '').removesuffix('?')}", ""
        else:
            yield literal, name or "", spec or ""


def names(*texts: str) -> frozenset[str]:
    """The placeholders that occur in these texts."""
    return frozenset(name for text in texts for _, name, _ in parts(text) if name)


def details(*texts: str) -> frozenset[str]:
    """The names of the product details that these texts send."""
    return within(DETAIL_PREFIX, names(*texts))


def required_details(*texts: str) -> frozenset[str]:
    """Of them, those that every merchant's products must have."""
    return details(*(re.sub(r"\{detail:[^{}]*\?\}", "", text) for text in texts))


def within(prefix: str, used: Iterable[str]) -> frozenset[str]:
    """Of these placeholders those that begin with a prefix, without it."""
    return frozenset(name.removeprefix(prefix) for name in used if name.startswith(prefix))


def check(text: str, known: Values) -> None:
    """Refuse a text whose placeholders are unknown here or badly formatted.

    Args:
        text: the text of a profile.
        known: name -> example fact, or expression for a column. Details are known where ``code`` is.

    Raises:
        ValueError: names the placeholder and what is known.
    """
    for _, name, spec in parts(text):
        prefixes = [VALUE_PREFIX, *([DETAIL_PREFIX] if "code" in known else [])]
        is_named = any(name.startswith(prefix) and name != prefix for prefix in prefixes)
        if name and name not in known and not is_named:
            hint = ", ".join([*known, *(f"{prefix}NAME" for prefix in prefixes)])
            raise ValueError(f'"{{{name}}}" is not known here; known are: {hint}')
        example = known.get(name)
        if spec and isinstance(example, (pl.Expr, list, type(None))):
            raise ValueError(f'"{{{name}}}" takes no format')
        if spec:
            _formatted(name, example, spec)


def fill(text: str, values: Values, escape: Callable[[str], str] = str) -> list[Piece]:
    """Put values into a text: facts are formatted and escaped, columns stay expressions, lists are spliced in."""
    pieces: list[Piece] = []
    for literal, name, spec in parts(text):
        pieces.append(literal)
        value = values[name] if name else ""
        if isinstance(value, list):
            pieces.extend(value)
        else:
            pieces.append(value if isinstance(value, pl.Expr) else escape(_formatted(name, value, spec)))
    return merged(pieces)


def fill_facts(text: str, values: Values, escape: Callable[[str], str] = str) -> str:
    """Put facts into a text that names no column."""
    return "".join(str(piece) for piece in fill(text, values, escape))


def merged(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Join neighbouring texts; the fewer pieces, the faster the file."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1] = cast("_Piece", last + piece)
        elif not isinstance(piece, str) or piece:
            joined.append(piece)
    return joined


def joined(filled: Sequence[Sequence[Piece]], between: str) -> list[Piece]:
    """Several filled texts as one, with a text between each two."""
    return merged(piece for number, pieces in enumerate(filled) for piece in ([between] if number else []) + [*pieces])


def concat(pieces: Iterable[Piece]) -> pl.Expr:
    """One string expression of all pieces. A null in any of them would blank the whole line: fill nulls first."""
    return pl.concat_str([pl.lit(piece) if isinstance(piece, str) else piece for piece in merged(pieces) or [""]])


def feed_facts(feed: Feed) -> dict[str, Any]:
    """The facts of one feed, by placeholder."""
    counted = {"lines": feed.lines.height, "units": int(feed.lines["quantity"].sum())}
    own = {name: getattr(feed, name) for name in FEED_FACTS.keys() - counted.keys()}
    kind = {"kind": feed.kinds.get(feed.kind, feed.kind)}
    return {**own, **counted, **kind, **{VALUE_PREFIX + name: value for name, value in feed.values.items()}}


def line_columns(feed: Feed) -> dict[str, pl.Expr]:
    """The columns of the feed's lines, by placeholder."""
    texts = [name for name in feed.lines.columns if name.startswith(DETAIL_PREFIX)]
    return {name: pl.col(name) for name in ("code", "sku", "status", *texts)} | {"total": pl.col("quantity")}


def warehouse_values(warehouse: Warehouse, number: int = 1) -> dict[str, Any]:
    """The facts of one warehouse, the so manieth of its feed, and its quantity, by placeholder."""
    return {
        "warehouse": warehouse.partner_code,
        "warehouse_name": warehouse.name,
        "warehouse_number": number,
        "quantity": pl.col(warehouse_column(warehouse.code)),
    }


def text_columns(used: Iterable[str]) -> list[str]:
    """The columns among these placeholders that hold text from outside, which may need escaping or refusing."""
    return sorted(name for name in used if name in ("code", "sku") or name.startswith(DETAIL_PREFIX))


def write_lines(lines: pl.DataFrame, text: pl.Expr, file: io.BufferedIOBase) -> None:
    """Write one text per line, as UTF-8, with nothing between them; memory is bounded by a slice of the lines."""
    target = cast("IO[bytes]", file)
    for part in lines.iter_slices(_SLICE):
        part.lazy().select(text).sink_csv(target, include_header=False, quote_style="never", line_terminator="")


def _formatted(name: str, value: object, spec: str) -> str:
    if isinstance(value, datetime) and not spec:
        return value.astimezone(UTC).strftime(_ISO_TIME)
    try:
        return format(value, spec)
    except ValueError:
        raise ValueError(f'"{{{name}:{spec}}}" is not a format for {value!r}') from None
