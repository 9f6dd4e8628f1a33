"""What the commands say that only look: explain, products, status, history, show."""

from __future__ import annotations

import json
from typing import Any

from looking import command, rows
from shop import STOCK, Shop

from batch.profiles import built_in_profiles, built_in_systems


def answer(shop: Shop, *arguments: str) -> Any:
    """What a command prints with ``--json``, and nothing else on stdout."""
    finished = command(shop, *arguments, "--json")
    assert (finished.code, finished.err) == (0, "")
    return json.loads(finished.out)


# explain


def test_every_step_that_changes_a_number_is_shown(shop: Shop) -> None:
    shop.replace(
        'feed = "delta"', 'feed = "delta"\nshare = 80\nbuffer = 2\ncap = 9\nreserve = { EAST = 1 }\nminimum = 3'
    )
    shop.drop()
    shop.web()

    finished = command(shop, "explain", "acme/web", "MUG")

    [file] = [row["file_name"] for row in rows(shop, "delivery")]
    assert finished.out == (
        "acme/web: SKU MUG\n"
        "  levels as of 2026-11-20 12:00:00 UTC: EAST, WEST\n"
        "step                                                          total  EAST  WEST\n"
        "available  available in the selected warehouses, lots summed     16    12     4\n"
        "reserve    kept back per warehouse                               15    11     4\n"
        "share      share of the total                                    12    11     4\n"
        "buffer     buffer subtracted                                     10    11     4\n"
        "cap        at most the cap                                        9    11     4\n"
        "breakdown  warehouses add up to the total                         9     7     2\n"
        f"told last: 9 by {file}, 2026-11-20 12:00:00 UTC\n"
    )


def test_an_explanation_for_machines_has_every_step_and_what_was_told(shop: Shop) -> None:
    shop.replace('feed = "delta"', 'feed = "delta"\nbuffer = 3')
    shop.drop()
    shop.web()

    said = answer(shop, "explain", "acme/web", "MUG")

    assert list(said) == ["sku", "code", "left_out", "as_of", "steps", "oversold", "told", "orders", "warnings"]
    assert (said["code"], said["left_out"], said["oversold"]) == ("MUG", None, 0)
    assert said["as_of"] == {"EAST": "2026-11-20T12:00:00+00:00", "WEST": "2026-11-20T12:00:00+00:00"}
    assert [(step["name"], step["total"]) for step in said["steps"] if step["changed"]] == [
        ("available", 16),
        ("buffer", 13),
        ("breakdown", 13),
    ]
    assert (said["told"]["quantity"], said["told"]["sent_at"]) == (13, "2026-11-20T12:00:00+00:00")


def test_what_was_told_last_is_the_file_that_said_it_not_the_newest(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11").replace("30", "31"))
    shop.web()

    files = [row["file_name"] for row in rows(shop, "delivery")]
    told = {sku: answer(shop, "explain", "acme/web", sku)["told"] for sku in ("BOX", "MUG", "PEN")}
    assert {sku: (t["quantity"], t["file_name"]) for sku, t in told.items()} == {
        "BOX": (7, files[0]),
        "MUG": (15, files[1]),
        "PEN": (31, files[2]),
    }


def test_a_product_that_was_told_as_gone_was_told_zero(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.replace('feed = "delta"', 'feed = "delta"\nexclude = ["BOX"]')
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))
    shop.web()

    said = answer(shop, "explain", "acme/web", "BOX")

    assert said["left_out"] == "filtered"
    assert (said["told"]["quantity"], said["told"]["file_name"]) == (0, rows(shop, "delivery")[1]["file_name"])


def test_a_product_that_left_the_snapshot_is_explained_as_zero(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("BOX,EAST,7\n", ""))
    shop.web()

    said = answer(shop, "explain", "acme/web", "BOX")

    assert (said["steps"][-1]["total"], said["told"]["quantity"]) == (0, 0)
    assert said["told"]["file_name"] == rows(shop, "delivery")[1]["file_name"]


def test_what_was_only_built_has_not_been_told(shop: Shop) -> None:
    (shop.root / "web").rmdir()
    shop.drop()
    shop.web()

    assert answer(shop, "explain", "acme/web", "MUG")["told"] is None
    assert command(shop, "explain", "acme/web", "MUG").out.endswith("\ntold last: never\n")


def test_a_product_without_alias_is_explained_and_was_never_told(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[products]\npath = "products.csv"\n\n[order_sources.web]\nalias = "web"')
    shop.write("products.csv", "sku,alias:web\nMUG,M-1\nPEN,\n")
    shop.drop()
    shop.web()

    sent, left_out = answer(shop, "explain", "acme/web", "MUG"), answer(shop, "explain", "acme/web", "PEN")

    assert (sent["code"], sent["told"]["quantity"]) == ("M-1", 16)
    assert (left_out["code"], left_out["left_out"], left_out["told"]) == (None, "no alias", None)


def test_orders_that_no_warehouse_can_supply_are_shown_as_oversold(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[orders]\npath = "orders.csv"\n\n[order_sources.web]')
    shop.write("orders.csv", "order_id,sku,quantity,ordered_at\n1,MUG,20,2026-11-20T12:30Z\n2,MUG,some,2026-11-20\n")
    shop.drop()
    shop.later(hours=1)
    shop.web()

    finished = command(shop, "explain", "acme/web", "MUG")

    assert "oversold: 4 units ordered that no selected warehouse can supply\n" in finished.out


def test_a_sku_that_nobody_knows_is_refused(shop: Shop) -> None:
    shop.drop()
    shop.ingest()
    unknown, elsewhere = command(shop, "explain", "acme/web", "NO"), command(shop, "explain", "acme/ebay", "MUG")

    assert (unknown.code, unknown.err) == (
        2,
        "tallyfeed: acme has no SKU 'NO': no snapshot has named it and it is no bundle\n",
    )
    assert (elsewhere.code, elsewhere.err) == (
        2,
        "tallyfeed: there is no order source of acme called 'ebay'; there is web\n",
    )


# products


def test_products_are_listed_with_their_levels(shop: Shop) -> None:
    shop.drop()
    shop.ingest()

    assert command(shop, "products", "acme").out == (
        "sku  total  EAST  WEST\nBOX      7     7\nMUG     16    12     4\nPEN     30          30\n"
    )
    assert answer(shop, "products", "acme")[0] == {"sku": "BOX", "total": 7, "EAST": 7, "WEST": None}


def test_one_product_is_shown_with_its_moment_and_details(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[products]\npath = "products.csv"\n\n[order_sources.web]')
    shop.write("products.csv", "sku,colour,weight,alias:web\nMUG,red,,M-1\n")
    shop.drop()
    shop.ingest()

    assert answer(shop, "products", "acme", "MUG") == {
        "sku": "MUG",
        "total": 16,
        "levels": [
            {"warehouse": "EAST", "available": 12, "as_of": "2026-11-20T12:00:00+00:00"},
            {"warehouse": "WEST", "available": 4, "as_of": "2026-11-20T12:00:00+00:00"},
        ],
        "orders": [],
        "details": {"colour": "red", "alias:web": "M-1"},
    }
    assert command(shop, "products", "acme", "MUG").out == (
        "MUG: 16 available\n"
        "warehouse  available  as of (UTC)\n"
        "EAST              12  2026-11-20 12:00:00\n"
        "WEST               4  2026-11-20 12:00:00\n"
        "colour: red\n"
        "alias:web: M-1\n"
    )


def test_products_that_nobody_knows_are_refused(shop: Shop) -> None:
    shop.drop()
    before = command(shop, "products", "acme")
    shop.ingest()
    sku, merchant = command(shop, "products", "acme", "NO"), command(shop, "products", "nobody")

    why = "acme: no snapshot of wms has been loaded yet; drop *.csv into inbox"
    assert (before.code, before.err) == (1, f"tallyfeed: {why}\n")
    assert (sku.code, sku.err) == (2, "tallyfeed: no snapshot of acme has named SKU 'NO'\n")
    assert (merchant.code, merchant.err) == (2, "tallyfeed: there is no merchant called 'nobody'; there is acme\n")


# status and history


def test_the_status_of_a_new_workspace_is_that_nothing_ever_ran(shop: Shop) -> None:
    said = answer(shop, "status")

    assert [(s["source"], s["status"], s["message"]) for s in said["sources"]] == [
        ("acme/wms", "N/A", "no snapshot yet")
    ]
    assert [(o["order_source"], o["status"], o["told_at"], o["pending"]) for o in said["order_sources"]] == [
        ("acme/web", "N/A", None, [])
    ]
    assert (command(shop, "history").out, answer(shop, "history")) == ("nothing has run yet\n", [])


def test_the_status_after_a_run_names_snapshot_and_moment(shop: Shop) -> None:
    shop.drop()
    shop.web()

    said = answer(shop, "status", "acme/web")

    assert said == {
        "sources": [
            {
                "source": "acme/wms",
                "status": "loaded",
                "file": "stock.csv",
                "as_of": "2026-11-20T12:00:00+00:00",
                "loaded_at": "2026-11-20T12:00:00+00:00",
                "skus": 3,
                "units": 53,
                "held_file": None,
                "held_since": None,
                "message": "",
            }
        ],
        "orders": [],
        "order_sources": [
            {
                "order_source": "acme/web",
                "status": "success",
                "last_run": "2026-11-20T12:00:00+00:00",
                "told_at": "2026-11-20T12:00:00+00:00",
                "answer": None,
                "pending": [],
                "left_out": {},
                "held_since": None,
                "uncollected": [],
                "message": "",
            }
        ],
    }


def test_the_status_of_a_failure_names_the_error_and_what_is_pending(shop: Shop) -> None:
    (shop.root / "web").rmdir()
    shop.drop()
    shop.web()

    [web] = answer(shop, "status")["order_sources"]

    [delivery] = rows(shop, "delivery")
    assert (web["status"], web["pending"]) == ("failed", [f"{delivery['file_name']} (failed)"])
    assert web["message"] == f"open: {shop.root}/web is not a folder; make it first, or correct the path"


def test_the_status_of_a_killed_run_is_that_it_is_running(shop: Shop) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.drop()
    shop.cli("run", TALLYFEED_CRASH_AT="planned")

    [web] = answer(shop, "status")["order_sources"]

    assert web["status"].startswith("running since 2")


def test_history_lists_runs_newest_first_with_their_files(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))
    shop.web()

    said, newest = answer(shop, "history"), answer(shop, "history", "acme", "-n", "1")

    assert [(run["run"], run["status"], run["feed"], run["delivery"]) for run in said] == [
        (2, "success", "delta, 1 line", "delivered"),
        (1, "success", "full, 3 lines", "delivered"),
    ]
    assert newest == said[:1]
    assert said[0]["delivered_at"] == "2026-11-20T13:00:00+00:00"
    assert str(said[0]["file"]) in command(shop, "history").out


# run, ingest, check, deliver, profiles, show


def test_a_run_for_machines_reports_each_order_source_and_what_was_taken_in_goes_to_stderr(shop: Shop) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.drop()

    finished = command(shop, "run", "--json")

    [report] = json.loads(finished.out)
    assert finished.err == "acme/wms: stock.csv loaded: 4 rows, 3 SKUs, 53 units\n"
    assert report == {
        "merchant": "acme",
        "order_source": "web",
        "status": "success",
        "message": f"delivered to {shop.root}/web",
        "kind": "full",
        "lines": 3,
        "file_name": shop.delivered()[0].name,
        "counts": {},
        "exit_code": 0,
        "dropped": 0,
        "held_since": None,
    }


def test_an_intake_for_machines_reports_each_file(shop: Shop) -> None:
    shop.drop()

    assert answer(shop, "ingest") == [
        {
            "merchant": "acme",
            "source": "wms",
            "file_name": "stock.csv",
            "outcome": "loaded",
            "message": "4 rows, 3 SKUs, 53 units",
            "rejected": 0,
        }
    ]
    assert (answer(shop, "ingest"), answer(shop, "deliver")) == ([], [])


def test_an_approval_for_machines_reports_what_was_sent(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', "min_lines = 4")
    shop.drop()
    shop.web()

    [report] = answer(shop, "approve", "acme/web")

    assert (report["status"], report["lines"]) == ("success", 3)


def test_a_check_for_machines_lists_its_findings(shop: Shop) -> None:
    assert answer(shop, "check") == [
        {"what": "acme: 0 tables", "problem": None, "exit_code": 0, "is_note": False},
        {"what": "acme/wms: inbox inbox", "problem": None, "exit_code": 0, "is_note": False},
        {"what": "acme/web: profile csv", "problem": None, "exit_code": 0, "is_note": False},
        {"what": f"acme/web: {shop.root}/web", "problem": None, "exit_code": 0, "is_note": False},
    ]


def test_profiles_are_listed_and_printed(shop: Shop) -> None:
    shop.write("profiles/own.toml", command(shop, "profiles", "csv-total").out)

    listed, own = answer(shop, "profiles"), answer(shop, "profiles", "own")

    assert list(listed) == [*built_in_profiles(), *built_in_systems()]
    assert {"846-4010", "846-4010-by-warehouse", "846-5010", "csv", "csv-total", "csv-wide", "xml"} <= set(listed)
    assert list(own) == ["own"]
    assert own["own"] == listed["csv-total"]
    assert command(shop, "profiles").out.splitlines()[0].split("  ")[0] == "profile"


def test_a_feed_is_shown_as_a_table(shop: Shop) -> None:
    shop.drop()
    shop.web()
    file = str(shop.delivered()[0])

    said, printed = answer(shop, "show", file), command(shop, "show", file, "-n", "1")

    assert said["format"] == "CSV"
    assert said["lines"][0] == {"sku": "BOX", "warehouse": "EAST", "quantity": "7"}
    assert printed.out.endswith(
        "sku  warehouse  quantity\nBOX  EAST       7\n… and 5 more lines (--limit shows more)\n"
    )


def test_what_is_no_feed_is_refused_by_show(shop: Shop) -> None:
    empty = shop.write("empty.csv", "")

    finished = command(shop, "show", str(empty))

    assert (finished.code, finished.err) == (1, "tallyfeed: empty.csv: the file is empty\n")
