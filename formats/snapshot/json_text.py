"""JSON that is taken apart a value at a time, with numbers as they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TextIO

from formats.errors import FileRefused

#: The longest value that is taken as one (characters).
LONGEST_VALUE = 1 << 27

_BLANKS = re.compile(r"[ \t\r\n]+")
_CHUNK = 1 << 18


class Twice(list[Any]):
    """The values of a key that stands in an object more than once."""


class JsonText:
    """Walks through a file of JSON: one value, or several one after the other."""

    def __init__(self, source: Path, file: TextIO) -> None:
        self._source, self._file = source, file
        self._text, self._at, self._ended = "", 0, False
        self._line, self._counted = 1, 0  # the line of the character at this position
        self._decode = json.JSONDecoder(
            object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=str
        ).raw_decode

    @property
    def line(self) -> int:
        """The number of the line that the next value begins in."""
        self.next()
        return self._line_at(self._at)

    def next(self) -> str:
        """The first character of what comes next; the empty text at the end."""
        while True:
            if blanks := _BLANKS.match(self._text, self._at):
                self._at = blanks.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_CHUNK):
                return ""

    def take(self, character: str) -> None:
        """Goes past a character.

        Raises:
            FileRefused: another comes next.
        """
        if self.next() != character:
            self._not_json(f'expected "{character}"')
        self._at += 1

    def value(self) -> Any:
        """Takes a value: dict, list, text (of numbers too), bool or None.

        Raises:
            FileRefused: it isn't JSON, is cut short, nested too deeply, or longer than ``LONGEST_VALUE``.
        """
        if not self.next():
            self._not_json("it ends too early")
        more = _CHUNK
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except RecursionError:
                self.refuse("values are nested too deeply")
            except json.JSONDecodeError as error:
                if self._ended:
                    self._not_json(error.msg, error.pos)
            else:
                if end < len(self._text) or self._ended:  # else a number may go on
                    self._at = end
                    return value
            self._more(more)
            more *= 2

    def elements(self) -> Iterator[int]:
        """Goes through an array; before each step its next element must be taken."""
        self.take("[")
        if self.next() == "]":
            return self.take("]")
        index = 0
        while True:
            yield index
            index += 1
            if self.next() != ",":
                return self.take("]")
            self.take(",")

    def members(self) -> Iterator[str]:
        """Goes through an object, key by key; before each step its next value must be taken."""
        self.take("{")
        if self.next() == "}":
            return self.take("}")
        while True:
            if self.next() != '"':
                self._not_json("expected a key in quotes")
            key = self.value()
            self.take(":")
            yield key
            if self.next() != ",":
                return self.take("}")
            self.take(",")

    def _more(self, characters: int) -> bool:
        """Reads on, and forgets what has been taken; False at the end of the file."""
        if self._ended:
            return False
        if len(self._text) - self._at > LONGEST_VALUE:
            self.refuse(f"one value is longer than {LONGEST_VALUE:,} characters; correct rows")
        self._line_at(self._at)
        try:
            read = self._file.read(characters)
        except UnicodeError as error:
            byte = f"byte 0x{error.object[error.start]:02X}" if isinstance(error, UnicodeDecodeError) else "its start"
            encoding = self._file.encoding.upper().removesuffix("-SIG")
            raise FileRefused(self._source, f"{byte} is not {encoding}; JSON is UTF-8") from None
        self._text, self._at, self._ended = self._text[self._at :] + read, 0, not read
        self._counted = 0
        return bool(read)

    def refuse(self, reason: str) -> NoReturn:
        """Refuses the file.

        Raises:
            FileRefused: always, with the number of the line.
        """
        raise FileRefused(self._source, f"line {self._line_at(self._at)}: {reason}")

    def _not_json(self, reason: str, at: int | None = None) -> NoReturn:
        self._at = self._at if at is None else at
        self.refuse(f"it is not JSON, or not all of it: {reason}")

    def _line_at(self, position: int) -> int:
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found |= {key: Twice(v for k, v in pairs if k == key) for key in found if keys.count(key) > 1}
    return found
