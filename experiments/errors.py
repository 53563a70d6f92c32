"""Errors that a user of the command line can cause and mend."""

from __future__ import annotations


class UserError(ValueError):
    """A run cannot go on as asked; the message is one line that says what to do."""


class Interrupted(Exception):  # noqa: N818 - no error: somebody asked for it
    """Training stopped on request after writing a checkpoint; the message says how to go on."""
