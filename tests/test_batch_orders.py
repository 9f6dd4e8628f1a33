"""What becomes of order files: the ledger, and how long a line of it counts."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from looking import command, rows
from shop import STOCK, Shop

from batch.errors import ConfigProblem
from batch.intake import Taken
from formats.acknowledgement.reading import read_acknowledgements

HEADER = "order_id,sku,quantity,ordered_at,status\n"
ORDERS = """
[orders.oms]
from = { type = "folder", path = "orders", pattern = "*.csv" }
order_source = "web"
"""
EDI = """
[orders.po]
format = "850"
from = { type = "folder", path = "po" }
order_source = "web"
"""


@pytest.fixture
def oms(shop: Shop) -> Shop:
    """Orders of the web shop are dropped as CSV."""
    shop.add(ORDERS)
    return shop


def drop(shop: Shop, text: str, name: str = "orders.csv", folder: str = "orders") -> Path:
    file = shop.write(f"{folder}/{name}", text)
    os.utime(file, (shop.now.timestamp(), shop.now.timestamp()))
    return file


def counted(shop: Shop) -> list[Taken]:
    """Drops the stock as it is counted at this moment, and takes in all files."""
    shop.drop(STOCK + f"CLOCK,WEST,{shop.now:%H%M}\n")  # the same content again would be no new snapshot
    return shop.ingest()


def offered(shop: Shop, sku: str = "MUG") -> int:
    """What the web shop would be told of a SKU, over both warehouses; all counting is at the shop's clock."""
    report = json.loads(command(shop, "explain", "acme/web", sku, "--json").out)
    return int(report["steps"][-1]["total"])


def messages(taken: list[Taken]) -> list[tuple[str, str, str]]:
    return [(one.source, one.outcome, one.message) for one in taken]


# The ledger


def test_an_order_is_subtracted_until_a_later_snapshot_has_come(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n")
    taken = oms.ingest()
    while_open = offered(oms)
    oms.later(minutes=30)
    counted(oms)

    assert messages(taken) == [("oms", "loaded", "1 order, 1 line")]
    assert (while_open, offered(oms)) == (13, 16)
    assert len(rows(oms, "order_line")) == 1


def test_an_order_that_the_snapshot_has_seen_already_never_counts(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T11:59Z,\n")
    oms.ingest()

    assert offered(oms) == 16


def test_an_order_that_comes_before_the_first_snapshot_waits_for_it(oms: Shop) -> None:
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n")
    oms.ingest()
    oms.later(minutes=-30)
    counted(oms)

    assert offered(oms) == 13


def test_a_later_file_replaces_the_whole_order(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n1,BOX,1,2026-11-20T12:15Z,\n2,MUG,1,2026-11-20T12:15Z,\n")
    oms.ingest()
    drop(oms, HEADER + "1,MUG,5,2026-11-20T12:15Z,\n", "later.csv")
    oms.ingest()

    assert (offered(oms), offered(oms, "BOX")) == (10, 7)


def test_a_cancelled_order_no_longer_counts_and_needs_no_more_than_its_number(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n2,MUG,2,2026-11-20T12:15Z,\n")
    oms.ingest()
    drop(oms, HEADER + "1,,,,Cancelled\n", "later.csv")
    oms.ingest()

    assert offered(oms) == 14


def test_the_same_content_again_does_not_bring_back_what_was_cancelled(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    first = HEADER + "1,MUG,3,2026-11-20T12:15Z,\n"
    drop(oms, first)
    oms.ingest()
    drop(oms, HEADER + "1,,,,cancelled\n", "cancelled.csv")
    oms.ingest()
    drop(oms, first, "again.csv")
    taken = oms.ingest()

    assert messages(taken) == [("oms", "duplicate", "the same content as orders.csv, loaded before")]
    assert offered(oms) == 16


def test_orders_of_two_order_sources_may_have_the_same_number(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    header = "order_id,sku,quantity,ordered_at,order_source\n"
    drop(oms, header + "1,MUG,3,2026-11-20T12:15Z,\n1,MUG,2,2026-11-20T12:15Z,amazon\n")
    oms.ingest()

    assert offered(oms) == 11
    assert [(row["order_source"], row["quantity"]) for row in rows(oms, "order_line")] == [("web", 3), ("amazon", 2)]


def test_an_order_source_that_counts_its_own_sales_down_is_told_without_them(oms: Shop) -> None:
    oms.replace('max_zeroed = "50%"', 'max_zeroed = "50%"\nsubtract_orders = "others"')
    counted(oms)
    oms.later(minutes=30)
    header = "order_id,sku,quantity,ordered_at,order_source\n"
    drop(oms, header + "1,MUG,3,2026-11-20T12:15Z,\n1,MUG,2,2026-11-20T12:15Z,amazon\n")
    oms.ingest()

    assert offered(oms) == 14


def test_an_order_with_a_bad_row_is_set_aside_whole_and_what_was_known_of_it_stands(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n")
    oms.ingest()
    drop(
        oms,
        HEADER + "1,MUG,9,2026-11-20T12:15Z,\n1,BOX,-2,2026-11-20T12:15Z,\n2,MUG,1,2026-11-20T12:15Z,\n"
        "3,MUG,1.5,2026-11-20T12:15Z,\n",
        "later.csv",
    )
    [taken] = oms.ingest()

    [rejects] = (oms.root / "state" / "quarantine" / "acme" / "oms").glob("*.rejects.csv")
    assert taken.message == (
        f"1 order, 1 line; 2 orders set aside, see state/quarantine/acme/oms/{rejects.name}; "
        'the first: row 3, quantity: "-2" is not a whole number from 0 to 1,000,000,000,000'
    )
    assert taken.rejected == 2
    assert rejects.read_text("utf-8-sig").splitlines() == [
        "file,row,order_id,column,value,reason",
        'later.csv,3,1,quantity,-2,"is not a whole number from 0 to 1,000,000,000,000"',
        'later.csv,5,3,quantity,1.5,"is not a whole number from 0 to 1,000,000,000,000"',
    ]
    assert (offered(oms), offered(oms, "BOX")) == (12, 7)


def test_a_file_of_which_some_orders_were_set_aside_is_read_again_when_it_comes_again(oms: Shop) -> None:
    text = HEADER + "1,MUG,3,2026-11-20T12:15Z,\n2,MUG,x,2026-11-20T12:15Z,\n"
    drop(oms, text)
    first = oms.ingest()
    drop(oms, text, "again.csv")

    assert [one.outcome for one in (*first, *oms.ingest())] == ["loaded", "loaded"]


def test_a_file_without_a_usable_order_is_quarantined_with_the_reason(oms: Shop) -> None:
    drop(oms, HEADER + "1,MUG,some,2026-11-20T12:15Z,\n")
    taken = oms.ingest()

    reason = (
        'orders.csv: no order of it can be used; the first: row 2, quantity: "some" is not a whole number from 0 to '
        "1,000,000,000,000"
    )
    assert messages(taken) == [("oms", "refused", reason)]
    folder = oms.root / "state" / "quarantine" / "acme" / "oms" / "2026-11-20"
    assert sorted(file.name for file in folder.iterdir()) == ["1_orders.csv", "1_orders.csv.why.txt"]
    assert (folder / "1_orders.csv.why.txt").read_text() == reason + "\n"


def test_rows_without_a_line_number_all_count_and_those_with_the_same_one_count_once(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    header = "order_id,line,sku,quantity,ordered_at\n"
    at = "2026-11-20T12:15Z"
    drop(oms, header + f"1,,MUG,1,{at}\n1,,MUG,1,{at}\n2,1,BOX,1,{at}\n2,1,BOX,1,{at}\n2,2,BOX,1,{at}\n")
    drop(oms, header + f"3,1,PEN,1,{at}\n3,1,PEN,2,{at}\n4,1,PEN,7,{at}\n", "later.csv")
    taken = oms.ingest()

    assert (offered(oms), offered(oms, "BOX"), offered(oms, "PEN")) == (14, 5, 23)
    assert {one.file_name: one.rejected for one in taken} == {"orders.csv": 0, "later.csv": 1}


def test_a_date_alone_means_the_end_of_that_day_but_not_later_than_the_file_came(oms: Shop) -> None:
    oms.replace('name = "Acme Outdoor"', 'name = "Acme Outdoor"\ntimezone = "America/New_York"')
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20,\n2,BOX,1,2026-11-19,\n3,PEN,1,20261118,\n")
    oms.ingest()
    moments = [row["ordered_at"] for row in rows(oms, "order_line")]
    while_open = offered(oms)
    oms.later(minutes=30)
    counted(oms)

    assert moments == ["2026-11-20 12:30:00.000000", "2026-11-20 05:00:00.000000", "2026-11-19 05:00:00.000000"]
    assert (while_open, offered(oms)) == (13, 16)


def test_an_order_is_not_later_than_the_first_file_that_spoke_of_it(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2062-11-20T12:15Z,\n")
    oms.ingest()
    oms.later(minutes=30)
    counted(oms)
    drop(oms, HEADER + "1,MUG,4,2062-11-20T12:15Z,\n", "later.csv")
    oms.ingest()

    assert offered(oms) == 16


def test_lines_are_forgotten_when_they_have_ended_long_ago_and_open_ones_never(oms: Shop) -> None:
    oms.replace('order_source = "web"', 'order_source = "web"\nkeep = "2d"')
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,1,2026-11-20T11:00Z,\n2,MUG,2,2026-11-20T12:15Z,\n3,MUG,4,2026-11-20T12:15Z,cancelled\n")
    oms.ingest()
    oms.later(days=3)
    drop(oms, HEADER, "none.csv")
    oms.ingest()

    assert [row["order_id"] for row in rows(oms, "order_line")] == ["2"]


def test_a_warehouse_that_nobody_knows_is_left_open(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    header = "order_id,sku,quantity,ordered_at,warehouse\n"
    drop(oms, header + "1,MUG,1,2026-11-20T12:15Z,WEST\n2,MUG,2,2026-11-20T12:15Z,MOON\n")
    taken = oms.ingest()

    assert messages(taken) == [("oms", "loaded", "2 orders, 2 lines; warehouses that are not known, left open: MOON")]
    assert [row["warehouse"] for row in rows(oms, "order_line")] == ["WEST", None]
    assert offered(oms) == 13


def test_an_ordered_bundle_takes_its_components(oms: Shop) -> None:
    oms.add('\n[bundles]\npath = "bundles.csv"\n')
    oms.write("bundles.csv", "bundle_sku,component_sku,quantity\nSET,MUG,2\n")
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,SET,1,2026-11-20T12:15Z,\n")
    oms.ingest()

    assert (offered(oms), offered(oms, "SET")) == (14, 7)


def test_columns_may_have_other_names_and_products_their_alias(oms: Shop) -> None:
    oms.replace(
        'order_source = "web"',
        'order_source = "web"\nalias = "shop"\n'
        'columns = { order_id = "PO", sku = "Item", quantity = "Units", ordered_at = "Date" }',
    )
    oms.add('\n[products]\npath = "products.csv"\n')
    oms.write("products.csv", "sku,alias:shop\nMUG,M-1\nBOX,B-1\nPEN,B-1\n")
    counted(oms)
    oms.later(minutes=30)
    drop(oms, "PO;Item;Units;Date\n1;M-1;3;2026-11-20T12:15Z\n2;X-9;1;2026-11-20T12:15Z\n3;B-1;1;2026-11-20T12:15Z\n")
    oms.ingest()
    [status] = json.loads(command(oms, "status", "--json").out)["orders"]
    oms.write("products.csv", "sku,alias:shop\nMUG,M-1\nBOX,X-9\n")

    assert (status["open_lines"], status["open_units"], status["unknown"]) == (1, 3, ["B-1", "X-9"])
    assert (offered(oms), offered(oms, "BOX")) == (13, 6)


def test_a_column_that_the_settings_name_must_be_there(oms: Shop) -> None:
    oms.replace('order_source = "web"', 'order_source = "web"\ncolumns = { warehouse = "Loc" }')
    drop(oms, "order_id,sku,quantity,ordered_at\n1,MUG,3,2026-11-20T12:15Z\n")

    reason = 'orders.csv: column "Loc" not found; the file has: order_id, sku, quantity, ordered_at'
    assert messages(oms.ingest()) == [("oms", "refused", reason)]


def test_an_alias_that_the_products_lack_is_a_problem_of_the_configuration(oms: Shop) -> None:
    oms.replace('order_source = "web"', 'order_source = "web"\nalias = "shop"')
    with pytest.raises(ConfigProblem) as caught:
        oms.check()
    oms.add('\n[products]\npath = "products.csv"\n')
    oms.write("products.csv", "sku,alias:other\nMUG,M-1\n")
    found = command(oms, "check")

    assert str(caught.value) == (
        f"{oms.root}/merchants/acme.toml: orders.oms.alias: 'shop' needs a [products] table with a column alias:shop"
    )
    assert "orders.oms: needs column alias:shop; the products have sku, alias:other" in found.out + found.err


@pytest.mark.parametrize("point", ["claimed", "orders entered"])
def test_a_process_that_dies_is_followed_by_one_that_goes_on(oms: Shop, point: str) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n")
    killed = oms.cli("ingest", TALLYFEED_CRASH_AT=point)
    taken = oms.ingest()

    assert killed.returncode == -9
    assert messages(taken) == [("oms", "loaded", "1 order, 1 line")]
    assert [row["quantity"] for row in rows(oms, "order_line")] == [3]
    assert len(list((oms.root / "state" / "archive" / "acme" / "oms" / "2026-11-20").iterdir())) == 1


def test_a_dry_run_counts_the_files_that_wait_and_leaves_them(oms: Shop) -> None:
    counted(oms)
    oms.web()
    drop(oms, HEADER + "1,MUG,3,2062-11-20T12:15Z,\n")
    shown = command(oms, "run", "--dry-run", "--out", str(oms.root / "dry"))

    [file] = (oms.root / "dry" / "acme" / "web").iterdir()
    assert shown.code in {0, 13}
    assert file.read_text() == "sku,warehouse,quantity\nMUG,EAST,9\nMUG,WEST,4\n"
    assert rows(oms, "order_line") == []
    assert (oms.root / "orders" / "orders.csv").exists()


# Shown


def test_open_orders_are_shown(oms: Shop) -> None:
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n2,BOX,1,2026-11-20T11:15Z,\n")
    oms.ingest()

    explained = command(oms, "explain", "acme/web", "MUG").out.splitlines()
    product = command(oms, "products", "acme", "MUG").out.splitlines()
    assert explained[5:8] == [
        "open orders, which the levels don't reflect yet:",
        "order  order source  units  warehouse  ordered (UTC)",
        "1      web               3             2026-11-20 12:15:00",
    ]
    assert product[4:] == [
        "open orders, which a level doesn't reflect yet:",
        "order  order source  units  warehouse  ordered (UTC)",
        "1      web               3             2026-11-20 12:15:00",
    ]
    assert json.loads(command(oms, "products", "acme", "--json").out)[2:] == [
        {"sku": "MUG", "total": 16, "EAST": 12, "WEST": 4, "ordered": 3},
        {"sku": "PEN", "total": 30, "EAST": None, "WEST": 30, "ordered": 0},
    ]
    assert command(oms, "status").out.splitlines()[3:5] == [
        "orders    newest file  name        loaded (UTC)         open lines  units  unknown codes  message",
        "acme/oms  loaded       orders.csv  2026-11-20 12:30:00           1      3",
    ]


# Configuration


def test_one_table_may_be_called_orders(shop: Shop) -> None:
    shop.add('[orders]\nfrom = { type = "folder", path = "orders" }\n')
    drop(shop, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n")

    assert messages(shop.ingest()) == [("orders", "loaded", "1 order, 1 line")]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("[orders.x]\n", "orders.x.csv: needs either from, where files are dropped, or path, where they are kept"),
        (
            '[orders]\npath = "a.csv"\norder_source = "web"\n',
            "orders.orders.csv: with path, rows say everything themselves; other settings need from",
        ),
        (
            '[orders.wms]\nfrom = { type = "folder", path = "o" }\n',
            "orders.wms: a source is called 'wms' too; files of both would be kept in the same folders",
        ),
        (
            '[orders.x]\nfrom = { type = "folder", path = "o" }\norder_source = "wab"\n',
            "orders.x.order_source: there is no order source 'wab'; there is web",
        ),
        (
            '[orders.x]\nfrom = { type = "folder", path = "../o" }\n',
            "orders.x.from.path: '../o' leaves the workspace; write an absolute path if that is meant",
        ),
    ],
)
def test_order_tables_that_make_no_sense_are_refused(shop: Shop, table: str, problem: str) -> None:
    shop.add(table)
    with pytest.raises(ConfigProblem) as caught:
        shop.check()

    assert str(caught.value) == f"{shop.root}/merchants/acme.toml: {problem}"


def test_an_order_in_the_ledger_and_in_a_kept_file_counts_once(oms: Shop) -> None:
    oms.add('[orders.kept]\npath = "kept*.csv"\n')
    header = "order_id,sku,quantity,ordered_at,order_source\n"
    oms.write("kept-1.csv", header + "1,MUG,9,2026-11-20T12:15Z,web\n2,MUG,1,2026-11-20T12:15Z,web\n")
    counted(oms)
    oms.later(minutes=30)
    drop(oms, HEADER + "1,MUG,3,2026-11-20T12:15Z,\n")
    oms.ingest()

    assert offered(oms) == 12


def test_kept_files_may_hold_orders_of_two_order_sources_with_the_same_number(shop: Shop) -> None:
    shop.add('[orders]\npath = "kept*.csv"\n')
    header = "order_id,sku,quantity,ordered_at,order_source\n"
    shop.write("kept-1.csv", header + "1,MUG,1,2026-11-20T12:15Z,web\n2,BOX,1,2026-11-20T12:15Z,web\n")
    shop.write("kept-2.csv", header + "1,MUG,2,2026-11-20T12:15Z,amazon\n2,BOX,3,2026-11-20T12:15Z,web\n")
    for number in (1, 2):
        os.utime(shop.root / f"kept-{number}.csv", (number, number))
    counted(shop)

    assert (offered(shop), offered(shop, "BOX")) == (13, 4)


def test_a_packed_order_file_is_read(oms: Shop) -> None:
    (oms.root / "orders").mkdir()
    packed = gzip.compress((HEADER + "1,MUG,3,2026-11-20T12:15Z,\n").encode())
    (oms.root / "orders" / "orders.csv").write_bytes(packed)

    assert messages(oms.ingest()) == [("oms", "loaded", "1 order, 1 line")]


# EDI

PURCHASE_ORDERS = """\
ISA*00*          *00*          *01*987654321      *ZZ*ACME           *261120*1220*U*00401*000000031*0*P*>~
GS*PO*987654321*ACME*20261120*1220*31*X*004010~
ST*850*0001~
BEG*00*SA*PO77**20261120~
DTM*004*20261120*1215*UT~
N1*SF*Newark*92*31415~
PO1*1*3*EA*9.5**VN*M-1~
PO1*2*1*EA*9.5**VN*B-1~
CTT*2~
SE*8*0001~
ST*850*0002~
BEG*00*SA*PO78**20261120~
PO1*1*5*CA*9.5**VN*M-1~
CTT*1~
SE*5*0002~
GE*2*31~
IEA*1*000000031~
"""


@pytest.fixture
def edi(shop: Shop) -> Shop:
    """The web shop sends 850s, which are answered."""
    answer = (
        'acknowledge = { edi = { sender = "ACME", receiver_qualifier = "01", receiver = "987654321" }, '
        'deliver = { type = "folder", path = "answers" } }\n'
    )
    shop.replace('profile = "csv"', 'profile = "csv"\nalias = "shop"\nwarehouse_codes = { EAST = "31415" }')
    shop.add(EDI + answer + '[products]\npath = "products.csv"\n')
    shop.write("products.csv", "sku,alias:shop\nMUG,M-1\nBOX,B-1\nPEN,P-1\n")
    (shop.root / "answers").mkdir()
    return shop


def test_a_purchase_order_is_subtracted_in_the_codes_of_its_order_source(edi: Shop) -> None:
    counted(edi)
    edi.later(minutes=30)
    drop(edi, PURCHASE_ORDERS, "po.edi", "po")
    taken = edi.ingest()

    [rejects] = (edi.root / "state" / "quarantine" / "acme" / "po").glob("*.rejects.csv")
    assert messages(taken) == [
        (
            "po",
            "loaded",
            f"1 order, 2 lines; 1 order set aside, see state/quarantine/acme/po/{rejects.name}; the first: segment 13, "
            'PO103: "CA" is not a unit of single pieces; say in units how many pieces it is, as in '
            'units = { "CA" = 12 }',
        ),
        ("po", "answered", "997_acme_po_000000001.edi"),
    ]
    assert [row["warehouse"] for row in rows(edi, "order_line")] == ["EAST", "EAST"]
    assert (offered(edi), offered(edi, "BOX")) == (13, 6)


def test_the_set_that_was_set_aside_is_rejected_by_the_997(edi: Shop) -> None:
    drop(edi, PURCHASE_ORDERS, "po.edi", "po")
    edi.ingest()
    edi.ingest()

    [file] = (edi.root / "answers").iterdir()
    [answer] = read_acknowledgements(file)
    [group] = answer.groups
    assert group.state == "partly accepted"
    assert [(s.set_control_number, s.state) for s in group.sets] == [("0001", "accepted"), ("0002", "rejected")]
    assert "AK3*PO1*3**8~" in file.read_text()
