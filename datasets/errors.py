"""The error of this package."""

from __future__ import annotations


class DataError(ValueError):
    """Event data, or a request for it, that cannot be used; the message is one line for people."""
