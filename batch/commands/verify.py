"""``tallyfeed verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from formats.verify.against import Told
    from formats.verify.file import Verdict
    from formats.verify.problem import Problem

_WIDEST = 60  # characters of a segment


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option(
    "--run", "run_id", type=int, metavar="RUN", help="Compare with what this run told; without FILE, its own."
)
@click.option("--profile", help="Allow what the partner of this profile wants, though the standard does not have it.")
@click.option("--allow", multiple=True, metavar="NAME", help="Allow a deviation by its name, as the verdict calls it.")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many problems.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON; of a run, a list.")
@click.pass_obj
def command(
    root: Path,
    *,
    file: Path | None,
    run_id: int | None,
    profile: str | None,
    allow: tuple[str, ...],
    limit: int,
    as_json: bool,
) -> int:
    """Judge any partner's EDI 846, or a 997, 999 or TA1, as its receiver would; exit code 1 if it is not valid.

    A file of ours is known by its content. It is read back and compared with the feed that it was built from: every
    product once, the same quantities, nothing else.

    \b
    Examples:
      tallyfeed verify out/retailer/846_adventure-works_retailer_000000001.edi
      tallyfeed verify --run 17
      tallyfeed verify theirs.edi --allow duplicate-reference
    """
    from batch.errors import DONE, FAILED, BatchError, NotPossible
    from formats.errors import FileRefused
    from formats.verify.file import allowed_by, verify

    verdicts = []
    for judged, told in _judged(root, file, run_id):
        try:
            by_profile = _wanted(profile, root) if profile else allowed_by(told.layout) if told else ()
            verdicts.append(verify(judged, allowed={*allow, *by_profile}, told=told))
        except FileRefused as error:
            raise BatchError(str(error)) from None
        except ValueError as error:
            raise NotPossible(f"--allow: {error}") from None
    if as_json:
        _print_json(verdicts, alone=file is not None)
    else:
        for verdict in verdicts:
            _print(verdict, limit)
    return DONE if all(verdict.valid for verdict in verdicts) else FAILED


def _judged(root: Path, file: Path | None, run_id: int | None) -> list[tuple[Path, Told | None]]:
    """The files to judge, and what each was to tell if that is known."""
    from batch.config import SETTINGS_FILE
    from batch.session import session
    from batch.told import told_by_file, told_by_run

    if run_id is not None:
        with session(root) as opened:
            built = told_by_run(opened, run_id)
        return [(file, _named_like(file, run_id, built))] if file else [*built.values()]
    if file is None:
        raise click.UsageError("name a FILE, or a run with --run")
    if not (root / SETTINGS_FILE).is_file():
        return [(file, None)]
    with session(root) as opened:
        return [(file, told_by_file(opened, file))]


def _named_like(file: Path, run_id: int, built: dict[str, tuple[Path, Told]]) -> Told:
    """What the file of the same name was to tell; where a run built a single file, the name does not matter."""
    from batch.errors import NotPossible

    name = next(iter(built)) if len(built) == 1 else file.name
    if name not in built:
        raise NotPossible(f"run {run_id} built {', '.join(built)}: give {file.name} the name that it had")
    return built[name][1]


def _wanted(profile: str, root: Path) -> frozenset[str]:
    from batch.errors import NotPossible
    from batch.profiles import load_profile
    from formats.edi846.feed import Edi846Feed
    from formats.verify.file import allowed_by

    layout = load_profile(profile, root).format
    if not isinstance(layout, Edi846Feed):
        raise NotPossible(f"--profile {profile}: that is no EDI 846")
    return allowed_by(layout)


def _print(verdict: Verdict, limit: int) -> None:
    from batch.output import print_table

    for name, value in verdict.facts.items():
        click.echo(f"{name}: {value}")
    headings = ("segment", "set", "text", "element", "value", "problem", "what is wrong", "right would be")
    print_table(headings, [_row(problem) for problem in verdict.problems[:limit]])
    if verdict.count > limit:
        click.echo(f"… and {verdict.count - limit} more (--limit shows more)")
    for remark in verdict.remarks[:limit]:
        click.echo(f"worth a look: segment {remark.segment}, {remark.element}: {remark.why}")
    for name, times in verdict.allowed.items():
        click.echo(f"allowed: {name}, {times} time{'s' * (times > 1)}")
    click.echo("valid" if verdict.valid else f"not valid: {verdict.count} problem{'s' * (verdict.count > 1)}")


def _row(problem: Problem) -> tuple[object, ...]:
    text = problem.text if len(problem.text) <= _WIDEST else problem.text[: _WIDEST - 1] + "…"
    where = (problem.segment, problem.transaction_set, text, problem.element, problem.value)
    return (*where, problem.name, problem.why, problem.expected)


def _print_json(verdicts: list[Verdict], *, alone: bool) -> None:
    from dataclasses import asdict

    from batch.output import print_json

    printed = [{"valid": verdict.valid, **asdict(verdict)} for verdict in verdicts]
    print_json(printed[0] if alone else printed)
