"""Servers that can do less than OpenSSH, or do more than they are asked to: what a delivery makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from looking import Finished, command, rows, states
from lying_sftp_server import PASSWORD, PASSWORD_VARIABLE, LyingServer, lying_server
from odd_servers import LATE, NO_RENAME, NO_STAT, WRITE_ONLY, Partner, Windows, clobbers
from shop import MERCHANT, STOCK, Shop
from sshd import running_sshd

from batch import outbox

FULL = "sku,warehouse,quantity\nBOX,EAST,7\nBOX,WEST,0\nMUG,EAST,12\nMUG,WEST,4\nPEN,EAST,0\nPEN,WEST,30\n"
OWN = 'extends = "csv"\nfeed = "full"\nfile_name = "stock_{sequence}{suffix}"\n'


@dataclass
class Site:
    """A workspace, and the partner's folder behind an odd server."""

    shop: Shop
    folder: Path
    server: LyingServer

    def there(self) -> dict[str, str]:
        """The partner's files."""
        return {file.name: file.read_text() for file in self.folder.iterdir()}

    def set(self, settings: str) -> None:
        """Says in the settings what is different about the server."""
        self.shop.replace("deliver = {", f"deliver = {{ server = {{ {settings} }},")

    def killed(self, point: str) -> None:
        assert self.shop.cli("run", TALLYFEED_CRASH_AT=point).returncode == -9


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    monkeypatch.setattr(outbox, "_WAITS", (0.0,))
    folder = tmp_path / "partner"
    folder.mkdir()
    with lying_server() as server:
        shop = Shop(tmp_path / "workspace", merchant_toml=MERCHANT)
        shop.now = shop.now.now(shop.now.tzinfo)
        shop.write("profiles/own.toml", OWN)
        shop.replace('profile = "csv"\nfeed = "delta"', 'profile = "own"')
        shop.replace('{ type = "folder", path = "web" }', inline(server.config_table(folder)))
        shop.drop()
        yield Site(shop, folder, server)


def inline(table: dict[str, Any]) -> str:
    values = (f"{key} = {inline(value) if isinstance(value, dict) else repr(value)}" for key, value in table.items())
    return f"{{ {', '.join(values)} }}"


# Without a rename


def test_a_server_without_rename_gets_files_under_their_final_names(site: Site) -> None:
    site.server.odd = NO_RENAME
    site.set('publish = "write"')

    assert site.shop.web().status == "success"
    assert site.there() == {"stock_1.csv": FULL}


def test_a_server_without_rename_that_is_not_known_to_be_one_fails_and_leaves_the_temporary_name(site: Site) -> None:
    site.server.odd = NO_RENAME

    report = site.shop.web()

    why = f'rename: {site.folder}/stock_1.csv: the server says "" (status 8)'
    assert (report.status, report.message) == ("failed", why)
    assert list(site.there()) == [".stock_1.csv.1-1.part"]


@pytest.mark.parametrize("point", ["uploading", "uploaded", "verified", "delivered"])
def test_after_a_crash_a_file_is_written_again_under_the_same_name(site: Site, point: str) -> None:
    site.server.odd = NO_RENAME
    site.set('publish = "write"')
    site.killed(point)
    if point == "uploading":
        (site.folder / "stock_1.csv").write_text(FULL[:20])

    site.shop.web()

    assert site.there() == {"stock_1.csv": FULL}
    assert states(site.shop) == ["delivered"]


@pytest.mark.parametrize("point", ["uploading", "uploaded"])
def test_or_it_is_held_and_sent_again_once_it_is_approved(site: Site, point: str) -> None:
    site.server.odd = NO_RENAME
    site.set('publish = "write", unsure = "hold"')
    site.killed(point)
    (site.folder / "stock_1.csv").write_text(FULL[:20])

    held = site.shop.web()
    approved = command(site.shop, "approve", "acme/web")

    url = rows(site.shop, "delivery")[0]["destination"]
    why = f"it isn't known whether stock_1.csv arrived at {url}: the process ended while it was written"
    assert held.message == f"{why}; if it did not, approve it; `tallyfeed approve acme/web` sends it"
    assert (held.exit_code, approved.code, site.there()) == (13, 0, {"stock_1.csv": FULL})


def test_a_file_of_others_is_not_overwritten_even_without_rename(site: Site) -> None:
    site.set('publish = "write"')
    (site.folder / "stock_1.csv").write_text("theirs")

    held = site.shop.web()
    unsolved = command(site.shop, "approve", "acme/web")

    assert (held.status, unsolved.code, site.there()) == ("held", 13, {"stock_1.csv": "theirs"})


def test_the_partner_may_take_a_file_that_is_written_under_its_name(site: Site) -> None:
    site.server.odd = partner = Partner(site.folder, takes=True)
    site.set('publish = "write", looks = false')

    assert site.shop.web().status == "success"
    assert partner.taken == [("stock_1.csv", FULL.encode())]


def test_temporary_names_may_lie_in_another_folder(site: Site, tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    site.shop.replace("deliver = {", f'deliver = {{ temp_path = "{tmp_path}/incoming",')
    site.set('temp_name = "{name}.{attempt}"')
    site.killed("verified")

    waiting = [file.name for file in (tmp_path / "incoming").iterdir()]
    site.shop.web()

    assert waiting == ["stock_1.csv.1-1"]
    assert (list((tmp_path / "incoming").iterdir()), site.there()) == ([], {"stock_1.csv": FULL})


# What can be learnt


@pytest.mark.parametrize("odd", [NO_STAT, WRITE_ONLY, LATE], ids=["no stat", "write only", "late"])
@pytest.mark.parametrize("point", ["uploaded", "verified", "published", "delivered"])
def test_where_looking_is_no_use_a_crash_is_mended_by_renaming(site: Site, odd: Any, point: str) -> None:
    site.server.odd = odd
    site.set("looks = false")
    site.killed(point)

    site.shop.web()

    assert {name: text for name, text in site.there().items() if not name.startswith(".")} == {"stock_1.csv": FULL}
    assert states(site.shop) == ["delivered"]


def test_a_server_that_lets_nobody_look_serves_full_files_of_one_name(site: Site) -> None:
    site.server.odd = WRITE_ONLY
    site.set("looks = false")
    site.shop.write("profiles/own.toml", OWN.replace("_{sequence}", ""))
    site.shop.web()
    site.shop.later(hours=1)
    site.shop.drop(STOCK.replace("30", "31"))

    assert site.shop.web().status == "success"
    assert site.there() == {"stock.csv": FULL.replace("30", "31")}


# Sweeping


def test_a_swept_temporary_name_never_passes_for_a_delivery(site: Site) -> None:
    site.server.odd = Partner(site.folder, sweeps=True)

    first, second = site.shop.web(), site.shop.web()

    advice = 'if names like this are swept away there, set another one: server = { swept = true, temp_name = "…" }'
    assert first.message == f"rename: .stock_1.csv.1-1.part is gone before it was renamed; {advice}"
    assert (first.status, second.status, states(site.shop), site.there()) == ("failed", "failed", ["failed"], {})


def test_names_that_are_not_swept_get_through(site: Site) -> None:
    site.server.odd = Partner(site.folder, sweeps=True)
    site.set('swept = true, temp_name = "{name}.{attempt}.tmp"')

    assert (site.shop.web().status, site.there()) == ("success", {"stock_1.csv": FULL})


@pytest.mark.parametrize("point", ["verified", "published"])
def test_what_was_swept_or_taken_after_a_crash_is_sent_again_as_it_was(site: Site, point: str) -> None:
    site.set("swept = true")
    site.killed(point)
    for file in site.folder.iterdir():
        file.unlink()

    report = site.shop.web()

    assert (report.status, site.there(), states(site.shop)) == ("success", {"stock_1.csv": FULL}, ["delivered"])


def test_or_a_person_decides(site: Site) -> None:
    site.set('swept = true, unsure = "hold"')
    site.killed("verified")
    for file in site.folder.iterdir():
        file.unlink()

    held = site.shop.web()
    approved = command(site.shop, "approve", "acme/web")

    url = rows(site.shop, "delivery")[0]["destination"]
    why = f"it isn't known whether stock_1.csv arrived at {url}: neither its temporary nor its final name is there"
    assert held.message == f"{why}; if it did not, approve it; `tallyfeed approve acme/web` sends it"
    assert (approved.code, site.there()) == (0, {"stock_1.csv": FULL})


def test_what_was_swept_is_not_mistaken_for_the_file_of_the_same_name_before_it(site: Site) -> None:
    site.set("swept = true")
    site.shop.write("profiles/own.toml", OWN.replace("_{sequence}", ""))
    site.shop.web()
    site.shop.later(seconds=1)
    site.shop.drop(STOCK.replace("30", "31"))
    site.killed("verified")
    next(site.folder.glob(".*")).unlink()

    report = site.shop.web()

    assert (report.status, site.there()) == ("success", {"stock.csv": FULL.replace("30", "31")})


def test_a_write_only_server_gets_markers_too(site: Site) -> None:
    site.server.odd = WRITE_ONLY
    site.set("looks = false")
    site.shop.write("profiles/own.toml", OWN + '[files]\nmarker = "{name}.OK"\n')

    assert (site.shop.web().status, site.there()) == ("success", {"stock_1.csv": FULL, "stock_1.csv.OK": ""})


# Renames


def test_a_rename_that_would_overwrite_is_not_given_the_chance(site: Site) -> None:
    site.server.odd, site.server.extensions = clobbers, False
    (site.folder / "stock_1.csv").write_text("theirs")

    assert site.shop.web().status == "held"
    assert site.there()["stock_1.csv"] == "theirs"


@pytest.mark.parametrize("settings", ['replace = "at once"', 'replace = "remove first"'])
def test_a_server_that_cannot_rename_over_a_file_replaces_only_if_told_to(site: Site, settings: str) -> None:
    site.server.extensions = False
    site.set(settings)
    site.shop.write("profiles/own.toml", OWN.replace("_{sequence}", ""))
    (site.folder / "stock.csv").write_text("the one before")

    report = site.shop.web()

    told_to = "remove" in settings
    assert report.status == ("success" if told_to else "failed")
    assert site.there()["stock.csv"] == (FULL if told_to else "the one before")


def test_a_windows_server_keeps_what_differs_only_in_case(site: Site) -> None:
    site.server.odd = Windows(site.folder)
    (site.folder / "STOCK_1.CSV").write_text("theirs")

    assert site.shop.web().status == "held"
    assert site.there()["STOCK_1.CSV"] == "theirs"


def test_a_name_that_windows_refuses_is_refused_before_anything_is_sent(site: Site) -> None:
    site.set('names = "windows"')
    site.shop.write("profiles/own.toml", OWN.replace("stock_", "stock:"))

    report = site.shop.web()

    problem = "order_sources.web: a Windows server takes no file called 'stock:1.csv'"
    assert (report.message, report.exit_code) == (f"merchants/acme.toml: {problem}", 10)
    assert (site.there(), site.server.asked) == ({}, [])


# Real OpenSSH that refuses


REFUSING = [
    ("setstat,fsetstat", ""),
    ("rename,posix-rename", 'publish = "write"'),
    ("lstat,stat,fstat", "looks = false"),
    ("lstat,stat,fstat,opendir,readdir,read,remove", "looks = false"),
]


@pytest.mark.parametrize(("refuses", "settings"), REFUSING)
def test_an_openssh_that_refuses_some_requests_is_served(
    tmp_path: Path, refuses: str, settings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_WAITS", ())
    (tmp_path / "sshd").mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(running_sshd(tmp_path / "sshd", refuses=refuses))
        merchant = MERCHANT.replace('{ type = "folder", path = "web" }', inline(server.config_table()))
        shop = Shop(
            tmp_path / "w", merchant_toml=merchant.replace("deliver = {", f"deliver = {{ server = {{ {settings} }},")
        )
        shop.drop()

        report = shop.web()

        assert (report.status, [file.read_text() for file in server.folder.iterdir()]) == ("success", [FULL])


# Probing


def probed(site: Site) -> tuple[Finished, dict[str, str]]:
    finished = command(site.shop, "check", "--connect")
    [row] = rows(site.shop, "server")
    return finished, json.loads(row["abilities"])


def test_check_tries_what_a_server_can_do_and_leaves_nothing_there(site: Site) -> None:
    finished, abilities = probed(site)

    assert finished.code == 0
    assert "connected; it can create, rename, tell sizes, list, read, replace, remove" in finished.out
    assert set(abilities.values()) == {"yes"}
    assert site.there() == {}


@pytest.mark.parametrize(
    ("odd", "missing", "said"),
    [
        (NO_RENAME, {"rename"}, 'it can\'t rename, set server = { publish = "write" }: rename: '),
        (
            NO_STAT,
            {"create", "tell sizes"},
            "it doesn't tell sizes, set server = { looks = false }: compare the size: ",
        ),
        (LATE, {"tell sizes"}, "it doesn't tell sizes, set server = { looks = false }: look: it says None bytes, "),
    ],
    ids=["no rename", "no stat", "late"],
)
def test_check_names_the_setting_that_would_fit(site: Site, odd: Any, missing: set[str], said: str) -> None:
    site.server.odd = odd

    finished, abilities = probed(site)

    assert finished.code == 1
    assert said in finished.out
    assert missing <= {what for what, answer in abilities.items() if answer != "yes"}
    assert site.there() == {}
