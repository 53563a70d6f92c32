"""A feed-forward graph, put together from the layers of another library one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_linear_bn_weights

from polychrony.snn.errors import SnnError
from polychrony.snn.graph import NetworkGraph, Population, Projection


@dataclass(frozen=True)
class Dynamics:
    """Neurons that leak to 0, start there, and are reset to it or by subtraction.

    h[t] = decay * v[t-1] + gain * x[t], and on as in `polychrony.snn.Population`.

    Args:
        decay: factor of the potential per step.
        gain: factor of the input.
        v_threshold: firing threshold, V.
        soft_reset: subtract the threshold after a spike instead of returning to 0.
        kind: `"lif"`, or `"li"` for neurons that do not fire.
    """

    decay: float
    gain: float = 1.0
    v_threshold: float = 1.0
    soft_reset: bool = False
    kind: Literal["lif", "li"] = "lif"


@dataclass(frozen=True)
class _Input:
    """x[t] = weight @ spikes[t - delay] + bias, float64."""

    label: str
    weight: Tensor
    bias: Tensor
    delay: int


def _double(values: Tensor) -> Tensor:
    return values.detach().cpu().double()


class Chain:
    """Layers so far; each method appends one, named by a label that messages repeat."""

    def __init__(self) -> None:
        self._layers: list[tuple[_Input, Dynamics]] = []
        self._open: _Input | None = None
        self._waiting = 0

    def linear(self, label: str, weight: Tensor, bias: Tensor | None) -> None:
        """Append synapses from the last neurons, or from the input.

        Args:
            label: name of the layer.
            weight: [N_out, N_in].
            bias: [N_out] or None.

        Raises:
            SnnError: neurons are missing before it, or their number does not fit.
        """
        if self._open is not None:
            raise SnnError(
                f"{self._open.label} and {label} have no neurons between them; put neurons there, "
                "or multiply the two into one Linear"
            )
        n_out, n_in = weight.shape
        if self._layers and len(self._layers[-1][0].weight) != n_in:
            before = self._layers[-1][0]
            raise SnnError(
                f"{label} takes {n_in} features, but {before.label} gives {len(before.weight)}"
            )
        shift = torch.zeros(n_out) if bias is None else bias
        self._open = _Input(label, _double(weight), _double(shift), self._waiting)
        self._waiting = 0

    def normalize(self, label: str, norm: nn.BatchNorm1d) -> None:
        """Fold batch normalisation with running statistics into the synapses before it.

        Args:
            label: name of the layer.
            norm: the normalisation.

        Raises:
            SnnError: it follows no synapses, has another width, or keeps no running statistics.
        """
        if self._open is None:
            raise SnnError(f"{label} does not follow a Linear, into which it could be folded")
        if norm.running_mean is None or norm.running_var is None:
            raise SnnError(
                f"{label} keeps no running statistics, so it cannot be folded; "
                "train it with track_running_stats=True"
            )
        mean = _double(norm.running_mean)
        if len(mean) != len(self._open.weight):
            raise SnnError(
                f"{label} normalises {len(mean)} features, but {self._open.label} gives "
                f"{len(self._open.weight)}"
            )
        weight, bias = fuse_linear_bn_weights(
            self._open.weight,
            self._open.bias,
            mean,
            _double(norm.running_var),
            norm.eps,
            torch.ones_like(mean) if norm.weight is None else _double(norm.weight),
            torch.zeros_like(mean) if norm.bias is None else _double(norm.bias),
        )
        self._open = replace(self._open, weight=weight.detach(), bias=bias.detach())

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
            raise SnnError(f"{label} does not follow a Linear; neurons need synapses before them")
        self._layers.append((self._open, dynamics))
        self._open = None

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
        if not layers:
            raise SnnError("the model holds no Linear, so there is no network to convert")
        if self._waiting:
            raise SnnError(
                f"the model ends in a delay of {self._waiting} steps that no Linear follows; "
                "remove it, and shift the output in time instead"
            )
        names = [*(f"hidden{k + 1}" for k in range(len(layers) - 1)), "output"]
        populations = [Population(input_name, layers[0][0].weight.shape[1], "input")]
        projections = []
        for name, (x, neurons) in zip(names, layers, strict=True):
            weight, bias = (x.weight * neurons.gain).numpy(), (x.bias * neurons.gain).numpy()
            projections.append(Projection.from_dense(populations[-1].name, name, weight, x.delay))
            populations.append(
                Population(
                    name,
                    len(weight),
                    neurons.kind,
                    decay=np.asarray(neurons.decay, np.float32),
                    v_threshold=np.asarray(neurons.v_threshold, np.float32),
                    v_reset=None if neurons.soft_reset else 0.0,
                    bias=bias.astype(np.float32),
                )
            )
        return NetworkGraph(tuple(populations), tuple(projections), dt)
