"""What stops a command, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DONE, FAILED, USAGE, PARTLY, BAD_CONFIG, RUNNING, REFUSED, HELD, INTERRUPTED = 0, 1, 2, 3, 10, 11, 12, 13, 130

#: Documented in the README; other codes mean failure.
EXIT_CODES = {
    DONE: "done, or nothing to do",
    FAILED: "failed",
    USAGE: "wrong usage",
    PARTLY: "some order sources or snapshots failed, the rest were served",
    BAD_CONFIG: "the configuration, or a table that it names, is wrong",
    RUNNING: "already running",
    REFUSED: "login, host key or certificate refused",
    HELD: "held by a guard",
    INTERRUPTED: "interrupted",
}


class BatchError(Exception):
    """The command can't go on."""

    exit_code = FAILED


class ConfigProblem(BatchError):
    """The configuration is wrong."""

    exit_code = BAD_CONFIG

    def __init__(self, file: Path | str, problems: Sequence[str]) -> None:
        self.file, self.problems = file, tuple(problems)
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))


class AlreadyRunning(BatchError):
    """Another process works on the same thing."""

    exit_code = RUNNING


class Fenced(BatchError):
    """Another process has taken over; nothing of this one's may be recorded any more."""

    exit_code = RUNNING


class NothingKnown(BatchError):
    """There is no snapshot to work from."""


class NotPossible(BatchError):
    """What was asked for doesn't exist or doesn't make sense now."""

    exit_code = USAGE
