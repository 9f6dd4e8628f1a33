"""What was sent is kept for a while, and longer where it is needed."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from shop import STOCK, Shop
from sqlalchemy import update

from batch import ledger
from batch.again import send_again
from batch.errors import NotPossible
from batch.retention import clear_away
from batch.tables import deliveries


def kept(shop: Shop) -> dict[str, int]:
    """How many files of each kind there are."""
    return {kind: len(list((shop.root / "state" / kind).glob("??/*"))) for kind in ("outbox", "told", "baselines")}


def age(shop: Shop) -> None:
    """Makes the files as old as the shop's clock says that they are."""
    for file in (shop.root / "state").glob("*/??/*"):
        os.utime(file, (shop.now.timestamp(), shop.now.timestamp()))


def clear(shop: Shop) -> dict[str, int]:
    with shop.open() as opened:
        clear_away(opened.workspace, opened.state, shop.now)
    return kept(shop)


@pytest.fixture
def old(shop: Shop) -> Shop:
    """A shop that told its web shop two things, 400 days and a second ago, and is open again."""
    shop.drop()
    shop.web()
    shop.later(hours=1)
    shop.drop(STOCK.replace("12", "11"))
    shop.web()
    age(shop)
    shop.later(days=400, seconds=1)
    return shop


def test_after_four_hundred_days_files_go_and_baselines_stay(old: Shop) -> None:
    old.now -= timedelta(seconds=2)
    assert clear(old) == {"outbox": 2, "told": 2, "baselines": 2}
    old.later(days=1)
    assert clear(old) == {"outbox": 0, "told": 0, "baselines": 2}


def test_the_time_is_a_setting(old: Shop) -> None:
    old.write("tallyfeed.toml", '[state]\nkeep = "500d"\n')
    assert clear(old) == {"outbox": 2, "told": 2, "baselines": 2}


def test_the_next_run_goes_on_as_if_nothing_had_gone(old: Shop) -> None:
    clear(old)
    old.drop(STOCK.replace("12", "10"))
    report = old.web()
    assert (report.status, report.kind, report.lines) == ("success", "delta", 1)


@pytest.mark.parametrize("values", [{"answer": "awaited"}, {"state": "held"}, {"state": "retry wait"}])
def test_what_is_under_way_or_awaits_an_answer_stays(old: Shop, values: dict[str, str]) -> None:
    with old.open() as opened, opened.state.writing() as tx:
        tx.execute(update(deliveries).where(deliveries.c.id == 1).values(**values))
        needed = ledger.delivery(tx, 1)
    assert clear(old) == {"outbox": 1, "told": 1, "baselines": 2}
    assert (old.root / "state" / "outbox" / needed.sha256[:2] / needed.sha256).exists()
    assert (old.root / "state" / "told" / needed.told[:2] / needed.told).exists()


def test_what_was_sent_again_counts_from_then(old: Shop) -> None:
    with old.open() as opened:
        send_again(opened.workspace, opened.state, 1, lambda: old.now, new_numbers=False)
    age_of_old = old.now - timedelta(days=400, seconds=1)
    for file in [*(old.root / "state").glob("outbox/??/*"), *(old.root / "state").glob("told/??/*")]:
        os.utime(file, (age_of_old.timestamp(), age_of_old.timestamp()))
    assert clear(old) == {"outbox": 1, "told": 1, "baselines": 2}


@pytest.mark.parametrize("new_numbers", [False, True])
def test_what_was_cleared_away_cannot_be_sent_again(old: Shop, new_numbers: bool) -> None:
    clear(old)
    name = json.loads(old.cli("history", "--json").stdout)[1]["file"]
    with old.open() as opened, pytest.raises(NotPossible) as refused:
        send_again(opened.workspace, opened.state, 1, lambda: old.now, new_numbers=new_numbers)
    assert str(refused.value) == f"{name} of run 1 was cleared away: state.keep is 400 days"
    assert len(old.delivered()) == 2
    assert len(json.loads(old.cli("history", "--json").stdout)) == 2


def test_it_looks_once_a_day(old: Shop) -> None:
    clear(old)
    stray = old.root / "state" / "outbox" / "ab" / ("ab" + "0" * 62)
    stray.parent.mkdir(exist_ok=True)
    stray.touch()
    os.utime(stray, (0, 0))
    old.later(hours=23)
    assert clear(old)["outbox"] == 1
    old.later(hours=1)
    assert clear(old)["outbox"] == 0


def test_a_run_clears_away(shop: Shop) -> None:
    shop.drop()
    stray = shop.write("state/outbox/ab/" + "ab" * 32, "old")
    os.utime(stray, (0, 0))
    assert shop.cli("run").returncode in {0, 13}
    assert not Path(stray).exists()
