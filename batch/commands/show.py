"""``tallyfeed show``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-n", "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many lines.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(file: Path, limit: int, *, as_json: bool) -> None:
    """Print a feed file, CSV, XML or EDI 846, as a table a person can read.

    \b
    Example:
      tallyfeed show out/retailer/846_adventure-works_retailer_000000001.edi
    """
    from batch.errors import BatchError
    from batch.output import print_json, print_table
    from formats.errors import FileRefused
    from formats.show.file import table

    try:
        shown = table(file)
    except FileRefused as error:
        raise BatchError(str(error)) from None
    if as_json:
        print_json({"format": shown.format, "facts": shown.facts, "lines": shown.table.to_dicts()})
        return
    click.echo(shown.format)
    for name, value in shown.facts.items():
        click.echo(f"  {name}: {value}")
    click.echo()
    print_table(shown.table.columns, shown.table.head(limit).rows())
    if shown.table.height > limit:
        click.echo(f"… and {shown.table.height - limit} more lines (--limit shows more)")
