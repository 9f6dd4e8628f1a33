"""``tallyfeed hold``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("hold")
@click.argument("target", metavar="MERCHANT/ORDER_SOURCE")
@click.option("--why", default="by hand", help="The reason, for whoever looks at the status.")
@click.pass_obj
def command(root: Path, target: str, why: str) -> None:
    """Stop telling an order source anything until it is approved.

    \b
    Example:
      tallyfeed hold acme/wayfair --why "stock count under way"
    """
    from batch.approval import hold
    from batch.session import session

    with session(root) as opened:
        hold(opened.workspace, opened.state, target, why, opened.now())
    click.echo(f"{target} is on hold: {why}")
