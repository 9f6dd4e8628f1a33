"""Profiles: what an order source's guide demands of a file."""

from __future__ import annotations

import re
import string
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from batch.config import read_table
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
    """Reads a profile of the workspace, or a built-in one.

    Raises:
        ConfigProblem: there is none of this name, or it is wrong.
    """
    return read_table(profile_file(name, workspace), Profile)
