"""Errors that a user of the networks can cause and mend."""

from __future__ import annotations


class SnnError(ValueError):
    """A layer, a network or its input is not what it must be."""


class GraphError(SnnError):
    """A network graph contradicts itself, or an activity does not belong to it."""
