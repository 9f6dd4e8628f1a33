"""``tallyfeed mailbox``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("mailbox")
@click.option("--user", help="The account that runs Tallyfeed (default: this one).")
@click.pass_obj
def command(root: Path, user: str | None) -> None:
    """Print the script that lets partners collect from their mailboxes; nothing is changed.

    \b
    Example:
      tallyfeed mailbox > mailbox.sh
    """
    from getpass import getuser

    from batch.config import load_workspace
    from batch.mailboxes import boxes, obstacles, setup_script

    found = boxes(load_workspace(root))
    for obstacle in obstacles(found):
        click.echo(f"note: {obstacle}", err=True)
    click.echo(setup_script(found, user or getuser()), nl=False)
