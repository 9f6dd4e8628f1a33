"""Profiles: what an order source's guide demands of a file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import reduce
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError, model_validator

from batch.config import explained
from batch.durations import Duration
from batch.errors import ConfigProblem
from batch.models import Table, known_zone
from formats.feed import template
from formats.feeds import AnyFeedFormat
from formats.snapshots import AnySnapshotFormat
from mappings.delta import Absent
from mappings.model import FeedKind

#: What a file name may be made of, with an example of each; ``warehouse`` only where each has its own file.
NAME_FACTS: template.Values = {
    **template.FEED_FACTS,
    "control_number": 1,
    "suffix": ".csv",
    "warehouse": "EAST",
    "warehouse_name": "EAST",
}
#: What the name and the text of a marker file may be made of.
MARKER_FACTS = {"name", "stem"}
#: One of these makes every file name different from the one before.
UNIQUE_FIELDS = {"control_number", "sequence"}


def _name(text: str) -> str:
    template.check(text, NAME_FACTS)
    return text


def _marker_text(text: str) -> str:
    if unknown := sorted(template.names(text) - MARKER_FACTS):
        raise ValueError(f"{{{unknown[0]}}} is not known here; known are: {', '.join(sorted(MARKER_FACTS))}")
    return text


def _marker(text: str) -> str:
    if template.names(_marker_text(text)).isdisjoint(MARKER_FACTS) or text in {"{name}", "{stem}"}:
        raise ValueError("a marker is called after its file, and not the same; write {name}.OK or {stem}.ok")
    return text


class Files(Table):
    """``[files]``: how many files a feed becomes, and what follows each."""

    per_warehouse: bool = Field(default=False, description="Each warehouse has a file of its own.")
    rows: int | None = Field(
        default=None, ge=1, description="Rows, or items, of a file at most; a feed with more becomes several files."
    )
    bytes: int | None = Field(default=None, ge=1000, description="Bytes of a file at most; likewise.")
    marker: Annotated[str, AfterValidator(_marker)] | None = Field(
        default=None,
        description="Name of a second file that follows each one and says that it is whole: `{name}.OK`, or "
        "`{stem}.ok` without the file's suffix.",
    )
    marker_text: Annotated[str, AfterValidator(_marker_text)] = Field(
        default="", description="What the marker file holds; it may name the file with `{name}`."
    )


class ExpectedAnswer(Table):
    """What a partner answers to a file."""

    expects: Literal["997", "999", "TA1", "none"] = Field(
        default="997", description="Which answer it sends; any other that comes is read too."
    )
    within: Duration = Field(
        default="24h", validate_default=True, description="An answer that takes longer is overdue."
    )


class Described(Table):
    """What every profile says of a layout. Holds no secret and nothing of one merchant."""

    extends: str | None = Field(
        default=None,
        description="Another profile, whose keys hold where this one says nothing: tables are merged; lists, the table "
        "`snapshot`, and tables of another `type` or `pattern` are replaced.",
    )
    title: str = Field(description="One line for people.")
    evidence: Literal["ours", "documented", "partly", "example"] = Field(
        description="How well the layout is known: our own, documented, partly documented, or seen in examples."
    )
    source: str = Field(description="Where the layout is described.")
    unverified: str | None = Field(default=None, description="What of the layout nobody has documented.")


class System(Described):
    """How the files of a system are read, to which nothing is written."""

    snapshot: AnySnapshotFormat = Field(description="How a file of this layout is read as a snapshot.")


class Profile(Described):
    """What an order source's guide demands of a file."""

    feed: FeedKind = Field(description="What is sent unless the order source's table says otherwise.")
    absent: Absent = Field(description="What the order source makes of an SKU that a full file leaves out.")
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(
        default="UTC", description="Of the dates and times in the files and their names."
    )
    file_name: Annotated[str, AfterValidator(_name)] = Field(
        description=f"Name of the file, made of {', '.join(f'`{{{name}}}`' for name in NAME_FACTS)} and "
        "`{value:NAME}`."
    )
    kinds: dict[FeedKind, str] = Field(
        default={"full": "full", "delta": "delta"},
        description="The kinds of feed that the order source takes, and what it calls them: the text of `{kind}`.",
    )
    files: Files = Field(default=Files(), description="How many files a feed becomes.")
    acknowledgement: ExpectedAnswer | None = Field(
        default=None, description="What it answers; default: a 997 within 24 hours to an 846, nothing to other files."
    )
    format: AnyFeedFormat = Field(description="The layout.")
    snapshot: AnySnapshotFormat | None = Field(
        default=None, description="How a file of this layout is read as a snapshot, where it can be."
    )

    @model_validator(mode="after")
    def _takes_its_feeds(self) -> Self:
        if missing := {"full", self.feed} - self.kinds.keys():
            raise ValueError(
                f"kinds: add {', '.join(sorted(missing))}: a first feed is full, and later ones {self.feed}"
            )
        return self

    @model_validator(mode="after")
    def _files_have_names(self) -> Self:
        used = template.names(self.file_name)
        if self.files.per_warehouse and used.isdisjoint({"warehouse", "control_number"}):
            raise ValueError("files.per_warehouse: file_name needs {warehouse}, or all files have the same name")
        if (self.files.rows or self.files.bytes) and used.isdisjoint({"file", "control_number"}):
            raise ValueError("files: file_name needs {file}, or all files of a feed have the same name")
        if "warehouse" in used and not self.files.per_warehouse:
            raise ValueError("file_name: {warehouse} needs files.per_warehouse = true")
        return self

    @property
    def breaks_down(self) -> bool:
        """Whether the files say what lies in which warehouse."""
        return self.format.breaks_down or self.files.per_warehouse

    @property
    def values(self) -> frozenset[str]:
        """The names of the values that the order source's settings must give."""
        return self.format.values() | template.within(template.VALUE_PREFIX, template.names(self.file_name))

    @property
    def expected_answer(self) -> ExpectedAnswer | None:
        """What the order source answers to a file; None where it answers nothing."""
        by_default = ExpectedAnswer() if self.format.needs_interchange else None
        expected = self.acknowledgement or by_default
        return None if expected is None or expected.expects == "none" else expected

    def local(self, moment: datetime) -> datetime:
        """A moment as the files of this profile tell it."""
        return moment.astimezone(ZoneInfo(self.timezone))

    @property
    def names_are_unique(self) -> bool:
        """Whether every file gets a name of its own; otherwise each replaces the one before."""
        return bool(template.names(self.file_name) & UNIQUE_FIELDS)

    def render_file_name(self, values: Mapping[str, Any]) -> str:
        """The name of one file.

        Args:
            values: one for each of ``NAME_FACTS``, and the values that it names.

        Raises:
            ConfigProblem: the name would not be a plain file name.
        """
        return self._plain("file_name", template.fill_facts(self.file_name, values))

    def render_marker(self, name: str) -> tuple[str | None, str | None]:
        """The name and the text of the marker of a file; None where it has none.

        Raises:
            ConfigProblem: the name would not be a plain file name, or be that of the file.
        """
        if self.files.marker is None:
            return None, None
        facts = {"name": name, "stem": Path(name).stem}
        marker = self._plain("files.marker", template.fill_facts(self.files.marker, facts))
        if marker == name:
            raise ConfigProblem(self.title, [f"files.marker: the marker of {name} would have the same name"])
        return marker, template.fill_facts(self.files.marker_text, facts)

    def _plain(self, key: str, name: str) -> str:
        if not re.fullmatch(r"[^/\\\x00-\x1f\x7f]{1,200}", name) or name.startswith("."):
            raise ConfigProblem(self.title, [f"{key}: {name!r} is not a plain file name of at most 200 characters"])
        return name


def built_in_profiles() -> dict[str, Path]:
    """The files of the profiles that come with Tallyfeed, by name."""
    return _built_in("profiles")


def built_in_systems() -> dict[str, Path]:
    """The files of the profiles that come with Tallyfeed and only read, by name."""
    return _built_in("systems")


def _built_in(folder: str) -> dict[str, Path]:
    files = (Path(str(resources.files("mappings"))) / folder).glob("*.toml")
    return {file.stem: file for file in sorted(files, key=lambda file: file.stem)}


def profile_file(name: str, workspace: Path) -> Path:
    """The file of a profile: of the workspace, else built in.

    Raises:
        ConfigProblem: there is none of this name.
    """
    own = workspace / "profiles" / f"{name}.toml"
    known = built_in_profiles() | built_in_systems()
    if "/" not in name and own.is_file():
        return own
    if name not in known:
        near = get_close_matches(name, known, 3, 0.4)
        hint = f"; perhaps {' or '.join(near)}" if near else ""
        raise ConfigProblem(own, [f"there is no profile {name!r}{hint}; `tallyfeed profiles` lists those built in"])
    return known[name]


def load_profile(name: str, workspace: Path) -> Profile:
    """Reads a profile of the workspace, or a built-in one, on top of those that it extends.

    Raises:
        ConfigProblem: there is none of this name, it is wrong, or it extends itself.
    """
    profile = load_any(name, workspace)
    if isinstance(profile, System):
        file = profile_file(name, workspace)
        raise ConfigProblem(file, [f"profile {name} has no format: it reads the files of sources, and writes none"])
    return profile


def load_any(name: str, workspace: Path) -> Profile | System:
    """Reads a profile of either kind: one that writes, or one that only reads.

    Raises:
        ConfigProblem: there is none of this name, it is wrong, or it extends itself.
    """
    file = profile_file(name, workspace)
    table = reduce(_on_top, reversed(list(_with_extended(file, workspace))))
    model = System if "snapshot" in table and "format" not in table else Profile
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigProblem(file, explained(error, model)) from None


def snapshot_settings(name: str, workspace: Path) -> dict[str, Any]:
    """How files of a profile are read as snapshots.

    Raises:
        ConfigProblem: there is no such profile, it is wrong, or its files can't be read.
    """
    profile = load_any(name, workspace)
    if profile.snapshot is None:
        raise ConfigProblem(profile_file(name, workspace), [f"profile {name} says nothing of reading its files"])
    return profile.snapshot.model_dump(mode="json", by_alias=True, exclude_unset=True)


def merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A table on top of another, table by table; one of another ``type`` or ``pattern`` shares no keys with it."""
    if any(key in own and own[key] != base.get(key) for key in ("type", "pattern")):
        return own
    both = {key: (base[key], own[key]) for key in base.keys() & own.keys()}
    tables = {key: merged(*pair) for key, pair in both.items() if all(isinstance(side, dict) for side in pair)}
    return {**base, **own, **tables}


def _on_top(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A profile on top of one that it extends; files of another shape are read in a way of their own."""
    return merged(base, own) | {key: own[key] for key in ("snapshot",) if key in own}


def _with_extended(file: Path, workspace: Path) -> Iterator[dict[str, Any]]:
    """What a profile says, then what the profile says that it extends, and so on."""
    seen = [file]
    while True:
        table = _read(file)
        yield table
        if (name := table.get("extends")) is None:
            return
        file = _extended(name, workspace, file)
        if file in seen:
            names = " -> ".join(path.stem for path in (*seen, file))
            raise ConfigProblem(seen[-1], [f"extends: the profiles extend each other: {names}"])
        seen.append(file)


def _extended(name: object, workspace: Path, by: Path) -> Path:
    """The file of a profile that another extends: of the same name, it is the built-in one."""
    known = built_in_profiles() | built_in_systems()
    own = workspace / "profiles" / f"{name}.toml"
    if isinstance(name, str) and "/" not in name and own.is_file() and own != by:
        return own
    if name not in known or known[str(name)] == by:
        hint = "`tallyfeed profiles` lists those built in"
        raise ConfigProblem(by, [f"extends: there is no other profile {name!r}; {hint}"])
    return known[str(name)]


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigProblem(file, [f"not readable as TOML: {error}"]) from None
