"""``tallyfeed ingest``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("ingest")
@click.argument("target", required=False, metavar="[MERCHANT[/SOURCE]]")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each file as JSON.")
@click.pass_obj
def command(root: Path, target: str | None, *, as_json: bool) -> int:
    """Take in what lies in the inboxes: load, archive or quarantine it.

    \b
    Example:
      tallyfeed ingest acme/wms
    """
    from batch.errors import DONE, FAILED, HELD, NotPossible
    from batch.night import Night
    from batch.output import print_json
    from batch.print_reports import print_taken
    from batch.session import session

    with session(root) as opened:
        merchant, _, source = (target or "").partition("/")
        merchants = [merchant] if merchant else list(opened.workspace.merchants)
        if source and source not in opened.workspace.merchant(merchant).sources:
            known = ", ".join(opened.workspace.merchant(merchant).sources)
            raise NotPossible(f"{merchant} has no source called {source!r}; it has {known}")
        taken = list(Night(opened.workspace, opened.state, opened.now).ingest(merchants, source or None))
    if as_json:
        print_json(taken)
    elif taken:
        print_taken(taken)
    else:
        click.echo("nothing was waiting")
    if any(file.is_bad for file in taken):
        return FAILED
    return HELD if any(file.is_held for file in taken) else DONE
