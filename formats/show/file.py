"""Feeds and acknowledgements read back for people: what the header says, and the lines as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from formats.errors import FileRefused
from formats.show.table import ShownFile

if TYPE_CHECKING:
    from lxml.etree import _Element

_DELIMITERS = (",", ";", "\t", "|")
_FIRST_BYTES = 100_000


__all__ = ["ShownFile", "table"]

_ACKNOWLEDGEMENTS = {"997", "999"}
_SHOWN = "what can be shown are CSV, XML, and EDI 846, 997, 999 and TA1"


def table(path: Path) -> ShownFile:
    """Read a feed or an acknowledgement: CSV with a header, the XML of the profile ``xml``, or whole X12.

    Raises:
        FileRefused: it is none of these; says what it looks like.
    """
    with path.open("rb") as file:
        start = file.read(_FIRST_BYTES).removeprefix(b"\xef\xbb\xbf")
    if not start.strip():
        raise FileRefused(path, "the file is empty")
    if b"\x00" in start:
        raise FileRefused(path, f"it is not text; {_SHOWN}")
    if start.lstrip().startswith(b"ISA"):
        return _x12(path)
    return _xml(path) if start.lstrip().startswith(b"<") else _csv(path, start)


def _x12(path: Path) -> ShownFile:
    from formats.show.acknowledgement import shown_acknowledgement
    from formats.show.edi846 import shown_846
    from formats.x12.envelopes import Envelopes
    from formats.x12.segments import X12File, line_of

    file = X12File.open(path)
    segments, envelopes = file.all().with_columns(item=line_of()), Envelopes(file)
    envelopes.take(segments)
    envelopes.finish()
    kinds = {about.kind for about in envelopes.sets}
    if "846" in kinds:
        return shown_846(file, segments, envelopes)
    if kinds & _ACKNOWLEDGEMENTS or (envelopes.answers and not kinds):
        return shown_acknowledgement(file, segments, envelopes)
    raise FileRefused(path, f"it holds {', '.join(sorted(kinds)) or 'no transaction set'}; {_SHOWN}")


def _csv(path: Path, start: bytes) -> ShownFile:
    header = start.splitlines()[0].decode("utf-8", "replace")
    delimiter = max(_DELIMITERS, key=header.count)
    if delimiter not in header:
        raise FileRefused(path, f"its first line is no CSV header; {_SHOWN}")
    rows = _rows(path, delimiter)
    facts = {"columns": str(rows.width), "lines": str(rows.height)}
    return ShownFile("CSV", facts, rows)


def _rows(path: Path, delimiter: str) -> pl.DataFrame:
    data = path.read_bytes()
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode("cp1252", "replace").encode()
    try:
        return pl.read_csv(data, separator=delimiter, infer_schema=False)
    except pl.exceptions.ComputeError as error:
        raise FileRefused(path, f"it cannot be read as CSV: {str(error).splitlines()[0]}") from None


def _xml(path: Path) -> ShownFile:
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(Path(__file__).parents[1] / "schemas" / "inventory.xsd"))
    facts: dict[str, str] = {}
    items: list[dict[str, str | int]] = []
    try:
        for _, element in etree.iterparse(str(path), tag=("item", "inventory"), schema=schema, resolve_entities=False):
            if element.tag == "inventory":
                facts = {name: str(value) for name, value in element.attrib.items()}
            else:
                items.append(_item(element))
                element.clear()
    except etree.XMLSyntaxError as error:
        raise FileRefused(path, f"it is not the XML of profile xml: {error.msg}") from None
    if not facts:  # a document that ends too early is no error to this parser
        raise FileRefused(path, "it ends before its root element does; a part of it is missing")
    facts |= {"lines": str(len(items)), "total": str(sum(int(item["quantity"]) for item in items))}
    return ShownFile("XML", facts, pl.DataFrame(items, infer_schema_length=None))


def _item(item: _Element) -> dict[str, str | int]:
    line: dict[str, str | int] = {"code": str(item.get("code")), "quantity": int(item.get("quantity", 0))}
    places = {f"warehouse {place.get('code')}": int(place.get("quantity", 0)) for place in item}
    return line | places
