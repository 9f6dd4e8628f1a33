"""What can go wrong with a place, sorted by one question: is it worth another try, or must a person act?"""

from __future__ import annotations


class TransportError(Exception):
    """The place did not do what was asked."""

    def __init__(self, step: str, text: str = "") -> None:
        """Say what failed.

        Args:
            step: what was being done: "connect", "log in", "open", "write", "close", "rename" …
            text: the facts, and what to do about them; the meaning of the class if left out.
        """
        super().__init__(f"{step}: {text or self.__doc__}")
        self.step = step


class Transient(TransportError):
    """Worth another try, with the same file and the same name."""


class ConnectionLost(Transient):
    """The connection could not be made, or it ended before the answer came."""


class Stalled(Transient):
    """It took longer than allowed, and the connection was cut."""

    def __init__(self, step: str, seconds: float) -> None:
        """Say how long the step was waited for."""
        super().__init__(step, f"not done within {seconds:g} s, connection cut")
        self.seconds = seconds


class ServerFailure(Transient):
    """The place reported a failure without saying which (SFTP: SSH_FX_FAILURE, a full disk among others)."""


class NoSpace(Transient):
    """The place is full, or a quota is used up; make room there."""


class Permanent(TransportError):
    """No other try will help before a person has acted."""


class SecretMissing(Permanent):
    """A password or key is not where the configuration says."""


class LoginRefused(Permanent):
    """The place does not accept the credential."""


class HostKeyMismatch(Permanent):
    """The server shows a host key that is not pinned; nothing was sent, no credential either."""


class CertificateRefused(Permanent):
    """The server's certificate is not for this host, or nobody signed it whom we trust; no credential was sent."""


class FolderMissing(Permanent):
    """The folder is not there; folders are never made by us."""


class FileMissing(Permanent):
    """The file is not there, or not any more."""


class PermissionDenied(Permanent):
    """The account may not do this."""


class NameTaken(Permanent):
    """The name is there already and is not to be replaced."""


class Unsupported(Permanent):
    """The place cannot do what is needed."""


class SourceChanged(Permanent):
    """The local file is missing, unreadable or not of the size that was recorded."""
