"""The integers of a trained network, and what they compute, without torch or floats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.errors import SnnError
from polychrony.snn.fixed_point import DECAY_BITS

IntArray = npt.NDArray[np.int64]

ROOM = 2**52
"""Potentials beyond this have no room in float64, which torch computes the same network in."""


@dataclass(frozen=True, eq=False)
class IntegerSynapses:
    """Synapses of a layer.

    Args:
        weight: whole numbers: [N_out, N_in, taps], or [C_out, C_in / groups, kH, kW] of maps.
        delay: steps, shape of `weight`.
        multiplier: units of potential of one step of a weight, [N_out].
        stride: of maps; None for layers that are no maps.
        padding: zeros around maps.
        groups: groups of maps that do not mix.
    """

    weight: IntArray
    delay: IntArray
    multiplier: IntArray
    stride: int | None = None
    padding: int = 0
    groups: int = 1

    @property
    def shift(self) -> int | None:
        """Bits by which a sum is shifted instead of multiplied; None if it is not that simple."""
        first = int(self.multiplier[0])
        alike = bool((self.multiplier == first).all()) and first & (first - 1) == 0
        return first.bit_length() - 1 if alike else None

    def current(self, spikes: IntArray, step: int) -> IntArray:
        """Sum over synapses of n * s at a step, before it is multiplied, [B, N_out, ...].

        Args:
            spikes: every step so far and this one at least, [T, B, N_in, ...].
            step: the step.
        """
        silence = np.zeros_like(spikes[0])
        sums = [
            self._now(spikes[step - delay] if delay <= step else silence, weight)
            for delay, weight in self._by_delay
        ]
        return np.asarray(np.sum(sums, axis=0), np.int64)

    @cached_property
    def _by_delay(self) -> tuple[tuple[int, IntArray], ...]:
        delays = np.unique(self.delay).tolist()
        return tuple((d, np.where(self.delay == d, self.weight, 0)) for d in delays)

    def _now(self, frame: IntArray, weight: IntArray) -> IntArray:
        if self.stride is None:
            return np.asarray(frame @ weight.sum(2).T)
        edge = (self.padding, self.padding)
        padded = np.pad(frame, ((0, 0), (0, 0), edge, edge))
        windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], (2, 3))
        windows = windows[:, :, :: self.stride, :: self.stride]
        parts = zip(
            np.split(windows, self.groups, axis=1), np.split(weight, self.groups), strict=True
        )
        sums = [np.einsum("bchwuv,ocuv->bohw", part, own) for part, own in parts]
        return np.concatenate(sums, axis=1)


@dataclass(frozen=True, eq=False)
class IntegerNeurons:
    """Neurons of a layer; arrays are [N], or [C, 1, 1] of maps.

    Args:
        name: of the layer.
        decay: factor of the potential per step, of 4096.
        bias: units that each step adds.
        threshold: units; None for a readout, which only integrates.
        levels: largest spike.
        nearest: whether potentials are rounded to the nearest spike, ties up, or down.
        reset: potential after a spike, units; None if threshold times spike is subtracted.
        unit: V; for reading, nothing is computed with it.
    """

    name: str
    decay: IntArray
    bias: IntArray
    threshold: IntArray | None
    levels: int
    nearest: bool
    reset: IntArray | None
    unit: npt.NDArray[np.float64]

    def step(self, v: IntArray, drive: IntArray) -> tuple[IntArray, IntArray]:
        """Spikes and potentials after a step, from potentials before it and what synapses add.

        Raises:
            SnnError: a potential has no room.
        """
        h = np.sign(v) * ((np.abs(v) * self.decay) >> DECAY_BITS) + drive + self.bias
        if np.abs(h).max(initial=0) > ROOM:
            raise SnnError(f"{self.name}: a potential leaves 52 bits; use fewer fraction bits")
        if self.threshold is None:
            return np.zeros_like(h), h
        ties = self.threshold if self.nearest else 0
        s = np.clip((2 * h + ties) // (2 * self.threshold), 0, self.levels)
        if self.reset is None:
            return s, h - self.threshold * s
        return s, np.where(s > 0, self.reset, h)


@dataclass(frozen=True)
class IntegerPool:
    """Pooling of spikes over space.

    Args:
        window: height and width.
        stride: down and across.
        largest: whether the largest spike of a window goes on, or the sum of all.
    """

    window: tuple[int, int]
    stride: tuple[int, int]
    largest: bool

    def __call__(self, spikes: IntArray) -> IntArray:
        """Pooled spikes [T, B, C, H_out, W_out] of spikes [T, B, C, H, W]."""
        down, across = self.stride
        windows = np.lib.stride_tricks.sliding_window_view(spikes, self.window, (3, 4))
        windows = windows[:, :, :, ::down, ::across]
        return np.asarray(windows.max((5, 6)) if self.largest else windows.sum((5, 6)))


@dataclass(frozen=True, eq=False)
class IntegerLayer:
    """Synapses, neurons, synapses of the neurons among themselves, and pooling.

    Args:
        synapses: from below.
        neurons: the neurons.
        feedback: among themselves; a spike comes back one step after the delay of its synapse.
        pool: what the next layer gets of the spikes; None for the spikes themselves.
    """

    synapses: IntegerSynapses
    neurons: IntegerNeurons
    feedback: IntegerSynapses | None = None
    pool: IntegerPool | None = None


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """A network in integers.

    Args:
        layers: first to last.
        dt: duration of a step, s.
    """

    layers: tuple[IntegerLayer, ...]
    dt: float

    def __getitem__(self, name: str) -> IntegerLayer:
        for layer in self.layers:
            if layer.neurons.name == name:
                return layer
        known = ", ".join(layer.neurons.name for layer in self.layers)
        raise SnnError(f"no layer is called {name!r}; there are: {known}")


@dataclass(frozen=True, eq=False)
class IntegerActivity:
    """What a network in integers did.

    Args:
        spikes: of each layer that fires, by its name, before they are pooled, int64 [T, B, ...].
        potentials: of each readout, units, int64 [T, B, ...].
    """

    spikes: dict[str, IntArray]
    potentials: dict[str, IntArray]


def integer_inference(network: IntegerNetwork, spikes: npt.ArrayLike) -> IntegerActivity:
    """Run a network from rest in integers alone: sums, products or shifts, and comparisons.

    Args:
        network: see `integers`.
        spikes: what comes in, whole numbers [T, B, ...].

    Returns:
        Spikes and potentials of every step.

    Raises:
        SnnError: the input holds no whole numbers, or a potential has no room.
    """
    given = np.asarray(spikes)
    x = given.astype(np.int64)
    if given.ndim < 3 or not np.array_equal(x, given):
        raise SnnError(f"spikes {given.dtype} {given.shape} must be whole numbers [T, B, ...]")
    fired: dict[str, IntArray] = {}
    held: dict[str, IntArray] = {}
    for layer in network.layers:
        if layer.synapses.stride is None and x.ndim > 3:
            x = x.reshape(*x.shape[:2], -1)
        x, potentials = _run(layer, x)
        found = held if layer.neurons.threshold is None else fired
        found[layer.neurons.name] = potentials if layer.neurons.threshold is None else x
        x = x if layer.pool is None else layer.pool(x)
    return IntegerActivity(fired, held)


def _run(layer: IntegerLayer, x: IntArray) -> tuple[IntArray, IntArray]:
    spikes: list[IntArray] = []
    potentials: list[IntArray] = []
    for t in range(len(x)):
        drive = _scaled(layer.synapses, layer.synapses.current(x, t))
        if layer.feedback is not None and t > 0:
            drive = drive + _scaled(layer.feedback, layer.feedback.current(_all(spikes), t - 1))
        v = potentials[-1] if potentials else np.zeros_like(drive)
        s, v = layer.neurons.step(v, drive)
        spikes.append(s)
        potentials.append(v)
    return _all(spikes), _all(potentials)


def _scaled(synapses: IntegerSynapses, total: IntArray) -> IntArray:
    if synapses.shift is not None:
        return total << synapses.shift
    return total * synapses.multiplier.reshape(-1, *[1] * (total.ndim - 2))


def _all(steps: list[Any]) -> IntArray:
    return np.stack(steps)
