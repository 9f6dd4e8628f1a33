"""What a merchant is told of a file that was refused, or loaded in part: a page to read, as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import islice
from pathlib import Path

import polars as pl

from batch.output import counted
from formats.errors import Example

#: Rows that are shown of each group.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of a file.

    Attributes:
        file_name: as it came.
        merchant: key of the merchant.
        source: key of the source.
        when: it was taken in, by the merchant's clock.
        message: why nothing of it was loaded, if so.
        loaded: what was, if anything.
        notes: what else a person should know, a sentence each.
        bad: the rows that were set aside.
        doubts: the rows whose code looks damaged.
    """

    file_name: str
    merchant: str
    source: str
    when: datetime
    message: str
    loaded: str | None = None
    notes: tuple[str, ...] = ()
    bad: Sequence[Example] = ()
    doubts: Sequence[Example] = ()

    @property
    def title(self) -> str:
        """What became of it, in a few words."""
        if self.loaded is None:
            return f"{self.file_name} was not loaded"
        return (
            f"{self.file_name} was loaded, but for {counted(len(self.bad), 'row')}"
            if self.bad
            else (f"{self.file_name} was loaded, with doubts")
        )

    def what_to_do(self) -> Iterator[str]:
        """The next steps of whoever sends the file."""
        if self.loaded is None:
            yield "Correct what is named here where the file is made, and send the whole file again."
            yield "Until then the stock that was known before stands."
        elif self.bad:
            yield "Correct these rows where the file is made, and send the whole file again, not the rows alone."
            yield "Until then the levels of these rows stay what they were before; all others are up to date."
        if self.doubts:
            yield "Have the columns of codes written as text, and compare the codes below with your own list."


def examples_of(rows: pl.DataFrame) -> list[Example]:
    """The rows of ``rejects`` or ``doubts`` of a snapshot that was read."""
    facts = rows.select("row", "place", "column", "value", "reason").iter_rows()
    return [Example(place or f"row {row}", column, value, reason) for row, place, column, value, reason in facts]


def write_report(beside: Path, report: FileReport) -> None:
    """Writes the report beside a file: its name with ``.why.txt`` and with ``.why.html`` behind it."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.with_name(beside.name + ".why.txt").write_text(as_text(report), "utf-8")
    beside.with_name(beside.name + ".why.html").write_text(as_html(report), "utf-8")


def as_text(report: FileReport) -> str:
    """The report as lines of text."""
    return "\n".join(_text_lines(report)) + "\n"


def as_html(report: FileReport) -> str:
    """The report as a page that needs nothing else, runs nothing, and can be read on a telephone."""
    return _PAGE.format(title=escape(report.title), style=_STYLE, body="\n".join(_html_lines(report)))


def _text_lines(report: FileReport) -> Iterator[str]:
    yield report.message
    yield ""
    yield report.title
    yield from (f"  {name:9}{value}" for name, value in _facts(report))
    for heading, examples in _sections(report):
        for (column, reason), found in _groups(examples):
            yield ""
            yield f"{heading}: {counted(len(found), 'row')}{_of(column)} {reason}"
            yield from (f"  {line}" for line in _text_rows(found, reason))
            yield from _more(len(found))
    yield ""
    yield "What to do"
    yield from (f"  {step}" for step in report.what_to_do())
    if report.notes:
        yield ""
        yield "Notes"
        yield from (f"  {note}" for note in report.notes)


def _html_lines(report: FileReport) -> Iterator[str]:
    yield "<dl>"
    yield from (f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in _facts(report))
    yield "</dl>"
    if report.loaded is None:
        yield f'<p class="why">{escape(report.message)}</p>'
    yield "<h2>What to do</h2><ul>"
    yield from (f"<li>{escape(step)}</li>" for step in report.what_to_do())
    yield "</ul>"
    for heading, examples in _sections(report):
        yield f"<h2>{heading}: {counted(len(examples), 'row')}</h2>"
        for (column, reason), found in _groups(examples):
            yield f"<h3>{counted(len(found), 'row')}{escape(_of(column))} {escape(reason)}</h3>"
            yield from _html_table(found, reason)
            yield from (f"<p>{more.strip()}</p>" for more in _more(len(found)))
    if report.notes:
        yield "<h2>Notes</h2><ul>"
        yield from (f"<li>{escape(note)}</li>" for note in report.notes)
        yield "</ul>"


def _text_rows(found: Sequence[Example], reason: str) -> Iterator[str]:
    for example in found[:_SHOWN]:
        value = "" if example.value is None else f': "{_plain(example.value)}"'
        yield example.place + value + ("" if example.reason == reason else f" {example.reason}")


def _html_table(found: Sequence[Example], reason: str) -> Iterator[str]:
    differ = any(example.reason != reason for example in found)
    heads = ["row", "column", "value", *(["reason"] if differ else [])]
    yield f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
    for example in found[:_SHOWN]:
        place, column, value, why = example
        cells = (place.removeprefix("row "), column or "all", "" if value is None else value, why)
        yield f"<tr>{''.join(f'<td>{escape(_plain(cell))}</td>' for cell in cells[: len(heads)])}</tr>"
    yield "</tbody></table>"


def _facts(report: FileReport) -> Iterator[tuple[str, str]]:
    yield "File", report.file_name
    yield "For", f"{report.merchant}, source {report.source}"
    yield "When", f"{report.when:%Y-%m-%d %H:%M:%S %Z}"
    yield "Loaded", "nothing" if report.loaded is None else report.loaded


def _sections(report: FileReport) -> Iterator[tuple[str, Sequence[Example]]]:
    if report.bad:
        yield "Set aside" if report.loaded else "Bad", report.bad
    if report.doubts:
        yield "Codes in doubt", report.doubts


def _groups(examples: Sequence[Example]) -> list[tuple[tuple[str | None, str], list[Example]]]:
    """Rows with the same fault in the same column, the largest group first."""
    found: dict[tuple[str | None, str], list[Example]] = {}
    for example in examples:
        found.setdefault((example.column, _same(example.reason)), []).append(example)
    alone = {key: (key[0], rows[0].reason) if len(rows) == 1 else key for key, rows in found.items()}
    return sorted(((alone[key], rows) for key, rows in found.items()), key=lambda group: -len(group[1]))


def _same(reason: str) -> str:
    """A reason without what differs from row to row."""
    return re.sub(r"\b(row|segment|line|has|as|been) [0-9][0-9.]*", r"\1 …", reason)


def _of(column: str | None) -> str:
    return "" if column is None else f', column "{column}":'


def _more(rows: int) -> Iterator[str]:
    if rows > _SHOWN:
        yield f"  and {rows - _SHOWN:,} more"


def _plain(text: str) -> str:
    """A text of the file without what would break a line or a page."""
    shown = "".join(islice((c if c.isprintable() else f"\\x{ord(c):02x}" for c in text), 200))
    return shown + ("…" if len(text) > 200 else "")


_STYLE = """\
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --line: #d5d8dc; --soft: #f4f5f7; --mark: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e7e9; --paper: #17181a; --line: #3a3d41; --soft: #222427; --mark: #ff8a80; }
}
body { max-width: 46rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; line-height: 1.25; border-left: .35rem solid var(--mark); padding-left: .7rem; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; font-weight: 600; }
dl { margin: 1rem 0; }
dl div { display: flex; gap: 1rem; padding: .2rem 0; border-bottom: 1px solid var(--line); }
dt { flex: 0 0 4.5rem; opacity: .7; }
dd { margin: 0; }
.why { background: var(--soft); padding: .7rem .9rem; border-radius: .4rem; }
ul { padding-left: 1.2rem; margin: .4rem 0; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; opacity: .7; }
td:first-child { white-space: nowrap; }
td:nth-child(3) { font-family: ui-monospace, monospace; white-space: pre-wrap; }
@media print { body { max-width: none; } }
"""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
