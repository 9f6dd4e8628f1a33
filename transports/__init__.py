"""Bytes to places."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from transports.folder import Folder
from transports.ftp import Ftp
from transports.mailbox import Mailbox
from transports.sftp import Sftp

#: Every transport there is; a new one is a file and a name in this list.
AnyTransport = Annotated[Folder | Ftp | Mailbox | Sftp, Field(discriminator="type")]

__all__ = ["AnyTransport", "Folder", "Ftp", "Mailbox", "Sftp"]
