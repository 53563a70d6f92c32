"""From layers one after the other to NIR, convolutions as what they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from polychrony.snn.cuba import CubaLIF
from polychrony.snn.delays.conv import DelayedConv2d
from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.delays.recurrent import DelayedRecurrent
from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.nir.draft import Array, Draft
from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.hdf5 import LIMIT
from polychrony.snn.exchange.nir.library import library
from polychrony.snn.exchange.nir.objects import as_object
from polychrony.snn.exchange.nir.taps import Tap, taps
from polychrony.snn.exchange.nir.times import Discretization, strict_threshold, time_constant
from polychrony.snn.li import LI
from polychrony.snn.lif import LIF
from polychrony.snn.lowering import delayed_projection

Shape = tuple[int, ...]
SUPPORTED = (
    "Linear, Conv1d, Conv2d, AvgPool2d, Flatten, Identity, Dropout, DelayedLinear, DelayedConv2d, "
    "DelayedRecurrent, LIF, CubaLIF, LI"
)
_LEFT_OUT = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d)


def layers_to_nir(
    layers: Iterable[nn.Module],
    input_shape: Sequence[int],
    dt: float,
    discretization: Discretization = "euler",
    limit: int = LIMIT,
) -> Any:
    """A `nir.NIRGraph` of layers one after the other, as they work in evaluation.

    Linear, convolutions and AvgPool2d become their own kind of node, with a batch in front of
    `input_shape` as PyTorch has it; Flatten lays out all axes of a sample. A layer with delays
    becomes one such node for each delay, behind a Delay, with delays rounded to whole steps. LIF,
    CubaLIF and LI become neurons in the shape of what comes into them, `DelayedRecurrent` a loop
    that takes one step by itself. See `to_nir` for the rest.

    Args:
        layers: the layers, or an nn.Sequential.
        input_shape: shape of a step of one sample: [N], [C, L] or [C, H, W].
        dt: duration of a step, s.
        discretization: how a reader makes factors per step: `"euler"` or `"exact"`.
        limit: bytes that the weights may take; 1 GiB by default.

    Returns:
        The graph.

    Raises:
        NirError: a layer has no counterpart in NIR, or does not fit what comes into it.
    """
    library()
    chain = _Chain(Draft(dt, discretization, False, limit), tuple(int(n) for n in input_shape))
    for index, layer in enumerate(layers):
        label = f"{type(layer).__name__.lower()}_{index}"
        try:
            chain.append(label, layer)
        except NirError:
            raise
        except (SnnError, RuntimeError) as error:  # torch's own words where shapes do not fit
            reason = next(iter(str(error).splitlines()), "")
            raise NirError(f"layer {index} ({type(layer).__name__}): {reason}") from error
    return as_object(chain.tree(dt))


class _Chain:
    """Nodes so far, and what the last of them sends."""

    def __init__(self, draft: Draft, shape: Shape) -> None:
        self._draft, self._shape = draft, shape
        name = draft.add("input", "Input", shape=np.array(shape))
        self._ends = [name]

    def tree(self, dt: float) -> Any:
        self._into(self._draft.add("output", "Output", shape=np.array(self._shape)))
        return self._draft.tree(dt)

    def append(self, label: str, layer: nn.Module) -> None:
        """One more layer."""
        kind = type(layer)
        if kind in _LEFT_OUT:
            return
        if kind is DelayedRecurrent:
            self._recurrent(label, cast(DelayedRecurrent, layer))
        elif kind in (LIF, CubaLIF, LI):
            self._neurons(label, layer)
        elif kind is nn.Linear:
            plain = cast(nn.Linear, layer)
            self._linear(label, [(np.zeros(1, np.int64), _numpy(plain.weight))], plain.bias)
        elif kind in (nn.Conv1d, nn.Conv2d, DelayedConv2d):
            self._convolution(label, cast(Any, layer))
        elif kind is DelayedLinear:
            self._delayed(label, cast(DelayedLinear, layer))
        elif kind is nn.AvgPool2d:
            self._pool(label, cast(nn.AvgPool2d, layer))
        elif kind is nn.Flatten:
            given = {"input_type": np.array(self._shape), "start_dim": 0, "end_dim": -1}
            self._put(label, "Flatten", (int(np.prod(self._shape)),), **given)
        else:
            raise NirError(f"{label}: {kind.__name__} is not supported; supported are {SUPPORTED}")

    def _into(self, name: str) -> None:
        """Lead everything that is open into one node."""
        self._draft.edges += [(end, name) for end in self._ends]
        self._ends = [name]

    def _put(self, label: str, kind: str, shape: Shape, **parameters: Any) -> None:
        self._into(self._draft.add(label, kind, **parameters))
        self._shape = shape

    def _linear(self, label: str, parts: list[tuple[Array, Array]], bias: Tensor | None) -> None:
        """Matrices, each behind its delays."""
        n_out, n_in = parts[0][1].shape
        if self._shape != (n_in,):
            raise NirError(f"{label}: takes {n_in} features, but {list(self._shape)} comes in")
        sender, made = self._sender(label), []
        for k, (steps, weight) in enumerate(parts):
            shift = np.zeros(n_out, np.float32) if bias is None else _numpy(bias)
            tap = Tap(weight, np.broadcast_to(steps, (n_in,)))
            self._draft.pay(weight.size, label)
            made.append(self._draft.layer(tap, sender, label, None, shift if k == 0 else None, {}))
        self._ends, self._shape = made, (n_out,)

    def _sender(self, label: str) -> str:
        """The one node that sends; sums without neurons after them go through a Scale of 1."""
        if len(self._ends) > 1:
            one = np.ones(self._shape, np.float32)
            self._into(self._draft.add(f"{label}_sum", "Scale", scale=one))
        return self._ends[0]

    def _delayed(self, label: str, layer: DelayedLinear) -> None:
        n_in, n_out = layer.in_features, layer.out_features
        synapses = delayed_projection(label, label, layer)
        made = taps(synapses, n_in, n_out, 0, self._draft.weights_left)
        parts = [(tap.delay, tap.weight) for tap in made]
        parts = parts or [(np.zeros(1, np.int64), np.zeros((n_out, n_in), np.float32))]
        self._linear(label, parts, layer.bias)

    def _convolution(self, label: str, layer: Any) -> None:
        weight = _numpy(layer.weight)
        axes = weight.ndim - 2
        each = {
            name: _each(getattr(layer, name, 1), axes) for name in ("stride", "padding", "dilation")
        }
        if getattr(layer, "padding_mode", "zeros") != "zeros":
            raise NirError(f"{label}: padding with {layer.padding_mode}; NIR pads with zeros")
        outside = torch.empty((1, *self._shape), device="meta")
        apply = (nn.functional.conv1d, nn.functional.conv2d)[axes - 1]
        meta = torch.empty(weight.shape, device="meta")
        out: Any = apply(outside, meta, None, groups=layer.groups, **each)
        shape, sender, made = self._shape, self._sender(label), []
        for k, (steps, part) in enumerate(_by_delay(layer, weight)):
            self._draft.pay(part.size, label)
            bias = np.zeros(len(weight), np.float32)
            if k == 0 and layer.bias is not None:
                bias = _numpy(layer.bias)
            before = self._draft.delayed(np.full(shape, steps), label, sender)
            given = {
                name: value if isinstance(value, str) else np.array(value)
                for name, value in each.items()
            }
            space = np.array(shape[1:])
            name = self._draft.add(
                label,
                f"Conv{axes}d",
                input_shape=space,
                weight=part,
                bias=bias,
                groups=np.array(layer.groups),
                **given,
            )
            self._draft.edges.append((before, name))
            made.append(name)
        self._ends, self._shape = made, tuple(out.shape[1:])

    def _pool(self, label: str, layer: nn.AvgPool2d) -> None:
        if (
            layer.ceil_mode
            or layer.divisor_override
            or not (layer.count_include_pad or not np.any(layer.padding))
        ):
            raise NirError(
                f"{label}: AvgPool2d with ceil_mode, divisor_override or count_include_pad=False; "
                "NIR divides by all of the window"
            )
        out = layer(torch.empty((1, *self._shape)))
        sizes = {name: getattr(layer, name) for name in ("kernel_size", "stride", "padding")}
        given = {name: np.array(_each(value, 2)) for name, value in sizes.items()}
        self._put(label, "AvgPool2d", tuple(out.shape[1:]), **given)

    def _neurons(self, label: str, layer: nn.Module) -> str:
        """A node of neurons, and the name that synapses to them end at."""
        name, shape = self._draft.free(label), self._shape
        self._into(name)
        if isinstance(layer, LI):
            self._draft.integrators(name, {}, _filled(layer.decay, shape))
        elif isinstance(layer, CubaLIF):
            self._cuba(label, name, layer)
        elif isinstance(layer, LIF):
            limit = np.full(shape, layer.v_threshold, np.float32)
            decay = _filled(layer.decay, shape)
            self._ends = [self._draft.neurons(name, {}, decay, limit, layer.v_reset)]
        return name

    def _cuba(self, label: str, name: str, layer: CubaLIF) -> None:
        if layer.v_reset is None:
            raise NirError(
                f"{label}: CubaLIF with soft reset has no counterpart in NIR; give it a v_reset"
            )
        draft, shape = self._draft, self._shape
        syn, mem = (_filled(decay, shape) for decay in (layer.decay_syn, layer.decay_mem))
        draft.put(
            name,
            "CubaLIF",
            {},
            tau_syn=time_constant(syn, draft.dt, draft.how),
            tau_mem=time_constant(mem, draft.dt, draft.how),
            r=1 / draft.rest(mem),
            w_in=1 / draft.rest(syn),
            v_leak=np.zeros(shape),
            v_threshold=strict_threshold(np.full(shape, layer.v_threshold, np.float32)),
            v_reset=np.full(shape, layer.v_reset, np.float64),
        )

    def _recurrent(self, label: str, layer: DelayedRecurrent) -> None:
        name = self._neurons(label, layer.neurons)
        sends, size = self._ends[0], layer.features
        synapses = delayed_projection(label, label, layer.synapses, later=1)
        for tap in taps(synapses, size, size, 1, self._draft.weights_left):
            self._draft.pay(tap.weight.size, label)
            made = self._draft.layer(tap, sends, f"{label}_back", None, None, {"feedback": 1})
            self._draft.edges.append((made, name))


def _by_delay(layer: Any, weight: Array) -> list[tuple[int, Array]]:
    """Weights of each delay, in steps."""
    if not isinstance(layer, DelayedConv2d):
        return [(0, weight)]
    steps = layer.weight_delay.detach().cpu().round().to(torch.int64).numpy()
    return [(int(d), np.where(steps == d, weight, 0)) for d in np.unique(steps)]


def _each(value: Any, axes: int) -> Any:
    """One number for each axis; words stay words."""
    if isinstance(value, str):
        return value
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes


def _filled(decay: Tensor, shape: Shape) -> Array:
    return np.broadcast_to(_numpy(decay), shape)


def _numpy(values: Tensor) -> Array:
    return values.detach().float().cpu().numpy()
