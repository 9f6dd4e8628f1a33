"""The database: its tables, who may write, and the control numbers."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from looking import rows
from shop import STOCK, Shop
from sqlalchemy import text

from batch.errors import BatchError, ConfigProblem, Fenced
from batch.ledger import Channel, next_control_number, take_control_number
from batch.locks import locked
from batch.tables import metadata


def test_migrations_make_exactly_the_tables_that_the_code_knows(shop: Shop) -> None:
    with shop.open() as opened, opened.state.writing() as tx:
        assert compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), metadata) == []


def test_the_database_is_durable_and_lets_readers_read(shop: Shop) -> None:
    with shop.open() as opened, opened.state.reading() as tx:
        pragmas = {name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}

    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def test_a_database_of_a_newer_version_is_refused_and_left_alone(shop: Shop) -> None:
    with shop.open() as opened, opened.state.writing() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0999'"))

    with pytest.raises(BatchError) as caught, shop.open():
        pass

    database = shop.root / "state" / "tallyfeed.db"
    assert str(caught.value) == f"{database} was written by a newer Tallyfeed (revision 0999, this one knows 0001)"


def test_a_file_that_is_no_database_is_refused(shop: Shop) -> None:
    file = shop.write("state/tallyfeed.db", "this is a text" * 100)

    with pytest.raises(BatchError) as caught, shop.open():
        pass

    assert str(caught.value) == f"{file} can't be opened: file is not a database"


@pytest.mark.parametrize("url", ["nonsense", "sqlite:///", "postgresql:/acme:canary-9911@db/x"])
def test_a_url_that_names_no_database_is_refused_and_not_shown(shop: Shop, url: str) -> None:
    shop.write("tallyfeed.toml", f'[state]\nurl = "{url}"\n')

    with pytest.raises(ConfigProblem) as caught, shop.open():
        pass

    assert str(caught.value) == ('tallyfeed.toml: state.url: names no database; write "sqlite:///state/tallyfeed.db"')


def test_a_database_whose_driver_is_not_installed_is_refused_without_its_password(shop: Shop) -> None:
    shop.write("tallyfeed.toml", '[state]\nurl = "mysql+nodriver://acme:canary-9911@db/x"\n')

    with pytest.raises(ConfigProblem) as caught, shop.open():
        pass

    [problem] = caught.value.problems
    assert problem == "state.url: the driver for 'mysql+nodriver' is not installed"


def test_the_state_lies_where_the_settings_say(shop: Shop) -> None:
    shop.write("tallyfeed.toml", '[state]\nurl = "sqlite:///elsewhere/x.db"\nfiles = "files"\n')
    shop.drop()
    shop.web()

    assert (shop.root / "elsewhere" / "x.db").is_file()
    assert {"archive", "baselines", "levels", "outbox"} <= {folder.name for folder in (shop.root / "files").iterdir()}
    assert not (shop.root / "state").exists()


# Two at once


def test_while_one_process_works_on_an_order_source_another_says_so(shop: Shop) -> None:
    shop.drop()
    with shop.open() as opened, locked(opened.workspace.files, "feed.acme.web"):
        finished = shop.cli("run")

    assert finished.returncode == 11
    assert "running" in finished.stdout
    assert "another process is working on feed.acme.web" in finished.stdout
    assert shop.delivered() == []


def test_while_one_process_takes_in_a_source_another_leaves_its_files(shop: Shop) -> None:
    shop.drop()
    with shop.open() as opened, locked(opened.workspace.files, "source.acme.wms"):
        finished = shop.cli("ingest")

    assert (finished.returncode, finished.stdout) == (
        0,
        "acme/wms: waiting: another process is working on source.acme.wms\n",
    )
    assert [file.name for file in (shop.root / "inbox").iterdir()] == ["stock.csv"]


def test_a_lock_ends_with_its_owner(shop: Shop) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.drop()
    killed = shop.cli("run", TALLYFEED_CRASH_AT="uploading")

    assert (killed.returncode, shop.web().status) == (-9, "success")


def test_whoever_was_overtaken_cannot_record_anything(shop: Shop) -> None:
    with shop.open() as opened:
        with opened.state.writing() as tx:
            first = Channel.taken(tx, "acme", "web")
        with opened.state.writing() as tx:
            second = Channel.taken(tx, "acme", "web")
            second.change(tx, held="by the second")
        with pytest.raises(Fenced, match=r"^acme/web was taken over by .+:\d+$"), opened.state.writing() as tx:
            first.change(tx, held="by the first")

    [channel] = rows(shop, "channel")
    assert (channel["epoch"], channel["held"]) == (2, "by the second")


# Control numbers

EDI = """
[order_sources.{name}]
profile = "846-4010"
edi = {{ sender = "ACME", receiver = "{receiver}" }}
deliver = {{ type = "folder", path = "{name}" }}
"""


def numbers(shop: Shop) -> list[tuple[str, int]]:
    return [(row["order_source"], row["control_number"]) for row in rows(shop, "delivery") if row["control_number"]]


def test_control_numbers_rise_over_all_order_sources_of_a_trading_pair(shop: Shop) -> None:
    for name, receiver in (("north", "BIGCO"), ("south", "BIGCO"), ("other", "SMALLCO")):
        shop.add(EDI.format(name=name, receiver=receiver))
        (shop.root / name).mkdir()
    shop.drop()
    shop.run()
    shop.later(hours=1)
    shop.drop(STOCK.replace("30", "31"))
    shop.run()

    assert numbers(shop) == [("north", 1), ("south", 2), ("other", 1), ("north", 3), ("south", 4), ("other", 2)]
    assert b"*000000004*" in shop.delivered("south")[-1].read_bytes()


def test_a_number_that_another_process_took_meanwhile_is_not_taken_again(shop: Shop) -> None:
    with shop.open() as opened, opened.state.writing() as tx:
        number = next_control_number(tx, "A>B")
        first, second = take_control_number(tx, "A>B", number), take_control_number(tx, "A>B", number)

        assert (number, first, second, next_control_number(tx, "A>B")) == (1, True, False, 2)


def test_after_the_highest_number_comes_1(shop: Shop) -> None:
    with shop.open() as opened, opened.state.writing() as tx:
        tx.execute(text("INSERT INTO control_number VALUES ('A>B', 999999999)"))

        assert next_control_number(tx, "A>B") == 1


def test_a_superseded_interchange_leaves_a_gap_and_its_number_is_not_used_again(shop: Shop) -> None:
    shop.add(EDI.format(name="north", receiver="BIGCO"))
    shop.drop()
    shop.run()
    shop.later(hours=1)
    (shop.root / "north").mkdir()
    shop.drop(STOCK.replace("30", "31"))
    shop.run()

    states = [row["state"] for row in rows(shop, "delivery") if row["control_number"]]
    assert (numbers(shop), states) == ([("north", 1), ("north", 2)], ["superseded", "delivered"])


def test_a_run_leaves_a_merchant_whose_snapshots_another_process_takes_in(shop: Shop) -> None:
    shop.drop()
    with locked(shop.root / "state", "source.acme.wms"):
        finished = shop.cli("run")

    assert finished.returncode == 11
    assert "acme/web" in finished.stdout
    assert "another process is taking in the snapshots of acme" in finished.stdout
