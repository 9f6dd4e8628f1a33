from __future__ import annotations

import pytest
from shop import Shop

from batch.errors import ConfigProblem


def problems(shop: Shop) -> list[str]:
    with pytest.raises(ConfigProblem) as caught:
        shop.check()
    return list(caught.value.problems)


def test_a_good_workspace_is_fine(shop: Shop) -> None:
    shop.check()


def test_an_unknown_key_is_refused_with_its_path_and_the_key_that_was_meant(shop: Shop) -> None:
    shop.replace('feed = "delta"', 'feed = "delta"\nbufer = 2')

    assert problems(shop) == ["order_sources.web.bufer: unknown key; did you mean 'buffer'?"]


def test_an_unknown_key_of_a_destination_is_refused_with_its_path(shop: Shop) -> None:
    shop.replace('path = "web"', 'path = "web", hots = "x"')

    assert problems(shop) == ["order_sources.web.deliver.folder.hots: unknown key; known here: server, type, path"]


def test_a_missing_key_is_named(shop: Shop) -> None:
    shop.replace('profile = "csv"\n', "")

    assert problems(shop) == ["order_sources.web.profile: is missing"]


def test_a_wrong_value_is_shown(shop: Shop) -> None:
    shop.replace('feed = "delta"', 'feed = "delta"\nshare = 120')

    assert problems(shop) == ["order_sources.web.share: Input should be less than or equal to 100 (it is 120)"]


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ('at_least_every = "8 hours"', '\'8 hours\' is not a duration; write "90m", "6h" or "2d" (it is \'8 hours\')'),
        ('reserve = { EAST = "5 %" }', "'5 %' is neither units (10) nor a whole percentage (\"5%\") (it is '5 %')"),
        ('max_zeroed = "much"', "'much' is not a percentage; write \"30%\" (it is 'much')"),
        (
            'schedule = "hourly"',
            "'hourly' is not a schedule of five fields such as \"15 * * * *\": Wrong number of fields (it is 'hourly')",
        ),
    ],
)
def test_a_value_that_means_nothing_is_refused_with_an_example(shop: Shop, setting: str, problem: str) -> None:
    shop.replace('max_zeroed = "50%"', setting)

    [found] = problems(shop)
    assert found.split(": ", 1)[1] == problem


def test_an_unknown_time_zone_is_refused(shop: Shop) -> None:
    shop.configure('timezone = "New York"\n' + shop.merchant_toml)

    [found] = problems(shop)
    assert found.startswith("timezone: 'New York' is not a time zone; write one such as \"America/New_York\"")


def test_a_warehouse_that_is_not_listed_is_refused_wherever_it_is_named(shop: Shop) -> None:
    shop.replace('feed = "delta"', 'warehouses = ["EAST", "NORTH"]\nwarehouse_codes = { SOUTH = "9" }')

    assert problems(shop) == [
        "order_sources.web.warehouses: no warehouse 'NORTH' is listed (EAST, WEST); add [warehouses.NORTH]",
        "order_sources.web.warehouse_codes: no warehouse 'SOUTH' is listed (EAST, WEST); add [warehouses.SOUTH]",
    ]


def test_a_path_that_leaves_the_workspace_is_refused(shop: Shop) -> None:
    shop.replace('path = "inbox"', 'path = "../elsewhere"')

    assert problems(shop) == [
        "sources.wms.from.path: '../elsewhere' leaves the workspace; write an absolute path if that is meant"
    ]


def test_an_alias_needs_products(shop: Shop) -> None:
    shop.replace('feed = "delta"', 'alias = "web"')

    assert problems(shop) == [
        "order_sources.web.alias: 'web' needs a [products] table with a column alias:web",
    ]


def test_a_file_that_is_not_toml_is_refused_with_its_line(shop: Shop) -> None:
    shop.configure("name = Acme\n")

    [found] = problems(shop)
    assert found == "not readable as TOML: Invalid value (at line 1, column 8)"


def test_an_empty_folder_is_no_workspace(shop: Shop) -> None:
    (shop.root / "tallyfeed.toml").unlink()

    assert problems(shop) == ["there is no such file; `tallyfeed init` makes a workspace, `--workspace DIR` names one"]


def test_a_profile_that_does_not_exist_is_named_with_those_that_do(shop: Shop) -> None:
    shop.replace('profile = "csv"', 'profile = "cvs"')

    finished = shop.cli("check")

    assert finished.returncode == 10
    assert "profiles/cvs.toml: there is no profile 'cvs'; perhaps csv" in finished.stdout
    assert "; `tallyfeed profiles` lists those built in" in finished.stdout


def test_a_secret_that_is_not_set_is_named_and_never_shown(shop: Shop) -> None:
    shop.replace(
        'deliver = { type = "folder", path = "web" }',
        'deliver = { type = "sftp", host = "h", username = "u", password = { env = "WEB_PASSWORD" }, '
        'host_key = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }',
    )

    missing, present = shop.cli("check"), shop.cli("check", WEB_PASSWORD="canary-7531")

    assert missing.returncode == 10
    assert "the environment variable WEB_PASSWORD is not set; set it to the secret" in missing.stdout
    assert present.returncode == 0
    assert "canary-7531" not in present.stdout + present.stderr


def test_a_profile_of_the_workspace_is_used(shop: Shop) -> None:
    shop.write(
        "profiles/own.toml",
        'title = "Own"\nevidence = "ours"\nsource = "us"\nfeed = "full"\nabsent = "unchanged"\n'
        'file_name = "stock{suffix}"\n[format]\ntype = "csv"\nwarehouses = "total"\n'
        'columns = [{ header = "CODE", value = "{code}" }, { header = "QTY", value = "{total}" }]\n',
    )
    shop.replace('profile = "csv"', 'profile = "own"')
    shop.drop()
    shop.web()

    assert (shop.root / "web" / "stock.csv").read_text() == "CODE,QTY\nBOX,7\nMUG,16\nPEN,30\n"
