"""``tallyfeed approve``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("approve")
@click.argument("target", metavar="MERCHANT/ORDER_SOURCE")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def command(root: Path, target: str, *, as_json: bool) -> int:
    """Let a held order source go on, and send the file that was held.

    \b
    Example:
      tallyfeed approve acme/wayfair
    """
    from batch.approval import approve
    from batch.night import Night, exit_code
    from batch.output import print_json
    from batch.print_reports import print_reports
    from batch.session import session

    with session(root) as opened:
        approve(opened.workspace, opened.state, target, opened.now())
        reports = list(Night(opened.workspace, opened.state, opened.now).deliver(opened.workspace.chosen((target,))))
    if as_json:
        print_json(reports)
    elif reports:
        print_reports(reports)
    else:
        click.echo(f"{target} goes on with the next run")
    return exit_code(reports)
