"""The command ``tallyfeed``: a module for each verb, or for two that are alike, imported when it is used."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from batch.errors import EXIT_CODES, FAILED, INTERRUPTED, USAGE, BatchError
from formats.pieces import piece_size

#: The verbs, in the order of a working day; each is the ``command`` of a module of its name in ``batch.commands``.
COMMANDS = (
    "init",
    "check",
    "ingest",
    "run",
    "deliver",
    "acks",
    "render",
    "status",
    "products",
    "explain",
    "history",
    "show",
    "verify",
    "hold",
    "approve",
    "resend",
    "reissue",
    "profiles",
    "profile",
    "mailbox",
    "schema",
)
#: Verbs that share a module, in which each has its own name.
_TOGETHER = {"resend": "again", "reissue": "again"}


class VerbGroup(click.Group):
    """Finds a command by its verb."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"batch.commands.{_TOGETHER.get(cmd_name, cmd_name)}")
        command: click.Command = getattr(module, cmd_name if cmd_name in _TOGETHER else "command")
        return command


_EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())


@click.group(cls=VerbGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    envvar="TALLYFEED_WORKSPACE",
    help="The workspace folder (default: this one; also TALLYFEED_WORKSPACE).",
)
@click.version_option(package_name="tallyfeed")
@click.pass_context
def cli(ctx: click.Context, workspace: Path) -> None:
    """Tell order sources what they may sell: snapshots in; CSV, XML and EDI 846 feeds out, delivered once.

    \b
    Example:
      tallyfeed init demo
      tallyfeed --workspace demo run
    """
    ctx.obj = workspace
    try:
        piece_size()
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def main() -> NoReturn:
    """Runs the command line and ends the process with the documented exit code."""
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE if error.exit_code == 1 else error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BatchError as error:
        click.echo(f"tallyfeed: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"tallyfeed: {where}{error.strerror or error}", err=True)
        sys.exit(FAILED)
