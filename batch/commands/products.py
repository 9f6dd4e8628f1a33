"""``tallyfeed products``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("products")
@click.argument("merchant")
@click.argument("sku", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(root: Path, merchant: str, sku: str | None, *, as_json: bool) -> None:
    """Show the levels of a merchant's products, per warehouse and in total.

    \b
    Example:
      tallyfeed products acme MUG-RED
    """
    from batch.inputs import load_inputs
    from batch.output import print_json, print_table
    from batch.product_view import product, product_rows
    from batch.session import session

    with session(root) as opened:
        inputs = load_inputs(opened.workspace, opened.state, merchant)
    if sku is None:
        rows = product_rows(inputs)
        if as_json:
            print_json(rows)
        else:
            print_table(list(rows[0]) if rows else [], [list(row.values()) for row in rows])
        return
    found = product(inputs, merchant, sku)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['sku']}: {found['total']} available")
    print_table(
        ("warehouse", "available", "as of (UTC)"),
        [(level["warehouse"], level["available"], level["as_of"]) for level in found["levels"]],
    )
    if found["orders"]:
        click.echo("open orders, which a level doesn't reflect yet:")
        orders = [list(line.values()) for line in found["orders"]]
        print_table(("order", "order source", "units", "warehouse", "ordered (UTC)"), orders)
    for name, value in found["details"].items():
        click.echo(f"{name}: {value}")
