"""How files leave: what a killed or failed delivery leaves behind, and what the next run makes of it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from looking import command, rows, states
from mounts import mounted
from shop import STOCK, Shop

from batch import outbox

FULL = "sku,warehouse,quantity\nBOX,EAST,7\nBOX,WEST,0\nMUG,EAST,12\nMUG,WEST,4\nPEN,EAST,0\nPEN,WEST,30\n"

FIXED_NAME = """\
title = "Own"
evidence = "ours"
source = "us"
feed = "full"
absent = "zero"
file_name = "stock{suffix}"
[format]
type = "csv"
warehouses = "total"
columns = [{ header = "CODE", value = "{code}" }, { header = "QTY", value = "{total}" }]
"""


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop whose clock stands at this moment, because killed runs are processes of their own."""
    shop.now = shop.now.now(shop.now.tzinfo)
    return shop


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further tries follow at once."""
    monkeypatch.setattr(outbox, "_WAITS", (0.0, 0.0))


def killed(shop: Shop, point: str) -> dict[str, Any]:
    """A run that is killed at a point; the row of its delivery."""
    assert shop.cli("run", TALLYFEED_CRASH_AT=point).returncode == -9
    return rows(shop, "delivery")[-1]


def partner(shop: Shop) -> dict[str, str]:
    """What lies at the partner's."""
    return {file.name: file.read_text() for file in shop.delivered()}


def baseline(shop: Shop) -> str | None:
    [channel] = rows(shop, "channel")
    known: str | None = channel["baseline"]
    return known


def assert_delivered_once(shop: Shop, at_the_partner: dict[str, str]) -> None:
    [delivery] = rows(shop, "delivery")
    assert partner(shop) == at_the_partner
    assert delivery["state"] == "delivered"
    assert baseline(shop) == delivery["baseline"]
    assert shop.web().status == "nothing"


# What the names at the partner's mean after a crash


def test_a_temporary_name_alone_is_renamed(shop: Shop) -> None:
    shop.drop()
    delivery = killed(shop, "verified")
    before = partner(shop)

    report = shop.web()

    assert before == {delivery["temp_name"]: FULL}
    assert (report.status, report.file_name) == ("success", delivery["file_name"])
    assert_delivered_once(shop, {delivery["file_name"]: FULL})


def test_a_final_name_alone_has_been_delivered(shop: Shop) -> None:
    shop.drop()
    delivery = killed(shop, "published")
    there = (shop.root / "web" / delivery["file_name"]).stat()

    shop.web()

    assert_delivered_once(shop, {delivery["file_name"]: FULL})
    assert (shop.root / "web" / delivery["file_name"]).stat().st_ino == there.st_ino


def test_a_file_that_the_partner_took_at_once_is_not_sent_again(shop: Shop) -> None:
    shop.drop()
    delivery = killed(shop, "published")
    (shop.root / "web" / delivery["file_name"]).unlink()

    shop.web()

    assert_delivered_once(shop, {})


def test_both_names_with_the_same_content_are_one_delivery(shop: Shop) -> None:
    shop.drop()
    delivery = killed(shop, "verified")
    shutil.copyfile(shop.root / "web" / delivery["temp_name"], shop.root / "web" / delivery["file_name"])

    shop.web()

    assert_delivered_once(shop, {delivery["file_name"]: FULL})


@pytest.mark.parametrize("other", ["theirs\n", FULL.replace("12", "21")], ids=["another size", "the same size"])
def test_another_file_of_that_name_holds_the_delivery_and_both_files_stay(shop: Shop, other: str) -> None:
    shop.drop()
    delivery = killed(shop, "verified")
    shop.write(f"web/{delivery['file_name']}", other)

    report = shop.web()

    why = (
        f"another file called {delivery['file_name']} is at {shop.root}/web; ours waits there as "
        f"{delivery['temp_name']}: remove the other one, then approve ours"
    )
    assert (report.status, report.exit_code, states(shop)) == ("held", 13, ["held"])
    assert report.message == f"{why}; `tallyfeed approve acme/web` sends it"
    assert partner(shop) == {delivery["temp_name"]: FULL, delivery["file_name"]: other}
    assert baseline(shop) is None


def test_a_conflict_that_is_approved_before_it_is_solved_is_held_again_and_then_published(shop: Shop) -> None:
    shop.drop()
    delivery = killed(shop, "verified")
    theirs = shop.write(f"web/{delivery['file_name']}", "theirs\n")
    shop.web()

    unsolved = command(shop, "approve", "acme/web")
    theirs.unlink()
    solved = command(shop, "approve", "acme/web")

    assert (unsolved.code, solved.code) == (13, 0)
    assert_delivered_once(shop, {delivery["file_name"]: FULL})


def test_a_name_that_is_taken_during_the_run_holds_it_too(shop: Shop) -> None:
    shop.drop()
    name = killed(shop, "recorded")["file_name"]
    shop.write(f"web/{name}", "theirs\n")

    report = shop.web()

    assert (report.status, states(shop)) == ("held", ["held"])
    assert partner(shop)[name] == "theirs\n"


# Leftovers


@pytest.mark.parametrize("point", ["uploading", "uploaded"])
def test_an_upload_that_was_cut_off_begins_again_and_leaves_nothing_behind(shop: Shop, point: str) -> None:
    shop.drop()
    delivery = killed(shop, point)
    shop.write(f"web/{delivery['temp_name']}", "half a fi")

    report = shop.web()

    assert (report.status, rows(shop, "delivery")[0]["attempt"]) == ("success", 2)
    assert_delivered_once(shop, {delivery["file_name"]: FULL})


def test_a_newer_feed_takes_the_place_of_one_that_never_left_and_clears_its_leftovers(shop: Shop) -> None:
    shop.drop()
    killed(shop, "uploaded")
    shop.later(seconds=1)
    shop.drop(STOCK.replace("12", "11"))

    report = shop.web()

    assert (report.status, report.kind, states(shop)) == ("success", "full", ["superseded", "delivered"])
    assert partner(shop) == {str(report.file_name): FULL.replace("12", "11")}


def test_files_that_are_not_ours_are_never_touched(shop: Shop) -> None:
    theirs = {"orders.csv": "1\n", ".inventory_acme_web.1-1.part": "2\n", ".hidden": "3\n"}
    for name, content in theirs.items():
        shop.write(f"web/{name}", content)
    shop.drop()

    report = shop.web()

    assert partner(shop) == {**theirs, str(report.file_name): FULL}


# Fixed file names


@pytest.fixture
def fixed(shop: Shop) -> Shop:
    shop.write("profiles/own.toml", FIXED_NAME)
    shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "own"')
    return shop


def test_a_fixed_name_is_replaced_in_one_step(fixed: Shop) -> None:
    fixed.drop()
    fixed.web()
    fixed.later(hours=1)
    fixed.drop(STOCK.replace("30", "31"))
    with (fixed.root / "web" / "stock.csv").open() as reader:
        fixed.web()
        read_meanwhile = reader.read()

    assert read_meanwhile == "CODE,QTY\nBOX,7\nMUG,16\nPEN,30\n"
    assert partner(fixed) == {"stock.csv": "CODE,QTY\nBOX,7\nMUG,16\nPEN,31\n"}


@pytest.mark.parametrize("point", ["uploaded", "verified", "published", "delivered"])
def test_a_killed_replacement_is_finished_by_the_next_run(fixed: Shop, point: str) -> None:
    fixed.drop()
    fixed.web()
    fixed.later(seconds=1)
    fixed.drop(STOCK.replace("30", "31"))
    killed(fixed, point)

    fixed.web()

    assert partner(fixed) == {"stock.csv": "CODE,QTY\nBOX,7\nMUG,16\nPEN,31\n"}
    assert states(fixed) == ["delivered", "delivered"]


# Failed deliveries


@contextmanager
def without_folder(shop: Shop) -> Iterator[None]:
    """The partner's folder is not there."""
    aside = (shop.root / "web").rename(shop.root / "aside")
    yield
    aside.rename(shop.root / "web")


def test_a_missing_folder_fails_after_one_try_and_moves_no_baseline(shop: Shop) -> None:
    shop.drop()
    with without_folder(shop):
        report = shop.web()

    [delivery] = rows(shop, "delivery")
    why = f"open: {shop.root}/web is not a folder; make it first, or correct the path"
    assert (report.status, report.exit_code, report.message) == ("failed", 1, why)
    assert (delivery["state"], delivery["error_class"], delivery["error"]) == ("failed", "FolderMissing", why)
    assert [row["status"] for row in rows(shop, "run")] == ["failed"]
    assert baseline(shop) is None


@pytest.mark.parametrize("verb", ["run", "deliver"])
def test_what_failed_is_sent_by_the_next_command_as_the_same_file(shop: Shop, verb: str) -> None:
    edi = 'edi = { sender = "ACME", receiver = "SHOP" }'
    shop.replace('profile = "csv"\nfeed = "delta"', f'profile = "846-4010"\n{edi}')
    shop.drop()
    with without_folder(shop):
        shop.web()
    [failed] = rows(shop, "delivery")

    finished = command(shop, verb)

    [delivered] = rows(shop, "delivery")
    [file] = shop.delivered()
    assert (finished.code, delivered["state"]) == (0, "delivered")
    assert (file.name, hashlib.sha256(file.read_bytes()).hexdigest()) == (failed["file_name"], failed["sha256"])
    assert [row["last"] for row in rows(shop, "control_number")] == [failed["control_number"]] == [1]
    assert [row["status"] for row in rows(shop, "run")] == ["success"]


def test_a_delta_that_failed_is_contained_in_the_next_one(shop: Shop) -> None:
    shop.drop()
    shop.web()
    told = baseline(shop)
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))
    with without_folder(shop):
        shop.web()
    after_failure = baseline(shop)
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11").replace("30", "31"))

    report = shop.web()

    assert after_failure == told
    assert states(shop) == ["delivered", "superseded", "delivered"]
    assert (report.kind, report.lines) == ("delta", 2)
    assert shop.newest() == "sku,warehouse,quantity\nMUG,EAST,11\nMUG,WEST,4\nPEN,EAST,0\nPEN,WEST,31\n"


def test_a_delta_that_failed_and_is_no_longer_true_is_never_sent(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))
    with without_folder(shop):
        shop.web()
    shop.later(hours=1)
    shop.drop(STOCK)

    report = shop.web()

    assert (report.status, states(shop)) == ("nothing", ["delivered", "superseded"])
    assert len(shop.delivered()) == 1


@pytest.mark.usefixtures("no_waiting")
def test_a_full_disk_is_tried_three_times_leaves_nothing_there_and_is_served_later(shop: Shop, tmp_path: Path) -> None:
    with mounted(tmp_path / "partner", "size=16k") as folder:
        shop.replace('path = "web"', f'path = "{folder}"')
        (folder / "filler").write_bytes(bytes(16 * 1024))
        shop.drop()
        full = shop.web()
        [failed] = rows(shop, "delivery")
        there = [file.name for file in folder.iterdir()]
        (folder / "filler").unlink()
        again = shop.web()

        assert (full.status, full.exit_code) == ("failed", 1)
        assert full.message == f"write: .{failed['file_name']}.1-3.part: No space left on device"
        assert (failed["state"], failed["error_class"], failed["attempt"]) == ("retry wait", "NoSpace", 3)
        assert there == ["filler"]
        assert again.status == "success"
        assert [file.read_text() for file in folder.iterdir()] == [FULL]


def test_a_hold_keeps_everything_back_until_it_is_approved(shop: Shop) -> None:
    shop.drop()
    held = command(shop, "hold", "acme/web", "--why", "stock count")
    run, deliver = command(shop, "run"), command(shop, "deliver")
    while_held = partner(shop)
    approved = command(shop, "approve", "acme/web")
    after = shop.web()

    assert (held.code, held.out) == (0, "acme/web is on hold: stock count\n")
    assert (run.code, deliver.code, while_held) == (13, 13, {})
    assert "on hold: stock count; `tallyfeed approve acme/web` lets it go on" in run.out
    assert (approved.code, approved.out) == (0, "acme/web goes on with the next run\n")
    assert (after.status, list(partner(shop).values())) == ("success", [FULL])


def test_a_file_that_a_guard_holds_is_not_sent_by_deliver(shop: Shop) -> None:
    shop.replace('max_zeroed = "50%"', "min_lines = 4")
    shop.drop()
    shop.web()

    finished = command(shop, "deliver")

    assert (finished.code, partner(shop), states(shop)) == (13, {}, ["held"])


def test_a_file_whose_arrival_was_not_confirmed_is_settled_before_another_is_sent_again(shop: Shop) -> None:
    shop.drop()
    shop.web()
    shop.later(seconds=1)
    shop.drop(STOCK.replace("30", "31"))
    killed(shop, "published")

    with without_folder(shop):
        unknown = command(shop, "resend", "1")
    known = command(shop, "resend", "1")

    missing = f"open: {shop.root}/web is not a folder; make it first, or correct the path"
    assert (unknown.code, unknown.err) == (1, f"tallyfeed: it isn't known whether the last file arrived: {missing}\n")
    assert (known.code, states(shop)) == (0, ["delivered", "delivered", "delivered"])


def test_each_delivery_names_the_one_before_it(shop: Shop) -> None:
    for quantity in (30, 31, 32):
        shop.drop(STOCK.replace("30", str(quantity)))
        shop.web()
        shop.later(hours=1)

    assert [row["predecessor"] for row in rows(shop, "delivery")] == [None, 1, 2]
