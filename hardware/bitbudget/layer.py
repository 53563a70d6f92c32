"""Synapses of one layer, as far as their bits count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.bitbudget.widths import Widths
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantized import QuantizedProjection
from polychrony.snn.graph import Projection

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Layer:
    """Synapses from one population to another.

    Args:
        name: name of the layer.
        source: population that spikes.
        target: population that receives.
        fan_out: synapses that a spike of each source neuron meets, [N_in].
        delays_met: delays that it reads on the way, [N_in]: one for each synapse where synapses
            have delays, one for each that it carries where axons have them.
        weights_kept: weights in memory; a convolution keeps fewer than it has synapses.
        delays_kept: delays in memory.
        widths: their bits.
    """

    name: str
    source: str
    target: str
    fan_out: IntArray
    delays_met: IntArray
    weights_kept: int
    delays_kept: int
    widths: Widths

    @property
    def macs(self) -> int:
        """Synapses that a step computes if all source neurons fire."""
        return int(self.fan_out.sum())


def linear(
    name: str,
    n_in: int,
    n_out: int,
    widths: Widths,
    *,
    taps: int = 1,
    source: str = "input",
    target: str = "output",
) -> Layer:
    """A layer of all pairs; with delays, a synapse with one of its own for every tap.

    A recurrent layer is one from a population to itself.

    Args:
        name: name of the layer.
        n_in: source neurons.
        n_out: target neurons.
        widths: bits; `delay_bits` above 0 gives every synapse a delay.
        taps: synapses of each pair.
        source: population that spikes.
        target: population that receives.

    Raises:
        HardwareError: a size is below 1.
    """
    _check_sizes(name, n_in=n_in, n_out=n_out, taps=taps)
    fan_out = np.full(n_in, n_out * taps, np.int64)
    return _with_own_delays(name, (source, target), fan_out, n_in * n_out * taps, widths)


def convolution(
    name: str,
    in_shape: Sequence[int],
    out_channels: int,
    kernel_size: int,
    widths: Widths,
    *,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
    source: str = "input",
    target: str = "output",
) -> Layer:
    """A convolution over space, with the synapses that stride and border leave.

    Args:
        name: name of the layer.
        in_shape: channels, and the length of every axis of space, as (C, H, W).
        out_channels: channels of the output.
        kernel_size: side of the kernel.
        widths: bits; `delay_bits` above 0 gives every weight of the kernel a delay.
        stride: of the kernel.
        padding: zeros around the input; no synapse ends at them.
        groups: groups of channels that do not mix.
        source: population that spikes.
        target: population that receives.

    Raises:
        HardwareError: a size is below 1, the kernel is larger than its input, or channels do not
            divide into groups.
    """
    channels, *space = in_shape
    sizes = {"out_channels": out_channels, "kernel_size": kernel_size, "stride": stride}
    _check_sizes(name, channels=channels, groups=groups, **sizes, space=min(space, default=0))
    if channels % groups or out_channels % groups:
        raise HardwareError(
            f"{name}: {channels} and {out_channels} channels do not divide into {groups} groups"
        )
    each: Any = np.full((channels,), out_channels // groups, np.int64)
    for length in space:
        each = each[..., np.newaxis] * _windows(name, length, kernel_size, stride, padding)
    kept = out_channels * (channels // groups) * kernel_size ** len(space)
    return _with_own_delays(name, (source, target), each.reshape(-1), kept, widths)


def of_projection(name: str, projection: Projection, n_in: int, widths: Widths) -> Layer:
    """The synapses of a graph's projection, each with its delay if delays have bits.

    Args:
        name: name of the layer.
        projection: the synapses.
        n_in: size of the population that spikes.
        widths: their bits.
    """
    fan_out = np.bincount(projection.pre, minlength=n_in).astype(np.int64)
    ends = projection.source, projection.target
    return _with_own_delays(name, ends, fan_out, projection.n_synapses, widths)


def on_chip(name: str, projection: QuantizedProjection, delay_of: str, widths: Widths) -> Layer:
    """The synapses that a chip holds.

    Args:
        name: name of the layer.
        projection: the synapses in the numbers of the chip.
        delay_of: what has a delay, see `Chip`. Where it is axons, those of one source neuron with
            the same delay are taken for one.
        widths: their bits.
    """
    n_in = len(projection.row_ptr) - 1
    pre = np.repeat(np.arange(n_in), np.diff(projection.row_ptr))
    delay = projection.delay
    if projection.axon_type is not None:
        held = projection.axon_type >= 0
        pre, delay = pre[held], delay[held]
    fan_out = np.bincount(pre, minlength=n_in).astype(np.int64)
    ends = projection.source, projection.target
    if delay_of != "axon":
        return _with_own_delays(name, ends, fan_out, len(pre), widths)
    pairs = np.unique(np.stack([pre, delay]), axis=1)
    carried = np.bincount(pairs[0], minlength=n_in).astype(np.int64)
    return Layer(name, *ends, fan_out, carried, len(pre), pairs.shape[1], widths)


def _with_own_delays(
    name: str, ends: tuple[str, str], fan_out: IntArray, kept: int, widths: Widths
) -> Layer:
    delayed = bool(widths.delay_bits)
    return Layer(name, *ends, fan_out, fan_out * delayed, kept, kept * delayed, widths)


def _windows(name: str, length: int, kernel: int, stride: int, padding: int) -> IntArray:
    """Outputs that each place of one axis takes part in, [length]."""
    outputs = (length + 2 * padding - kernel) // stride + 1
    if padding < 0 or outputs < 1:
        raise HardwareError(
            f"{name}: a kernel of {kernel} does not fit {length} places with padding {padding}"
        )
    places = (np.arange(outputs)[:, np.newaxis] * stride - padding + np.arange(kernel)).reshape(-1)
    inside = places[(places >= 0) & (places < length)]
    return np.bincount(inside, minlength=length).astype(np.int64)


def _check_sizes(name: str, **sizes: int) -> None:
    for key, size in sizes.items():
        if size < 1:
            raise HardwareError(f"{name}: {key} is {size}, at least 1 is needed")
