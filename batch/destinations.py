"""Where the files of an order source go, with the paths of its table seen from the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batch.config import Workspace
from transports.base import Transport
from transports.folder import Folder
from transports.secrets import Secret


def destination(workspace: Workspace, merchant: str, order_source: str) -> Transport:
    """The transport of an order source, ready to open."""
    transport = workspace.order_source(merchant, order_source).deliver
    update: dict[str, Any] = {
        name: Secret(file=workspace.path(value.file))
        for name in type(transport).model_fields
        if isinstance(value := getattr(transport, name), Secret) and value.file
    }
    if isinstance(transport, Folder):
        update["path"] = workspace.path(Path(transport.path))
    return transport.model_copy(update=update)
