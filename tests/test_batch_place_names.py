"""Folders with a part for each merchant or order source, in either order."""

from __future__ import annotations

import pytest
from ftpd import make_certificate, running_ftpd
from shop import Shop

from batch.destinations import destination
from batch.errors import ConfigProblem

OLD = 'path = "web" }'


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("out/{merchant}/{order_source}", "out/acme/web"),
        ("out/{order_source}/{merchant}", "out/web/acme"),
        ("out/{value:vendor}", "out/47 11"),
        ("out/{{{merchant}}}", "out/{acme}"),
    ],
)
def test_names_in_a_path_are_filled_in(shop: Shop, path: str, folder: str) -> None:
    shop.replace('profile = "csv"', 'profile = "csv"\nvalues = { vendor = "47 11" }')
    shop.replace(OLD, f'path = "{path}" }}')
    (shop.root / folder).mkdir(parents=True)
    shop.drop()
    assert shop.web().status == "success"
    assert len(shop.delivered(folder)) == 1


def test_they_are_filled_in_on_servers_too(shop: Shop) -> None:
    (shop.root / "remote" / "web" / "acme").mkdir(parents=True)
    certificate = make_certificate(shop.root / "certificate")
    with running_ftpd(shop.root / "remote", certificate) as server:
        table = server.config_table()
        password = f'{{ env = "{table["password"]["env"]}" }}'
        place = f'type = "ftp", host = "{table["host"]}", port = {table["port"]}, username = "{table["username"]}"'
        ca = 'ca_file = "certificate/authority.pem"'
        to = f'{{ {place}, password = {password}, {ca}, path = "/{{order_source}}/{{merchant}}" }}'
        shop.replace('{ type = "folder", path = "web" }', to)
        shop.drop()
        report = shop.web()
        assert report.message == f"delivered to ftpes://acme@127.0.0.1:{server.port}/web/acme"
    assert len(shop.delivered("remote/web/acme")) == 1


def test_answers_are_read_from_such_a_folder_too(shop: Shop) -> None:
    shop.add('[order_sources.web.answers]\nfrom = { type = "folder", path = "answers/{merchant}" }\n')
    (shop.root / "answers" / "acme").mkdir(parents=True)
    (shop.root / "answers" / "acme" / "x.997").write_text("nonsense")
    with shop.open() as opened:
        [answered] = shop.night(opened).answers([("acme", "web")])
    assert answered.answer_file == "x.997"


@pytest.mark.parametrize("vendor", ["..", ".", "", "a/b", "/etc", "a\\\\b", "a\\u0000b", "a\\nb"])
def test_a_value_cannot_lead_elsewhere(shop: Shop, vendor: str) -> None:
    shop.replace('profile = "csv"', f'profile = "csv"\nvalues = {{ vendor = "{vendor}" }}')
    shop.replace(OLD, 'path = "out/{value:vendor}" }')
    with pytest.raises(ConfigProblem) as refused:
        shop.check()
    [problem] = refused.value.problems
    assert problem.startswith("order_sources.web.deliver: 'out/{value:vendor}': {value:vendor} is ")
    assert problem.endswith(", which is not the name of one folder")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("out/{client}", "'out/{client}': {client} is not known here; there is merchant, order_source"),
        (
            "out/{value:vendor}",
            "'out/{value:vendor}': {value:vendor} is not known here; there is merchant, order_source",
        ),
        (
            "out/{merchant.name}",
            "'out/{merchant.name}': {merchant.name} is not known here; there is merchant, order_source",
        ),
        ("out/{merchant", "'out/{merchant' has a brace without its other half; for a brace itself write two"),
    ],
)
def test_what_cannot_be_filled_in_is_a_problem_of_the_configuration(shop: Shop, path: str, problem: str) -> None:
    shop.replace(OLD, f'path = "{path}" }}')
    with pytest.raises(ConfigProblem) as refused:
        shop.check()
    assert refused.value.problems == (f"order_sources.web.deliver: {problem}",)


def test_a_folder_without_names_stays_as_it_is(shop: Shop) -> None:
    with shop.open() as opened:
        assert destination(opened.workspace, "acme", "web").describe() == str(shop.root / "web")
