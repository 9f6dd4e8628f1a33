"""When a dropped file is whole: settle time, markers, trailers, and the look after the claim."""

from __future__ import annotations

import fcntl
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mounts import mounted
from shop import STOCK, Shop

from batch.claim import claim, put_back
from batch.errors import ConfigProblem
from batch.inbox import FolderInbox, Left
from batch.pickups import FolderPickup
from batch.settle import Look, StillWritten, has_writer, look_at_rest
from batch.trailer import without_trailer
from formats.errors import FileRefused


def inbox(folder: Path, **settings: object) -> FolderInbox:
    return FolderInbox(folder, FolderPickup.model_validate({"path": folder, **settings}))


def old(file: Path, text: str | None = None) -> Path:
    """A file last written long ago; with a text, a new one."""
    if text is not None:
        file.write_text(text)
    os.utime(file, (1_600_000_000, 1_600_000_000))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


# Settle time


def test_the_wait_is_what_is_left_of_the_settle_time() -> None:
    look = Look(1, 1, 5, written=100 * 10**9, touched=103 * 10**9, links=1)

    assert look.wait(10, 104, written_by_nobody=True) == 6
    assert look.wait(10, 104, written_by_nobody=False) == 9
    assert look.wait(10, 200, written_by_nobody=False) == 0
    assert look.wait(10, 102, written_by_nobody=False) == 10  # a time to come says nothing
    assert Look(1, 1, 5, written=200 * 10**9, touched=103 * 10**9, links=1).wait(10, 104, written_by_nobody=True) == 9


def test_a_file_that_has_settled_is_claimed_and_one_written_to_meanwhile_is_left(
    folder: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("settled.csv", "restless.csv"):
        (folder / name).write_text(STOCK)
    slept = []

    def sleep(seconds: float) -> None:  # the writer's turn
        slept.append(seconds)
        with (folder / "restless.csv").open("a") as file:
            file.write("CUP,EAST,1\n")

    monkeypatch.setattr("batch.inbox.time.sleep", sleep)
    left = list(inbox(folder, settle="10s").claim_all(work))

    assert left == [Left("restless.csv", "waiting", "still being written")]
    assert (names(folder), names(work)) == (["restless.csv"], ["settled.csv"])
    assert len(slept) == 1
    assert slept[0] <= 10


def test_no_run_waits_for_a_long_settle_time(folder: Path, work: Path) -> None:
    (folder / "stock.csv").write_text(STOCK)

    assert list(inbox(folder, settle="1h").claim_all(work)) == [Left("stock.csv", "waiting", "it has not settled yet")]


def test_on_a_network_drive_two_looks_decide(folder: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("batch.inbox.kind_of_drive", lambda _: "nfs4")
    monkeypatch.setattr("batch.inbox.time.sleep", slept.append)
    old(folder / "stock.csv", STOCK)

    assert list(inbox(folder, settle="5s").claim_all(work)) == []
    assert (names(work), slept) == (["stock.csv"], [7])


def test_an_old_file_is_claimed_at_once(folder: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old(folder / "stock.csv", STOCK)
    monkeypatch.delattr("batch.inbox.time.sleep")

    assert list(inbox(folder, settle="1d").claim_all(work)) == []
    assert names(work) == ["stock.csv"]


def test_a_writer_that_sets_the_clock_back_and_goes_on_is_seen(folder: Path, work: Path) -> None:
    with (folder / "stock.csv").open("w") as writer:
        writer.write(STOCK)
        writer.flush()
        old(folder / "stock.csv")
        left = list(inbox(folder).claim_all(work))

    assert left == [Left("stock.csv", "waiting", "still being written")]
    assert names(folder) == ["stock.csv"]


def test_a_writer_that_keeps_a_mapping_alone_is_seen(folder: Path) -> None:
    file = old(folder / "stock.csv", STOCK)
    with file.open("r+b") as handle:
        mapping = mmap.mmap(handle.fileno(), 0)
    before = has_writer(file)
    mapping.close()

    assert (before, has_writer(file)) == (True, False)


def test_a_file_that_is_opened_while_it_is_looked_at_does_not_end_us(folder: Path) -> None:
    program = "import os, sys\nwhile True: os.close(os.open(sys.argv[1], os.O_WRONLY))"
    looks = "import sys; from pathlib import Path; from batch.settle import has_writer\n"
    looks += "for _ in range(20_000): has_writer(Path(sys.argv[1]))"
    file = old(folder / "stock.csv", STOCK)
    with subprocess.Popen([sys.executable, "-c", program, file]) as writer:
        ended = subprocess.run([sys.executable, "-c", looks, file], check=False, cwd=Path(__file__).parents[1])
        writer.kill()

    assert ended.returncode == 0  # the kernel's signal to who holds a lease ends a process that doesn't expect it


def test_a_lock_of_another_program_is_respected(folder: Path) -> None:
    (folder / "stock.csv").write_text(STOCK)
    with (folder / "stock.csv").open() as reader:
        fcntl.flock(reader, fcntl.LOCK_EX)
        assert has_writer(folder / "stock.csv") is True
    assert has_writer(folder / "stock.csv") is False


# Once it is claimed


def test_who_had_a_claimed_file_open_is_seen_and_the_file_goes_back(shop: Shop) -> None:
    with shop.drop().open("a") as writer:
        claim(shop.root / "inbox" / "stock.csv", shop.root / "state" / "work" / "acme" / "wms")
        writer.write("CUP,EAST,1\n")
        [going_on] = shop.ingest()
        back = names(shop.root / "inbox")
    old(shop.root / "inbox" / "stock.csv")
    [closed] = shop.ingest()

    assert (going_on.outcome, going_on.message, back) == ("waiting", "still being written", ["stock.csv"])
    assert (closed.outcome, closed.message) == ("loaded", "5 rows, 4 SKUs, 54 units")


def test_a_file_that_changes_while_it_is_claimed_goes_back(folder: Path, work: Path) -> None:
    file = old(folder / "stock.csv", STOCK)
    seen = Look.at(file)
    file.write_text(STOCK + "CUP,EAST,1\n")

    left = inbox(folder)._claim("stock.csv", seen, work)

    assert left == Left("stock.csv", "waiting", "still being written")
    assert (names(folder), names(work)) == (["stock.csv"], [])


def test_a_file_whose_name_is_taken_again_does_not_go_back(folder: Path, work: Path) -> None:
    work.mkdir()
    for place in (folder, work):
        (place / "stock.csv").write_text(str(place))
    put_back(work / "stock.csv", folder)

    assert [(place / "stock.csv").read_text() for place in (folder, work)] == [str(folder), str(work)]


def test_a_file_of_another_drive_that_is_written_to_while_it_is_copied_stays(tmp_path: Path, work: Path) -> None:
    with mounted(tmp_path / "share", "size=1m") as share:
        (share / "stock.csv").write_text(STOCK)
        with (share / "stock.csv").open("a"), pytest.raises(StillWritten):
            claim(share / "stock.csv", work)
        assert names(share) == ["stock.csv"]
    assert names(work) == []


def test_a_file_with_a_second_name_is_copied(folder: Path, work: Path) -> None:
    (folder / ".theirs").write_text(STOCK)
    os.link(folder / ".theirs", folder / "stock.csv")
    old(folder / "stock.csv")

    assert list(inbox(folder, settle="0s").claim_all(work)) == []
    (folder / ".theirs").write_text("something else")

    assert (work / "stock.csv").read_text() == STOCK
    assert names(folder) == [".theirs"]


def test_a_copy_of_a_process_that_died_is_not_made_twice(shop: Shop, tmp_path: Path) -> None:
    with mounted(tmp_path / "share", "size=1m") as share:
        shop.replace('path = "inbox"', f'path = "{share}"')
        old(share / "stock.csv", STOCK)
        killed = shop.cli("ingest", TALLYFEED_CRASH_AT="copied")
        both = names(share)
        taken = shop.ingest()
        left = names(share)

    assert (killed.returncode, both, left) == (-9, ["stock.csv"], [])
    assert [(file.file_name, file.outcome) for file in taken] == [("stock.csv", "loaded")]


def test_nothing_is_loaded_of_a_file_that_changes_while_it_is_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_and_let_it_change(file: Path) -> Look:
        seen = look_at_rest(file)
        file.write_text("Item,Loc,Avail\n")
        return seen

    shop.drop()
    monkeypatch.setattr("batch.intake.look_at_rest", look_and_let_it_change)
    [taken] = shop.ingest()

    assert (taken.outcome, taken.message) == ("waiting", "still being written")
    assert names(shop.root / "inbox") == ["stock.csv"]


# Markers


def test_a_file_waits_for_its_marker_whatever_its_age(folder: Path, work: Path) -> None:
    (folder / "stock.csv").write_text(STOCK)
    box = inbox(folder, settle="1d", marker="{name}.done")
    without = list(box.claim_all(work))
    (folder / "stock.csv.done").touch()
    within = list(box.claim_all(work))

    assert without == [Left("stock.csv", "waiting", "its marker stock.csv.done is not there yet")]
    assert (within, names(work), names(folder)) == ([], ["stock.csv"], [])


def test_a_marker_of_an_earlier_file_says_nothing(folder: Path, work: Path) -> None:
    tomorrow = Look.at(old(folder / "stock.OK", "")).touched / 1e9 + 86_400
    (folder / "stock.csv").write_text(STOCK)
    os.utime(folder / "stock.csv", (tomorrow, tomorrow))

    left = list(inbox(folder, marker="{stem}.OK").claim_all(work))

    assert left == [Left("stock.csv", "waiting", "its marker stock.OK is older than it")]


@pytest.mark.parametrize("name", ["stock.csv.done", "stock.OK", "stock.complete", "~$stock.csv", "stock.csv.filepart"])
def test_markers_and_temporary_names_are_no_snapshots(name: str) -> None:
    assert not FolderPickup(path=Path("inbox")).wants(name)


def test_names_to_ignore_can_be_added() -> None:
    pickup = FolderPickup(path=Path("inbox"), pattern="*.csv", ignore=("orders*",))

    assert [name for name in ("stock.csv", "orders.csv", "stock.csv.tmp") if pickup.wants(name)] == ["stock.csv"]


def test_a_marker_is_no_snapshot_whatever_it_is_called() -> None:
    pickup = FolderPickup(path=Path("inbox"), marker="{stem}.ready")

    assert [name for name in ("stock.csv", "stock.ready") if pickup.wants(name)] == ["stock.csv"]


# Trailers

TRAILER = r"TRAILER\|(?P<rows>\d+)"


def trailing(shop: Shop) -> None:
    shop.replace('pattern = "*.csv"', f"pattern = \"*.csv\", trailer = '{TRAILER}'")


def test_the_rows_that_a_trailer_declares_are_there(shop: Shop) -> None:
    trailing(shop)
    shop.drop(STOCK + "TRAILER|4\r\n")

    [taken] = shop.ingest()

    assert (taken.outcome, taken.message) == ("loaded", "4 rows, 3 SKUs, 53 units")


def test_a_file_of_another_number_of_rows_is_refused(shop: Shop) -> None:
    trailing(shop)
    shop.drop(STOCK + "TRAILER|5\n")

    [taken] = shop.ingest()

    assert (taken.outcome, taken.message) == (
        "refused",
        "stock.csv: its trailer declares 5 rows, but it has 4; send it again",
    )


def test_a_young_file_waits_for_its_trailer_and_an_old_one_is_refused(shop: Shop) -> None:
    trailing(shop)
    file = shop.write("inbox/stock.csv", STOCK)
    [young] = shop.ingest()

    assert (young.outcome, young.message) == ("waiting", "its last line is not the trailer yet")
    with pytest.raises(FileRefused) as caught, without_trailer(file, TRAILER):
        pass
    why = f"stock.csv: its last line does not match {TRAILER!r}, so a part of it is missing; send it again"
    assert str(caught.value) == why


# Settings


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ('pattern = "../*.csv"', "pattern: '../*.csv' holds a slash; a pattern names files of the folder itself"),
        ('marker = "done"', "marker: 'done' must hold {name} or {stem} and no slash; write \"{name}.done\""),
        ('trailer = "("', "trailer: '(' is no regular expression: missing ), unterminated subpattern at position 0"),
        ('settle = "soon"', 'settle: \'soon\' is not a duration; write "90m", "6h" or "2d"'),
    ],
)
def test_settings_that_make_no_sense_are_refused(shop: Shop, setting: str, problem: str) -> None:
    shop.replace('pattern = "*.csv"', setting)

    with pytest.raises(ConfigProblem) as caught:
        shop.check()

    assert problem in str(caught.value)
