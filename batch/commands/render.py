"""``tallyfeed render``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("render")
@click.argument("snapshot", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--profile", "profile_name", required=True, help="The layout; `tallyfeed profiles` lists them.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default=Path("-"))
@click.option("--column", "columns", multiple=True, metavar="PART=HEADER", help="What a column means: sku=Item.")
@click.option("--value", "values", multiple=True, metavar="NAME=TEXT", help="What the profile asks for: vendor=4711.")
@click.option("--sender", metavar="QUALIFIER:ID", help="For EDI: who sends, as in ZZ:ACME.")
@click.option("--receiver", metavar="QUALIFIER:ID", help="For EDI: who receives.")
@click.pass_obj
def command(
    root: Path,
    *,
    snapshot: Path,
    profile_name: str,
    out: Path,
    columns: tuple[str, ...],
    values: tuple[str, ...],
    sender: str | None,
    receiver: str | None,
) -> None:
    """Turn one snapshot into one feed; no workspace needed, - is stdin and stdout.

    \b
    Examples:
      tallyfeed render stock.csv --profile xml
      tallyfeed render stock.csv --profile 846-4010 --sender ZZ:ACME --receiver 01:123456789 -o stock.edi
    """
    import shutil
    import sys
    from tempfile import TemporaryDirectory

    from batch.one_shot import render, trading_pair
    from batch.profiles import load_profile

    profile = load_profile(profile_name, root)
    meant = dict(_pair(column, "--column", "sku=Item") for column in columns)
    given = dict(_pair(value, "--value", "vendor=4711") for value in values)
    with TemporaryDirectory() as folder:
        if snapshot == Path("-"):
            snapshot = Path(folder, "stdin")
            with snapshot.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        written = Path(folder, "feed")
        said = render(snapshot, profile, written, columns=meant, values=given, pair=trading_pair(sender, receiver))
        if out == Path("-"):
            with written.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
        else:
            shutil.copyfile(written, out)
    counts = said.counts
    click.echo(f"{counts.rows} rows, {counts.skus} SKUs, {counts.units} units, {counts.bad_rows} bad rows", err=True)
    for note in said.notes:
        click.echo(f"note: {note}", err=True)


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, separator, said = text.partition("=")
    if not separator:
        raise click.UsageError(f"{option} {text}: write it as in {example}")
    return name, said
