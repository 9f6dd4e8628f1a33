"""Secrets by reference: the configuration says where a password or key is, never what it is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from transports.errors import SecretMissing


class Secret(BaseModel):
    """Where a secret is found. The value is read when it is needed and kept nowhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: str | None = Field(None, min_length=1, description="Name of the environment variable that holds the secret.")
    file: Path | None = Field(
        None, validate_default=True, description="File that holds the secret, readable by its owner alone."
    )

    @model_validator(mode="before")
    @classmethod
    def _forget_plain_text(cls, value: object) -> object:
        """A secret written into the configuration itself must not come back in the error that says so."""
        return {} if isinstance(value, str) else value

    @field_validator("file")
    @classmethod
    def _one_reference(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if (file is None) == (info.data.get("env") is None):
            raise ValueError('a secret is written { env = "NAME" } or { file = "path" }')
        return file

    def reveal(self) -> str:
        """The secret itself, without the line break at its end.

        Raises:
            SecretMissing: the variable or file is missing, empty, unreadable or open to others.
        """
        return _from_file(self.file) if self.file else _from_environment(self.env or "")


def _from_environment(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise SecretMissing("read the secret", f"the environment variable {name} is not set; set it to the secret")
    return value


def _from_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise SecretMissing("read the secret", f"{path} is open to other users; run: chmod 600 {path}")
            value = file.read().rstrip("\r\n")
    except OSError as error:
        raise SecretMissing("read the secret", f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise SecretMissing("read the secret", f"{path} is not a text file") from None
    if not value:
        raise SecretMissing("read the secret", f"{path} is empty; write the secret into it")
    return value
