"""Where the files of an order source go, with the paths of its table seen from the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batch.circuits import NotTried
from batch.config import Workspace
from batch.errors import BAD_CONFIG, FAILED, REFUSED
from batch.place_names import with_names_filled_in
from transports.base import Transport
from transports.errors import CertificateRefused, HostKeyMismatch, LoginRefused, SecretMissing, TransportError
from transports.secrets import Secret


def destination(workspace: Workspace, merchant: str, order_source: str) -> Transport:
    """The transport that takes an order source's files, ready to open."""
    return place_of(workspace, merchant, order_source, workspace.order_source(merchant, order_source).deliver)


def place_of(workspace: Workspace, merchant: str, order_source: str, transport: Transport) -> Transport:
    """A place of an order source, with the names in its path filled in; ready to open."""
    values = workspace.order_source(merchant, order_source).values
    return seen_from(workspace, with_names_filled_in(transport, merchant, order_source, values))


def seen_from(workspace: Workspace, transport: Transport) -> Transport:
    """A transport of the configuration with its paths seen from the workspace."""
    update: dict[str, Any] = {
        name: Secret(file=workspace.path(value.file))
        for name in type(transport).model_fields
        if isinstance(value := getattr(transport, name), Secret) and value.file
    }
    update |= {
        name: workspace.path(value)
        for name in type(transport).model_fields
        if isinstance(value := getattr(transport, name), Path)
    }
    return transport.model_copy(update=update)


def exit_code_of(error: TransportError) -> int:
    """The exit code of a command that failed because of this."""
    if isinstance(error, NotTried):
        error = error.cause
    if isinstance(error, LoginRefused | HostKeyMismatch | CertificateRefused):
        return REFUSED
    return BAD_CONFIG if isinstance(error, SecretMissing) else FAILED
