"""What differs from server to server: how files get their names there, and what can be learnt afterwards."""

from __future__ import annotations

import re
from string import Formatter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

_FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)


class Server(BaseModel):
    """What a server can't do, or does of its own accord; without this table it behaves as OpenSSH does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    publish: Literal["rename", "write"] = Field(
        "rename",
        description="How a file gets its final name: by a rename once it is whole; or it is written under it, where "
        "the server can't rename.",
    )
    temp_name: str = Field(
        ".{name}.{attempt}.part",
        description="What a file is called until its rename, for servers that refuse or remove names with a dot first.",
    )
    replace: Literal["at once", "remove first"] = Field(
        "at once",
        description="Where a file has the name of the one before and the server can't rename over that: fail, or "
        "remove the old one first.",
    )
    looks: bool = Field(
        True, description="false: what it says of the files there is late or wrong, or it says nothing."
    )
    swept: bool = Field(
        False, description="Others remove files with temporary names, so that one which is gone proves nothing."
    )
    unsure: Literal["again", "hold"] = Field(
        "again",
        description="A file of which nobody can tell whether it arrived: the same name, bytes and control number once "
        "more, or a person decides.",
    )
    names: Literal["any", "windows"] = Field("any", description="Which file names it takes.")

    @field_validator("temp_name")
    @classmethod
    def _tells_files_and_attempts_apart(cls, text: str) -> str:
        if {field for _, field, _, _ in Formatter().parse(text) if field is not None} != {"name", "attempt"}:
            raise ValueError("it needs {name} and {attempt}, and nothing else in braces")
        if "/" in text:
            raise ValueError("it is the name of a file, not of a folder")
        return text

    def temporary(self, name: str, attempt: str) -> str:
        """What a file is called until its rename; each attempt has a name of its own."""
        return self.temp_name.format(name=name, attempt=attempt)

    def refuses(self, name: str) -> str | None:
        """Why a file can't have this name there; None if it can."""
        if self.names == "windows" and _FORBIDDEN.search(name):
            return f"a Windows server takes no file called {name!r}"
        return None
