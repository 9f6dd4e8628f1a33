"""``tallyfeed run``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("run")
@click.argument("targets", nargs=-1, metavar="[MERCHANT[/ORDER_SOURCE]]...")
@click.option("--full", is_flag=True, help="Tell everything, whether it changed or not.")
@click.option("--now", "ignore_schedule", is_flag=True, help="Don't wait for the schedules.")
@click.option("--no-ingest", is_flag=True, help="Leave the inboxes alone.")
@click.option("--dry-run", is_flag=True, help="Build the files, send nothing, remember nothing.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="With --dry-run: a folder for the files.")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
@click.pass_obj
def command(
    root: Path,
    targets: tuple[str, ...],
    *,
    full: bool,
    ignore_schedule: bool,
    no_ingest: bool,
    dry_run: bool,
    out: Path | None,
    as_json: bool,
) -> int:
    """Take in snapshots, then build and deliver what is due.

    \b
    Examples:
      tallyfeed run                        everything that is due
      tallyfeed run acme/wayfair --full    one order source, all of it
      tallyfeed run --dry-run --out files  the files, and nothing sent
    """
    from batch.dry_run import dry_run as rehearse
    from batch.errors import DONE, HELD, PARTLY
    from batch.night import Night, exit_code
    from batch.output import print_json, progress, progress_done
    from batch.print_reports import print_answers, print_collections, print_reports, print_taken
    from batch.retention import clear_away
    from batch.session import session

    if out and not dry_run:
        raise click.UsageError("--out goes with --dry-run")
    with session(root) as opened:
        night = Night(opened.workspace, opened.state, opened.now)
        chosen = list(opened.workspace.chosen(targets))
        if dry_run:
            taken, answered = [], []
            reports = list(rehearse(opened.workspace, opened.state, chosen, opened.now(), out, full=full))
        else:
            merchants = [] if no_ingest else dict.fromkeys(merchant for merchant, _ in chosen)
            taken = list(night.ingest(merchants, ignore_schedule=ignore_schedule))
            print_taken(taken, quiet=as_json)
            print_collections(list(night.collections(chosen)), quiet=as_json)
            answered = list(night.answers(chosen))
            print_answers(answered, quiet=as_json)
            reports = []
            for report in night.run(chosen, full=full, ignore_schedule=ignore_schedule):
                reports.append(report)
                progress(f"{len(reports)} of {len(chosen)} order sources")
            progress_done()
            clear_away(opened.workspace, opened.state, opened.now())
    if as_json:
        print_json(reports)
    else:
        print_reports(reports)
    bad = any(file.is_bad for file in taken) or any(answer.is_bad for answer in answered)
    return exit_code(reports) or (PARTLY if bad else HELD if any(file.is_held for file in taken) else DONE)
