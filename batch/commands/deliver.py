"""``tallyfeed deliver``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("deliver")
@click.argument("targets", nargs=-1, metavar="[MERCHANT[/ORDER_SOURCE]]...")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
@click.pass_obj
def command(root: Path, targets: tuple[str, ...], *, as_json: bool) -> int:
    """Send what is built and not delivered; build nothing.

    \b
    Example:
      tallyfeed deliver acme
    """
    from batch.night import Night, exit_code
    from batch.output import print_json
    from batch.print_reports import print_collections, print_reports
    from batch.session import session

    with session(root) as opened:
        chosen = list(opened.workspace.chosen(targets))
        night = Night(opened.workspace, opened.state, opened.now)
        reports = list(night.deliver(chosen))
        print_collections(list(night.collections(chosen)), quiet=as_json)
    if as_json:
        print_json(reports)
    elif reports:
        print_reports(reports)
    else:
        click.echo("nothing is waiting to be delivered")
    return exit_code(reports)
