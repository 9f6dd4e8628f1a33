"""Profiles: what an order source's guide demands of a file."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from batch.config import explained
from batch.errors import ConfigProblem
from batch.models import Table
from formats.feeds import AnyFeedFormat
from mappings.delta import Absent
from mappings.model import FeedKind

#: What a file name may be made of.
NAME_FIELDS = ("merchant", "order_source", "kind", "as_of", "built_at", "control_number", "sequence", "suffix")
#: One of these makes every file name different from the one before.
UNIQUE_FIELDS = {"control_number", "sequence"}


def _template(text: str) -> str:
    for _, field, _, _ in string.Formatter().parse(text):
        if field is not None and field not in NAME_FIELDS:
            raise ValueError(f"{{{field}}} is not known; known: {', '.join(NAME_FIELDS)}")
    return text


class Profile(Table):
    """What an order source's guide demands of a file. Holds no secret and nothing of one merchant."""

    extends: str | None = Field(
        default=None,
        description="Another profile, whose keys hold where this one says nothing: tables are merged; lists, and "
        "tables of another `type` or `pattern`, are replaced.",
    )
    title: str = Field(description="One line for people.")
    evidence: Literal["ours", "documented", "partly", "example"] = Field(
        description="How well the layout is known: our own, documented, partly documented, or seen in examples."
    )
    source: str = Field(description="Where the layout is described.")
    feed: FeedKind = Field(description="What is sent unless the order source's table says otherwise.")
    absent: Absent = Field(description="What the order source makes of an SKU that a full file leaves out.")
    file_name: Annotated[str, AfterValidator(_template)] = Field(
        description=f"Name of the file, made of {', '.join(f'`{{{name}}}`' for name in NAME_FIELDS)}; times in UTC."
    )
    format: AnyFeedFormat = Field(description="The layout.")

    @property
    def names_are_unique(self) -> bool:
        """Whether every file gets a name of its own; otherwise each replaces the one before."""
        fields = {field for _, field, _, _ in string.Formatter().parse(self.file_name)}
        return bool(fields & UNIQUE_FIELDS)

    def render_file_name(self, **values: str | int | datetime) -> str:
        """The name of one file.

        Args:
            values: one for each of ``NAME_FIELDS``.

        Raises:
            ConfigProblem: the name would not be a plain file name.
        """
        name = self.file_name.format(**values)
        if not re.fullmatch(r"[^/\\\x00-\x1f\x7f]{1,200}", name) or name.startswith("."):
            raise ConfigProblem(self.title, [f"file_name: {name!r} is not a plain file name of at most 200 characters"])
        return name


def built_in_profiles() -> dict[str, Path]:
    """The files of the profiles that come with Tallyfeed, by name."""
    folder = Path(str(resources.files("mappings"))) / "profiles"
    return {file.stem: file for file in sorted(folder.glob("*.toml"), key=lambda file: file.stem)}


def profile_file(name: str, workspace: Path) -> Path:
    """The file of a profile: of the workspace, else built in.

    Raises:
        ConfigProblem: there is none of this name.
    """
    own = workspace / "profiles" / f"{name}.toml"
    known = built_in_profiles()
    if "/" not in name and own.is_file():
        return own
    if name not in known:
        raise ConfigProblem(
            own, [f"there is no profile {name!r}: not in this file, and built in are {', '.join(known)}"]
        )
    return known[name]


def load_profile(name: str, workspace: Path) -> Profile:
    """Reads a profile of the workspace, or a built-in one, on top of those that it extends.

    Raises:
        ConfigProblem: there is none of this name, it is wrong, or it extends itself.
    """
    file = profile_file(name, workspace)
    tables = list(_with_extended(file, workspace))
    try:
        return Profile.model_validate(reduce(_merged, reversed(tables)))
    except ValidationError as error:
        raise ConfigProblem(file, explained(error, Profile)) from None


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
    known = built_in_profiles()
    own = workspace / "profiles" / f"{name}.toml"
    if isinstance(name, str) and "/" not in name and own.is_file() and own != by:
        return own
    if name not in known or known[str(name)] == by:
        raise ConfigProblem(by, [f"extends: there is no other profile {name!r}; built in are {', '.join(known)}"])
    return known[str(name)]


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigProblem(file, [f"not readable as TOML: {error}"]) from None


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A table on top of another, table by table; one of another ``type`` or ``pattern`` shares no keys with it."""
    if any(key in own and own[key] != base.get(key) for key in ("type", "pattern")):
        return own
    both = {key: (base[key], own[key]) for key in base.keys() & own.keys()}
    tables = {key: _merged(*pair) for key, pair in both.items() if all(isinstance(side, dict) for side in pair)}
    return {**base, **own, **tables}
