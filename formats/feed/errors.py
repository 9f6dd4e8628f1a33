"""What can go wrong with a feed."""

from __future__ import annotations

from formats.errors import FormatError


class FeedError(FormatError):
    """The feed cannot be written as its profile demands."""
