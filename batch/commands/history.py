"""``tallyfeed history``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("history")
@click.argument("targets", nargs=-1, metavar="[MERCHANT[/ORDER_SOURCE]]...")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(root: Path, targets: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """List past runs and the files that they delivered, newest first.

    \b
    Example:
      tallyfeed history acme/wayfair -n 5
    """
    from batch.output import print_json, print_table
    from batch.overview import history
    from batch.session import session

    with session(root) as opened:
        rows = history(opened.workspace, opened.state, targets, limit)
    if as_json:
        print_json(rows)
        return
    shown = ("run", "order_source", "started_at", "status", "feed", "file", "delivery", "message")
    print_table([name.replace("_", " ") for name in shown], [[row[name] for name in shown] for row in rows])
    if not rows:
        click.echo("nothing has run yet")
