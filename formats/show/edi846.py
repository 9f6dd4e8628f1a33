"""An EDI 846 read back for people: the envelope as facts, a row per LIN."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from formats.show.table import ShownFile
from formats.x12.codes import named
from formats.x12.envelopes import Envelopes, element
from formats.x12.segments import ENVELOPE, X12File

col = pl.col

#: Segments of a line that become columns.
_IN_COLUMNS = ("LIN", "PID", "SDQ", "QTY")
_ELEMENT = {"LIN": "235", "QTY": "673", "N1": "98", "DTM": "374", "REF": "128"}


def shown_846(file: X12File, segments: pl.DataFrame, envelopes: Envelopes) -> ShownFile:
    """An 846 as facts and a row per LIN.

    The columns are ``set`` (ST02), ``line`` (LIN01), the N1 of the heading, an id per qualifier of LIN, ``PID``, a
    quantity per location of SDQ and per qualifier of QTY, and ``other``: all remaining segments as they stand.

    Args:
        file: the file.
        segments: all of its segments, with the ``item`` of lines (``line_of``).
        envelopes: its envelopes.
    """
    wanted = [n for n, about in enumerate(envelopes.sets, 1) if about.kind == "846"]
    segments = segments.filter(col("set").is_in(wanted))
    lines = segments.filter(col("item") > 0)
    heading = segments.filter(col("item") == 0, ~col("id").is_in([*ENVELOPE, "CTT"]).fill_null(False))
    table = _table(file, lines, _parties(file, heading), envelopes)
    facts = _facts(file, heading.filter(col("set") == wanted[0]), envelopes, wanted[0])
    return ShownFile("EDI 846", facts | {"transaction sets": str(len(wanted))} | _totals(table), table)


def _facts(file: X12File, heading: pl.DataFrame, envelopes: Envelopes, number: int) -> dict[str, str]:
    """What the envelope and the heading of the first 846 say."""
    about, said = envelopes.sets[number - 1], [text.split(file.opening.element) for text in heading["text"]]
    isa, gs = about.interchange, about.group
    bia = next((elements for elements in said if elements[0] == "BIA"), list[str]())
    facts = {
        "sender": f"{isa[5]} {isa[6]}",
        "receiver": f"{isa[7]} {isa[8]}",
        "control number": isa[13],
        "group control number": gs[6],
        "usage": named("I14", isa[15]),
        "release": gs[8],
        "written": f"{gs[4]} {gs[5]}",
        "kind": named("353", element(bia, 1)),
        "report": named("755", element(bia, 2)),
        "reference": element(bia, 3),
        "dated": f"{element(bia, 4)} {element(bia, 5)}".strip(),
    }
    for name, code, *rest in (elements for elements in said if elements[0] in ("DTM", "REF") and len(elements) > 1):
        facts[f"{name} {named(_ELEMENT[name], code)}"] = " ".join(filter(None, rest))
    return facts | {f"odd {n}": text for n, text in enumerate(envelopes.oddities.texts(), 1)}


def _parties(file: X12File, heading: pl.DataFrame) -> pl.DataFrame:
    """A column per party that headings name, a row per set."""
    parties = file.elements(heading.filter(col("id") == "N1"), 4)
    shown = pl.concat_str(col("e4").fill_null(""), col("e2").fill_null(""), separator=" ").str.strip_chars()
    cells = parties.select("set", key=pl.format("N1 {}", col("e1").fill_null("")), value=shown)
    return _wide(cells, "set")


def _table(file: X12File, lines: pl.DataFrame, parties: pl.DataFrame, envelopes: Envelopes) -> pl.DataFrame:
    """A row per LIN, all texts."""
    lin, sdq = (file.elements(lines.filter(col("id") == name), 4) for name in ("LIN", "SDQ"))
    pid, qty = (file.elements(lines.filter(col("id") == name), 5) for name in ("PID", "QTY"))
    others = lines.filter(~col("id").is_in(_IN_COLUMNS).fill_null(False))
    cells = pl.concat(
        [
            _pairs(lin, "LIN", first=2),
            pid.select("item", key=pl.lit("PID"), value="e5"),
            _pairs(sdq, "SDQ", first=3),
            qty.select("item", key=pl.format("QTY {}", col("e1").fill_null("")), value="e2"),
            others.select("item", key=pl.lit("other"), value="text"),
        ]
    ).filter(col("value") != "")
    numbers = pl.DataFrame(
        {"set": range(1, len(envelopes.sets) + 1), "ST02": [about.number for about in envelopes.sets]},
        schema={"set": pl.Int64, "ST02": pl.String},
    )
    rows = lin.select("item", "set", line=col("e1").fill_null(""))
    rows = rows.join(numbers, on="set").join(parties, on="set", how="left", maintain_order="left")
    rows = rows.with_columns(set="ST02").drop("ST02").sort("item")
    return rows.join(_wide(cells, "item"), on="item", how="left", maintain_order="left").drop("item")


def _pairs(segments: pl.DataFrame, name: str, *, first: int) -> pl.DataFrame:
    """The pairs of key and value that a segment repeats: ``item``, ``key``, ``value``, in their order."""
    last = max(int(column[1:]) for column in segments.columns if column[1:].isdecimal())
    pairs = [
        segments.select("item", "row", key=pl.format(f"{name} {{}}", col(f"e{n}").fill_null("")), value=f"e{n + 1}")
        for n in range(first, last, 2)
    ]
    return pl.concat(pairs).sort("row", maintain_order=True).drop("row")


def _wide(cells: pl.DataFrame, index: str) -> pl.DataFrame:
    """A column per key; values that share a key and a row are joined."""
    joined = cells.group_by(index, "key", maintain_order=True).agg(col("value").str.join("; "))
    wide = joined.pivot(on="key", index=index, values="value", aggregate_function="first")
    return wide.rename({key: _heading(key) for key in wide.columns})


def _heading(key: str) -> str:
    """A column as people read it, such as "QTY 33 (available for sale)"."""
    name, _, code = key.partition(" ")
    return f"{name} {named(_ELEMENT[name], code)}" if name in _ELEMENT else key


def _totals(table: pl.DataFrame) -> dict[str, str]:
    """How many lines, and the sum of every column of quantities."""
    quantities: Sequence[str] = [name for name in table.columns if name.startswith(("QTY", "SDQ"))]
    sums = table.select(col(quantities).cast(pl.Int64, strict=False).sum())
    return {"lines": str(table.height)} | {f"total {name}": str(sums[name].item()) for name in quantities}
