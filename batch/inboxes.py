"""The watched folder of a source, ready to be looked into."""

from __future__ import annotations

from batch.config import Workspace
from batch.destinations import seen_from
from batch.fetch_log import FetchLog
from batch.inbox import FolderInbox, Inbox
from batch.pickups import AnyPickup, FolderPickup
from batch.remote_inbox import RemoteInbox
from batch.state import State


def inbox_of(workspace: Workspace, state: State, merchant: str, source: str, pickup: AnyPickup) -> Inbox:
    """The place that the files of a source, or of a table below ``[orders]``, are dropped into."""
    if isinstance(pickup, FolderPickup):
        return FolderInbox(workspace.path(pickup.path), pickup)
    return RemoteInbox(seen_from(workspace, pickup), pickup, FetchLog(state, merchant, source))
