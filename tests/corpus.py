"""Files that go wrong in every way that is known from the field, and what must become of each; made from a seed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import polars as pl
from edi_snapshots import lines
from openpyxl import Workbook

Levels = Mapping[tuple[str, str], int]
Rows = Sequence[Sequence[str]]

HEADER = ("Item", "Loc", "Avail", "Note")
COLUMNS = {"sku": "Item", "warehouse": "Loc", "available": "Avail"}
#: Codes of the products that the merchant is known to have.
KNOWN = ("000123", "90.750", "012345678905", "123456789013", "036000291452", "7", "0007", "4006381333931", "555.10")


@dataclass(frozen=True)
class Case:
    """A file, the settings of its source, and what must become of it.

    Attributes:
        group: of cases that are tried together; mostly a format.
        name: of the file.
        content: its bytes.
        settings: of the source.
        levels: that must be known afterwards; None: the file must be refused.
        bad: rows that must be set aside, or be the reason: place, column (None: all of the row) and value.
        says: what must be said of the file.
    """

    group: str
    name: str
    content: bytes
    settings: Mapping[str, Any]
    levels: Levels | None
    bad: Sequence[tuple[str, str | None, str | None]] = ()
    says: Sequence[str] = ()


@dataclass(frozen=True)
class Form:
    """A format: how rows are written in it, how it is read, and where its rows are."""

    name: str
    extension: str
    write: Callable[[Rows], bytes]
    settings: Mapping[str, Any] = field(default_factory=dict)
    place: Callable[[int], str] = lambda index: str(index + 2)

    def case(self, name: str, rows: Rows, **facts: Any) -> Case:
        """A case of these rows."""
        settings = {**self.settings, **facts.pop("settings", {})}
        return self.of(name, self.write(rows), settings=settings, **facts)

    def of(self, name: str, content: bytes, **facts: Any) -> Case:
        """A case of this content."""
        settings = {"columns": COLUMNS, "max_bad_rows": 3, **facts.pop("settings", self.settings)}
        return Case(self.name, f"{name}.{self.extension}", content, settings, **{"levels": None, **facts})


def cases(seed: int = 846) -> list[Case]:
    """All of them; the same for the same seed."""
    chance = random.Random(seed)
    stock = [
        [f"{chance.randrange(10**5):06d}{letter}", "EAST", str(chance.randrange(1000)), "ok"] for letter in "ABCDEF"
    ]
    stock += [[row[0], "WEST", str(chance.randrange(1000)), "ok"] for row in stock]
    found = [case for form in FORMS for case in _cells(form, stock)]
    for more in (_delimited, _encodings, _codes, _workbooks, _nested, _fixed, _archives, _parquet, _edi):
        found += more(stock)
    return [replace(case, name=f"{number:03d}_{case.name}") for number, case in enumerate(found, 1)]


def levels_of(rows: Rows) -> dict[tuple[str, str], int]:
    """What rows of digits say."""
    return {(row[0], row[1]): int(row[2]) for row in rows}


# Writers


def _separated(delimiter: str, line_break: str = "\n") -> Callable[[Rows], bytes]:
    def write(rows: Rows) -> bytes:
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=delimiter, lineterminator=line_break).writerows([HEADER, *rows])
        return file.getvalue().encode()

    return write


def _as_fixed(rows: Rows) -> bytes:
    return "".join(f"{row[0]:<20}{row[1]:<10}{row[2]:>20}{row[3]:<10}\n" for row in rows).encode()


def _as_xml(rows: Rows) -> bytes:
    items = ("".join(f"<{h}>{escape(cell)}</{h}>" for h, cell in zip(HEADER, row, strict=True)) for row in rows)
    return ("<stock>\n" + "".join(f"<item>{item}</item>\n" for item in items) + "</stock>\n").encode()


def _objects(rows: Rows) -> list[str]:
    return [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in rows]


def _as_json(rows: Rows) -> bytes:
    return ("[\n" + ",\n".join(_objects(rows)) + "\n]\n").encode()


def _as_ndjson(rows: Rows) -> bytes:
    return ("\n".join(_objects(rows)) + "\n").encode()


def _as_xlsx(rows: Sequence[Sequence[Any]], above: int = 0, merged: str | None = None) -> bytes:
    book, file = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for number, row in enumerate([HEADER, *rows], 1 + above):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    if merged:
        sheet.merge_cells(merged)
    book.save(file)
    return file.getvalue()


def _as_parquet(rows: Rows) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(list(rows), schema=dict.fromkeys(HEADER, pl.String), orient="row").write_parquet(file)
    return file.getvalue()


def _zipped(*files: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


_LAYOUT = {"Item": [1, 20], "Loc": [21, 10], "Avail": [31, 20], "Note": [51, 10]}
CSV = Form("csv", "csv", _separated(","), {"delimiter": ","})
FIXED = Form("fixed", "txt", _as_fixed, {"format": "fixed", "layout": _LAYOUT, "trimmed": True}, lambda i: str(i + 1))
XML = Form("xml", "xml", _as_xml, {"format": "xml", "rows": "stock/item"}, lambda i: f"item {i + 1} in line {i + 2}")
JSON = Form("json", "json", _as_json, {"format": "json"}, lambda i: f"[{i}] in line {i + 2}")
NDJSON = Form("ndjson", "json", _as_ndjson, {"format": "json"}, lambda i: f"line {i + 1}")
XLSX = Form("xlsx", "xlsx", _as_xlsx, {"format": "xlsx"}, lambda i: f"row {i + 2}")
PARQUET = Form("parquet", "parquet", _as_parquet, {"format": "parquet"}, lambda i: str(i + 1))
FORMS = (
    CSV,
    Form("tsv", "tsv", _separated("\t")),
    Form("semicolon", "csv", _separated(";", "\r\n"), {"decimal": ",", "thousands": "."}),
    Form("bars", "txt", _separated("|")),
    FIXED,
    XML,
    JSON,
    NDJSON,
    XLSX,
    PARQUET,
    Form("gz", "csv.gz", lambda rows: gzip.compress(CSV.write(rows), mtime=0)),
    Form("zip", "zip", lambda rows: _zipped(("stock.csv", CSV.write(rows)))),
)

# What goes wrong with one cell, in any format

_NO_QUANTITIES = (
    "many", "1e5", "NaN", "inf", "-", "１２", "12 pcs", "5+", ">10", "$4", "0x10", "1O", "99999999999999999999",
    "1..2", "TRUE", "#N/A", "=1+1", "12-", "1 000", "2026-11-20", "(5)", "--3",
)  # fmt: skip
_QUANTITIES = {" 8 ": 8, "+5": 5, "007": 7, "-3": 0, "\u00a09\u00a0": 9, "-0": 0}


def _cells(form: Form, stock: Rows) -> Iterator[Case]:
    yield form.case("clean", stock, levels=levels_of(stock))
    if form.name in {"gz", "zip"}:  # which are CSV inside
        return
    comma = form.settings.get("decimal") == ","
    fractions = {"7,9": 7, "1.234": 1234, ",5": 0} if comma else {"7.9": 7, "7.0": 7, ".5": 0}
    for number, (text, units) in enumerate({**_QUANTITIES, **fractions}.items()):
        rows = _with(stock, number, 2, text)
        yield form.case(f"good_{number}", rows, levels=levels_of(stock) | {(stock[number][0], stock[number][1]): units})
    for number, text in enumerate([*_NO_QUANTITIES, "1,5x" if comma else "1,5", ""]):
        at = number % len(stock)
        good = levels_of([row for index, row in enumerate(stock) if index != at])
        bad = [(form.place(at), "Avail", text)]
        yield form.case(f"bad_{number}", _with(stock, at, 2, text), levels=good, bad=bad)
    for part, column in ((0, "Item"), (1, "Loc")):
        rows = _with(stock, 3, part, " ")
        skipped = levels_of([row for row in stock if row[:1] != stock[3][:1] or (row[1] == "WEST" and part == 0)])
        yield form.case(f"no_{column}", rows, levels=skipped, bad=[(form.place(3), column, " ")])
    twice = [*stock, [*stock[0][:2], "5000", "again"]]
    rest = levels_of([row for row in stock if row[0] != stock[0][0]])
    bad = [(form.place(at), "Avail", twice[at][2]) for at in (0, len(stock))]
    yield form.case("contradiction", twice, levels=rest, bad=bad)
    yield form.case("repeated", [*stock, stock[0]], levels=levels_of(stock), says=["rows that repeat another: 1"])
    bad_rows = [[*row[:2], "x", row[3]] for row in stock]
    yield form.case("all_bad", bad_rows, bad=[(form.place(0), "Avail", "x")], says=["all 12 rows are bad"])
    four = [[*row[:2], "x", row[3]] if at < 4 else row for at, row in enumerate(stock)]
    yield form.case("too_many_bad", four, bad=[(form.place(0), "Avail", "x")], says=["4 of 12 rows are bad"])


def _with(rows: Rows, at: int, part: int, text: str) -> list[list[str]]:
    """The rows with another cell."""
    changed = [list(row) for row in rows]
    changed[at][part] = text
    return changed


# What goes wrong with text


def _delimited(stock: Rows) -> Iterator[Case]:
    good, text = levels_of(stock), CSV.write(stock).decode()
    head, *body = text.splitlines()

    def of(name: str, changed: str | bytes, **facts: Any) -> Case:
        return replace(CSV.of(name, changed.encode() if isinstance(changed, str) else changed, **facts), group="text")

    yield of("empty", "", says=["the file is empty"])
    yield of("header_only", head + "\n", says=["there is no row below the header"])
    yield of("web_page", "<!DOCTYPE html><html><body>502</body></html>\n", says=["it is a web page"])
    yield of("cut_in_row", text[:-6], says=["may be cut short"])
    yield of("cut_in_quote", text + '"MUG,EAST,1\n', says=["row 14: a quote opens and does not close"])
    cut = (text + "MUG,EAST,1,é\nCUP,EAST,1,é").encode()[:-1] + b"\n"
    yield of("cut_in_character", cut, says=["line 15, cell 4", "byte 0xC3"])
    yield of("nul", text.replace(",ok", ",\0", 1), says=["line 2, cell 4", "NUL"])
    yield of("half_written", text.encode() + bytes(64), says=["NUL byte"])
    yield of("crlf", text.replace("\n", "\r\n"), levels=good)
    yield of("cr", text.replace("\n", "\r"), says=["carriage returns alone"])
    yield of("mixed_line_ends", text.replace("\n", "\r\n", 3), levels=good)
    yield of("blank_rows", text.replace("\n", "\n\n", 3) + ",,,\n \n", levels=good)
    yield of("short_row", text + "MUG,EAST\n", levels=good, bad=[("14", None, None)])
    yield of("long_row", text + "MUG,EAST,1,2,3\n", levels=good, bad=[("14", None, None)])
    yield of(
        "short_and_long",
        text + "MUG,EAST,1\nMUG,WEST,1,2,3\n",
        levels=good,
        bad=[("14", None, None), ("15", None, None)],
    )
    yield of("shifted", text + "1,MUG,EAST,1\n", levels={**good}, bad=[("14", "Avail", "EAST")])
    yield of("repeated_header", f"{text}{head}\n", levels=good, bad=[("14", "Avail", "Avail")])
    yield of("total_row", text + ",,5000,Total\n", levels=good, bad=[("14", "Item", "")])
    yield of("thousands", text + 'MUG,EAST,"1,234",x\n', levels=good, bad=[("14", "Avail", "1,234")])
    yield of("currency", text + "MUG,EAST,€4,x\n", levels=good, bad=[("14", "Avail", "€4")])
    yield of("stray_quote", text + 'MUG,EAST,"1"2,x\n', levels=good, bad=[("14", None, None)])
    yield of("inch", text + 'MUG 5",EAST,1,x\n', levels={**good, ('MUG 5"', "EAST"): 1})
    yield of("smart_quotes", text + "“MUG”,EAST,1,x\n", levels={**good, ("“MUG”", "EAST"): 1})
    yield of("line_break_in_cell", text + 'MUG,EAST,1,"a\nb"\n', levels={**good, ("MUG", "EAST"): 1})
    yield of(
        "nbsp_around_code",
        text + "\u00a0MUG\u00a0,EAST,1,x\n",
        levels={**good, ("MUG", "EAST"): 1},
        says=["blanks around a code: 1"],
    )
    yield of(
        "stray_mark",
        text + "\ufeffMUG,EAST,1,x\n",
        levels={**good, ("MUG", "EAST"): 1},
        says=["blanks around a code: 1"],
    )
    yield of("formula", text + "MUG,EAST,=SUM(C2:C9),x\n", levels=good, bad=[("14", "Avail", "=SUM(C2:C9)")])
    yield of(
        "renamed",
        text.replace("Avail", "Available"),
        says=['column "Avail" not found; the file has: Item, Loc, Available, Note'],
    )
    yield of("lower_case", text.lower(), says=['column "Item" not found; the file has: item, loc, avail, note'])
    yield of("column_missing", text.replace(",Avail", ",Note2", 1), says=['column "Avail" not found'])
    yield of("column_twice", text.replace(",Note", ",Avail", 1), says=['2 columns are called "Avail"'])
    yield of("column_twice_unread", text.replace("Note", "Note,Note").replace(",ok", ",ok,ok"), levels=good)
    yield of("wrong_delimiter", text.replace(",", ";"), says=['one column only: "Item;Loc;Avail;Note"'])
    yield of("no_header", "\n".join(body) + "\n", says=['column "Item" not found'])
    yield of("title_above", f"Stock of today\n{text}", says=['column "Item" not found'])
    turned = "\n".join(",".join(reversed(line.split(","))) for line in text.splitlines()) + "\n"
    yield of("columns_turned", turned, levels=good)
    yield of("workbook", _as_xlsx(stock), says=["Excel workbook"])
    yield of("old_workbook", b"\xd0\xcf\x11\xe0" + bytes(100), says=["an old Excel workbook"])
    yield of(
        "too_large_a_sum",
        text + "MUG,EAST,99999999999999999,x\n",
        says=["is beyond"],
        levels=good,
        bad=[("14", "Avail", "99999999999999999")],
    )
    yield of(
        "many_warehouses", head + "\n" + "".join(f"A,W{n},1,x\n" for n in range(3000)), says=["too many for warehouses"]
    )
    yield of("long_cell", text + f"{'M' * 100_000},EAST,x,y\n", levels=good, bad=[("14", "Avail", "x")])
    yield of("control_characters", text + "MU\x07G,EAST,1,x\n", levels={**good, ("MU\x07G", "EAST"): 1})
    yield of("emoji", text + "📦,EAST,1,x\n", levels={**good, ("📦", "EAST"): 1})
    yield of(
        "case_differs", text + "MUG,EAST,1,x\nmug,EAST,2,x\n", levels={**good, ("MUG", "EAST"): 1, ("mug", "EAST"): 2}
    )
    last = {"duplicates": "last", "delimiter": ","}
    yield of(
        "last_counts", text + f"{stock[0][0]},EAST,1,x\n", settings=last, levels={**good, (stock[0][0], "EAST"): 1}
    )
    yield of(
        "summed",
        text + f"{stock[0][0]},EAST,1,x\n",
        settings={"duplicates": "sum"},
        levels={**good, (stock[0][0], "EAST"): good[stock[0][0], "EAST"] + 1},
    )
    yield of(
        "words",
        text + "MUG,EAST,In Stock,x\n",
        settings={"words": {"In Stock": 5}},
        levels={**good, ("MUG", "EAST"): 5},
    )
    yield of("marked_above", f"#INFO,x\n{text}", settings={"skip_lines": ["#INFO"]}, levels=good)


def _encodings(stock: Rows) -> Iterator[Case]:
    good = levels_of(stock)
    text = CSV.write(stock).decode()

    def of(name: str, content: bytes, **facts: Any) -> Case:
        return replace(CSV.of(name, content, **facts), group="encoding")

    for name in ("utf-8-sig", "utf-16", "utf-32", "gb18030"):
        mark = "\ufeff" if name == "gb18030" else ""
        yield of(name, (mark + text + "ÄPFEL,EAST,1,é\n").encode(name), levels={**good, ("ÄPFEL", "EAST"): 1})
    for name in ("utf-16-le", "utf-16-be"):
        yield of(f"{name}_unmarked", text.encode(name), levels=good, says=[f"encoding {name}, found without"])
        yield of(f"{name}_named", text.encode(name), settings={"encoding": name}, levels=good)
    for name, note in (("cp1252", "Größe – M"), ("iso-8859-1", "Größe"), ("shift_jis", "在庫のマグ")):
        known = text.replace(",ok", f",{note}", 3).encode(name)
        yield of(f"{name}_note", known, levels=good, says=["encoding not UTF-8, taken for "])
        yield of(f"{name}_named", known, settings={"encoding": name}, levels=good, says=["encoding "])
        code = f"{text}{note},EAST,1,x\n".encode(name)
        yield of(f"{name}_code", code, says=['row 14, column "Item": ', "only by guess; set encoding = "])
        yield of(f"{name}_code_named", code, settings={"encoding": name}, levels={**good, (note, "EAST"): 1})
    yield of(
        "mixed", (text + "A,EAST,1,é\n").encode() + "B,EAST,1,é\n".encode("cp1252"), says=["line 15, cell 4", "0xE9"]
    )
    yield of(
        "wrong_name",
        "Ä".encode("cp1252") + text.encode(),
        settings={"encoding": "ascii"},
        says=["byte 0xC4 is not ascii"],
    )
    yield of("odd_utf_16", text.encode("utf-16")[:-1], says=["utf-16"])
    bars = text.replace(",", "|").encode()
    yield of(
        "bars_doubtful", bars + b"B|EAST|1|\x83\x7c\n", settings={}, says=["cells may begin elsewhere in shift_jis"]
    )
    yield of("bars_shift_jis", bars + b"B|EAST|1|\x8f\x7c\n", settings={}, levels={**good, ("B", "EAST"): 1})


# What spreadsheets make of codes


def _codes(stock: Rows) -> Iterator[Case]:
    good = levels_of(stock)
    damaged = {
        "lost_zeros": ("123", "000123"),
        "lost_zero_of_upc": ("12345678905", "012345678905"),
        "lost_trailing_zero": ("90.75", "90.750"),
        "added_point": ("036000291452.0", "036000291452"),
        "shortened": ("4.00638E+12", "4006381333931"),
        "lost_check_digit": ("400638133393", "4006381333931"),
        "lost_cent": ("555.1", "555.10"),
    }
    for form in (CSV, XLSX, JSON):
        for name, (read, meant) in damaged.items():
            rows = [*stock, [read, "EAST", "5", "x"]]
            says = [f'"{read}"', meant]
            reported = replace(
                form.case(f"{name}_reported", rows, levels={**good, (read, "EAST"): 5}, says=says), group="codes"
            )
            yield reported
            repair = {**reported.settings, "codes": "repair"}
            repaired = form.case(
                f"{name}_repaired", rows, levels={**good, (meant, "EAST"): 5}, says=[*says, "was read as"]
            )
            yield replace(repaired, group="codes", settings=repair)
    unrepaired = {
        "not_unique": (["0000007"], ["7", "0007"]),
        "in_the_file_too": (["123", "000123"], ["000123", "which the file has too"]),
        "wrong_check_digit": (["123456789013.0"], ["123456789013", "wrong check digit"]),
        "two_for_one": (["123", "0123"], ["000123", "which the file has too"]),
        "date": (["1-Mar"], ["taken for a date"]),
        "unknown_shortened": (["9.99E+15"], ["was shortened"]),
    }
    for name, (codes, says) in unrepaired.items():
        rows = [*stock, *([code, "EAST", "5", "x"] for code in codes)]
        levels = {**good, **{(code, "EAST"): 5 for code in codes}}
        case = CSV.case(name, rows, levels=levels, says=[f'"{codes[0]}"', *says], settings={"codes": "repair"})
        yield replace(case, group="codes")


# What goes wrong with one format


def _workbooks(stock: Rows) -> Iterator[Case]:
    good = levels_of(stock)
    numbers = [[row[0], row[1], int(row[2]), row[3]] for row in stock]
    yield XLSX.of("numbers", _as_xlsx(numbers), levels=good)
    yield XLSX.of(
        "number_as_code",
        _as_xlsx([*numbers, [123, "EAST", 5, "x"]]),
        levels={**good, ("123", "EAST"): 5},
        says=["codes that are numbers in the sheet", "000123"],
    )
    yield XLSX.of(
        "fraction",
        _as_xlsx([*numbers, ["MUG", "EAST", 7.9, "x"]]),
        levels={**good, ("MUG", "EAST"): 7},
        says=["rounded down to whole units: 1"],
    )
    yield XLSX.of(
        "error", _as_xlsx([*numbers, ["MUG", "EAST", "#REF!", "x"]]), levels=good, bad=[("row 14", "Avail", "#REF!")]
    )
    yield XLSX.of(
        "yes", _as_xlsx([*numbers, ["MUG", "EAST", True, "x"]]), levels=good, bad=[("row 14", "Avail", "TRUE")]
    )
    yield XLSX.of(
        "merged",
        _as_xlsx([*numbers, ["MUG", "EAST", 1, "x"], ["CUP", "WEST", 2, "x"]], merged="A14:A15"),
        levels={**good, ("MUG", "EAST"): 1},
        bad=[("row 15", "Item", "")],
    )
    yield XLSX.of(
        "total_row", _as_xlsx([*numbers, [None, None, 5000, "Total"]]), levels=good, bad=[("row 14", "Item", "")]
    )
    yield XLSX.of("blank_rows", _as_xlsx([*numbers[:4], [None] * 4, *numbers[4:]]), levels=good)
    yield XLSX.of("title_above", _as_xlsx(numbers, above=2), says=["no headers in row 1; set header_row"])
    yield XLSX.of(
        "title_above_known", _as_xlsx(numbers, above=2), settings={"format": "xlsx", "header_row": 3}, levels=good
    )
    yield XLSX.of(
        "no_sheet",
        _as_xlsx(numbers),
        settings={"format": "xlsx", "sheet": "Stock"},
        says=["no sheet 'Stock'; it has: Sheet"],
    )
    yield XLSX.of("cut", _as_xlsx(numbers)[:-300], says=["it can't be unpacked"])
    yield XLSX.of("csv_inside", CSV.write(stock), says=["no Excel workbook"])
    yield XLSX.of("empty", b"", says=["no Excel workbook"])


def _nested(stock: Rows) -> Iterator[Case]:
    good, xml, text = levels_of(stock), XML.write(stock).decode(), JSON.write(stock).decode()
    without_first = levels_of([row for row in stock if row[0] != stock[0][0]])
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for name, doctype in (("bomb", bomb), ("outside", outside), ("doctype", "<!DOCTYPE stock>")):
        yield XML.of(name, (doctype + xml).encode(), says=["DOCTYPE"])
    yield XML.of("cut", xml[:-30].encode(), says=["it is not XML, or not all of it"])
    yield XML.of("empty", b"", says=["the file is empty"])
    yield XML.of("other_root", xml.replace("stock>", "inventory>").encode(), says=["it holds no row: nothing is at"])
    yield XML.of("ampersand", xml.replace(">ok<", ">a & b<", 1).encode(), says=["it is not XML"])
    yield XML.of(
        "twice",
        xml.replace("<Avail>", "<Avail>1</Avail><Avail>", 1).encode(),
        levels=without_first,
        bad=[("item 1 in line 2", None, None)],
    )
    yield XML.of(
        "missing",
        xml.replace("<Avail>", "<Qty>", 1).replace("</Avail>", "</Qty>", 1).encode(),
        levels=levels_of(stock[1:]),
        bad=[("item 1 in line 2", "Avail", "")],
    )
    yield XML.of(
        "cp1252",
        ('<?xml version="1.0" encoding="windows-1252"?>' + xml.replace("ok", "Größe")).encode("cp1252"),
        levels=good,
    )
    yield XML.of(
        "wrong_declaration",
        ('<?xml version="1.0" encoding="utf-8"?>' + xml.replace("ok", "Größe")).encode("cp1252"),
        says=["it is not XML"],
    )
    yield XML.of("utf_16", xml.encode("utf-16"), levels=good)
    yield XML.of("comment", xml.replace("<item>", "<!-- <item> --><item>", 1).encode(), levels=good)
    yield XML.of("cdata", xml.replace(">ok<", "><![CDATA[<&>]]><", 1).encode(), levels=good)
    yield JSON.of("cut", text[:-30].encode(), says=["it is not JSON, or not all of it"])
    yield JSON.of("empty", b"", says=["the file is empty"])
    yield JSON.of("other", b'{"error": "rate limit"}', says=["all 1 rows are bad"])
    yield JSON.of("nested_deeply", b"[" * 100_000, says=["line 1: values are nested too deeply"])
    yield JSON.of("numbers", text.replace('"' + stock[0][2] + '"', stock[0][2], 1).encode(), levels=good)
    yield JSON.of(
        "fraction", text.replace(f'"{stock[0][2]}"', "7.9", 1).encode(), levels={**good, (stock[0][0], "EAST"): 7}
    )
    yield JSON.of(
        "e_notation",
        text.replace(f'"{stock[0][2]}"', "1e3", 1).encode(),
        levels=levels_of(stock[1:]),
        bad=[("[0] in line 2", "Avail", "1e3")],
    )
    yield JSON.of(
        "nan",
        text.replace(f'"{stock[0][2]}"', "NaN", 1).encode(),
        levels=levels_of(stock[1:]),
        bad=[("[0] in line 2", "Avail", "NaN")],
    )
    yield JSON.of(
        "null",
        text.replace(f'"{stock[0][2]}"', "null", 1).encode(),
        levels=levels_of(stock[1:]),
        bad=[("[0] in line 2", "Avail", "")],
    )
    yield JSON.of(
        "list",
        text.replace(f'"{stock[0][2]}"', "[1]", 1).encode(),
        levels=without_first,
        bad=[("[0] in line 2", None, None)],
    )
    yield JSON.of(
        "key_twice",
        text.replace('"Avail"', '"Avail": "1", "Avail"', 1).encode(),
        levels=without_first,
        bad=[("[0] in line 2", None, None)],
    )
    yield JSON.of("mark", b"\xef\xbb\xbf" + text.encode(), levels=good)
    yield JSON.of("cp1252", text.replace("ok", "é").encode("cp1252"), says=["byte 0xE9 is not UTF-8"])
    yield JSON.of("comma_at_the_end", text.replace("\n]", ",\n]").encode(), says=["it is not JSON"])
    yield NDJSON.of("cut", NDJSON.write(stock)[:-9], says=["it is not JSON, or not all of it"])


def _fixed(stock: Rows) -> Iterator[Case]:
    good, text = levels_of(stock), FIXED.write(stock).decode()
    strict = {"format": "fixed", "layout": _LAYOUT}
    yield FIXED.of(
        "short_line", (text + "MUG     EAST\n").encode(), settings=strict, levels=good, bad=[("13", None, None)]
    )
    yield FIXED.of(
        "shifted",
        (text + " " * 7 + f"{'MUG':<20}{'EAST':<10}{'5':>20}ok\n").encode(),
        levels=good,
        bad=[("13", "Avail", "T")],
    )
    yield FIXED.of("cut", text[:-4].encode(), says=["may be cut short"])
    yield FIXED.of("empty", b"", says=["the file is empty"])
    yield FIXED.of("cp1252", text.replace("ok", "é ").encode("cp1252"), says=["byte 0xE9", "set encoding"])
    yield FIXED.of("utf_16", text.encode("utf-16"), levels=good)
    yield FIXED.of("nul", (text + "MUG\0\n").encode(), says=["NUL"])
    yield FIXED.of("crlf", text.replace("\n", "\r\n").encode(), levels=good)


def _archives(stock: Rows) -> Iterator[Case]:
    good, text = levels_of(stock), CSV.write(stock)

    def of(name: str, content: bytes, **facts: Any) -> Case:
        return replace(CSV.of(name, content, **facts), group="archive")

    packed = gzip.compress(text, mtime=0)
    yield of("gz_cut", packed[:-20], says=["it can't be unpacked"])
    yield of("gz_damaged", packed[:60] + bytes(4) + packed[64:], says=["it can't be unpacked"])
    yield of("gz_bomb", gzip.compress(bytes(40 << 20), mtime=0), says=["which no snapshot does"])
    yield of("gz_in_gz", gzip.compress(packed, mtime=0), says=["gzip archive"])
    yield of("zip_path", _zipped(("../../etc/stock.csv", text)), levels=good)
    yield of("zip_absolute", _zipped(("/etc/passwd", text)), levels=good)
    yield of(
        "zip_of_two", _zipped(("a.csv", text), ("b.csv", text)), says=["it holds 2 files; name the one that is meant"]
    )
    yield of("zip_member", _zipped(("a.csv", text), ("b.txt", b"x")), settings={"member": "*.csv"}, levels=good)
    yield of(
        "zip_no_member",
        _zipped(("b.txt", b"x")),
        settings={"member": "*.csv"},
        says=['no file in it is called "*.csv"'],
    )
    yield of("zip_empty", _zipped(), says=["it holds no file"])
    yield of("zip_cut", _zipped(("a.csv", text))[:-30], says=["unpacked"])
    yield of("zip_bomb", _zipped(("a.csv", bytes(40 << 20))), says=["which no snapshot does"])
    yield of("zip_in_zip", _zipped(("a.zip", _zipped(("a.csv", text)))), says=["ZIP archive"])
    yield of("zip_many", _zipped(*((f"{n}.csv", b"x") for n in range(1001))), says=["more than 1,000"])


def _parquet(stock: Rows) -> Iterator[Case]:
    good = levels_of(stock)

    def of(frame: pl.DataFrame) -> bytes:
        file = io.BytesIO()
        frame.write_parquet(file)
        return file.getvalue()

    frame = pl.DataFrame(list(stock), schema=dict.fromkeys(HEADER, pl.String), orient="row")
    yield PARQUET.of("numbers", of(frame.cast({"Avail": pl.Int32})), levels=good)
    yield PARQUET.of("floats", of(frame.cast({"Avail": pl.Float64})), levels=good)
    yield PARQUET.of("float_codes", of(frame.with_columns(Item=pl.lit(1.5))), says=["Item"])
    yield PARQUET.of("cut", of(frame)[:-20], says=["Parquet"])
    yield PARQUET.of("empty", b"", says=["Parquet"])
    yield PARQUET.of("no_rows", of(frame.clear()), says=["there is no row"])
    yield PARQUET.of("renamed", of(frame.rename({"Avail": "Qty"})), says=['column "Avail" not found'])


def _edi(stock: Rows) -> Iterator[Case]:
    good = {(row[0], "default"): int(row[2]) for row in stock[:6]}
    items = [f"LIN**SK*{row[0]}" for row in stock[:6]]
    told = [segment for item, row in zip(items, stock, strict=False) for segment in (item, f"QTY*33*{row[2]}*EA")]

    def of(name: str, text: str | bytes, **facts: Any) -> Case:
        content = text.encode() if isinstance(text, str) else text
        settings = {"format": "846", "max_bad_rows": 3}
        return Case("846", f"{name}.edi", content, settings, **{"levels": None, **facts})

    text = lines(*told)
    yield of("clean", text, levels=good)
    yield of("one_line", text.replace("\n", ""), levels=good)
    yield of("crlf", text.replace("\n", "\r\n"), levels=good)
    yield of("cut", text[:-40], says=["IEA"])
    yield of("empty", "", says=["empty"])
    yield of("csv", CSV.write(stock), says=["ISA"])
    yield of("no_line", lines(), says=["it holds no line"])
    yield of("other_set", text.replace("ST*846", "ST*850"), says=["not an 846"])
    for name, quantity in (("word", "many"), ("e", "1E5"), ("nan", "NaN"), ("comma", "1,5")):
        wrong = lines(*told[:-1], f"QTY*33*{quantity}*EA")
        yield of(name, wrong, levels=dict(list(good.items())[:-1]), bad=[("16", "QTY02", quantity)])


def toml_of(settings: Mapping[str, Any]) -> str:
    """Settings as lines of TOML."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in settings.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)
