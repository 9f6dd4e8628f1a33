"""What becomes of the files that are dropped into an inbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from looking import command, levels, rows
from mounts import mounted
from shop import STOCK, Shop

from batch.intake import Taken

DAY = "2026-11-20"


def inbox(shop: Shop) -> list[str]:
    return sorted(file.name for file in (shop.root / "inbox").iterdir())


def kept(shop: Shop, place: str) -> dict[str, str]:
    """The files of an archive or quarantine, by their path below the day's folder or the source's."""
    folder = shop.root / "state" / place / "acme" / "wms"
    return {str(file.relative_to(folder)): file.read_text("utf-8-sig") for file in folder.rglob("*.*")}


def outcomes(taken: list[Taken]) -> list[tuple[str, str]]:
    return [(file.file_name, file.outcome) for file in taken]


def in_work(shop: Shop) -> list[Path]:
    return list((shop.root / "state" / "work" / "acme" / "wms").iterdir())


# Which files are taken


def test_a_file_that_is_still_being_written_waits_until_it_is_closed(shop: Shop) -> None:
    with shop.drop().open("a") as writer:
        writer.write("CUP,EAST,1\n")
        while_writing = shop.ingest()
    os.utime(shop.root / "inbox" / "stock.csv", (shop.now.timestamp(),) * 2)
    closed = shop.ingest()

    assert [(file.outcome, file.message) for file in while_writing] == [("waiting", "still being written")]
    assert outcomes(closed) == [("stock.csv", "loaded")]
    assert levels(shop)["CUP"]["total"] == 1


def test_a_file_that_somebody_reads_is_taken(shop: Shop) -> None:
    with shop.drop().open():
        assert outcomes(shop.ingest()) == [("stock.csv", "loaded")]


@pytest.mark.parametrize(
    "name",
    [".stock.csv", "stock.csv.part", "stock.csv.filepart", "stock.csv.TMP", "stock.csv.crdownload", "stock.csv~"],
)
def test_hidden_and_temporary_names_are_left_alone(shop: Shop, name: str) -> None:
    shop.replace('pattern = "*.csv"', 'pattern = "*"')
    shop.drop(name=name)

    assert shop.ingest() == []
    assert inbox(shop) == [name]


def test_folders_links_and_pipes_are_left_alone_and_named(shop: Shop) -> None:
    elsewhere = shop.write("elsewhere.csv", STOCK)
    (shop.root / "inbox" / "folder.csv").mkdir()
    (shop.root / "inbox" / "link.csv").symlink_to(elsewhere)
    os.mkfifo(shop.root / "inbox" / "pipe.csv")

    assert [(file.file_name, file.outcome, file.message) for file in shop.ingest()] == [
        ("folder.csv", "skipped", "it is a folder"),
        ("link.csv", "skipped", "it is a link"),
        ("pipe.csv", "skipped", "it is a pipe"),
    ]
    assert inbox(shop) == ["folder.csv", "link.csv", "pipe.csv"]


def test_only_files_that_match_the_pattern_are_taken(shop: Shop) -> None:
    shop.replace('pattern = "*.csv"', 'pattern = "stock*.csv"')
    shop.drop()
    shop.drop(name="orders.csv")

    assert outcomes(shop.ingest()) == [("stock.csv", "loaded")]
    assert inbox(shop) == ["orders.csv"]


def test_an_inbox_that_is_missing_is_made(shop: Shop) -> None:
    (shop.root / "inbox").rmdir()

    assert shop.ingest() == []
    assert inbox(shop) == []


def test_a_file_from_another_file_system_arrives_whole_and_leaves_its_inbox(shop: Shop, tmp_path: Path) -> None:
    with mounted(tmp_path / "share", "size=1m") as share:
        shop.replace('path = "inbox"', f'path = "{share}"')
        (share / "stock.csv").write_text(STOCK)
        taken = shop.ingest()
        left = list(share.iterdir())

    assert outcomes(taken) == [("stock.csv", "loaded")]
    assert left == []
    assert in_work(shop) == []
    assert list(kept(shop, "archive").values()) == [STOCK]


# What becomes of them


def test_a_loaded_file_is_archived_as_it_came(shop: Shop) -> None:
    shop.drop()

    [taken] = shop.ingest()

    assert (taken.outcome, taken.message, taken.rejected) == ("loaded", "4 rows, 3 SKUs, 53 units", 0)
    assert levels(shop) == {
        "BOX": {"total": 7, "EAST": 7, "WEST": None},
        "MUG": {"total": 16, "EAST": 12, "WEST": 4},
        "PEN": {"total": 30, "EAST": None, "WEST": 30},
    }
    assert (inbox(shop), in_work(shop)) == ([], [])
    assert kept(shop, "archive") == {f"{DAY}/1_stock.csv": STOCK}
    assert [row["kept_as"] for row in rows(shop, "snapshot")] == [f"archive/acme/wms/{DAY}/1_stock.csv"]


def test_files_of_the_same_name_are_all_kept(shop: Shop) -> None:
    shop.drop()
    shop.ingest()
    shop.later(hours=1)
    shop.drop(STOCK.replace("30", "31"))
    shop.ingest()

    assert kept(shop, "archive") == {
        f"{DAY}/1_stock.csv": STOCK,
        f"{DAY}/2_stock.csv": STOCK.replace("30", "31"),
    }


def test_several_files_are_loaded_oldest_first(shop: Shop) -> None:
    shop.drop(name="z.csv")
    shop.later(minutes=1)
    shop.drop(STOCK.replace("30", "31"), name="a.csv")

    assert outcomes(shop.ingest()) == [("z.csv", "loaded"), ("a.csv", "loaded")]
    assert levels(shop)["PEN"]["total"] == 31


def test_the_same_content_again_is_recognised_and_not_loaded_twice(shop: Shop) -> None:
    shop.drop()
    shop.ingest()
    shop.later(hours=1)
    shop.drop(name="again.csv")

    [taken] = shop.ingest()

    assert (taken.outcome, taken.message) == ("duplicate", "the same content as stock.csv, loaded before")
    assert set(kept(shop, "archive")) == {f"{DAY}/1_stock.csv", f"{DAY}/2_again.csv"}
    assert [row["status"] for row in rows(shop, "snapshot")] == ["loaded", "duplicate"]


def test_levels_older_than_those_we_have_are_refused(shop: Shop) -> None:
    shop.drop(name="new.csv")
    shop.ingest()
    shop.later(hours=-1)
    shop.drop(STOCK.replace("30", "29"), name="old.csv")

    [taken] = shop.ingest()

    assert (taken.outcome, taken.message) == (
        "older",
        "its levels are of 2026-11-20 11:00:00 UTC, older than those of new.csv (2026-11-20 12:00:00 UTC)",
    )
    assert levels(shop)["PEN"]["total"] == 30
    assert kept(shop, "quarantine") == {}


def test_a_bad_file_is_quarantined_with_the_reason_beside_it_and_the_last_good_levels_stand(shop: Shop) -> None:
    shop.drop()
    shop.ingest()
    shop.later(hours=1)
    shop.drop("Item,Loc\nMUG,EAST\n", name="bad.csv")

    [taken] = shop.ingest()

    why = 'bad.csv: column "Avail" not found; the file has: Item, Loc'
    assert (taken.outcome, taken.message) == ("refused", why)
    found = kept(shop, "quarantine")
    assert sorted(found) == [f"{DAY}/2_bad.csv{suffix}" for suffix in ("", ".why.html", ".why.txt")]
    assert found[f"{DAY}/2_bad.csv"] == "Item,Loc\nMUG,EAST\n"
    assert found[f"{DAY}/2_bad.csv.why.txt"].startswith(f"{why}\n")
    assert levels(shop)["PEN"]["total"] == 30


def test_a_bad_file_does_not_stop_those_behind_it(shop: Shop) -> None:
    shop.drop("", name="a.csv")
    shop.drop(name="b.csv")

    assert outcomes(shop.ingest()) == [("a.csv", "refused"), ("b.csv", "loaded")]


def test_bad_rows_go_into_a_reject_file_and_the_others_are_loaded(shop: Shop) -> None:
    shop.replace("columns = {", 'max_bad_rows = "50%"\ncolumns = {')
    shop.drop(STOCK + "CUP,EAST,many\n")

    [taken] = shop.ingest()

    reject_file, *reports = sorted(kept(shop, "quarantine"))
    assert reports == [f"{reject_file}.why.html", f"{reject_file}.why.txt"]
    assert (taken.outcome, taken.rejected) == ("loaded", 1)
    assert taken.message == f"5 rows, 3 SKUs, 53 units; 1 bad row set aside in state/quarantine/acme/wms/{reject_file}"
    assert kept(shop, "quarantine")[reject_file] == (
        "Item,Loc,Avail,file,row,column,value,reason\nCUP,EAST,many,stock.csv,6,Avail,many,is not a whole number\n"
    )


def test_a_sku_with_a_bad_row_keeps_its_last_good_level(shop: Shop) -> None:
    shop.replace("columns = {", 'max_bad_rows = "50%"\ncolumns = {')
    shop.drop()
    shop.ingest()
    shop.later(hours=1)
    shop.drop(STOCK.replace("MUG,EAST,12", "MUG,EAST,?").replace("30", "31"))

    shop.ingest()

    assert levels(shop)["MUG"] == {"total": 16, "EAST": 12, "WEST": 4}
    assert levels(shop)["PEN"]["total"] == 31


def test_what_a_snapshot_of_changes_does_not_name_is_unchanged(shop: Shop) -> None:
    shop.replace("columns = {", 'content = "changes"\ncolumns = {')
    shop.drop()
    shop.ingest()
    shop.later(hours=1)
    shop.drop("Item,Loc,Avail\nPEN,WEST,31\n")
    shop.ingest()

    assert {sku: row["total"] for sku, row in levels(shop).items()} == {"BOX": 7, "MUG": 16, "PEN": 31}


def test_a_source_whose_inbox_cannot_be_read_does_not_stop_the_others(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.write("file", "this is no folder")
    columns = 'columns = { sku = "Item", warehouse = "Loc", available = "Avail" }'
    broken = f'[sources.broken]\nformat = "csv"\nfrom = {{ type = "folder", path = "file" }}\n{columns}\n'
    shop.replace("[sources.wms]", f"{broken}[sources.wms]")
    shop.drop()

    broken_one, good_one = shop.ingest()

    assert (broken_one.source, broken_one.outcome) == ("broken", "failed")
    assert (good_one.source, good_one.outcome) == ("wms", "loaded")
    assert "unforeseen" in caplog.text


# Killed on the way


@pytest.mark.parametrize("point", ["claimed", "levels kept", "snapshot recorded"])
def test_an_intake_that_was_killed_is_resumed(shop: Shop, point: str) -> None:
    shop.drop()
    killed = shop.cli("ingest", TALLYFEED_CRASH_AT=point)

    [taken] = shop.ingest()

    assert killed.returncode == -9
    assert (taken.file_name, taken.outcome) == ("stock.csv", "loaded")
    assert levels(shop)["PEN"]["total"] == 30
    assert (inbox(shop), in_work(shop)) == ([], [])
    assert list(kept(shop, "archive").values()) == [STOCK]


def test_a_file_whose_name_a_claimed_one_has_is_taken_too(shop: Shop) -> None:
    shop.drop()
    shop.cli("ingest", TALLYFEED_CRASH_AT="claimed")
    shop.later(hours=1)
    shop.drop(STOCK.replace("30", "31"))

    assert outcomes(shop.ingest()) == [("stock.csv", "loaded"), ("stock.2.csv", "loaded")]
    assert levels(shop)["PEN"]["total"] == 31


# The command


def test_the_command_takes_in_one_source_alone(shop: Shop) -> None:
    other = '[sources.shop]\nformat = "csv"\nfrom = { type = "folder", path = "other", pattern = "*.csv" }\n'
    columns = 'columns = { sku = "Item", warehouse = "Loc", available = "Avail" }\n\n'
    shop.replace("[order_sources.web]", other + columns + "[order_sources.web]")
    shop.write("other/stock.csv", STOCK)
    shop.drop()

    finished = command(shop, "ingest", "acme/shop")

    assert (finished.code, finished.out) == (0, "acme/shop: stock.csv loaded: 4 rows, 3 SKUs, 53 units\n")
    assert inbox(shop) == ["stock.csv"]


def test_a_source_that_does_not_exist_is_refused_with_those_that_do(shop: Shop) -> None:
    finished = command(shop, "ingest", "acme/erp")

    assert (finished.code, finished.err) == (2, "tallyfeed: acme has no source called 'erp'; it has wms\n")


def test_a_refused_file_is_a_failure_and_an_empty_inbox_is_none(shop: Shop) -> None:
    shop.drop("")
    refused, empty = command(shop, "ingest"), command(shop, "ingest")

    why = "stock.csv: the file is empty; it should have a header line and rows"
    assert (refused.code, refused.out) == (1, f"acme/wms: stock.csv refused: {why}\n")
    assert (empty.code, empty.out) == (0, "nothing was waiting\n")
