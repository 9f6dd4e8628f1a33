"""``tallyfeed profiles``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("profiles")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(root: Path, name: str | None, *, as_json: bool) -> None:
    """List the profiles that come with Tallyfeed, or print one.

    \b
    Examples:
      tallyfeed profiles
      tallyfeed profiles xml > profiles/my-partner.toml
    """
    from batch.output import print_json, print_table
    from batch.profiles import Profile, built_in_profiles, built_in_systems, load_any, profile_file

    if name and not as_json:
        click.echo(profile_file(name, root).read_text("utf-8"), nl=False)
        return
    names = [name] if name else [*built_in_profiles(), *built_in_systems()]
    profiles = {key: load_any(key, root) for key in names}
    if as_json:
        print_json({key: profile.model_dump(mode="json") for key, profile in profiles.items()})
        return
    rows = [
        (key, p.format.type, p.feed, p.absent, p.evidence, p.title)
        if isinstance(p, Profile)
        else (key, p.snapshot.format, "only read", "", p.evidence, p.title)
        for key, p in profiles.items()
    ]
    print_table(("profile", "format", "feed", "absent is", "evidence", "title"), rows)
