"""Reading NIR files of anybody's: nothing in them is run, and nothing large read unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from polychrony.snn.exchange.nir.errors import NirError, node_error, told_of
from polychrony.snn.exchange.nir.heaps import Heaps, check_entries, check_heaps
from polychrony.snn.exchange.nir.tree import (
    DEEPEST,
    LONGEST_NAME,
    MOST_EDGES,
    MOST_NODES,
    Node,
    Tree,
    checked_node,
)

LIMIT = 2**30
"""Bytes that the arrays of a file may declare, unless more is asked for: 1 GiB."""

BROKEN = (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError, MemoryError)
"""What h5py raises on files that are damaged inside."""

_FILTERS = {1, 2, 3, 4, 5, 6, 32000}  # deflate, shuffle, Fletcher, szip, n-bit, scale-offset, LZF
_EDGES_AT_ONCE = 16
_OVERHEAD = 2**26  # bytes of a file beside its arrays
_MOST_METADATA = 64


def read_tree(path: Path, limit: int = LIMIT) -> Tree:
    """Content of a NIR file as plain values.

    What arrays declare is added up before it is read, and refused beyond the limit. Links to other
    places or files, data stored outside the file, and filters that HDF5 would load as plugins are
    refused.

    Args:
        path: the file.
        limit: bytes that the arrays may take together.

    Raises:
        NirError: the file is missing, damaged, no NIR, or larger than the limit.
    """
    with told_of(str(path)):
        if not path.is_file():
            raise NirError("there is no such file")
        if path.stat().st_size > limit + _OVERHEAD:
            raise NirError(
                f"has {path.stat().st_size:,} bytes, which no arrays within {limit:,} need; if you "
                "trust it, raise the limit"
            )
        try:
            heaps = check_heaps(path)
            with h5py.File(path, "r") as file:
                return _Reader(path, limit, heaps).root(file)
        except NirError:
            raise
        except BROKEN as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise NirError(f"damaged, or no NIR file ({reason}); write it again") from error


class _Reader:
    """One pass over a file, with what is left of its limits."""

    def __init__(self, path: Path, limit: int, heaps: Heaps) -> None:
        self._path, self._limit, self._left, self._heaps = path, limit, limit, heaps
        self._nodes = 0

    def root(self, file: Any) -> Tree:
        node = _member(file, "node")
        if not isinstance(node, h5py.Group):
            raise NirError("no NIR file: it has no group 'node'")
        found = self._read(node, "", 0)
        if not isinstance(found, Tree):
            raise NirError(f"holds a single node of type {found.kind}; a NIRGraph is needed")
        return found

    def _read(self, group: Any, name: str, depth: int) -> Node | Tree:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise NirError(f"more than {MOST_NODES:,} nodes")
        kind = self._text(group, "type", name)
        if kind == "NIRGraph":
            return self._graph(group, name, depth)
        given = {
            key: self._array(_member(group, key), name, key)
            for key in _keys(group)
            if key not in ("type", "metadata")
        }
        return checked_node(name, kind, given, self._metadata(group, name))

    def _graph(self, group: Any, name: str, depth: int) -> Tree:
        if depth >= DEEPEST:
            raise node_error(name, "NIRGraph", f"graphs lie more than {DEEPEST} deep in each other")
        nodes = _member(group, "nodes")
        edges = _member(group, "edges")
        if not isinstance(nodes, h5py.Group) or not isinstance(edges, h5py.Dataset):
            raise node_error(name, "NIRGraph", "lacks nodes or edges")
        parts: dict[str, Node | Tree] = {}
        for key in _keys(nodes):
            part, inner = _member(nodes, key), f"{name}.{key}" if name else key
            if not isinstance(part, h5py.Group):
                raise node_error(inner, "?", "is no group of parameters")
            parts[key] = self._read(part, inner, depth + 1)
        return Tree(parts, list(self._edges(edges, name)), self._metadata(group, name))

    def _edges(self, edges: Any, name: str) -> Iterator[tuple[str, str]]:
        if edges.shape == (0,) or edges.shape is None:  # how an empty list is written
            return
        if len(edges.shape) != 2 or edges.shape[1] != 2 or edges.shape[0] > MOST_EDGES:
            raise node_error(
                name, "NIRGraph", f"edges of shape {edges.shape}; [E, 2], E <= {MOST_EDGES:,}"
            )
        text = h5py.check_string_dtype(edges.dtype)
        if text is None or (text.length or 0) > LONGEST_NAME:
            raise node_error(name, "NIRGraph", "edges are no pairs of names")
        self._take(edges, name, "edges")
        # Strings of variable length may all point at one long one, so they are read a few at a
        # time.
        for first in range(0, edges.shape[0], _EDGES_AT_ONCE):
            for row in edges[first : first + _EDGES_AT_ONCE]:
                source, target = (_name(each) for each in row)
                yield source, target

    def _metadata(self, group: Any, name: str) -> dict[str, Any]:
        found = _member(group, "metadata")
        if found is None:
            return {}
        if not isinstance(found, h5py.Group) or len(found) > _MOST_METADATA:
            raise node_error(name, "?", f"metadata is no group of at most {_MOST_METADATA} values")
        # Groups within say nothing that is needed here.
        values = {key: _member(found, key) for key in _keys(found)}
        return {
            key: self._array(value, name, f"metadata {key}")
            for key, value in values.items()
            if isinstance(value, h5py.Dataset)
        }

    def _text(self, group: Any, key: str, name: str) -> str:
        value = self._array(_member(group, key), name, key)
        if not isinstance(value, str):
            raise node_error(name, "?", f"{key} is missing, or no text")
        return value

    def _array(self, data: Any, name: str, key: str) -> Any:
        if not isinstance(data, h5py.Dataset):
            raise node_error(name, "?", f"{key} is no array")
        if data.shape is None:
            return None
        text = h5py.check_string_dtype(data.dtype)
        if text is not None:
            if data.shape != () or (text.length or 0) > LONGEST_NAME:
                raise node_error(name, "?", f"{key} is no single text")
            self._take(data, name, key)
            value = data[()]
            return _decoded(value if isinstance(value, bytes) else str(value).encode())
        if data.dtype.kind not in "fiub":
            raise node_error(name, "?", f"{key} holds {data.dtype}; numbers are needed")
        self._take(data, name, key)
        return data[()]

    def _take(self, data: Any, name: str, key: str) -> None:
        """Count the bytes of an array, and refuse what must not be read."""
        if data.is_virtual or data.external:
            raise node_error(name, "?", f"{key} is stored outside the file")
        plist = data.id.get_create_plist()
        filters = {plist.get_filter(k)[0] for k in range(plist.get_nfilters())}
        if filters - _FILTERS:
            raise node_error(name, "?", f"{key} needs filter {min(filters - _FILTERS)} to be read")
        chunk = 0 if data.chunks is None else int(np.prod(data.chunks, dtype=object))
        declared = max(int(np.prod(data.shape, dtype=object)), chunk) * data.dtype.itemsize
        if data.dtype.kind == "O" and not check_entries(self._path, data, self._heaps):
            raise node_error(name, "?", f"{key} is compressed or compact text; write it plainly")
        self._left -= declared
        if self._left < 0:
            raise node_error(
                name,
                "?",
                f"{key} of shape {data.shape} would take the file's arrays beyond "
                f"{self._limit:,} bytes; if you trust it, raise the limit",
            )


def _keys(group: Any) -> list[str]:
    if len(group) > MOST_NODES:
        raise NirError(f"more than {MOST_NODES:,} parts in one group")
    keys = list(group)
    if too_long := [key for key in keys if len(key) > LONGEST_NAME]:
        raise NirError(f"the name {too_long[0][:20]!r}... is longer than {LONGEST_NAME} characters")
    return keys


def _member(group: Any, key: str) -> Any:
    """A part of a group that lies in it; None where there is none."""
    link = group.get(key, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise NirError(f"{key!r} is a link to another place, which is not followed")
    return group[key]


def _name(value: Any) -> str:
    text = _decoded(value if isinstance(value, bytes) else str(value).encode())
    if len(text) > LONGEST_NAME:
        raise NirError(f"an edge names a node of more than {LONGEST_NAME} characters")
    return text


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NirError("a text is not in UTF-8") from error
