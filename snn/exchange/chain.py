"""A feed-forward graph, put together from the layers of another library one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.conv import Synapses
from polychrony.snn.exchange.dynamics import Dynamics
from polychrony.snn.graph import NetworkGraph, Population, Projection

Array = npt.NDArray[np.float64]
Lower = Callable[[tuple[int, ...]], Synapses]


@dataclass(frozen=True)
class _Input:
    """x[t] = matrix @ spikes[t - delay] + bias, float64.

    `weighted` tells whether the matrix holds weights, or only sums of pooling.
    """

    label: str
    matrix: Any  # a sparse array of scipy, [N_out, N_in]
    bias: Array
    delay: int
    shape: tuple[int, ...]
    weighted: bool


def _double(values: Tensor) -> Array:
    array: Array = values.detach().cpu().double().numpy()
    return array


def _matrix(found: Synapses, n_in: int) -> Any:
    size = (math.prod(found.shape), n_in)
    return sparse.coo_array((found.weight, (found.post, found.pre)), size).tocsr()


def _projection(source: str, target: str, matrix: Any, delay: int) -> Projection:
    columns = sparse.csc_array(matrix)
    columns.eliminate_zeros()
    columns.sort_indices()
    pre = np.repeat(np.arange(columns.shape[1], dtype=np.int32), np.diff(columns.indptr))
    steps = np.full(len(pre), delay, np.int32)
    weight = columns.data.astype(np.float32)
    return Projection(source, target, pre, columns.indices.astype(np.int32), weight, steps)


class Chain:
    """Layers so far; each method appends one, named by a label that messages repeat.

    Args:
        input_shape: shape of the input of a step, [C, *space] or [N]; None for a flat one whose
            width the first layer tells.
    """

    def __init__(self, input_shape: Sequence[int] | None = None) -> None:
        self._layers: list[tuple[_Input, Dynamics]] = []
        self._open: _Input | None = None
        self._waiting = 0
        self._shape = None if input_shape is None else tuple(input_shape)
        self._giver = "the input"
        self._inputs = None if input_shape is None else math.prod(input_shape)

    def linear(self, label: str, weight: Tensor, bias: Tensor | None) -> None:
        """Append synapses from the last neurons, or from the input.

        Args:
            label: name of the layer.
            weight: [N_out, N_in].
            bias: [N_out] or None.

        Raises:
            SnnError: neurons are missing before it, or their number does not fit.
        """
        n_out, n_in = weight.shape
        if self._shape is None:
            self._shape, self._inputs = (n_in,), n_in
        self._check_neurons_before(label)
        if len(self._shape) != 1:
            raise SnnError(
                f"{label} takes {n_in} features, but {self._giver} gives "
                f"{list(self._shape)}; put a Flatten before it"
            )
        if self._shape != (n_in,):
            raise SnnError(
                f"{label} takes {n_in} features, but {self._giver} gives {self._shape[0]}"
            )
        shift = torch.zeros(n_out) if bias is None else bias
        self._append(label, sparse.csr_array(_double(weight)), _double(shift), (n_out,), True)

    def convolution(self, label: str, lower: Lower, bias: Tensor | None) -> None:
        """Append synapses of a convolution.

        Args:
            label: name of the layer.
            lower: its synapses on an input of a shape.
            bias: [C_out] or None.

        Raises:
            SnnError: neurons are missing before it, or the shape does not fit.
        """
        self._check_neurons_before(label)
        self._lowered(label, lower, bias, True)

    def pool(self, label: str, lower: Lower) -> None:
        """Append sums over windows; they become one with the synapses before or after them.

        Args:
            label: name of the layer.
            lower: its synapses on an input of a shape.

        Raises:
            SnnError: the shape does not fit.
        """
        self._lowered(label, lower, None, self._open is not None and self._open.weighted)

    def flatten(self) -> None:
        """Forget the shape: what follows takes all values of a step in a row."""
        if self._shape is None:
            return
        self._shape = (math.prod(self._shape),)
        if self._open is not None:
            self._open = replace(self._open, shape=self._shape)

    def normalize(self, label: str, norm: Any) -> None:
        """Fold batch normalisation with running statistics into the synapses before it.

        Args:
            label: name of the layer.
            norm: the normalisation, `torch.nn.BatchNorm1d` or one of its siblings.

        Raises:
            SnnError: it follows no synapses, has another width, or keeps no running statistics.
        """
        if self._open is None:
            raise SnnError(
                f"{label} does not follow a Linear or a convolution, into which it could be folded"
            )
        if norm.running_mean is None or norm.running_var is None:
            raise SnnError(
                f"{label} keeps no running statistics, so it cannot be folded; "
                "train it with track_running_stats=True"
            )
        mean, shape = _double(norm.running_mean), self._open.shape
        if len(mean) != shape[0]:
            raise SnnError(
                f"{label} normalises {len(mean)} features, but {self._open.label} gives {shape[0]}"
            )
        scale = 1 / np.sqrt(_double(norm.running_var) + norm.eps)
        if norm.weight is not None:
            scale = scale * _double(norm.weight)
        shift = 0 if norm.bias is None else _double(norm.bias)
        rest = math.prod(shape[1:])
        factor, mean = np.repeat(scale, rest), np.repeat(mean, rest)
        bias = (self._open.bias - mean) * factor + np.repeat(shift + 0 * scale, rest)
        self._open = replace(self._open, matrix=_scaled(self._open.matrix, factor), bias=bias)

    def delay(self, label: str, steps: int) -> None:
        """Let everything that has passed so far arrive later, with zeros in the meantime.

        Args:
            label: name of the layer.
            steps: delay, steps >= 0.

        Raises:
            SnnError: it would delay a bias too, which no synaptic delay does.
        """
        if self._open is None:
            self._waiting += steps
            return
        if steps and self._open.bias.any():
            raise SnnError(
                f"{label} would also delay the bias of {self._open.label}; put the delay before it"
            )
        self._open = replace(self._open, delay=self._open.delay + steps)

    def neurons(self, label: str, dynamics: Dynamics) -> None:
        """Append neurons, driven by the synapses before them.

        Args:
            label: name of the layer.
            dynamics: what they do.

        Raises:
            SnnError: they follow no synapses.
        """
        if self._open is None:
            raise SnnError(
                f"{label} does not follow a Linear or a convolution; neurons need synapses "
                "before them"
            )
        self._layers.append((self._open, dynamics))
        self._open = None

    def _check_neurons_before(self, label: str) -> None:
        if self._open is not None and self._open.weighted:
            raise SnnError(
                f"{self._open.label} and {label} have no neurons between them; put neurons there, "
                "or multiply the two into one Linear"
            )

    def _lowered(self, label: str, lower: Lower, bias: Tensor | None, weighted: bool) -> None:
        if self._shape is None:
            raise SnnError(f"{label} needs the shape of its input; give input_shape=(C, H, W)")
        try:
            found = lower(self._shape)
        except SnnError as error:
            raise SnnError(f"{label} on {list(self._shape)}: {error}") from error
        matrix = _matrix(found, math.prod(self._shape))
        each = np.zeros(found.shape[0]) if bias is None else _double(bias)
        shift = np.repeat(each, math.prod(found.shape[1:]))
        self._append(label, matrix, shift, found.shape, weighted)

    def _append(
        self, label: str, matrix: Any, bias: Array, shape: tuple[int, ...], weighted: bool
    ) -> None:
        delay = self._waiting
        if self._open is not None:
            bias = bias + matrix @ self._open.bias
            matrix, delay = matrix @ self._open.matrix, delay + self._open.delay
        self._open = _Input(label, matrix, bias, delay, shape, weighted)
        self._waiting, self._shape, self._giver = 0, shape, label

    def graph(self, input_name: str, dt: float) -> NetworkGraph:
        """Graph of the layers, its populations `hidden1`, `hidden2`, ... and `output`.

        Synapses at the end, with no neurons after them, become a readout of kind li with decay 0,
        whose potential is the layer's output of the same step.

        Args:
            input_name: name of the input population.
            dt: duration of a step, s.

        Returns:
            The graph.

        Raises:
            SnnError: there are no synapses, or delays at the end that belong to none.
        """
        layers = list(self._layers)
        if self._open is not None:
            layers.append((self._open, Dynamics(decay=0.0, kind="li")))
        if not layers or self._inputs is None:
            raise SnnError(
                "the model holds no Linear and no convolution, so there is no network to convert"
            )
        if self._waiting:
            raise SnnError(
                f"the model ends in a delay of {self._waiting} steps that no Linear follows; "
                "remove it, and shift the output in time instead"
            )
        names = [*(f"hidden{k + 1}" for k in range(len(layers) - 1)), "output"]
        populations = [Population(input_name, self._inputs, "input")]
        projections = []
        for name, (x, neurons) in zip(names, layers, strict=True):
            gain = _each(neurons.gain, x.shape)
            before = populations[-1].name
            projections.append(_projection(before, name, _scaled(x.matrix, gain), x.delay))
            populations.append(neurons.population(name, x.shape, x.bias * gain))
            if np.any(neurons.self_weight):
                to_itself = sparse.diags_array(_each(neurons.self_weight, x.shape))
                projections.append(_projection(name, name, to_itself, 1))
        return NetworkGraph(tuple(populations), tuple(projections), dt)


def _scaled(matrix: Any, factor: Array) -> Any:
    """A matrix with its rows multiplied."""
    return sparse.csr_array(sparse.diags_array(factor) @ matrix)


def _each(values: Any, shape: tuple[int, ...]) -> Array:
    """One value for each neuron of a layer."""
    return np.broadcast_to(np.asarray(values, np.float64), shape).reshape(-1)
