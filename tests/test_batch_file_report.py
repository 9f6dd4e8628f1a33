"""The report of a file, as a merchant reads it."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import html

from batch.file_report import FileReport, as_html, as_text
from formats.errors import Example

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PART = FileReport(
    "stock.csv",
    "acme",
    "wms",
    NOON,
    "5 rows, 3 SKUs, 53 units",
    loaded="5 rows, 3 SKUs, 53 units",
    notes=("rows that repeat another: 1",),
    bad=[
        Example("row 6", "Avail", "<b>many</b>", "is not a whole number"),
        Example("row 7", None, None, "has 2 cells, the header has 3"),
        Example("row 8", None, None, "has 4 cells, the header has 3"),
    ],
)


def test_a_file_that_was_loaded_in_part() -> None:
    assert as_text(PART) == (
        "5 rows, 3 SKUs, 53 units\n\n"
        "stock.csv was loaded, but for 3 rows\n"
        "  File     stock.csv\n"
        "  For      acme, source wms\n"
        "  When     2026-11-20 12:00:00 UTC\n"
        "  Loaded   5 rows, 3 SKUs, 53 units\n\n"
        "Set aside: 2 rows has … cells, the header has …\n"
        "  row 7 has 2 cells, the header has 3\n"
        "  row 8 has 4 cells, the header has 3\n\n"
        'Set aside: 1 row, column "Avail": is not a whole number\n'
        '  row 6: "<b>many</b>"\n\n'
        "What to do\n"
        "  Correct these rows where the file is made, and send the whole file again, not the rows alone.\n"
        "  Until then the levels of these rows stay what they were before; all others are up to date.\n\n"
        "Notes\n"
        "  rows that repeat another: 1\n"
    )


def test_a_page_shows_values_and_runs_nothing() -> None:
    page = html.fromstring(as_html(PART))

    assert page.findtext(".//h1") == "stock.csv was loaded, but for 3 rows"
    assert [[cell.text for cell in row] for row in page.iterfind(".//tbody/tr")] == [
        ["7", "all", None, "has 2 cells, the header has 3"],
        ["8", "all", None, "has 4 cells, the header has 3"],
        ["6", "Avail", "<b>many</b>"],
    ]
    assert not [tag for tag in ("script", "link", "img", "b") if page.findall(f".//{tag}")]


def test_what_can_not_be_printed_is_spelled_out() -> None:
    odd = FileReport("a.csv", "m", "s", NOON, "why", bad=[Example("row 2", "Item", "\x07\u202e" + "x" * 300, "is odd")])

    assert f'  row 2: "\\x07\\x202e{"x" * 191}' in as_text(odd)


def test_many_rows_of_one_kind_are_counted() -> None:
    many = FileReport(
        "a.csv", "m", "s", NOON, "why", bad=[Example(f"row {n}", "Item", "", "is empty") for n in range(99)]
    )

    assert 'Bad: 99 rows, column "Item": is empty' in as_text(many)
    assert '  row 9: ""\n  and 89 more\n' in as_text(many)
    assert "<p>and 89 more</p>" in as_html(many)
