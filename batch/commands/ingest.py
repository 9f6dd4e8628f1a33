"""``tallyfeed ingest``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("ingest")
@click.argument("target", required=False, metavar="[MERCHANT[/SOURCE] | FILE]")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each file as JSON.")
@click.pass_obj
def command(root: Path, target: str | None, *, as_json: bool) -> int:
    """Take in what lies in the inboxes: load, archive or quarantine it.

    With a file instead: say what is understood of it, and which lines of configuration read it. No workspace is needed.

    \b
    Examples:
      tallyfeed ingest acme/wms
      tallyfeed ingest stock.csv
    """
    from batch.errors import DONE, FAILED, HELD, NotPossible
    from batch.night import Night
    from batch.output import print_json
    from batch.print_reports import print_taken
    from batch.session import session

    if target and Path(target).is_file():
        return _look_at(Path(target), as_json=as_json)
    with session(root) as opened:
        merchant, _, source = (target or "").partition("/")
        merchants = [merchant] if merchant else list(opened.workspace.merchants)
        if source and source not in (inboxes := opened.workspace.merchant(merchant).inboxes):
            known = ", ".join(inboxes)
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


def _look_at(file: Path, *, as_json: bool) -> int:
    from batch.errors import DONE
    from batch.first_look import first_look
    from batch.output import print_json, print_table

    seen = first_look(file)
    if as_json:
        print_json(seen)
        return DONE
    click.echo(f"{file}, as far as it can be told:")
    for name, text in seen.facts.items():
        click.echo(f"  {name:<10}  {text}")
    click.echo()
    print_table(("warehouse", "SKUs", "units"), seen.warehouses)
    for note in seen.notes:
        click.echo(f"note: {note}")
    click.echo("\nIf that is right, put this into merchants/<key>.toml:\n")
    click.echo(seen.config)
    return DONE
