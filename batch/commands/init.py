"""``tallyfeed init``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def command(folder: Path) -> None:
    """Make a commented workspace with sample data that runs at once.

    \b
    Example:
      tallyfeed init demo && tallyfeed --workspace demo run
    """
    import shutil

    from batch.errors import NotPossible

    if folder.exists() and any(folder.iterdir()):
        raise NotPossible(f"{folder} is not empty; name a folder that is, or one that doesn't exist yet")
    starter = Path(__file__).parents[2] / "samples" / "starter"
    shutil.copytree(starter, folder, dirs_exist_ok=True)
    where = "" if folder == Path() else f" --workspace {folder}"
    click.echo(f"a workspace is in {folder}; next:")
    click.echo(f"  tallyfeed{where} check")
    click.echo(f"  tallyfeed{where} run")
