"""A feed that becomes several files: what each says, and what the order source knows while some are on their way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import rows
from sample_feeds import EAST, WEST, make_feed
from shop import Shop

from batch.parts import either

PROFILE = """\
title = "Own"
evidence = "ours"
source = "us"
feed = "{feed}"
absent = "{absent}"
file_name = "{name}{{suffix}}"
[files]
{files}
[format]
type = "csv"
warehouses = "{shape}"
columns = [{columns}]
"""
TOTALS = (
    '{ header = "code", value = "{code}" }, { header = "qty", value = "{total}" }, {header="n", value="{file}/{files}"}'
)
PLACES = (
    '{ header = "code", value = "{code}" }, { header = "wh", value = "{warehouse}" }, '
    '{ header = "qty", value = "{quantity}" }'
)


def profile(
    files: str,
    *,
    name: str = "stock-{sequence}-{file}",
    feed: str = "delta",
    absent: str = "unchanged",
    places: bool = False,
) -> str:
    shape, columns = ("rows", PLACES) if places else ("total", TOTALS)
    return PROFILE.format(feed=feed, absent=absent, name=name, files=files, shape=shape, columns=columns)


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop whose clock stands at this moment, because killed runs are processes of their own."""
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "own"')
    shop.drop()
    return shop


def arrived(shop: Shop) -> dict[str, list[str]]:
    """What lies at the partner's: the rows of each file, without the header."""
    return {file.name: file.read_text().splitlines()[1:] for file in shop.delivered()}


def test_a_feed_longer_than_a_file_may_be_becomes_several_and_each_says_which_it_is(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("rows = 2"))

    report = shop.web()

    assert (report.status, report.lines, report.file_name) == ("success", 3, "2 files, the last stock-1-2.csv")
    assert arrived(shop) == {"stock-1-1.csv": ["BOX,7,1/2", "MUG,16,1/2"], "stock-1-2.csv": ["PEN,30,2/2"]}


def test_rows_are_counted_where_a_product_takes_several_and_a_product_is_never_cut(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("rows = 5", places=True))
    shop.web()

    assert arrived(shop) == {
        "stock-1-1.csv": ["BOX,EAST,7", "BOX,WEST,0", "MUG,EAST,12", "MUG,WEST,4"],
        "stock-1-2.csv": ["PEN,EAST,0", "PEN,WEST,30"],
    }


def test_no_file_is_larger_than_the_order_source_takes(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("bytes = 1000"))
    shop.drop("Item,Loc,Avail\n" + "".join(f"ITEM-{n:05},EAST,{n}\n" for n in range(500)))
    shop.web()

    sizes = [file.stat().st_size for file in shop.delivered()]
    assert max(sizes) <= 1000
    assert sum(size > 600 for size in sizes) >= len(sizes) - 1  # and no smaller than need be
    assert sum(len(told) for told in arrived(shop).values()) == 500


def test_every_warehouse_has_its_own_file_and_a_delta_only_those_in_which_something_changed(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("per_warehouse = true", name="{warehouse}-{sequence}"))
    shop.web()
    assert arrived(shop) == {
        "EAST-1.csv": ["BOX,7,1/2", "MUG,12,1/2", "PEN,0,1/2"],
        "WEST-1.csv": ["BOX,0,2/2", "MUG,4,2/2", "PEN,30,2/2"],
    }

    shop.later(minutes=5)
    shop.drop("Item,Loc,Avail\nMUG,EAST,12\nMUG,WEST,3\nBOX,EAST,7\nPEN,WEST,30\n")
    assert shop.web().kind == "delta"

    assert {name: told for name, told in arrived(shop).items() if name.endswith("-2.csv")} == {
        "WEST-2.csv": ["MUG,3,1/1"]
    }


def test_an_interchange_per_warehouse_has_a_control_number_of_its_own(shop: Shop) -> None:
    shop.write(
        "profiles/own.toml",
        'title = "Own"\nevidence = "ours"\nsource = "us"\nextends = "846-4010-by-warehouse"\n'
        'file_name = "{warehouse}-{control_number:09d}{suffix}"\n[files]\nper_warehouse = true\n',
    )
    shop.replace('profile = "own"', 'profile = "own"\nedi = { sender = "ACME", receiver = "SHOP" }')
    shop.web()

    files = {file.name: file.read_text() for file in shop.delivered()}
    assert list(files) == ["EAST-000000001.edi", "WEST-000000002.edi"]
    assert [text.count("~\nST*") + text.count("~ST*") for text in files.values()] == [1, 1]
    assert [text[90:99] for text in files.values()] == ["000000001", "000000002"]


def test_a_killed_run_sends_the_files_that_are_left_and_none_again(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("rows = 1"))
    assert shop.cli("run", TALLYFEED_CRASH_AT="delivered").returncode == -9
    first = shop.delivered()[0]
    moment = first.stat().st_mtime_ns

    report = shop.web()

    assert (report.status, report.file_name) == ("success", "2 files, the last stock-1-3.csv")
    assert (list(arrived(shop)), first.stat().st_mtime_ns) == (
        ["stock-1-1.csv", "stock-1-2.csv", "stock-1-3.csv"],
        moment,
    )
    shop.later(minutes=5)
    shop.drop("Item,Loc,Avail\nMUG,EAST,12\nMUG,WEST,4\nBOX,EAST,6\nPEN,WEST,30\n")
    assert (shop.web().kind, arrived(shop)["stock-2-1.csv"]) == ("delta", ["BOX,6,1/1"])


def test_an_order_source_that_has_only_some_of_the_files_gets_everything_next_time(shop: Shop) -> None:
    """Else it would keep what one of them said of a number that has gone back since."""
    shop.write("profiles/own.toml", profile("rows = 1"))
    shop.web()
    shop.later(minutes=5)
    shop.drop("Item,Loc,Avail\nMUG,EAST,10\nMUG,WEST,4\nBOX,EAST,5\nPEN,WEST,30\nCAP,EAST,9\n")
    assert shop.cli("run", TALLYFEED_CRASH_AT="delivered").returncode == -9
    assert arrived(shop)["stock-2-1.csv"] == ["BOX,5,1/3"]

    shop.later(minutes=5)
    shop.drop("Item,Loc,Avail\nMUG,EAST,12\nMUG,WEST,4\nBOX,EAST,7\nPEN,WEST,30\n")
    assert shop.web().kind == "full"

    told = [line for name, lines in arrived(shop).items() if name.startswith("stock-3") for line in lines]
    assert told == ["BOX,7,1/4", "CAP,0,2/4", "MUG,16,3/4", "PEN,30,4/4"]
    assert [run["status"] for run in rows(shop, "run")] == ["success", "superseded", "success"]


def test_a_full_feed_that_must_be_one_file_is_not_cut(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("rows = 2", feed="full", absent="deleted"))

    report = shop.web()

    why = "3 products do not fit into one file of profile own, and SKUs that a file leaves out would be lost"
    assert (report.status, shop.delivered()) == ("failed", [])
    assert report.message.endswith(f"order_sources.web: {why}")


def test_resend_sends_all_files_of_a_run_again_and_the_next_feed_is_full(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("rows = 2"))
    shop.web()
    sent = {file.name: file.read_bytes() for file in shop.delivered()}
    for file in shop.delivered():
        file.unlink()

    assert shop.cli("resend", "1").returncode == 0

    assert {file.name: file.read_bytes() for file in shop.delivered()} == sent
    assert shop.web().kind == "full"


def test_reissue_gives_all_files_of_a_run_new_names(shop: Shop) -> None:
    shop.write("profiles/own.toml", profile("per_warehouse = true", name="{warehouse}-{sequence}"))
    shop.web()

    assert shop.cli("reissue", "1").returncode == 0

    told = arrived(shop)
    assert [told["EAST-2.csv"], told["WEST-2.csv"]] == [told["EAST-1.csv"], told["WEST-1.csv"]]


@pytest.mark.parametrize(
    ("files", "name", "problem"),
    [
        ("rows = 2", "stock-{sequence}", "files: file_name needs {file}, or all files of a feed have the same name"),
        (
            "per_warehouse = true",
            "stock-{sequence}",
            "files.per_warehouse: file_name needs {warehouse}, or all files have the same name",
        ),
        ("", "stock-{warehouse}", "file_name: {warehouse} needs files.per_warehouse = true"),
    ],
)
def test_files_that_would_replace_each_other_are_a_config_error(
    shop: Shop, files: str, name: str, problem: str
) -> None:
    shop.write("profiles/own.toml", profile(files, name=name))

    assert problem in shop.web().message


QUANTITIES = st.dictionaries(st.sampled_from("ABCDE"), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1)


@settings(max_examples=60, deadline=None)
@given(before=QUANTITIES, after=QUANTITIES)
def test_what_may_be_sellable_at_the_other_side_is_never_forgotten(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    lines = [
        make_feed([(code, *q) for code, q in sorted(said.items())], (EAST, WEST)).lines for said in (before, after)
    ]

    known = dict(either(lines[1], lines[0]).select("code", "quantity").iter_rows())

    totals = [{code: sum(q) for code, q in said.items()} for said in (before, after)]
    assert known == {code: max(said.get(code, 0) for said in totals) for code in totals[0].keys() | totals[1].keys()}
