"""``tallyfeed profile``."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("profile")
def command() -> None:
    """Make a profile of one's own from a sample, and try it.

    \b
    Example:
      tallyfeed profile new my-partner --from-sample sample.csv
      tallyfeed profile test my-partner
    """


@command.command("new")
@click.argument("name")
@click.option(
    "--from-sample", "sample", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file as the order source wants it.",
)  # fmt: skip
@click.pass_obj
def new(root: Path, *, name: str, sample: Path) -> None:
    """Draft profiles/NAME.toml from a sample file: delimiter, header, encoding, columns, where the warehouses are.

    \b
    Example:
      tallyfeed profile new my-partner --from-sample sample.csv
    """
    from batch.new_profile import new_profile

    file = new_profile(root, name, sample)
    click.echo(f"wrote {file}: look at its guesses, then try it with `tallyfeed profile test {name}`")


@command.command("test")
@click.argument("name")
@click.option(
    "--sample", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What it should look like; default: the sample that the profile was drafted from.",
)  # fmt: skip
@click.pass_obj
def test(root: Path, *, name: str, sample: Path | None) -> int:
    """Write sample data in a profile's layout, and show it beside the sample: exit code 1 if headers differ.

    \b
    Example:
      tallyfeed profile test my-partner
    """
    from batch.errors import DONE, FAILED
    from batch.new_profile import sample_of
    from batch.output import print_table
    from batch.profiles import load_profile
    from batch.try_profile import compared, rendered

    profile = load_profile(name, root)
    ours, held = rendered(profile)
    click.echo(ours.decode(getattr(profile.format, "encoding", "utf-8"), "replace").rstrip())
    for line in held:
        click.echo(f"held back: {line}", err=True)
    sample = sample or sample_of(root, name)
    if sample is None or profile.format.type != "csv":
        return DONE
    rows = list(compared(profile, sample, ours))
    click.echo()
    print_table(("column", "sample", "its first value", "profile", "its first value", ""), rows)
    return FAILED if any(row[-1] for row in rows) else DONE
