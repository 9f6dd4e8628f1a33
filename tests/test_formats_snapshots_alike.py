"""The same levels, written in each format by a library that isn't ours, read equal."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import Workbook
from snapshot_reading import LONG, levels
from table_snapshots import read_as

from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.fixed_snapshot import FixedSnapshot
from formats.snapshot.json_snapshot import JsonSnapshot
from formats.snapshot.parquet_snapshot import ParquetSnapshot
from formats.snapshot.table_snapshot import TableSnapshot
from formats.snapshot.xlsx_snapshot import XlsxSnapshot
from formats.snapshot.xml_snapshot import XmlSnapshot

Stock = dict[tuple[str, str], int]

_CODES = st.text("AZaz09-_./ äß€#<&\"',;|\U0001f4e6", min_size=1, max_size=12).map(str.strip).filter(bool)
_STOCK = st.dictionaries(st.tuples(_CODES, _CODES), st.integers(0, 10**9), min_size=1, max_size=12)


def rows(stock: Stock) -> list[dict[str, Any]]:
    return [{"Item": sku, "Loc": place, "Avail": units} for (sku, place), units in stock.items()]


def by_sku(stock: Stock) -> dict[str, dict[str, int]]:
    return {sku: {place: n for (other, place), n in stock.items() if other == sku} for sku, _ in stock}


def as_csv(stock: Stock) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(LONG.values()))
    writer.writeheader()
    writer.writerows(rows(stock))
    return file.getvalue().encode()


def as_fixed(stock: Stock) -> bytes:
    return "".join(f"{sku:<12}{place:<12}{units:>10}\n" for (sku, place), units in stock.items()).encode()


def as_xml(stock: Stock) -> bytes:
    root = etree.Element("inventory")
    for sku, places in by_sku(stock).items():
        item = etree.SubElement(root, "item", code=sku)
        for place, units in places.items():
            etree.SubElement(etree.SubElement(item, "warehouse", code=place), "quantity").text = str(units)
    data = etree.tostring(root, xml_declaration=True, encoding="utf-16")
    return data if isinstance(data, bytes) else data.encode()


def as_json(stock: Stock) -> bytes:
    return json.dumps([{"sku": sku, "places": places} for sku, places in by_sku(stock).items()]).encode()


def as_ndjson(stock: Stock) -> bytes:
    return gzip.compress("\n".join(json.dumps(row, ensure_ascii=False) for row in rows(stock)).encode())


def as_xlsx(stock: Stock) -> bytes:
    book, file = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for number, row in enumerate([list(LONG.values()), *(list(row.values()) for row in rows(stock))], 1):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column).value = value
            if isinstance(value, str):
                sheet.cell(number, column).data_type = "s"
    book.save(file)
    return file.getvalue()


def as_parquet(stock: Stock) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(rows(stock)).write_parquet(file)
    return file.getvalue()


FORMATS: dict[str, tuple[Callable[[Stock], bytes], type[TableSnapshot], dict[str, Any]]] = {
    "csv": (as_csv, CsvSnapshot, {"columns": LONG, "delimiter": ","}),
    "fixed": (
        as_fixed,
        FixedSnapshot,
        {"columns": LONG, "layout": {"Item": [1, 12], "Loc": [13, 12], "Avail": [25, 10]}},
    ),
    "xml": (
        as_xml,
        XmlSnapshot,
        {
            "rows": "inventory/item",
            "inside": ["warehouse"],
            "columns": {"sku": "../@code", "warehouse": "@code", "available": "quantity"},
        },
    ),
    "json": (
        as_json,
        JsonSnapshot,
        {"inside": ["places/*"], "columns": {"sku": "../../sku", "warehouse": "@key", "available": "."}},
    ),
    "ndjson": (as_ndjson, JsonSnapshot, {"columns": LONG}),
    "xlsx": (as_xlsx, XlsxSnapshot, {"columns": LONG}),
    "parquet": (as_parquet, ParquetSnapshot, {"columns": LONG}),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stock=_STOCK)
def test_what_is_written_is_read(tmp_path: Path, name: str, stock: Stock) -> None:
    write, kind, how = FORMATS[name]

    said = read_as(kind, tmp_path, write(stock), **how)

    assert levels(said) == stock
    assert (said.rejects.height, said.counts.rows, said.counts.units) == (0, len(stock), sum(stock.values()))
