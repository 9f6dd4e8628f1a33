"""``tallyfeed resend`` and ``tallyfeed reissue``."""

from __future__ import annotations

from pathlib import Path

import click

_run = click.argument("run_id", type=int, metavar="RUN")
_json = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")


@click.command("resend")
@_run
@_json
@click.pass_obj
def resend(root: Path, run_id: int, *, as_json: bool) -> int:
    """Send the file of a run again: the same name, bytes and control number.

    \b
    Example:
      tallyfeed history acme/retailer
      tallyfeed resend 17
    """
    return _send(root, run_id, new_numbers=False, as_json=as_json)


@click.command("reissue")
@_run
@_json
@click.pass_obj
def reissue(root: Path, run_id: int, *, as_json: bool) -> int:
    """Send what the file of a run said under a new name and new control numbers.

    \b
    Example:
      tallyfeed history acme/retailer
      tallyfeed reissue 17
    """
    return _send(root, run_id, new_numbers=True, as_json=as_json)


def _send(root: Path, run_id: int, *, new_numbers: bool, as_json: bool) -> int:
    from batch.again import send_again
    from batch.output import print_json
    from batch.print_reports import print_reports
    from batch.session import session

    with session(root) as opened:
        report = send_again(opened.workspace, opened.state, run_id, opened.now, new_numbers=new_numbers)
    if as_json:
        print_json(report)
    else:
        print_reports([report])
    return report.exit_code
