"""Graphs of the package `nir` as plain values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from polychrony.snn.exchange.nir.errors import NirError, node_error
from polychrony.snn.exchange.nir.library import library
from polychrony.snn.exchange.nir.tree import (
    DEEPEST,
    MOST_EDGES,
    MOST_NODES,
    PARAMETERS,
    Node,
    Tree,
    checked_node,
)


def as_tree(graph: Any, name: str = "", depth: int = 0) -> Tree:
    """A `nir.NIRGraph` as plain values; arrays are shared.

    Args:
        graph: the graph.
        name: its name in the graphs around it.
        depth: how many graphs lie around it.

    Raises:
        NirError: it is no graph, or a node of it is not what it must be.
    """
    nir = library()
    if not isinstance(graph, nir.NIRGraph):
        raise NirError(f"{type(graph).__name__} is no nir.NIRGraph; put it into one")
    if depth >= DEEPEST:
        raise node_error(name, "NIRGraph", f"graphs lie more than {DEEPEST} deep in each other")
    if len(graph.nodes) > MOST_NODES or len(graph.edges) > MOST_EDGES:
        raise NirError(f"more than {MOST_NODES:,} nodes or {MOST_EDGES:,} edges")
    nodes: dict[str, Node | Tree] = {}
    for key, part in graph.nodes.items():
        inner = f"{name}.{key}" if name else str(key)
        if isinstance(part, nir.NIRGraph):
            nodes[key] = as_tree(part, inner, depth + 1)
        else:
            nodes[key] = checked_node(inner, type(part).__name__, _given(part), part.metadata)
    edges = [(str(source), str(target)) for source, target in graph.edges]
    return Tree(nodes, edges, dict(graph.metadata or {}))


def _given(part: Any) -> dict[str, Any]:
    kind = type(part).__name__
    if kind == "Input":
        return {"shape": part.input_type.get("input")}
    if kind == "Output":
        return {"shape": part.output_type.get("output")}
    if kind not in PARAMETERS:
        return {}
    required, optional = PARAMETERS[kind]
    given = {key: getattr(part, key, None) for key in (*required, *optional)}
    if kind == "Flatten":
        given["input_type"] = (part.input_type or {}).get("input")
    return given


def as_object(tree: Tree) -> Any:
    """A `nir.NIRGraph` of plain values.

    Raises:
        NirError: the package is not installed, or does not take them.
    """
    nir = library()
    nodes = {
        key: as_object(part) if isinstance(part, Tree) else _object(nir, part)
        for key, part in tree.nodes.items()
    }
    try:
        return nir.NIRGraph(nodes, list(tree.edges), dict(tree.metadata), type_check=False)
    except (AssertionError, TypeError, ValueError, KeyError, IndexError) as error:
        raise NirError(f"nir does not take the graph: {error}") from error


def _object(nir: Any, node: Node) -> Any:
    given: dict[str, Any] = {key: _plain(node, key) for key in node.parameters}
    metadata = dict(node.metadata)
    try:
        if node.kind == "Input":
            return nir.Input(input_type={"input": given["shape"]}, metadata=metadata)
        if node.kind == "Output":
            return nir.Output(output_type={"output": given["shape"]}, metadata=metadata)
        if node.kind == "Flatten":
            given["input_type"] = {"input": given.get("input_type")}
        if node.kind in ("Conv1d", "Conv2d"):
            given.setdefault("input_shape", None)
        return getattr(nir, node.kind)(**given, metadata=metadata)
    except (AssertionError, TypeError, ValueError, KeyError, IndexError) as error:
        raise node.error(f"nir does not take it: {error}") from error


_SINGLE: Mapping[str, tuple[str, ...]] = {
    "Conv1d": ("input_shape", "stride", "padding", "dilation", "groups"),
    "Conv2d": ("groups",),
    "Flatten": ("start_dim", "end_dim"),
}
"""What the package takes as one number instead of an array."""


def _plain(node: Node, key: str) -> Any:
    value = node.parameters[key]
    if key in _SINGLE.get(node.kind, ()) and isinstance(value, np.ndarray) and value.size == 1:
        return int(value.reshape(-1)[0])
    if node.kind == "Conv2d" and key in ("stride", "padding", "dilation", "input_shape"):
        return value if isinstance(value, str) else tuple(int(v) for v in np.atleast_1d(value))
    return value
