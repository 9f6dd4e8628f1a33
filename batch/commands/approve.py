"""``tallyfeed approve``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("approve")
@click.argument("target", metavar="MERCHANT/(ORDER_SOURCE|SOURCE)")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def command(root: Path, target: str, *, as_json: bool) -> int:
    """Let a held order source go on, and send the file that was held; or load the snapshot of a source that was held.

    \b
    Examples:
      tallyfeed approve acme/wayfair
      tallyfeed approve acme/wms
    """
    from batch.approval import approve, approve_snapshot
    from batch.errors import DONE
    from batch.night import Night, exit_code
    from batch.output import print_json
    from batch.print_reports import print_reports, print_taken
    from batch.session import session

    with session(root) as opened:
        if taken := approve_snapshot(opened.workspace, opened.state, target, opened.now()):
            if as_json:
                print_json(taken)
            else:
                print_taken([taken])
            return DONE
        approve(opened.workspace, opened.state, target, opened.now())
        reports = list(Night(opened.workspace, opened.state, opened.now).deliver(opened.workspace.chosen((target,))))
    if as_json:
        print_json(reports)
    elif reports:
        print_reports(reports)
    else:
        click.echo(f"{target} goes on with the next run")
    return exit_code(reports)
