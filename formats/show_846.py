"""An EDI 846 read back for people: the envelope as facts, a row per LIN."""

from __future__ import annotations

from itertools import pairwise, takewhile
from pathlib import Path

import polars as pl

from formats.errors import FileRefused
from formats.show import ShownFile

_ISA_LENGTH = 106
_LONGEST_HEADING = 200  # segments; the standard has room for fewer
#: Where an element ends in ISA, whose elements have fixed widths.
_ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)

_MEANINGS = {
    "BIA01": {"00": "original", "04": "change", "05": "replace", "25": "incremental"},
    "BIA02": {"SI": "seller inventory report", "DD": "distributor inventory report"},
    "DTM": {"184": "inventory as of"},
    "ISA15": {"P": "production", "T": "test", "I": "information"},
    "LIN": {"SK": "SKU", "VN": "vendor's item", "VP": "vendor's part", "BP": "buyer's part", "UP": "UPC", "EN": "EAN"},
    "N1": {"WH": "warehouse", "SF": "ship from"},
    "QTY": {"33": "available for sale", "17": "on hand"},
}
#: Segments of a line that become columns.
_IN_COLUMNS = ("LIN", "PID", "SDQ", "QTY")


def shown_846(path: Path) -> ShownFile:
    """Read an 846 into facts and a row per LIN.

    The columns are ``set`` (ST02), ``line`` (LIN01), the N1 of the heading, an id per qualifier of LIN, ``PID``, a
    quantity per location of SDQ and per qualifier of QTY, and ``other``: all remaining segments as they stand.

    Raises:
        FileRefused: it is not an 846, or not whole.
    """
    segments, element = _segments(path)
    if segments["id"].last() != "IEA":
        raise FileRefused(path, "it does not end in IEA; a part of it is missing")
    starts = (segments["id"] == "ST").arg_true().to_list()
    held = {"".join(segments["text"][start].split(element)[1:2]) for start in starts}
    if held != {"846"}:
        raise FileRefused(path, f"it holds {', '.join(sorted(held)) or 'no transaction set'}, not an 846")
    bounds = pairwise([*starts, segments.height])
    tables = [_table(_cut(segments.slice(start, end - start), element)) for start, end in bounds]
    table = pl.concat(tables, how="diagonal")
    heading = [text.split(element) for text in segments["text"].head(starts[0] + _LONGEST_HEADING)]
    return ShownFile("EDI 846", _facts(heading) | {"transaction sets": str(len(starts))} | _totals(table), table)


def _segments(path: Path) -> tuple[pl.DataFrame, str]:
    """All segments as ``text`` with their ``id``, and the separator of their elements."""
    with path.open("rb") as file:
        isa = file.read(_ISA_LENGTH + 3).removeprefix(b"\xef\xbb\xbf")[:_ISA_LENGTH].decode("latin-1")
    if len(isa) < _ISA_LENGTH or {isa[place] for place in _ISA_SEPARATORS} != {isa[3]}:
        raise FileRefused(path, "its ISA does not have the 106 characters that tell the separators")
    lines = pl.scan_csv(
        path,
        has_header=False,
        separator=next(mark for mark in "\x1c\x1d\x1e\x1f" if mark not in isa),  # cuts no segment into columns
        eol_char=isa[-1],
        quote_char=None,
        schema={"text": pl.String},
        truncate_ragged_lines=True,
    )
    segments = lines.select(pl.col("text").str.strip_chars_start("\r\n")).filter(pl.col("text") != "")
    return segments.with_columns(id=pl.col("text").str.extract(r"^(\w+)")).collect(), isa[3]


def _cut(one_set: pl.DataFrame, element: str) -> pl.DataFrame:
    """The segments of a transaction set with their ``elements`` (list of String), and which LIN they are ``of``.

    The lines count from 1; ``of`` is 0 in the heading and -1 in the summary.
    """
    own = pl.when(pl.col("id") == "ST").then(0).when(pl.col("id") == "LIN").then((pl.col("id") == "LIN").cum_sum())
    own = own.when(pl.col("id").is_in(["CTT", "SE", "GE", "IEA"])).then(-1)
    return one_set.with_columns(pl.col("text").str.split(element).alias("elements"), own.forward_fill().alias("of"))


def _facts(segments: list[list[str]]) -> dict[str, str]:
    """What the envelope and the heading of the first transaction set say."""
    before_lines = list(takewhile(lambda elements: elements[0] != "LIN", segments))
    first = dict.fromkeys(("ISA", "GS", "BIA"), [""] * 17)
    first |= {elements[0]: elements + [""] * 9 for elements in reversed(before_lines)}
    isa, gs, bia = first["ISA"], first["GS"], first["BIA"]
    facts = {
        "sender": f"{isa[5]} {isa[6].strip()}",
        "receiver": f"{isa[7]} {isa[8].strip()}",
        "control number": isa[13],
        "group control number": gs[6],
        "usage": _named("ISA15", isa[15]),
        "release": gs[8],
        "written": f"{gs[4]} {gs[5]}",
        "kind": _named("BIA01", bia[1]),
        "report": _named("BIA02", bia[2]),
        "reference": bia[3],
        "dated": f"{bia[4]} {bia[5]}".strip(),
    }
    for name, code, *rest in before_lines:
        if name in ("DTM", "REF"):
            facts[f"{name} {_named(name, code)}"] = " ".join(rest)
    return facts


def _table(segments: pl.DataFrame) -> pl.DataFrame:
    """A row per LIN of one transaction set, all texts."""
    detail = segments.filter(pl.col("of") > 0)
    cells = pl.concat(
        [
            _pairs(detail, "LIN", first=2),
            detail.filter(pl.col("id") == "PID").select("of", key="id", value=_element(5)),
            _pairs(detail, "SDQ", first=3),
            detail.filter(pl.col("id") == "QTY").select("of", key=_key("QTY", _element(1)), value=_element(2)),
            detail.filter(~pl.col("id").is_in(_IN_COLUMNS)).select("of", key=pl.lit("other"), value="text"),
        ]
    )
    set_number = segments["elements"][0][2]
    parties = segments.filter(pl.col("of") == 0, pl.col("id") == "N1")["elements"].to_list()
    heading = {_heading(f"N1 {code}"): pl.lit(_party(rest)) for _, code, *rest in parties}
    lines = detail.filter(pl.col("id") == "LIN").select("of", set=pl.lit(set_number), line=_element(1), **heading)
    return lines.join(_wide(cells), on="of", how="left", maintain_order="left").drop("of")


def _party(elements: list[str]) -> str:
    """Code and name of a party, from N102 on."""
    name, _, code = [*elements, "", "", ""][:3]
    return f"{code} {name}".strip()


def _element(place: int) -> pl.Expr:
    return pl.col("elements").list.get(place, null_on_oob=True)


def _pairs(detail: pl.DataFrame, segment: str, *, first: int) -> pl.DataFrame:
    """The pairs of key and value that a segment repeats: ``of``, ``key``, ``value``."""
    keys, values = (pl.col("elements").list.gather_every(2, place) for place in (first, first + 1))
    pairs = detail.filter(pl.col("id") == segment).select("of", key=keys.list.head(values.list.len()), value=values)
    cells = pairs.explode("key", "value").filter(pl.col("value") != "")
    return cells.with_columns(key=_key(segment, pl.col("key")))


def _key(segment: str, code: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit(segment + " "), code)


def _wide(cells: pl.DataFrame) -> pl.DataFrame:
    """A column per key; values of one line that share a key are joined."""
    if cells.select("of", "key").is_duplicated().any():
        cells = cells.group_by("of", "key", maintain_order=True).agg(pl.col("value").str.join("; "))
    wide = cells.pivot(on="key", index="of", values="value", aggregate_function="first")
    return wide.rename({key: _heading(key) for key in wide.columns})


def _heading(key: str) -> str:
    """A column as people read it, such as "QTY 33 (available for sale)"."""
    segment, _, code = key.partition(" ")
    return f"{segment} {_named(segment, code)}".strip()


def _named(element: str, code: str) -> str:
    meaning = _MEANINGS.get(element, {}).get(code)
    return f"{code} ({meaning})" if meaning else code


def _totals(table: pl.DataFrame) -> dict[str, str]:
    """How many lines, and the sum of every column of quantities."""
    quantities = [name for name in table.columns if name.startswith(("QTY", "SDQ"))]
    sums = table.select(pl.col(quantities).cast(pl.Int64, strict=False).sum())
    return {"lines": str(table.height)} | {f"total {name}": str(sums[name].item()) for name in quantities}
