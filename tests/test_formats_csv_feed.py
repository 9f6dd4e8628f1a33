from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sample_feeds import EAST, FEED, GOLDEN, feeds, layout, make_feed, numbered_feed, profile, rows_of, written

from formats.feed.errors import FeedError
from mappings.model import Feed, Warehouse

CODE = {"header": "sku", "value": "{code}"}
QUANTITY = {"header": "quantity", "value": "{total}"}
FACTS = "merchant, merchant_name, order_source, kind, as_of, built_at, lines, units, sequence, file, files"
NO_QUOTES = "holds a delimiter or a line break, and this file has no quotes"
TEXT = st.text(min_size=1, max_size=8)


def total_csv(*columns: dict[str, str], **changes: object) -> dict[str, Any]:
    return {"type": "csv", "warehouses": "total", "columns": columns or (CODE, QUANTITY), **changes}


def quoted(cell: str, rule: str, delimiter: str) -> str:
    if rule == "all" or (rule == "minimal" and any(mark in cell for mark in (delimiter, '"', "\r", "\n"))):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def by_hand(feed: Feed, shape: str, rule: str, delimiter: str, end: str) -> str:
    """What the generic layouts look like, row by row."""
    table: list[list[str]] = {
        "csv": [["sku", "warehouse", "quantity"]],
        "csv-total": [["sku", "quantity"]],
        "csv-wide": [["sku", "total", *(warehouse.partner_code for warehouse in feed.warehouses)]],
    }[shape]
    for line in rows_of(feed):
        places = [(place.partner_code, str(line[f"wh:{place.code}"])) for place in feed.warehouses]
        if shape == "csv":
            table += [[line["code"], name, quantity] for name, quantity in places]
        elif shape == "csv-total":
            table.append([line["code"], str(line["quantity"])])
        else:
            table.append([line["code"], str(line["quantity"]), *(quantity for _, quantity in places)])
    return "".join(delimiter.join(quoted(cell, rule, delimiter) for cell in row) + end for row in table)


@pytest.mark.parametrize("name", ["csv", "csv-total", "csv-wide"])
def test_generic_profiles_write_their_documented_layout(name: str, tmp_path: Path) -> None:
    assert written(profile(name), FEED, tmp_path) == (GOLDEN / f"{name}.csv").read_bytes()


@settings(max_examples=150, deadline=None)
@given(
    feed=feeds(codes=TEXT),
    shape=st.sampled_from(["csv", "csv-total", "csv-wide"]),
    rule=st.sampled_from(["minimal", "all"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_feed_is_written_as_a_row_by_row_writer_would_and_read_back_by_another_csv_reader(
    feed: Feed, shape: str, rule: str, delimiter: str, end: str
) -> None:
    format_ = profile(shape, quote=rule, delimiter=delimiter, line_ending=end)
    with TemporaryDirectory() as folder:
        data = written(format_, feed, Path(folder))
    assert data.decode() == by_hand(feed, shape, rule, delimiter, end)
    rows = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter, strict=True))[1:]
    lines = rows_of(feed)
    if shape == "csv":
        assert [(row[0], row[1], int(row[2])) for row in rows] == [
            (line["code"], place.partner_code, line[f"wh:{place.code}"]) for line in lines for place in feed.warehouses
        ]
    else:
        assert [(row[0], int(row[1])) for row in rows] == [(line["code"], line["quantity"]) for line in lines]


def test_the_same_feed_gives_the_same_bytes(tmp_path: Path) -> None:
    feed = numbered_feed(60_000)
    assert written(profile("csv"), feed, tmp_path) == written(profile("csv"), feed, tmp_path)


def test_a_long_feed_keeps_its_order(tmp_path: Path) -> None:
    feed = numbered_feed(60_000)
    assert written(profile("csv"), feed, tmp_path).decode() == by_hand(feed, "csv", "minimal", ",", "\n")


def test_a_feed_without_lines_is_a_header(tmp_path: Path) -> None:
    assert written(profile("csv-wide"), make_feed([]), tmp_path) == b"sku,total,31415,27182\n"


def test_cells_that_look_like_formulas_are_sent_as_they_are(tmp_path: Path) -> None:
    feed = make_feed([("=SUM(A1)", 1, 0), ("+1", 0, 0), ("-2", 0, 0), ("@x", 0, 0)])
    assert written(profile("csv-total"), feed, tmp_path) == b"sku,quantity\n=SUM(A1),1\n+1,0\n-2,0\n@x,0\n"


def test_columns_say_facts_dates_details_statuses_and_constants(tmp_path: Path) -> None:
    columns = [
        {"header": "{merchant_name} item", "value": "{sku}"},
        {"header": "UPC", "value": "{detail:upc}"},
        {"header": "Discontinued", "value": "{status}"},
        {"header": "As of", "value": "{as_of:%m/%d/%Y}"},
        {"header": "Built", "value": "{built_at}"},
        {"header": "Unit", "value": "EACH"},
        {"header": "Pair", "value": "{code}={total}"},
        {"header": "Text", "value": "{{{kind}}}, {lines}"},
    ]
    words = {"active": "0", "discontinued": "1", "gone": '"1"'}
    feed = make_feed(
        [("A", 1, 2, "0123"), ("B,", 0, 0, None), ("C", 0, 0, "7")],
        details=["upc"],
        statuses=["active", "discontinued", "gone"],
        kind="delta",
    )
    format_ = layout(total_csv(*columns, status=words, empty="n/a"))
    assert format_.details() == {"upc"}
    assert written(format_, feed, tmp_path).decode().splitlines() == [
        "Acme & Sons item,UPC,Discontinued,As of,Built,Unit,Pair,Text",
        'our-A,0123,0,11/14/2025,2025-11-14T06:45:12Z,EACH,A=3,"{delta}, 3"',
        '"our-B,",n/a,1,11/14/2025,2025-11-14T06:45:12Z,EACH,"B,=0","{delta}, 3"',
        'our-C,7,"""1""",11/14/2025,2025-11-14T06:45:12Z,EACH,C=0,"{delta}, 3"',
    ]


def test_neighbouring_columns_about_a_warehouse_are_repeated_as_a_group(tmp_path: Path) -> None:
    columns = [
        CODE,
        {"header": "warehouse_code", "value": "{warehouse}"},
        {"header": "warehouse_quantity", "value": "{quantity}"},
        {"header": "total", "value": "{total}"},
        {"header": "name of {warehouse}", "value": "{warehouse_name}"},
    ]
    format_ = layout({"type": "csv", "warehouses": "columns", "columns": columns})
    assert written(format_, make_feed([("A", 1, 2)]), tmp_path).decode().splitlines() == [
        "sku,warehouse_code,warehouse_quantity,warehouse_code,warehouse_quantity,total,name of 31415,name of 27182",
        "A,31415,1,27182,2,3,Newark DC,Reno DC",
    ]


def test_a_file_may_have_no_header_row(tmp_path: Path) -> None:
    assert written(layout(total_csv(header=False)), make_feed([("A", 1, 2)]), tmp_path) == b"A,3\n"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16", "shift_jis"])
def test_another_encoding_holds_the_same_text_with_one_byte_order_mark_at_most(encoding: str, tmp_path: Path) -> None:
    codes = {"cp1252": "Grün", "utf-8-sig": "Grün日", "utf-16": "😀", "shift_jis": "日本"}
    feed = make_feed([(f"{number:05d}{codes[encoding]}", number, 0) for number in range(30_000)])
    data = written(profile("csv-total", encoding=encoding), feed, tmp_path)
    assert data == by_hand(feed, "csv-total", "minimal", ",", "\n").encode(encoding)


def test_characters_that_the_encoding_lacks_hold_their_line(tmp_path: Path) -> None:
    format_ = layout(total_csv(CODE, {"header": "name", "value": "{detail:name}"}, encoding="cp1252"))
    feed = make_feed([("Grün", 0, 0, "日本 é"), ("ok", 0, 0, None), ("č", 0, 0, "č")], details=["name"])
    assert format_.unwritable(feed).rows() == [
        ("Grün", "detail:name", "日本 é", "holds 日 本, which cp1252 does not have"),
        ("č", "code", "č", "holds č, which cp1252 does not have"),
        ("č", "detail:name", "č", "holds č, which cp1252 does not have"),
    ]
    with pytest.raises(FeedError) as error:
        written(format_, feed, tmp_path)
    assert str(error.value) == (
        "shop: line 'Grün' cannot be written: detail:name '日本 é' holds 日 本, which cp1252 does not have"
    )


def test_a_constant_that_the_encoding_lacks_is_refused() -> None:
    feed = make_feed([("A", 1)], [Warehouse("E", "Žilina", "E")])
    with pytest.raises(FeedError) as error:
        profile("csv", encoding="latin-1").unwritable(feed)
    assert str(error.value) == "'Žilina' holds a character that iso8859-1 does not have"


def test_without_quotes_a_delimiter_or_line_break_holds_its_line(tmp_path: Path) -> None:
    format_ = profile("csv-total", quote="never", delimiter="\t")
    feed = make_feed([("A\tB", 1, 2), ("C\nD", 1, 2), ('E "F", G', 1, 2)])
    assert format_.unwritable(feed).rows() == [
        ("A\tB", "code", "A\tB", NO_QUOTES),
        ("C\nD", "code", "C\nD", NO_QUOTES),
    ]
    assert written(format_, make_feed([('E "F", G', 1, 2)]), tmp_path) == b'sku\tquantity\nE "F", G\t3\n'


def test_without_quotes_a_constant_with_a_delimiter_is_refused() -> None:
    feed = make_feed([("A", 1)], [Warehouse("E", "a,b", "E")])
    with pytest.raises(FeedError) as error:
        profile("csv", quote="never").unwritable(feed)
    assert str(error.value) == f"'a,b' {NO_QUOTES}"


def test_one_code_for_two_warehouses_is_refused_where_the_file_tells_them_apart(tmp_path: Path) -> None:
    feed = make_feed([("A", 1, 2)], [EAST, Warehouse("WEST", "31415", "Reno")])
    with pytest.raises(FeedError) as error:
        profile("csv").unwritable(feed)
    assert str(error.value) == (
        "shop: warehouses EAST and WEST are both called '31415'; give each its own code in warehouse_codes"
    )
    assert written(profile("csv-total"), feed, tmp_path) == b"sku,quantity\nA,3\n"


def test_a_breakdown_by_no_warehouse_is_refused() -> None:
    with pytest.raises(FeedError) as error:
        profile("csv-wide").check_warehouses("shop", [])
    assert str(error.value) == "shop: its files are broken down by warehouse, but no warehouse is selected"


def test_a_line_without_quantity_is_never_written_as_an_empty_row(tmp_path: Path) -> None:
    feed = make_feed([("A", 1, 2), ("B", None, 2)])
    with pytest.raises(FeedError) as error:
        written(profile("csv"), feed, tmp_path)
    assert str(error.value) == "shop: a line has nothing in column wh:EAST"


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        (
            total_csv(CODE, {"header": "x", "value": "{qty}"}),
            f'"{{qty}}" is not known here; known are: {FACTS}, encoding, code, sku, status, total, number, value:NAME, '
            "detail:NAME",
        ),
        (
            total_csv(CODE, {"header": "{code}", "value": "1"}),
            f'"{{code}}" is not known here; known are: {FACTS}, encoding, value:NAME',
        ),
        (
            total_csv(CODE, {"header": "x", "value": "quantity"}),
            '"quantity" would be the same text in every row; write "{quantity}"',
        ),
        (total_csv(CODE, {"header": "x", "value": "{total:05d}"}), '"{total}" takes no format'),
        (total_csv(CODE, {"header": "x", "value": "{merchant:%Y}"}), "\"{merchant:%Y}\" is not a format for 'ACME'"),
        (
            total_csv(CODE, {"header": "x", "value": "{}"}),
            'a placeholder is "{name}" or "{name:format}"; a brace itself is "{{" or "}}"',
        ),
        (
            total_csv({"header": "Größe", "value": "{code}"}, encoding="ascii"),
            "'Größe' holds a character that ascii does not have",
        ),
        (total_csv(CODE, {"header": "a,b", "value": "1"}, quote="never"), f"'a,b' {NO_QUOTES}"),
        (total_csv(QUANTITY), 'no column names the product; add one with the value "{code}"'),
        (total_csv(warehouses="rows"), 'no column names the warehouse; use "{warehouse}", or warehouses = "total"'),
        (total_csv(delimiter='"'), "a quote or a line break cannot separate cells"),
        (total_csv(encoding="rot13"), '"rot13" is not an encoding of text; try "utf-8" or "cp1252"'),
        (total_csv(encoding="utf8mb4"), '"utf8mb4" is not an encoding of text; try "utf-8" or "cp1252"'),
    ],
)
def test_a_wrong_layout_is_refused_when_it_is_read(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        layout(settings_)
    assert [problem["msg"] for problem in error.value.errors()] == [f"Value error, {message}"]


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError) as error:
        layout(total_csv(delimeter=";"))
    assert [(problem["loc"], problem["type"]) for problem in error.value.errors()] == [
        (("csv", "delimeter"), "extra_forbidden")
    ]
