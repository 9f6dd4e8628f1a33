"""What snapshots have in common that are plain text."""

from __future__ import annotations

from pydantic import Field, field_validator

from formats.snapshot.table_snapshot import TableSnapshot


class TextSnapshot(TableSnapshot):
    """A source that writes plain text, a row per line."""

    encoding: str | None = Field(
        default=None,
        description="As in `cp1252`, `iso-8859-1` or `shift_jis`; default: UTF-8 or UTF-16. Of a file in another one, "
        "codes and quantities must be ASCII.",
    )
    final_newline: bool = Field(
        default=True, description="A file whose last line has no line break has been cut short, and is refused."
    )

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError:
            raise ValueError(f'{encoding!r} is no known encoding; write one such as "cp1252" or "shift_jis"') from None
        return encoding
