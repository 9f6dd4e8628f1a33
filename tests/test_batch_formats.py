"""Snapshots in other formats than CSV, from the inbox to the order source."""

from __future__ import annotations

import gzip
import json

from shop import Shop

from batch.intake import Taken

CSV = 'format = "csv"\nfrom = { type = "folder", path = "inbox", pattern = "*.csv" }\n'
COLUMNS = 'columns = { sku = "Item", warehouse = "Loc", available = "Avail" }\n'
JSON = """\
format = "json"
from = { type = "folder", path = "inbox" }
rows = "items"
inside = ["places"]
columns = { sku = "../sku", warehouse = "code", available = "units" }
max_bad_rows = 1
"""


def dropped(shop: Shop, *items: tuple[str, dict[str, object]], packed: bool = False) -> Taken:
    """What becomes of a JSON file with these items."""
    listed = [{"sku": sku, "places": [{"code": c, "units": n} for c, n in at.items()]} for sku, at in items]
    content = json.dumps({"items": listed}).encode()
    shop.drop(gzip.compress(content) if packed else content, name="stock.json.gz" if packed else "stock.json")
    [taken] = shop.ingest()
    shop.later(hours=1)
    return taken


def test_json_is_loaded_told_and_archived(shop: Shop) -> None:
    shop.replace(CSV + COLUMNS, JSON)
    taken = dropped(shop, ("MUG", {"EAST": 12, "WEST": 4}), ("0007", {"EAST": 5}), packed=True)
    shop.web()

    assert (taken.outcome, taken.message) == ("loaded", "3 rows, 2 SKUs, 21 units")
    assert "MUG,EAST,12\nMUG,WEST,4\n" in shop.newest()
    assert "0007,EAST,5\n" in shop.newest()
    assert [file.suffix for file in (shop.root / "state" / "archive").rglob("*.gz")] == [".gz"]


def test_a_bad_row_of_json_keeps_its_level_and_lies_in_the_reject_file(shop: Shop) -> None:
    shop.replace(CSV + COLUMNS, JSON)
    dropped(shop, ("MUG", {"EAST": 12}), ("BOX", {"EAST": 7}))
    taken = dropped(shop, ("MUG", {"EAST": "1O"}), ("BOX", {"EAST": 6}))
    shop.web()

    [rejects] = (shop.root / "state" / "quarantine").rglob("*.rejects.csv")
    assert (taken.outcome, taken.rejected) == ("loaded", 1)
    assert rejects.read_text("utf-8-sig").splitlines() == [
        "../sku,code,units,file,row,column,value,reason",
        "MUG,EAST,1O,stock.json,items[0].places[0] in line 1,units,1O,is not a whole number",
    ]
    assert "BOX,EAST,6\n" in shop.newest()
    assert "MUG,EAST,12\n" in shop.newest()


def test_json_that_is_cut_short_is_refused_and_the_last_levels_stand(shop: Shop) -> None:
    shop.replace(CSV + COLUMNS, JSON)
    dropped(shop, ("MUG", {"EAST": 12}))
    shop.drop('{"items": [{"sku": "MUG", "places": [{"code": "EAST", "units": 1', name="stock.json")
    [taken] = shop.ingest()
    shop.web()

    assert (taken.outcome, taken.message) == (
        "refused",
        "stock.json: line 1: it is not JSON, or not all of it: Expecting ',' delimiter",
    )
    assert "MUG,EAST,12\n" in shop.newest()
