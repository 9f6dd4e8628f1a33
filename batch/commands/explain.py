"""``tallyfeed explain``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("explain")
@click.argument("target", metavar="MERCHANT/ORDER_SOURCE")
@click.argument("sku")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(root: Path, target: str, sku: str, *, as_json: bool) -> None:
    """Show how a number came about, step by step, and what was sent last.

    \b
    Example:
      tallyfeed explain acme/wayfair MUG-RED
    """
    from batch.explain import explain
    from batch.feeding import Feeding
    from batch.inputs import load_inputs
    from batch.output import print_json, print_table
    from batch.session import session

    with session(root) as opened:
        merchant, _, order_source = target.partition("/")
        feeding = Feeding.of(opened.workspace, opened.state, merchant, order_source, opened.now)
        found = explain(feeding, load_inputs(opened.workspace, opened.state, merchant), sku)
    if as_json:
        print_json(found)
        return
    click.echo(
        f"{target}: SKU {found.sku}" + (f", sent as {found.code}" if found.code != found.sku and found.code else "")
    )
    for moment in sorted(set(found.as_of.values())):
        true_then = ", ".join(warehouse for warehouse, at in found.as_of.items() if at == moment)
        click.echo(f"  levels as of {moment:%Y-%m-%d %H:%M:%S} UTC: {true_then}")
    warehouses = [w for w in found.steps[-1].warehouses if any(step.warehouses[w] for step in found.steps)]
    shown = [step for i, step in enumerate(found.steps) if step.changed or i == 0]
    rows = [(step.name, step.meaning, step.total, *(step.warehouses[w] for w in warehouses)) for step in shown]
    print_table(("step", "", "total", *warehouses), rows)
    if found.orders:
        click.echo("open orders, which the levels don't reflect yet:")
        orders = [(o.order_id, o.order_source, o.quantity, o.warehouse, o.ordered_at) for o in found.orders]
        print_table(("order", "order source", "units", "warehouse", "ordered (UTC)"), orders)
    if found.left_out:
        click.echo(f"not sent: {found.left_out}")
    if found.oversold:
        click.echo(f"oversold: {found.oversold} units ordered that no selected warehouse can supply")
    if found.told:
        click.echo(
            f"told last: {found.told.quantity} by {found.told.file_name}, {found.told.sent_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    else:
        click.echo("told last: never")
    for warning in found.warnings:
        click.echo(f"note: {warning}")
