"""An open workspace, as commands use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from batch.config import Workspace, load_workspace
from batch.state import State, open_state


@dataclass(frozen=True)
class Session:
    """A checked workspace and its open state."""

    workspace: Workspace
    state: State

    def now(self) -> datetime:
        """The clock (UTC)."""
        return datetime.now(UTC)


@contextmanager
def session(root: Path) -> Iterator[Session]:
    """Opens a workspace.

    Raises:
        ConfigProblem: a configuration file is missing or wrong.
    """
    workspace = load_workspace(root)
    state = open_state(workspace.settings.state.url, workspace.root)
    try:
        yield Session(workspace, state)
    finally:
        state.close()
