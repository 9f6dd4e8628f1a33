"""``tallyfeed reissue``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("reissue")
@click.argument("run_id", type=int, metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def command(root: Path, run_id: int, *, as_json: bool) -> int:
    """Send what the file of a run said under a new name and new control numbers.

    \b
    Example:
      tallyfeed history acme/retailer
      tallyfeed reissue 17
    """
    from batch.again import reissue
    from batch.output import print_json
    from batch.print_reports import print_reports
    from batch.session import session

    with session(root) as opened:
        report = reissue(opened.workspace, opened.state, run_id, opened.now)
    if as_json:
        print_json(report)
    else:
        print_reports([report])
    return report.exit_code
