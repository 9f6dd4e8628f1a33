"""Marker files: a second file that says that the first is whole. It never comes before it, and never without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from looking import command, rows, states
from shop import STOCK, Shop

from batch.errors import ConfigProblem
from batch.profiles import load_profile

MARKED = 'extends = "csv"\nfile_name = "stock_{sequence}{suffix}"\n[files]\nmarker = "{name}.OK"\n'
FULL = "sku,warehouse,quantity\nBOX,EAST,7\nBOX,WEST,0\nMUG,EAST,12\nMUG,WEST,4\nPEN,EAST,0\nPEN,WEST,30\n"


@pytest.fixture
def marked(shop: Shop) -> Shop:
    """A web shop that waits for markers; the clock stands at this moment, for killed runs."""
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.write("profiles/marked.toml", MARKED)
    shop.replace('profile = "csv"', 'profile = "marked"')
    shop.drop()
    return shop


def partner(shop: Shop) -> dict[str, str]:
    return {file.name: file.read_text() for file in shop.delivered()}


def killed(shop: Shop, point: str) -> None:
    assert shop.cli("run", TALLYFEED_CRASH_AT=point).returncode == -9


def test_an_empty_marker_follows_each_file(marked: Shop) -> None:
    marked.web()
    marked.later(hours=1)
    marked.drop(STOCK.replace("30", "31"))
    marked.web()

    delta = "sku,warehouse,quantity\nPEN,EAST,0\nPEN,WEST,31\n"
    assert partner(marked) == {"stock_1.csv": FULL, "stock_1.csv.OK": "", "stock_2.csv": delta, "stock_2.csv.OK": ""}
    assert states(marked) == ["delivered", "delivered"]


def test_a_marker_may_be_called_after_the_stem_and_name_its_file(marked: Shop) -> None:
    marked.write("profiles/marked.toml", MARKED.replace('"{name}.OK"', '"{stem}.ok"\nmarker_text = "{name}\\n"'))
    marked.web()

    assert partner(marked) == {"stock_1.csv": FULL, "stock_1.ok": "stock_1.csv\n"}


@pytest.mark.parametrize("point", ["verified", "published", "unmarked", "marked", "delivered"])
def test_whatever_a_killed_run_left_the_next_one_finishes(marked: Shop, point: str) -> None:
    killed(marked, point)
    there = set(partner(marked))

    marked.web()

    assert ("stock_1.csv.OK" in there) == (point in {"marked", "delivered"})
    assert partner(marked) == {"stock_1.csv": FULL, "stock_1.csv.OK": ""}
    assert states(marked) == ["delivered"]
    assert marked.web().status == "nothing"


@pytest.mark.parametrize("point", ["published", "unmarked", "marked"])
def test_of_a_file_that_was_taken_meanwhile_no_marker_is_written(marked: Shop, point: str) -> None:
    killed(marked, point)
    for name in ("stock_1.csv", "stock_1.csv.OK"):
        (marked.root / "web" / name).unlink(missing_ok=True)

    marked.web()

    assert partner(marked) == {}
    assert states(marked) == ["delivered"]


def test_without_its_marker_a_file_does_not_count_as_delivered(marked: Shop) -> None:
    killed(marked, "unmarked")

    [delivery] = rows(marked, "delivery")
    [channel] = rows(marked, "channel")
    assert (delivery["state"], channel["baseline"]) == ("published", None)
    assert partner(marked) == {"stock_1.csv": FULL}


def test_deliver_writes_the_missing_marker_too(marked: Shop) -> None:
    killed(marked, "unmarked")

    assert command(marked, "deliver").code == 0
    assert partner(marked) == {"stock_1.csv": FULL, "stock_1.csv.OK": ""}


def test_the_marker_of_a_fixed_name_is_replaced(marked: Shop) -> None:
    text = MARKED.replace("stock_{sequence}", "stock").replace("[files]", '[files]\nmarker_text = "{name}"')
    marked.write("profiles/marked.toml", text)
    marked.replace('feed = "delta"', 'feed = "full"')
    marked.write("web/stock.csv.OK", "of last year")
    marked.web()

    assert partner(marked) == {"stock.csv": FULL, "stock.csv.OK": "stock.csv"}


def test_the_file_is_sent_again_with_its_marker(marked: Shop) -> None:
    marked.web()
    for file in marked.delivered():
        file.unlink()

    assert command(marked, "resend", "1").code == 0
    assert partner(marked) == {"stock_1.csv": FULL, "stock_1.csv.OK": ""}


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        ("done", "a marker is called after its file, and not the same; write {name}.OK or {stem}.ok"),
        ("{name}", "a marker is called after its file, and not the same; write {name}.OK or {stem}.ok"),
        ("{sequence}.OK", "{sequence} is not known here; known are: name, stem"),
    ],
)
def test_a_marker_that_could_be_mistaken_is_refused(tmp_path: Path, marker: str, problem: str) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "marked.toml").write_text(MARKED.replace("{name}.OK", marker))
    with pytest.raises(ConfigProblem) as refused:
        load_profile("marked", tmp_path)
    assert str(refused.value) == f"{tmp_path}/profiles/marked.toml: files.marker: {problem} (it is {marker!r})"
