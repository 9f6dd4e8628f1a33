"""How the reports of intake and runs look on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from batch.answered import Answered
from batch.collection import Collection
from batch.intake import Taken
from batch.output import counted, print_table
from batch.run import Report


def print_taken(taken: Sequence[Taken], *, quiet: bool = False) -> None:
    """Prints what became of each dropped file; with ``quiet`` only on stderr."""
    for file in taken:
        what = f"{file.file_name} {file.outcome}" if file.file_name else file.outcome
        click.echo(f"{file.merchant}/{file.source}: {what}: {file.message}", err=quiet)


def print_answers(answered: Sequence[Answered], *, quiet: bool = False) -> None:
    """Prints what order sources answered; with ``quiet`` only on stderr."""
    for one in answered:
        what = " ".join(filter(None, (one.kind, one.state, one.file_name)))
        click.echo(f"{one.merchant}/{one.order_source}: {what}: {one.message or one.answer_file}", err=quiet)


def print_collections(collections: Sequence[Collection], *, quiet: bool = False) -> None:
    """Prints what partners collected, and what they leave lying; with ``quiet`` only on stderr."""
    for one in collections:
        click.echo(" ".join(filter(None, (f"{one.merchant}/{one.order_source}:", one.file_name, one.what))), err=quiet)


def print_reports(reports: Sequence[Report]) -> None:
    """Prints one line for each order source."""
    rows = [
        (
            f"{report.merchant}/{report.order_source}",
            report.status,
            f"{report.kind}, {counted(report.lines, 'line')}" if report.file_name else "",
            report.file_name or "",
            _remarks(report),
        )
        for report in reports
    ]
    print_table(("order source", "status", "feed", "file", "message"), rows)


def _remarks(report: Report) -> str:
    counts = ", ".join(f"{number} {what}" for what, number in report.counts.items())
    return report.message + (f" ({counts})" if counts else "")
