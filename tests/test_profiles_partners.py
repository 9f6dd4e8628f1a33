"""What the profiles of Rithum, Logicbroker and Groupon demand beyond the shape of their samples."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import polars as pl
import pytest
from lxml import etree
from order_source_samples import SAMPLES, files
from sample_feeds import EAST, FEED, WEST, profile, written

from formats.feed.errors import FeedError
from mappings.model import Warehouse


def test_an_advice_file_without_warehouses_is_valid_by_the_schema_of_the_one_with_them() -> None:
    schema = etree.XMLSchema(etree.parse(str(resources.files("formats") / "schemas" / "commercehub-xml-total.xsd")))
    for data in files(SAMPLES / "commercehub-xml-total" / "full").values():
        schema.assertValid(etree.fromstring(data))


def test_an_advice_file_counts_its_products_and_says_that_one_that_is_gone_is_discontinued(tmp_path: Path) -> None:
    format_ = profile("commercehub-xml")
    unknown = [pl.lit(None, pl.String).alias(f"detail:{name}") for name in format_.details()]
    values = {"vendor": "acme", "retailer": "costco"}
    feed = replace(FEED, lines=FEED.lines.with_columns(unknown), values=values, sequence=7)
    root = etree.fromstring(written(format_, feed, tmp_path))
    assert root.findtext("advice_file_control_number") == "20251114064512-7"
    assert root.findtext("advice_file_count") == "4"
    assert [product.findtext("available") for product in root.iter("product")] == ["YES", "NO", "YES", "DISCONTINUED"]
    for product in root.iter("product"):
        parts = [int(part.text or "") for part in product.iterfind("warehouseBreakout/warehouse/qtyonhand")]
        assert sum(parts) == int(product.findtext("qtyonhand") or "")


def test_a_feed_for_one_warehouse_takes_no_second() -> None:
    with pytest.raises(FeedError) as error:
        profile("logicbroker-csv-one-warehouse").check_warehouses("shop", [EAST, WEST])
    assert str(error.value) == (
        "shop: 2 warehouses are selected, but its files have room for 1; choose them in warehouses"
    )


def test_a_distribution_center_whose_code_would_break_the_packed_list_is_refused() -> None:
    with pytest.raises(FeedError) as error:
        profile("channeladvisor").check_warehouses("shop", [Warehouse("EAST", "NYC, 2", "Newark DC")])
    assert str(error.value) == (
        "shop: warehouse EAST: its code 'NYC, 2' is not a code without a comma or an equals sign; see warehouse_codes"
    )
