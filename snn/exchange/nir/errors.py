"""What can be wrong with a NIR file, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from polychrony.snn.errors import SnnError


class NirError(SnnError):
    """A NIR file or graph is damaged, or says what has no counterpart here."""


@contextmanager
def told_of(source: str) -> Iterator[None]:
    """Put the name of a file in front of whatever is said of its content."""
    try:
        yield
    except SnnError as error:
        if isinstance(error, NirError) and str(error).startswith(f"{source}: "):
            raise
        raise NirError(f"{source}: {error}") from error


def node_error(name: str, kind: str, reason: str) -> NirError:
    """An error that names a node.

    Args:
        name: the node.
        kind: its type in NIR; "?" where it is not known yet.
        reason: what is wrong, and what is allowed.
    """
    where = f"node {name!r}" if name else "the outermost node"
    return NirError(f"{where}{'' if kind == '?' else f' ({kind})'}: {reason}")
