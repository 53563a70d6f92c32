"""Nodes of NIR as plain values, checked one by one before anything is built from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.exchange.nir.errors import NirError, node_error

MOST_NODES = 10_000
MOST_EDGES = 100_000
DEEPEST = 8
"""Graphs within graphs."""
LONGEST_NAME = 256

_CUBA = ("tau_syn", "tau_mem", "r", "v_leak")
_CONV = ("weight", "bias", "stride", "padding", "dilation", "groups")
PARAMETERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Input": (("shape",), ()),
    "Output": (("shape",), ()),
    "Affine": (("weight", "bias"), ()),
    "Linear": (("weight",), ()),
    "Scale": (("scale",), ()),
    "Conv1d": (_CONV, ("input_shape",)),
    "Conv2d": (_CONV, ("input_shape",)),
    "SumPool2d": (("kernel_size", "stride", "padding"), ()),
    "AvgPool2d": (("kernel_size", "stride", "padding"), ()),
    "Flatten": (("start_dim", "end_dim"), ("input_type",)),
    "Delay": (("delay",), ()),
    "Threshold": (("threshold",), ()),
    "I": (("r",), ()),
    "IF": (("r", "v_threshold"), ("v_reset",)),
    "LI": (("tau", "r", "v_leak"), ()),
    "LIF": (("tau", "r", "v_leak", "v_threshold"), ("v_reset",)),
    "CubaLI": (_CUBA, ("w_in",)),
    "CubaLIF": ((*_CUBA, "v_threshold"), ("v_reset", "w_in")),
}
"""What a node of each type must have, and what it may have."""

WHOLE = (
    *("shape", "input_shape", "kernel_size", "stride", "padding", "dilation", "groups"),
    *("start_dim", "end_dim", "input_type"),
)
POSITIVE = ("tau", "tau_syn", "tau_mem")
RANKS = {"Affine": 2, "Linear": 2, "Conv1d": 3, "Conv2d": 4}
"""Axes of `weight`."""


@dataclass(frozen=True, eq=False)
class Node:
    """A node that is no graph.

    Args:
        name: its name, with those of the graphs around it.
        kind: its type in NIR.
        parameters: arrays, and `padding` as a string where it is one.
        metadata: strings, numbers and arrays.
    """

    name: str
    kind: str
    parameters: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> npt.NDArray[Any]:
        array: npt.NDArray[Any] = self.parameters[key]
        return array

    def says(self, key: str) -> str | int | None:
        """A text or whole number of the metadata; None where there is neither."""
        value = self.metadata.get(key)
        if isinstance(value, np.integer):
            return int(value)
        return value if isinstance(value, str | int) else None

    def whole(self, key: str) -> tuple[int, ...]:
        """A parameter as whole numbers."""
        return tuple(int(value) for value in np.atleast_1d(self.parameters[key]).reshape(-1))

    def error(self, reason: str) -> NirError:
        """An error that names this node."""
        return node_error(self.name, self.kind, reason)


@dataclass(frozen=True, eq=False)
class Tree:
    """A graph of NIR.

    Args:
        nodes: nodes and graphs by name.
        edges: pairs of names.
        metadata: strings, numbers and arrays.
    """

    nodes: Mapping[str, Node | Tree]
    edges: Sequence[tuple[str, str]]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def checked_node(name: str, kind: str, given: Mapping[str, Any], metadata: Any) -> Node:
    """A node whose parameters are what its type asks for.

    Args:
        name: its name.
        kind: its type.
        given: its parameters.
        metadata: what else it says.

    Raises:
        NirError: the type is unknown; a parameter is missing, unknown, of another dtype or shape,
            not finite, or negative where it must not be.
    """
    if kind not in PARAMETERS:
        raise node_error(name, kind, f"unknown type; known are {', '.join(PARAMETERS)}")
    required, optional = PARAMETERS[kind]
    given = {key: value for key, value in given.items() if value is not None}
    if missing := [key for key in required if key not in given]:
        raise node_error(name, kind, f"lacks {', '.join(missing)}")
    if unknown := sorted(set(given) - {*required, *optional}):
        raise node_error(name, kind, f"has {', '.join(unknown)}, which this type does not know")
    values = {key: _value(name, kind, key, value) for key, value in given.items()}
    node = Node(name, kind, values, dict(metadata or {}))
    _check_shapes(node)
    return node


def _value(name: str, kind: str, key: str, value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if key == "padding" and isinstance(value, str) and kind in ("Conv1d", "Conv2d"):
        if value not in ("same", "valid"):
            raise node_error(name, kind, f"padding is {value[:20]!r}; use numbers, same or valid")
        return value
    array = np.asarray(value)
    if key in WHOLE:
        if array.dtype.kind not in "iu" or array.ndim > 1 or not 0 < array.size <= 8:
            raise node_error(name, kind, f"{key} must hold a few whole numbers")
        if key in ("shape", "input_shape", "stride", "dilation", "groups", "kernel_size"):
            low, least = 1, "at least 1"
        else:
            low, least = (0, "not negative") if key == "padding" else (-8, "at least -8")
        if (array < low).any() or (array > 2**31 - 1).any():
            raise node_error(name, kind, f"{key} is {array.tolist()}; it must be {least}")
        return array.astype(np.int64)
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise node_error(name, kind, f"{key} holds {array.dtype}; numbers are needed")
    if not array.size:
        raise node_error(name, kind, f"{key} is empty")
    if not np.isfinite(array).all():
        raise node_error(name, kind, f"{key} holds NaN or infinite values")
    if key in POSITIVE and not (array > 0).all():
        raise node_error(name, kind, f"{key} is {float(array.min()):g}; it must be above 0")
    if key == "delay" and not (array >= 0).all():
        raise node_error(name, kind, f"delay is {float(array.min()):g}; it cannot be negative")
    return array


def _check_shapes(node: Node) -> None:
    if node.kind in RANKS:
        rank, weight = RANKS[node.kind], node["weight"]
        if weight.ndim != rank:
            raise node.error(f"weight has shape {weight.shape}; {rank} axes are needed")
        if "bias" in node.parameters and node["bias"].shape != weight.shape[:1]:
            raise node.error(
                f"bias has shape {node['bias'].shape}, but weight gives {weight.shape[:1]}"
            )
        return
    if node.kind not in ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"):
        return
    shape = node["r"].shape
    for key, value in node.parameters.items():
        if value.shape != shape and not (key == "w_in" and value.ndim == 0):
            raise node.error(f"{key} has shape {value.shape}, but r has {shape}; give them alike")
