"""What an FTP server answers, and which of our errors that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from transports import errors

_MEANINGS: dict[int, type[errors.TransportError]] = {
    421: errors.ConnectionLost,
    452: errors.NoSpace,
    552: errors.NoSpace,
    500: errors.Unsupported,
    501: errors.Unsupported,
    502: errors.Unsupported,
    503: errors.Unsupported,
    504: errors.Unsupported,
}

#: One code, 550, stands for nearly everything; the words tell more.
_WORDS = (
    (re.compile(r"quota|no space|disk full", re.I), errors.NoSpace),
    (re.compile(r"denied|privilege|permi|not allowed|read.?only|forbidden", re.I), errors.PermissionDenied),
    (re.compile(r"no such|not found|n't exist|not exist|cannot find|can't find", re.I), errors.FileMissing),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its code of three digits, and its text, of one or more lines."""

    step: str
    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether it was done."""
        return 200 <= self.code < 300

    def ok(self, about: str = "") -> Self:
        """The same, if it was done.

        Raises:
            TransportError: of the class that the answer means.
        """
        if not self.good:
            raise self.error(about)
        return self

    def error(self, about: str = "") -> errors.TransportError:
        """What this answer means as an error; ``about`` is what it is about."""
        return self.meaning(self.step, f"{about}: {self.said}" if about else self.said)

    @property
    def said(self) -> str:
        """What the server said, for messages."""
        return f'the server says "{self.code} {self.text}"'

    @property
    def meaning(self) -> type[errors.TransportError]:
        """The class of the error that this answer means."""
        if self.code in _MEANINGS:
            return _MEANINGS[self.code]
        if self.code < 500:
            return errors.ServerFailure
        return next((kind for words, kind in _WORDS if words.search(self.text)), errors.PermissionDenied)
