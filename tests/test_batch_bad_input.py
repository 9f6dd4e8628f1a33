"""Everything that people get wrong: each message names the file, the row or key, the value, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from looking import command, levels, rows
from mounts import mounted
from shop import STOCK, Shop

HEAD = "Item,Loc,Avail\n"
LEAVES = "leaves the workspace; write an absolute path if that is meant"
WIDE_OPEN = 'max_bad_rows = "50%"\ncolumns = {'


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop whose clock stands at this moment, with levels that are known already."""
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.drop()
    shop.web()
    shop.later(seconds=1)
    return shop


# Snapshots


@pytest.mark.parametrize(
    ("snapshot", "why"),
    [
        ("", "the file is empty; it should have a header line and rows"),
        (HEAD, "there is no row below the header"),
        ("Item,Loc,Qty\nMUG,EAST,1\n", 'column "Avail" not found; the file has: Item, Loc, Qty'),
        ("Item,Loc,Avail,Avail\nMUG,EAST,1,2\n", '2 columns are called "Avail"; rename all but one'),
        (
            HEAD + "MUG,EAST,12\nMUG,WEST",
            "the last line, 3, has no line break, so the file may be cut short; send it again, "
            "or set final_newline = false if this source never writes one",
        ),
        (
            STOCK + "CUP,EAST,many\nCAP,EAST,1e5\n",
            '2 of 6 rows are bad, more than max_bad_rows = 1% allows; the first: row 6, column "Avail": '
            '"many" is not a whole number',
        ),
    ],
    ids=["empty", "header only", "missing column", "double column", "truncated", "bad rows"],
)
def test_a_bad_snapshot_is_refused_and_what_is_known_stands(shop: Shop, snapshot: str, why: str) -> None:
    shop.drop(snapshot, name="bad.csv")

    finished = command(shop, "run")

    assert finished.code == 3
    assert finished.out.splitlines()[0] == f"acme/wms: bad.csv refused: bad.csv: {why}"
    assert levels(shop)["MUG"]["total"] == 16
    assert len(shop.delivered()) == 1


def test_a_wrong_delimiter_is_refused_with_the_header_as_it_was_read(shop: Shop) -> None:
    shop.replace("columns = {", 'delimiter = ","\ncolumns = {')
    shop.drop(STOCK.replace(",", ";"), name="bad.csv")

    assert command(shop, "ingest").out == (
        'acme/wms: bad.csv refused: bad.csv: column "Item" not found; '
        'with "," as delimiter the file has one column only: "Item;Loc;Avail"\n'
    )


def test_the_first_snapshot_of_all_being_bad_leaves_nothing_to_tell(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "new")
    shop.drop("")

    finished = command(shop, "run")

    assert finished.code == 1
    assert "acme: no snapshot of wms has been loaded yet; drop *.csv into inbox" in finished.out
    assert [row["status"] for row in rows(shop, "snapshot")] == ["refused"]


def test_rows_that_contradict_each_other_hold_their_sku_alone(shop: Shop) -> None:
    shop.replace("columns = {", WIDE_OPEN)
    shop.drop(STOCK + "BOX,EAST,8\nCUP,EAST,1\nCAP,EAST,1\n")

    [taken] = shop.ingest()

    [rejects] = (shop.root / "state" / "quarantine").rglob("*.rejects.csv")
    assert (taken.outcome, levels(shop)["BOX"]["total"], levels(shop)["CUP"]["total"]) == ("loaded", 7, 1)
    assert rejects.read_text("utf-8-sig").splitlines()[1:] == [
        'BOX,EAST,7,stock.csv,4,Avail,7,"contradicts row 6; set duplicates, or name the column that tells such rows '
        'apart as lot or bin"',
        'BOX,EAST,8,stock.csv,6,Avail,8,"contradicts row 4; set duplicates, or name the column that tells such rows '
        'apart as lot or bin"',
    ]


def test_negative_and_fractional_quantities_are_counted_and_told(shop: Shop) -> None:
    shop.drop(STOCK.replace("MUG,EAST,12", "MUG,EAST,-3").replace("BOX,EAST,7", "BOX,EAST,7.9"))

    finished = command(shop, "ingest")

    assert finished.code == 0
    assert levels(shop)["MUG"] == {"total": 4, "EAST": 0, "WEST": 4}
    assert levels(shop)["BOX"]["total"] == 7
    assert "quantities rounded down to whole units: 1; levels below 0 taken as 0: 1" in finished.out


def test_an_unknown_warehouse_is_named_with_the_table_to_add(shop: Shop) -> None:
    shop.drop(STOCK + "MUG,FBA,99\n")

    finished = command(shop, "run")

    assert finished.code == 0
    assert (
        'new warehouses stay out until they are listed: add [warehouses."FBA"] to merchants/acme.toml' in finished.out
    )
    assert len(shop.delivered()) == 1


# Configuration


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('feed = "delta"', "bufer = 2", "order_sources.web.bufer: unknown key; did you mean 'buffer'?"),
        (
            'feed = "delta"',
            "buffer = -2",
            "order_sources.web.buffer: Input should be greater than or equal to 0 (it is -2)",
        ),
        ('"inbox"', '"../in"', f"sources.wms.from.path: '../in' {LEAVES}"),
        ('"web" }', '"../out" }', f"order_sources.web.deliver.path: '../out' {LEAVES}"),
        (
            'feed = "delta"',
            'alias = "web"',
            "order_sources.web.alias: 'web' needs a [products] table with a column alias:web",
        ),
        (
            "[warehouses.WEST]",
            "[warehouses.WEST",
            "not readable as TOML: Expected ']' at the end of a table declaration (at line 5, column 17)",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_wrong_setting_stops_every_command(shop: Shop, verb: str, old: str, new: str, problem: str) -> None:
    shop.replace(old, new)

    finished = command(shop, verb)

    assert (finished.code, finished.out) == (10, "")
    assert finished.err == f"tallyfeed: {shop.root}/merchants/acme.toml: {problem}\n"


def test_every_problem_of_a_file_is_told_at_once(shop: Shop) -> None:
    shop.replace('feed = "delta"', "bufer = 2\nshare = 101")

    assert command(shop, "check").err.splitlines() == [
        f"tallyfeed: {shop.root}/merchants/acme.toml: order_sources.web.share: "
        "Input should be less than or equal to 100 (it is 101)",
        f"{shop.root}/merchants/acme.toml: order_sources.web.bufer: unknown key; did you mean 'buffer'?",
    ]


def assert_check_and_run_say(shop: Shop, problem: str) -> None:
    """Both say so, with the exit code for configuration."""
    check, run = command(shop, "check"), command(shop, "run", "--full")
    assert (check.code, run.code) == (10, 10)
    assert problem in check.out
    assert problem in run.out


def test_a_profile_that_does_not_exist_is_named_with_those_that_do(shop: Shop) -> None:
    shop.replace('profile = "csv"', 'profile = "cvs"')

    assert_check_and_run_say(shop, "profiles/cvs.toml: there is no profile 'cvs'; perhaps csv")


def test_a_secret_that_is_not_set_is_named(shop: Shop) -> None:
    key = f"SHA256:{'A' * 43}"
    sftp = f'type = "sftp", host = "h", username = "u", password = {{ env = "NO_SUCH_SECRET" }}, host_key = "{key}"'
    shop.replace('type = "folder", path = "web"', sftp)

    assert_check_and_run_say(
        shop, "read the secret: the environment variable NO_SUCH_SECRET is not set; set it to the secret"
    )


def test_an_alias_that_the_products_do_not_have_is_named_with_their_columns(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[products]\npath = "products.csv"\n\n[order_sources.web]\nalias = "web"')
    shop.write("products.csv", "sku,colour\nMUG,red\n")

    assert_check_and_run_say(
        shop,
        "merchants/acme.toml: products: order source web needs column alias:web; the table has sku, colour",
    )
    explained = command(shop, "explain", "acme/web", "MUG")
    assert (explained.code, explained.out) == (10, "")


def test_a_bundle_that_contains_itself_is_named_with_its_file(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[bundles]\npath = "bundles.csv"\n\n[order_sources.web]')
    shop.write("bundles.csv", "bundle_sku,component_sku,quantity\nSET,BOX,1\nBOX,KIT,2\nKIT,SET,1\n")

    assert_check_and_run_say(
        shop,
        "merchants/acme.toml: bundles.csv: bundle 'BOX' contains itself: BOX -> KIT -> SET -> BOX; "
        "remove one of these component lines",
    )


def test_a_bad_row_of_a_table_that_numbers_need_is_named(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[bundles]\npath = "bundles.csv"\n\n[order_sources.web]')
    shop.write("bundles.csv", "bundle_sku,component_sku,quantity\nSET,BOX,some\n")

    assert_check_and_run_say(
        shop, "merchants/acme.toml: bundles.csv: row 2, column quantity: 'some' is not a whole number from 1"
    )


def test_a_table_that_is_missing_is_named(shop: Shop) -> None:
    shop.replace("[order_sources.web]", '[products]\npath = "products.csv"\n\n[order_sources.web]')

    assert_check_and_run_say(shop, "merchants/acme.toml: products.csv: there is no such file")


def test_an_edi_profile_without_trading_partners_says_what_to_add(shop: Shop) -> None:
    shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "846-4010"')

    assert_check_and_run_say(
        shop,
        "merchants/acme.toml: order_sources.web.edi: profile 846-4010 needs it; "
        "add [order_sources.web.edi] with sender and receiver",
    )


# Places


def test_no_space_for_snapshots_leaves_them_where_they_are_until_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(tmp_path / "workspace")
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.write("tallyfeed.toml", '[state]\nurl = "sqlite:///db/tallyfeed.db"\n')
    dropped = shop.drop()
    with mounted(shop.root / "state", "size=256k") as state:
        (state / "filler").write_bytes(bytes(256 * 1024))
        full = command(shop, "run")
        left = dropped.exists()
        (state / "filler").unlink()
        roomy = command(shop, "run")

        assert (full.code, left) == (1, True)
        assert "acme/wms: failed: OSError: [Errno 28] No space left on device: " in full.out
        assert (roomy.code, dropped.exists(), len(shop.delivered())) == (0, False, 1)
    assert "unforeseen" in caplog.text


def test_a_dry_run_leaves_out_what_a_run_would_refuse(shop: Shop) -> None:
    shop.later(hours=-1)
    shop.drop(STOCK.replace("30", "29"), name="old.csv")
    shop.later(hours=1)
    shop.drop("", name="empty.csv")

    finished = command(shop, "run", "--dry-run", "--out", str(shop.root / "files"))

    assert finished.code == 0
    assert "nothing to do: every number is as it was told last" in finished.out
    assert sorted(file.name for file in (shop.root / "inbox").iterdir()) == ["empty.csv", "old.csv"]
