"""Nodes of NIR that only add up and delay, applied to what comes into them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array

from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.conv import Synapses, conv_synapses, pool_synapses
from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.flat import PASSES
from polychrony.snn.exchange.nir.paths import BYTES_PER_ENTRY, Path, delayed, times
from polychrony.snn.exchange.nir.times import whole_steps
from polychrony.snn.exchange.nir.tree import Node

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Flow:
    """What an edge carries: a sum over sources, and a constant.

    Args:
        shape: shape of it, without time and batch.
        paths: what each source adds, by the source's node.
        constant: what is there in every step, flat, float64; None for nothing.
    """

    shape: Shape
    paths: dict[str, Path] = field(default_factory=dict)
    constant: npt.NDArray[np.float64] | None = None


def apply(node: Node, flow: Flow, dt: float, limit: int) -> Flow:
    """What comes out of a node that is no neuron.

    Args:
        node: the node.
        flow: what comes in.
        dt: duration of a step, in the file's unit of time.
        limit: bytes that the paths of one source may take.

    Raises:
        NirError: the node does not fit what comes in, or delays a constant.
    """
    try:
        if node.kind in (PASSES, "Output"):
            _expect(node, node.whole("shape"), flow)
            return flow
        if node.kind == "Flatten":
            return Flow(_flattened(node, flow.shape), flow.paths, flow.constant)
        if node.kind == "Delay":
            return _delay(node, flow, dt)
        matrix, shape = _matrix(node, flow, limit // BYTES_PER_ENTRY)
        paths = {name: times(matrix, path, limit) for name, path in flow.paths.items()}
    except NirError as error:
        raise node.error(str(error)) from error
    except SnnError as error:
        raise node.error(str(error)) from error
    constant = None if flow.constant is None else matrix @ flow.constant
    if "bias" in node.parameters and node["bias"].any():
        bias = np.repeat(node["bias"].astype(np.float64), math.prod(shape[1:]))
        constant = bias if constant is None else constant + bias
    return Flow(shape, paths, constant)


def _expect(node: Node, wanted: Shape, flow: Flow) -> None:
    if tuple(wanted) != flow.shape:
        raise NirError(f"takes shape {list(wanted)}, but {list(flow.shape)} comes in")


def _flattened(node: Node, shape: Shape) -> Shape:
    first, last = node.whole("start_dim")[0], node.whole("end_dim")[0]
    axes = len(shape)
    first, last = (axis + axes if axis < 0 else axis for axis in (first, last))
    if not 0 <= first <= last < axes:
        # As PyTorch counts them, with a batch in front, the last axis of [C, H, W] is 3.
        raise NirError(
            f"flattens axes {first} to {last}, but {list(shape)} comes in, of {axes} axes; axes "
            "are counted without time and batch"
        )
    return (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


def _delay(node: Node, flow: Flow, dt: float) -> Flow:
    delay = node["delay"]
    _expect(node, delay.shape, flow)
    steps = whole_steps(delay.reshape(-1), dt)
    if flow.constant is not None and (steps[flow.constant != 0] > 0).any():
        raise NirError("delays a bias, so that it would begin late; put the delay before the bias")
    paths = {name: delayed(path, steps) for name, path in flow.paths.items()}
    return Flow(flow.shape, paths, flow.constant)


def _matrix(node: Node, flow: Flow, most: int) -> tuple[csr_array, Shape]:
    if node.kind == "Scale":
        _expect(node, node["scale"].shape, flow)
        scale: Any = diags_array(node["scale"].reshape(-1).astype(np.float64)).tocsr()
        scale.eliminate_zeros()
        return scale, flow.shape
    if node.kind in ("Affine", "Linear"):
        weight = node["weight"]
        _expect(node, weight.shape[1:], flow)
        return csr_array(weight.astype(np.float64)), weight.shape[:1]
    made = _spatial(node, flow.shape, most)
    shape = (math.prod(made.shape), math.prod(flow.shape))
    return csr_array((made.weight, (made.post, made.pre)), shape=shape), made.shape


def _spatial(node: Node, shape: Shape, most: int) -> Synapses:
    padding = node.parameters["padding"]
    if node.kind in ("Conv1d", "Conv2d"):
        given = node.whole("input_shape") if "input_shape" in node.parameters else shape[1:]
        if tuple(given) != shape[1:]:
            raise NirError(f"input_shape is {list(given)}, but {list(shape)} comes in")
        stride, dilation, groups = (node.whole(key) for key in ("stride", "dilation", "groups"))
        around = padding if isinstance(padding, str) else node.whole("padding")
        return conv_synapses(node["weight"], shape, stride, around, dilation, groups[0], most)
    kernel = _pair(node.whole("kernel_size"))
    if len(shape) != 3:
        raise NirError(f"pools [C, H, W], but {list(shape)} comes in")
    mean = node.kind == "AvgPool2d"
    stride, around = _pair(node.whole("stride")), node.whole("padding")
    return pool_synapses(kernel, shape, stride, around, mean, most)


def _pair(values: tuple[int, ...]) -> tuple[int, ...]:
    return values * 2 if len(values) == 1 else values
