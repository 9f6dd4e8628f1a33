"""The tables that a merchant keeps as CSV files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from formats.delimited.tables import PROBLEMS_SCHEMA, Tables, read_bundles, read_orders, read_products, read_sku_rules
from formats.errors import FileRefused
from mappings.model import BUNDLES_SCHEMA, ORDERS_SCHEMA, SKU_RULES_SCHEMA

new_york_orders = partial(read_orders, timezone=ZoneInfo("America/New_York"))


def read(reader: Callable[[Path], Tables], folder: Path, content: str) -> Tables:
    (folder / "table.csv").write_text(content, encoding="utf-8", newline="")
    return reader(folder / "table.csv")


def refused(reader: Callable[[Path], Tables], folder: Path, content: str) -> str:
    with pytest.raises(FileRefused) as caught:
        read(reader, folder, content)
    return str(caught.value)


def problems(tables: Tables) -> list[tuple[object, ...]]:
    return tables[1].rows()


# Products


def test_products_are_text_whatever_they_look_like(tmp_path: Path) -> None:
    content = 'sku,description,weight,alias:upc,alias:wayfair\n007,"Nut, 5"" long",1.50,012345678905,WF-1\nB,,,,\n'
    assert pl.read_csv(content.encode())["alias:upc"].to_list() == [12345678905, None]
    frame, found = read(read_products, tmp_path, content)
    assert frame.to_dict(as_series=False) == {
        "sku": ["007", "B"],
        "description": ['Nut, 5" long', None],
        "weight": ["1.50", None],
        "alias:upc": ["012345678905", None],
        "alias:wayfair": ["WF-1", None],
    }
    assert set(frame.dtypes) == {pl.String()}
    assert (found.height, dict(found.schema)) == (0, PROBLEMS_SCHEMA)


def test_a_product_without_a_sku_is_a_problem(tmp_path: Path) -> None:
    tables = read(read_products, tmp_path, "sku,color\nA,red\n ,blue\n")
    assert tables[0]["sku"].to_list() == ["A"]
    assert problems(tables) == [(3, "sku", "", "is empty")]


def test_of_a_product_described_in_two_ways_neither_row_is_used(tmp_path: Path) -> None:
    tables = read(read_products, tmp_path, "sku,alias:upc\nA,1\nB,2\nA,3\n A ,1\n")
    assert tables[0].rows() == [("B", "2")]
    assert problems(tables) == [
        (2, "sku", "A", "is in row 4 too, with other values"),
        (4, "sku", "A", "is in row 2 too, with other values"),
    ]


def test_a_product_described_twice_in_the_same_way_is_one(tmp_path: Path) -> None:
    tables = read(read_products, tmp_path, "sku,alias:upc\nA,1\nA,1\n")
    assert (tables[0].rows(), problems(tables)) == ([("A", "1")], [])


def test_columns_without_a_name_are_no_details(tmp_path: Path) -> None:
    tables = read(read_products, tmp_path, "sku,color,,\nA,red,x,\n")
    assert tables[0].columns == ["sku", "color"]


def test_a_detail_may_have_any_name(tmp_path: Path) -> None:
    tables = read(read_products, tmp_path, "sku,row,units\nA,1,2\n")
    assert tables[0].to_dict(as_series=False) == {"sku": ["A"], "row": ["1"], "units": ["2"]}


def test_details_that_share_a_name_are_refused(tmp_path: Path) -> None:
    expected = 'table.csv: 2 columns are called "color"; rename all but one'
    assert refused(read_products, tmp_path, "sku,color,color\nA,red,blue\n") == expected


def test_products_need_skus(tmp_path: Path) -> None:
    expected = 'table.csv: column "sku" not found; the file has: SKU, color'
    assert refused(read_products, tmp_path, "SKU,color\nA,red\n") == expected


def test_semicolons_and_a_missing_last_line_break_are_no_problem(tmp_path: Path) -> None:
    assert read(read_products, tmp_path, "sku;color\r\nA;red")[0].rows() == [("A", "red")]


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes("sku,color\nA,weiß\n".encode("cp1252"))
    assert read_products(tmp_path / "table.csv", encoding="cp1252")[0].rows() == [("A", "weiß")]


# Bundles


def test_bundles_have_whole_quantities(tmp_path: Path) -> None:
    tables = read(read_bundles, tmp_path, "component_sku,bundle_sku,quantity\nNUT,KIT,2\nBOLT,KIT,1.00\nBOLT,KIT,+3\n")
    assert tables[0].rows() == [("KIT", "NUT", 2), ("KIT", "BOLT", 1), ("KIT", "BOLT", 3)]
    assert dict(tables[0].schema) == BUNDLES_SCHEMA
    assert problems(tables) == []


@pytest.mark.parametrize("text", ["1.5", "0", "-1", "x", "1e3", "1,000", "1000000000001"])
def test_other_quantities_of_bundles_are_problems(tmp_path: Path, text: str) -> None:
    tables = read(read_bundles, tmp_path, f'bundle_sku,component_sku,quantity\nKIT,NUT,"{text}"\n')
    assert (tables[0].height, problems(tables)) == (
        0,
        [(2, "quantity", text, "is not a whole number from 1 to 1,000,000,000,000")],
    )


def test_a_row_may_have_several_problems(tmp_path: Path) -> None:
    tables = read(read_bundles, tmp_path, "bundle_sku,component_sku,quantity\n,,\nKIT,,\n")
    assert problems(tables) == [(3, "component_sku", "", "is empty"), (3, "quantity", "", "is empty")]


def test_columns_that_bundles_do_not_have_are_refused(tmp_path: Path) -> None:
    expected = 'table.csv: column "qty" is not known; the columns are: bundle_sku, component_sku, quantity'
    assert refused(read_bundles, tmp_path, "bundle_sku,component_sku,quantity,qty\nKIT,NUT,1,2\n") == expected


def test_a_missing_column_of_bundles_is_refused(tmp_path: Path) -> None:
    expected = 'table.csv: column "quantity" not found; the file has: bundle_sku, component_sku'
    assert refused(read_bundles, tmp_path, "bundle_sku,component_sku\nKIT,NUT\n") == expected


# Orders

ORDERS = "order_id,sku,quantity,ordered_at,warehouse,order_source,status,note\n"


def test_orders_have_moments_in_utc(tmp_path: Path) -> None:
    content = ORDERS + "0001,A,2,2014-08-08 00:00:00,EAST,wayfair,open,x\n0002,B,1.0,2014-08-08T00:00:00Z,,,,\n"
    tables = read(new_york_orders, tmp_path, content)
    assert tables[0].rows() == [
        ("0001", "A", 2, datetime(2014, 8, 8, 4, tzinfo=UTC), "EAST", "wayfair", "open"),
        ("0002", "B", 1, datetime(2014, 8, 8, tzinfo=UTC), None, None, None),
    ]
    assert dict(tables[0].schema) == ORDERS_SCHEMA
    assert problems(tables) == []


def test_orders_may_lack_what_is_not_known_of_them(tmp_path: Path) -> None:
    tables = read(new_york_orders, tmp_path, "order_id,sku,quantity,ordered_at\n1,A,2,2014-08-08\n")
    assert tables[0].rows() == [("1", "A", 2, datetime(2014, 8, 8, 4, tzinfo=UTC), None, None, None)]
    assert dict(tables[0].schema) == ORDERS_SCHEMA


def test_the_lines_of_an_order_may_be_the_same(tmp_path: Path) -> None:
    line = "1,A,2,2014-08-08\n"
    tables = read(new_york_orders, tmp_path, "order_id,sku,quantity,ordered_at\n" + line + line)
    assert (tables[0].height, problems(tables)) == (2, [])


def test_no_orders_are_no_problem(tmp_path: Path) -> None:
    tables = read(new_york_orders, tmp_path, ORDERS)
    assert (tables[0].height, dict(tables[0].schema), problems(tables)) == (0, ORDERS_SCHEMA, [])


def test_bad_orders_are_problems_and_the_others_stand(tmp_path: Path) -> None:
    content = ORDERS + "1,A,0,soon,,,,\n2,A\n3,A,1,2014-08-08T00:00:00Z,,,,\n"
    tables = read(new_york_orders, tmp_path, content)
    assert tables[0]["order_id"].to_list() == ["3"]
    assert problems(tables) == [
        (2, "quantity", "0", "is not a whole number from 1 to 1,000,000,000,000"),
        (2, "ordered_at", "soon", "is not an ISO 8601 moment in America/New_York"),
        (3, None, None, "has 2 cells, the header has 8"),
    ]


# Rules per SKU


def test_rules_set_what_they_name(tmp_path: Path) -> None:
    content = (
        "sku,order_source,share,buffer,cap,minimum,fixed,discontinued\n"
        "A,,50,0,100,5,,no\nA,wayfair,,,,,7,\nB,,0,,,,0,YES\nC,,100,,,,,1\nD,,,,,,,False\n"
    )
    tables = read(read_sku_rules, tmp_path, content)
    assert tables[0].rows() == [
        ("A", None, 50, 0, 100, 5, None, False),
        ("A", "wayfair", None, None, None, None, 7, None),
        ("B", None, 0, None, None, None, 0, True),
        ("C", None, 100, None, None, None, None, True),
        ("D", None, None, None, None, None, None, False),
    ]
    assert dict(tables[0].schema) == SKU_RULES_SCHEMA


def test_rules_may_have_few_columns(tmp_path: Path) -> None:
    tables = read(read_sku_rules, tmp_path, "sku,buffer\nA,5\n")
    assert tables[0].rows() == [("A", None, None, 5, None, None, None, None)]
    assert dict(tables[0].schema) == SKU_RULES_SCHEMA


def test_rules_out_of_bounds_are_problems(tmp_path: Path) -> None:
    tables = read(read_sku_rules, tmp_path, "sku,share,buffer,discontinued\nA,101,-1,maybe\nB,5.5,,\n,1,,\n")
    assert tables[0].height == 0
    assert problems(tables) == [
        (2, "share", "101", "is not a whole number from 0 to 100"),
        (2, "buffer", "-1", "is not a whole number from 0 to 1,000,000,000,000"),
        (2, "discontinued", "maybe", "is not yes or no"),
        (3, "share", "5.5", "is not a whole number from 0 to 100"),
        (4, "sku", "", "is empty"),
    ]


def test_of_rules_that_contradict_each_other_none_is_used(tmp_path: Path) -> None:
    content = "sku,order_source,buffer\nA,,1\nA,w,2\nA,w,3\nA,,1\nB,,1\nB,,2\n"
    tables = read(read_sku_rules, tmp_path, content)
    assert tables[0].select("sku", "order_source", "buffer").rows() == [("A", None, 1)]
    assert problems(tables) == [
        (3, "sku", "A", "is in row 4 too, with other values"),
        (4, "sku", "A", "is in row 3 too, with other values"),
        (6, "sku", "B", "is in row 7 too, with other values"),
        (7, "sku", "B", "is in row 6 too, with other values"),
    ]


def test_rules_with_a_misspelt_column_are_refused(tmp_path: Path) -> None:
    expected = (
        'table.csv: column "bufer" is not known; '
        "the columns are: sku, order_source, share, buffer, cap, minimum, fixed, discontinued"
    )
    assert refused(read_sku_rules, tmp_path, "sku,bufer\nA,1\n") == expected
