"""``tallyfeed status``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command("status")
@click.argument("targets", nargs=-1, metavar="[MERCHANT[/ORDER_SOURCE]]...")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(root: Path, targets: tuple[str, ...], *, as_json: bool) -> None:
    """Show how every source and order source stands.

    \b
    Example:
      tallyfeed status --json
    """
    from batch.orders_overview import orders
    from batch.output import print_json, print_table
    from batch.overview import order_sources, sources
    from batch.session import session

    with session(root) as opened:
        known = list(sources(opened.workspace, opened.state))
        received = list(orders(opened.workspace, opened.state))
        told = list(order_sources(opened.workspace, opened.state, opened.now(), targets))
    if as_json:
        print_json({"sources": known, "orders": received, "order_sources": told})
        return
    print_table(
        ("source", "newest file", "levels of", "as of (UTC)", "SKUs", "units", "message"),
        [(s["source"], _status(s), s["file"], s["as_of"], s["skus"], s["units"], s["message"]) for s in known],
    )
    if received:
        click.echo()
        print_table(
            ("orders", "newest file", "name", "loaded (UTC)", "open lines", "units", "unknown codes", "message"),
            [list({**files, "unknown": ", ".join(files["unknown"])}.values()) for files in received],
        )
    click.echo()
    shown = ("order_source", "status", "last_run", "told_at", "pending", "answer", "message")
    headings = ("order source", "status", "last run (UTC)", "told last (UTC)", "pending", "answer", "message")
    rows = [{**o, "status": _status(o), "pending": ", ".join(_pending(o))} for o in told]
    print_table(headings, [[row[name] for name in shown] for row in rows])


def _status(row: dict[str, Any]) -> str:
    since = row["held_since"]
    return f"held since {since:%Y-%m-%d %H:%M:%S}" if row["status"] == "held" and since else str(row["status"])


def _pending(row: dict[str, Any]) -> list[str]:
    """What is not delivered yet, and what is not collected."""
    return [*row["pending"], *(f"{name} (not collected)" for name in row["uncollected"])]
