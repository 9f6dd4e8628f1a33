"""``tallyfeed check``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("check")
@click.option(
    "--connect",
    is_flag=True,
    help="Also log in everywhere and try what each place can do, with a small file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_obj
def command(root: Path, *, connect: bool, as_json: bool) -> int:
    """Check configuration, profiles, tables and secrets.

    \b
    Example:
      tallyfeed check --connect
    """
    from batch.inspect import inspect_workspace
    from batch.output import print_json
    from batch.session import session

    with session(root) as opened:
        findings = []
        for finding in inspect_workspace(opened.workspace, opened.state, connect=connect):
            findings.append(finding)
            if not as_json:
                mark = "wrong" if finding.problem else "note " if finding.is_note else "fine "
                click.echo(f"{mark}  {finding.what}")
                for line in (finding.problem or "").splitlines():
                    click.echo(f"         {line}")
    if as_json:
        print_json(findings)
    return max(finding.exit_code for finding in findings)
