"""Where snapshots are picked up: the settings of a watched folder, here or on a server."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from batch.durations import Duration
from transports.sftp import Sftp

#: Names that uploading programs give to files that are on their way, names of locks, and of markers.
IGNORED = (
    ".*",
    "~*",
    "*~",
    "*.part",
    "*.partial",
    "*.filepart",
    "*.tmp",
    "*.temp",
    "*.crdownload",
    "*.download",
    "*.writing",
    "*.uploading",
    "*.upload",
    "*.inprogress",
    "*.incomplete",
    "*.lock",
    "*.lck",
    "*.camellock",
    "*.swp",
    "*.done",
    "*.ok",
    "*.complete",
)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None


class Together(BaseModel):
    """Files that make one snapshot: CSV with the same header."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    names: str = Field(
        description="Their names, a regular expression such as `stock_(?P<set>\\d+)_(?P<part>\\d)of(?P<of>\\d)\\.csv`: "
        "the files of one `set` are loaded when every `part` is there."
    )
    parts: tuple[str, ...] = Field(
        default=(),
        description='Every `part`, as in `["EAST", "WEST"]`; default: they are numbered from 1 to `of`.',
    )

    @field_validator("names")
    @classmethod
    def _names_sets_and_parts(cls, names: str) -> str:
        if not {"set", "part"} <= set(_compiled(names).groupindex):
            raise ValueError(f"{names!r} must have the groups (?P<set>…) and (?P<part>…)")
        return names

    @model_validator(mode="after")
    def _knows_all_parts(self) -> Self:
        if bool(self.parts) == ("of" in _compiled(self.names).groupindex):
            raise ValueError("give either parts or a group (?P<of>…) in names, exactly one of them")
        return self


class Watched(BaseModel):
    """What is the same for every watched folder: which files are taken, and when one is whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    pattern: str = Field(default="*", description="Which files, as in `stock*.csv`.")
    ignore: tuple[str, ...] = Field(
        default=(), description="Which of them not, as in `*.bak`; temporary names of uploading programs never are."
    )
    marker: str | None = Field(
        default=None,
        description="A file is whole once this one is there, as in `{name}.done` or `{stem}.OK`, which is removed.",
    )
    trailer: str | None = Field(
        default=None,
        description="The last line of a whole file, a regular expression such as `TRAILER\\|(?P<rows>\\d+)`: it is not "
        "read as a row, and its `rows` must be their number.",
    )

    together: Together | None = Field(default=None, description="Several files make one snapshot.")

    @field_validator("pattern")
    @classmethod
    def _names_files(cls, pattern: str) -> str:
        if "/" in pattern:
            raise ValueError(f"{pattern!r} holds a slash; a pattern names files of the folder itself")
        return pattern

    @field_validator("marker")
    @classmethod
    def _is_another_name(cls, marker: str | None) -> str | None:
        if marker is not None and ("/" in marker or not ({"{name}", "{stem}"} & set(re.findall(r"\{\w+\}", marker)))):
            raise ValueError(f'{marker!r} must hold {{name}} or {{stem}} and no slash; write "{{name}}.done"')
        return marker

    @field_validator("trailer")
    @classmethod
    def _compiles(cls, trailer: str | None) -> str | None:
        _compiled(trailer or "")
        return trailer

    @model_validator(mode="after")
    def _together_without_trailer(self) -> Self:
        if self.together and self.trailer:
            raise ValueError("files that make one snapshot can't have a trailer each; leave trailer or together out")
        return self

    def wants(self, name: str) -> bool:
        """Whether a file of this name is a snapshot, by its name."""
        markers = [] if self.marker is None else [re.sub(r"\{(name|stem)\}", "*", self.marker)]
        if any(fnmatchcase(name.lower(), ignored) for ignored in IGNORED):
            return False
        return fnmatchcase(name, self.pattern) and not any(fnmatchcase(name, p) for p in (*self.ignore, *markers))

    def marker_of(self, name: str) -> str | None:
        """The name of the file that says that this one is whole; None where none is needed."""
        if self.marker is None:
            return None
        return self.marker.replace("{name}", name).replace("{stem}", name.rpartition(".")[0] or name)


class FolderPickup(Watched):
    """A folder of this machine, or of a share that is mounted on it."""

    type: Literal["folder"] = Field(default="folder", description="Files are dropped into a folder.")
    path: Path = Field(description="The folder, relative to the workspace.")
    settle: Duration = Field(
        default="2s", validate_default=True, description="A file that nobody has written to for so long is whole."
    )


class SftpPickup(Watched, Sftp):
    """A folder on an SFTP server, which is looked into by every run."""

    settle: Duration = Field(
        default="10s",
        validate_default=True,
        description="A file that is the same in two listings so far apart is whole.",
    )
    after: str = Field(
        default="delete",
        min_length=1,
        description="What becomes of a taken file there: `delete`, `keep` (it is remembered), or the name of a folder "
        "in `path` that it is moved to, as in `archive/`.",
    )

    @field_validator("after")
    @classmethod
    def _is_a_folder_inside(cls, after: str) -> str:
        folder = after.rstrip("/")
        if folder in {"", ".", ".."} or "/" in folder:
            raise ValueError(
                f'{after!r} is neither "delete" nor "keep" nor the name of a folder in path, as "archive/"'
            )
        return folder


def _folder_by_default(settings: object) -> object:
    return {"type": "folder", **settings} if isinstance(settings, dict) else settings


AnyPickup = Annotated[
    Annotated[FolderPickup | SftpPickup, Field(discriminator="type")], BeforeValidator(_folder_by_default)
]
