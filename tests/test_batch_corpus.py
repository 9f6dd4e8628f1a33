"""Every file of the corpus is loaded with the right levels, or what is wrong with it is named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from corpus import KNOWN, Case, cases, toml_of
from shop import Shop

from batch.intake import Taken
from batch.level_store import LevelStore
from mappings.model import warehouse_column, warehouses_of

CASES = cases()
GROUPS = sorted({case.group for case in CASES})


def test_the_corpus_is_large_and_always_the_same() -> None:
    assert len(CASES) >= 300
    assert len({case.name for case in CASES}) == len(CASES)
    assert CASES[0].content == cases()[0].content


@pytest.mark.parametrize("group", GROUPS)
def test_every_file_is_loaded_or_refused_with_reasons(tmp_path: Path, group: str) -> None:
    chosen = {f"s{number}": case for number, case in enumerate(c for c in CASES if c.group == group)}
    shop = Shop(tmp_path / "workspace", merchant_toml=_merchant(chosen))
    shop.write("products.csv", "sku\n" + "".join(f"{code}\n" for code in KNOWN))
    for source, case in chosen.items():
        (shop.root / "inbox" / source).mkdir()
        shop.drop(case.content, name=f"{source}/{case.name}")

    taken = {each.source: each for each in shop.ingest()}

    wrong = {case.name: problem for source, case in chosen.items() if (problem := _wrong(shop, case, taken[source]))}
    assert wrong == {}


def _merchant(chosen: dict[str, Case]) -> str:
    sources = (
        f'[sources.{source}]\nfrom = {{ type = "folder", path = "inbox/{source}" }}\n{toml_of(case.settings)}'
        for source, case in chosen.items()
    )
    return 'name = "Acme"\n[products]\npath = "products.csv"\n[warehouses.EAST]\n[warehouses.WEST]\n' + "".join(sources)


def _wrong(shop: Shop, case: Case, taken: Taken) -> str | None:
    """What did not become of a file as it should."""
    outcome = "refused" if case.levels is None else "loaded"
    if taken.outcome != outcome:
        return f"{taken.outcome}: {taken.message}"
    if (known := _levels(shop, taken.source)) != dict(case.levels or {}):
        return f"levels {known}; {taken.message}"
    report = _report(shop, taken.source)
    if missing := [text for text in case.says if text not in taken.message + report]:
        return f"not said: {missing}; {taken.message}; {report}"
    if outcome == "loaded":
        aside = _set_aside(shop, taken.source)
        bad = [(place, column, value and value.strip()) for place, column, value in case.bad]
        return None if aside == bad else f"set aside {aside}, not {bad}"
    for place, column, value in case.bad:
        if not all(text is None or text.strip() in taken.message for text in (place, column, value)):
            return f"does not name {place}, {column}, {value}: {taken.message}"
    return None


def _levels(shop: Shop, source: str) -> dict[tuple[str, str], int]:
    with shop.open() as opened, opened.state.reading() as tx:
        levels = LevelStore(opened.workspace.files).of(tx, "acme", source)
    if levels is None:
        return {}
    return {
        (row["sku"], warehouse): row[warehouse_column(warehouse)]
        for row in levels.available.iter_rows(named=True)
        for warehouse in warehouses_of(levels.available)
        if row[warehouse_column(warehouse)] is not None
    }


def _quarantined(shop: Shop, source: str, suffix: str) -> str:
    folder = shop.root / "state" / "quarantine" / "acme" / source
    return "".join(file.read_text("utf-8-sig") for file in sorted(folder.rglob(f"*{suffix}")))


def _report(shop: Shop, source: str) -> str:
    text = _quarantined(shop, source, ".why.txt")
    assert ("What to do" in text) == bool(text)
    assert ("<!doctype html>" in _quarantined(shop, source, ".why.html")) == bool(text)
    return text


def _set_aside(shop: Shop, source: str) -> list[tuple[str, str | None, str | None]]:
    """Row, column and value of the reject file, without the apostrophe before formulas."""
    lines = _quarantined(shop, source, ".rejects.csv").splitlines(keepends=True)
    header = lines[0] if lines else ""
    rows = csv.DictReader(lines, delimiter=max(",;\t|", key=header.count))
    return [
        (row["row"], row["column"] or None, row["value"].removeprefix("'").strip() if row["column"] else None)
        for row in rows
    ]
