from __future__ import annotations

from shop import STOCK, Shop


def test_the_first_feed_says_everything_and_adds_up(shop: Shop) -> None:
    shop.drop()

    report = shop.web()

    assert (report.status, report.kind, report.lines) == ("success", "full", 3)
    assert shop.newest() == (
        "sku,warehouse,quantity\nBOX,EAST,7\nBOX,WEST,0\nMUG,EAST,12\nMUG,WEST,4\nPEN,EAST,0\nPEN,WEST,30\n"
    )


def test_a_second_run_has_nothing_to_do(shop: Shop) -> None:
    shop.drop()
    shop.web()

    report = shop.web()

    assert (report.status, report.message) == (
        "nothing",
        "nothing to do: no new snapshot, order or setting since the last run",
    )
    assert len(shop.delivered()) == 1


def test_one_changed_quantity_makes_a_delta_of_that_product_alone(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("MUG,WEST,4", "MUG,WEST,3"))

    report = shop.web()

    assert (report.status, report.kind, report.lines) == ("success", "delta", 1)
    assert shop.newest() == "sku,warehouse,quantity\nMUG,EAST,12\nMUG,WEST,3\n"


def test_a_snapshot_that_changes_no_number_sends_nothing(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop("Item,Loc,Avail\nPEN,WEST,30\nBOX,EAST,7\nMUG,WEST,4\nMUG,EAST,12\n")

    report = shop.web()

    assert (report.status, report.message) == ("nothing", "nothing to do: every number is as it was told last")
    assert len(shop.delivered()) == 1


def test_a_product_that_left_the_snapshot_is_told_once_as_zero(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("BOX,EAST,7\n", ""))
    shop.web()
    told = shop.newest()
    shop.later(hours=1)
    shop.drop(STOCK.replace("BOX,EAST,7\n", "").replace("30", "31"))
    shop.web()

    assert told == "sku,warehouse,quantity\nBOX,EAST,0\nBOX,WEST,0\n"
    assert shop.newest() == "sku,warehouse,quantity\nPEN,EAST,0\nPEN,WEST,31\n"


def test_a_product_that_is_excluded_is_told_as_gone_and_then_forgotten(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.replace('feed = "delta"', 'feed = "delta"\nexclude = ["BOX"]')
    shop.web()
    told = shop.newest()
    shop.web(full=True)

    assert "BOX,EAST,0\nBOX,WEST,0\n" in told
    assert "BOX" not in shop.newest()


def test_after_a_change_of_settings_the_next_feed_is_full(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.replace('feed = "delta"', 'feed = "delta"\nbuffer = 2')

    report = shop.web()

    assert (report.kind, report.lines) == ("full", 3)


def test_a_change_of_the_destination_alone_sends_nothing(shop: Shop) -> None:
    shop.drop()
    shop.web()
    (shop.root / "elsewhere").mkdir()
    shop.replace('path = "web"', 'path = "elsewhere"')

    assert shop.web().status == "nothing"


def test_a_full_feed_can_be_asked_for(shop: Shop) -> None:
    shop.drop()
    shop.web()

    report = shop.web(full=True)

    assert (report.status, report.kind, report.lines) == ("success", "full", 3)


def test_a_full_feed_is_sent_at_least_every_so_often(shop: Shop) -> None:
    shop.replace('feed = "delta"', 'feed = "delta"\nat_least_every = "8h"')
    shop.drop()
    shop.web()
    shop.later(hours=7, minutes=59)
    before = shop.web()
    shop.later(minutes=1)
    after = shop.web()

    assert (before.status, after.status, after.kind) == ("nothing", "success", "full")


def test_with_a_schedule_a_run_waits_for_its_time_and_happens_once(shop: Shop) -> None:
    shop.replace('feed = "delta"', 'feed = "delta"\nschedule = "0 * * * *"')
    shop.drop()
    first = shop.web()
    shop.later(minutes=20)
    shop.drop(STOCK.replace("12", "11"))
    early = shop.web()
    on_demand = shop.web(ignore_schedule=True)
    shop.later(minutes=20)
    shop.drop(STOCK.replace("12", "10"))
    shop.later(minutes=20)
    due, again = shop.web(), shop.web()

    assert [r.status for r in (first, early, on_demand, due, again)] == [
        "success",
        "nothing",
        "success",
        "success",
        "nothing",
    ]
    assert early.message == "not due: its schedule is 0 * * * *"


def test_an_order_lowers_the_number_until_a_later_snapshot_reflects_it(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[orders]\npath = "orders*.csv"\n\n[order_sources.web]')
    shop.drop()
    shop.web()
    shop.write("orders-1.csv", "order_id,sku,quantity,ordered_at\n1,MUG,3,2026-11-20T12:30:00Z\n")
    shop.later(hours=1)
    shop.web()
    with_order = shop.newest()
    shop.drop(STOCK.replace("MUG,EAST,12", "MUG,EAST,9").replace("30", "29"))
    shop.web()

    assert with_order == "sku,warehouse,quantity\nMUG,EAST,9\nMUG,WEST,4\n"
    assert shop.newest() == "sku,warehouse,quantity\nPEN,EAST,0\nPEN,WEST,29\n"


def test_a_warehouse_that_no_table_lists_stays_out_and_is_reported(shop: Shop) -> None:
    shop.drop(STOCK + "MUG,FBA,99\n")

    [taken] = shop.ingest()
    shop.web()

    assert taken.message.endswith(
        'new warehouses stay out until they are listed: add [warehouses."FBA"] to merchants/acme.toml'
    )
    assert "FBA" not in shop.newest()


def test_new_warehouses_can_be_let_in(shop: Shop) -> None:
    shop.configure('new_warehouses = "include"\n' + shop.merchant_toml)
    shop.drop(STOCK + "MUG,FBA,99\n")
    shop.web()

    assert "MUG,FBA,99\n" in shop.newest()


def test_a_feed_that_would_zero_most_of_the_catalogue_is_held_until_it_is_approved(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop("Item,Loc,Avail\nMUG,EAST,12\nMUG,WEST,4\nBOX,EAST,0\nPEN,WEST,0\n")
    held, again = shop.web(), shop.web()
    approved = shop.cli("approve", "acme/web")

    assert (held.status, held.exit_code) == ("held", 13)
    assert held.message == (
        "it would zero 67 % of the products sellable until now; max_zeroed allows 50 %; "
        "`tallyfeed approve acme/web` sends it"
    )
    assert (again.status, len(shop.delivered())) == ("held", 2)
    assert approved.returncode == 0
    assert shop.newest() == "sku,warehouse,quantity\nBOX,EAST,0\nBOX,WEST,0\nPEN,EAST,0\nPEN,WEST,0\n"


def test_a_healthy_snapshot_makes_a_held_feed_moot(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop("Item,Loc,Avail\nMUG,EAST,0\nMUG,WEST,0\nBOX,EAST,0\nPEN,WEST,0\n")
    held = shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))
    healthy = shop.web()

    assert (held.status, healthy.status, healthy.lines) == ("held", "success", 1)
    assert shop.newest() == "sku,warehouse,quantity\nMUG,EAST,11\nMUG,WEST,4\n"


def test_levels_that_are_too_old_hold_the_feed(shop: Shop) -> None:
    shop.drop()
    shop.ingest()
    shop.later(hours=49)

    report = shop.web()

    assert (report.status, report.exit_code, shop.delivered()) == ("held", 13, [])
    assert report.message == (
        "the levels of warehouse EAST are of 2026-11-20 12:00 UTC, 49 h old; max_age allows 48 h: "
        "send a newer snapshot, or raise it"
    )


def test_a_line_that_the_layout_cannot_hold_is_left_out_and_what_was_told_stands(shop: Shop) -> None:
    edi = 'edi = { sender = "ACME", receiver = "SHOP" }\n'
    shop.replace('profile = "csv"\nfeed = "delta"\n', f'profile = "846-4010"\n{edi}')
    shop.drop(STOCK + "A*B,EAST,5\n")

    report = shop.web()

    assert (report.status, report.lines, report.counts) == ("success", 3, {"unwritable": 1})


def test_products_without_the_alias_or_with_a_shared_one_are_counted(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[products]\npath = "products.csv"\n\n[order_sources.web]\nalias = "web"')
    shop.write("products.csv", "sku,alias:web\nMUG,M-1\nBOX,X-1\nPEN,\nCUP,X-1\n")
    shop.drop()

    report = shop.web()

    assert report.counts == {"alias not unique": 1, "no alias": 1}
    assert shop.newest() == "sku,warehouse,quantity\nM-1,EAST,12\nM-1,WEST,4\n"


def test_one_order_source_that_fails_does_not_stop_the_others(shop: Shop) -> None:
    shop.add('\n[order_sources.broken]\nprofile = "csv"\ndeliver = { type = "folder", path = "missing" }\n')
    shop.drop()

    finished = shop.cli("run")
    reports = shop.run()

    assert finished.returncode == 3
    assert (reports["web"].status, reports["broken"].status) == ("nothing", "failed")
    assert len(shop.delivered()) == 1


def test_a_dry_run_writes_the_files_and_leaves_everything_as_it_was(shop: Shop) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    dropped = shop.drop()
    out = shop.root / "rehearsal"

    finished = shop.cli("run", "--dry-run", "--out", str(out))

    [file] = out.glob("acme/web/*.csv")
    assert finished.returncode == 0
    assert file.read_text().startswith("sku,warehouse,quantity\nBOX,EAST,7\n")
    assert dropped.exists()
    assert shop.delivered() == []
    assert shop.run()["web"].status == "success"


def test_the_same_inputs_give_the_same_bytes(shop: Shop) -> None:
    shop.add('\n[order_sources.xml]\nprofile = "xml"\ndeliver = { type = "folder", path = "xml" }\n')
    (shop.root / "xml").mkdir()
    shop.drop()
    shop.run()
    shop.run(full=True)

    first, second = shop.delivered("xml")
    assert first.read_bytes() == second.read_bytes()


def test_a_source_by_sales_channel_gives_each_order_source_its_own_stock(shop: Shop) -> None:
    shop.replace("[sources.wms]", '[sources.wms]\nmode = "sales_channel"')
    shop.replace('profile = "csv"\n', 'profile = "csv-total"\nsales_channel = "WEST"\n')
    shop.drop()

    assert shop.web().status == "success"
    assert shop.newest() == "sku,quantity\nBOX,0\nMUG,4\nPEN,30\n"


def test_stock_by_sales_channel_is_not_broken_down_by_warehouse(shop: Shop) -> None:
    shop.replace("[sources.wms]", '[sources.wms]\nmode = "sales_channel"')
    shop.replace('profile = "csv"\n', 'profile = "csv"\nsales_channel = "WEST"\n')
    shop.drop()

    report = shop.web()

    assert (report.status, report.exit_code, report.message) == (
        "failed",
        10,
        "merchants/acme.toml: order_sources.web.profile: csv breaks stock down by warehouse, which a source by sales "
        "channel can't; choose one of totals, such as csv-total",
    )


def test_a_file_on_its_way_to_a_former_destination_is_held_when_nobody_knows_whether_it_arrived(shop: Shop) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.drop()
    killed = shop.cli("run", TALLYFEED_CRASH_AT="published")
    (shop.root / "elsewhere").mkdir()
    shop.replace('path = "web"', 'path = "elsewhere"')

    report = shop.web()

    assert killed.returncode == -9
    assert (report.status, len(shop.delivered()), shop.delivered("elsewhere")) == ("held", 1, [])
    assert "which is no longer the destination" in report.message


def test_dates_in_a_file_and_its_name_are_of_the_time_zone_of_its_profile(shop: Shop) -> None:
    shop.write(
        "profiles/own.toml",
        'extends = "csv-total"\ntitle = "Own"\ntimezone = "America/Los_Angeles"\n'
        'file_name = "{built_at:%Y-%m-%d-%H%M}{suffix}"\n'
        "[format]\ncolumns = [{ header = 'code', value = '{code}' }, { header = 'at', value = '{as_of:%m/%d %H:%M}' }, "
        "{ header = 'utc', value = '{as_of}' }]\n",
    )
    shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "own"')
    shop.now = shop.now.replace(hour=6)
    shop.drop("Item,Loc,Avail\nMUG,EAST,12\n")

    shop.web()

    assert {file.name: file.read_text() for file in shop.delivered()} == {
        "2026-11-19-2200.csv": "code,at,utc\nMUG,11/19 22:00,2026-11-20T06:00:00Z\n"
    }
