"""The docs say what is true: generated pages are fresh, links lead somewhere, commands and exit codes are all there."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from batch.cli import COMMANDS
from batch.errors import EXIT_CODES
from batch.models import Merchant
from formats.snapshots import AnySnapshotFormat

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, ROOT / "CONTRIBUTING.md", ROOT / "samples" / "README.md", *sorted(DOCS.glob("*.md")))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What can follow the # in a link: headings in small letters, without punctuation, blanks as hyphens."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_generated_pages_are_what_make_docs_writes_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS)
    pages: dict[str, str] = import_module("generate").pages()

    assert {name: (DOCS / name).read_text("utf-8") for name in pages} == pages
    assert set(pages) == {"config.md", "order_sources.md", "profiles.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if not re.match(r"[a-z]+:", link)]
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_the_readme_links_to_every_page_of_the_docs() -> None:
    linked = set(re.findall(r"\]\(docs/([a-z_]+\.md)\)", README.read_text("utf-8")))

    assert linked == {page.name for page in DOCS.glob("*.md")}


def test_the_readme_describes_every_command_and_no_other() -> None:
    assert tuple(re.findall(r"^\| `tallyfeed ([a-z]+)", README.read_text("utf-8"), re.MULTILINE)) == COMMANDS


def test_the_readme_has_the_exit_codes_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", README.read_text("utf-8"), re.MULTILINE)

    assert {int(code): meaning for code, meaning in rows} == EXIT_CODES


def test_the_settings_of_the_snapshots_page_read_the_files_above_them(tmp_path: Path) -> None:
    page = (DOCS / "snapshots.md").read_text("utf-8")
    examples = re.findall(r"(?:^```\w*\n([^`]*?)^```\n\n)?^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    said = []
    for number, (content, settings) in enumerate(examples):
        source = TypeAdapter(AnySnapshotFormat).validate_python(tomllib.loads(settings))
        if content:
            file = tmp_path / str(number)
            file.write_text(content, "utf-8")
            read = source.read(file, warehouses=(), file_time=datetime.now(UTC), timezone=ZoneInfo("UTC"))
            said.append((read.available["sku"].to_list(), read.counts.units, read.rejects.height))

    assert sorted(said) == [(["00123"], 12, 0)] * 2 + [(["00123"], 16, 0)] * (len(said) - 2)
    assert (len(examples), len(said)) == (16, 12)


@pytest.mark.parametrize("page", [README, DOCS / "quickstart.md"], ids=["README", "quickstart"])
def test_a_whole_merchant_in_the_docs_is_a_valid_one(page: Path) -> None:
    merchants = [block for block in blocks(page, "toml") if block.startswith("name = ")]

    assert [Merchant.model_validate(tomllib.loads(text)).name for text in merchants] == ["Acme Outdoor"]


def test_the_tables_of_the_quickstart_make_one_valid_merchant() -> None:
    tables = [block for block in blocks(DOCS / "quickstart.md", "toml") if block.startswith(("name = ", "["))]

    merchant = Merchant.model_validate(tomllib.loads("".join(tables)))

    assert list(merchant.order_sources) == ["shop", "retailer"]
    assert [merchant.products, merchant.bundles, merchant.orders, merchant.rules].count(None) == 0
