"""``tallyfeed acks``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("acks")
@click.argument("targets", nargs=-1, metavar="[MERCHANT[/ORDER_SOURCE]]...")
@click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON.")
@click.pass_obj
def command(root: Path, targets: tuple[str, ...], *, as_json: bool) -> int:
    """Read what order sources answered (997, 999, TA1), and what is overdue.

    \b
    Example:
      tallyfeed acks acme/retailer
    """
    from batch.errors import DONE, FAILED
    from batch.night import Night
    from batch.output import print_json, print_table
    from batch.overview import overdue
    from batch.session import session

    with session(root) as opened:
        chosen = list(opened.workspace.chosen(targets))
        answered = list(Night(opened.workspace, opened.state, opened.now).answers(chosen))
        late = overdue(opened.state, chosen, opened.now())
    if as_json:
        print_json({"answers": answered, "overdue": late})
    else:
        rows = [(f"{a.merchant}/{a.order_source}", a.kind, a.state, a.file_name, a.message) for a in answered]
        print_table(("order source", "answer", "state", "to", "message"), rows)
        for one in late:
            click.echo(
                f"overdue: {one['order_source']} has not answered {one['file']}, due {one['due']:%Y-%m-%d %H:%M} UTC"
            )
        if not answered and not late:
            click.echo("no answers")
    return FAILED if late or any(one.is_bad for one in answered) else DONE
