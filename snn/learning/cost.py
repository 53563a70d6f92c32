"""What a rule costs per sample: multiplications and numbers kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from polychrony.snn.learning.eligibility import Eligibility
from polychrony.snn.learning.network import BlockNetwork
from polychrony.snn.learning.signals import (
    DirectFeedback,
    LocalReadout,
    Signal,
    SpatialBackprop,
)


class Cost(NamedTuple):
    """Multiplications with accumulation, and numbers kept, for one sample of T steps.

    M_l: products of the synapses of block l in a step, those within the block included; n_l its
    neurons; n_l-1 its inputs; D_l the features of its local readout; C classes; n_L inputs of the
    readout; T' = T - first_step steps with a signal. Spikes are counted as dense: sparsity is the
    hardware's to use. Element-wise work (traces, neurons, pooling) is left out.
    """

    macs_forward: int
    """T * (sum M_l + n_L C)."""
    macs_signal: int
    """Local: T' sum 2 D_l C. Direct: T' sum n_l C. Spatial: T' (sum over l >= 2 of M_l + n_L C).
    None: 0. BPTT: T' n_L C + T (sum over l >= 2 of M_l + sum of recurrent products)."""
    macs_update: int
    """T' (sum f M_l + n_L C), f = 1 for one outer product, 2 with alpha_post, 2 with an eligibility
    per synapse (its filter, then its product with the signal). BPTT: T in place of T'."""
    state: int
    """Numbers that learning keeps beside the state of neurons: traces of the inputs (unless
    lambda_pre is 0), of the neurons (with alpha_post), and eligibilities per synapse. BPTT: input
    and potential of every neuron and step, T sum (n_l-1 + n_l)."""
    paper_signal: int
    """The papers' count of the signal: TESS T' sum 2 n_l C; S-TLLR, OTTT T' sum n_l n_l-1, BPTT
    T sum n_l n_l-1, which for convolutions are their products; both from the second block on."""
    paper_state: int
    """The papers' count of memory: sum n_l for each trace that is kept, T sum n_l for BPTT."""

    @property
    def macs(self) -> int:
        """All multiplications."""
        return self.macs_forward + self.macs_signal + self.macs_update


class _Sizes(NamedTuple):
    """Counts of each block, and of the readout."""

    inputs: list[int]
    neurons: list[int]
    outer: list[int]
    inner: list[int]
    readout: int
    shapes: list[tuple[tuple[int, ...], ...]]

    @property
    def products(self) -> int:
        return sum(self.outer) + sum(self.inner)

    @property
    def back(self) -> int:
        """Products from the second block on, and those of the readout."""
        return sum(self.outer[1:]) + self.readout


def _sizes(network: BlockNetwork, frame: Sequence[int]) -> _Sizes:
    shapes = network.frame_shapes(frame)
    outer = [b.map.products(shape[0]) for b, shape in zip(network.blocks, shapes, strict=True)]
    inner = [0 if b.inner is None else b.inner.products(()) for b in network.blocks]
    return _Sizes(
        [math.prod(shape[0]) for shape in shapes],
        [math.prod(shape[1]) for shape in shapes],
        outer,
        inner,
        int(network.readout.weight.numel()),
        shapes,
    )


def local_cost(
    chosen: Eligibility,
    signal: Signal | None,
    first_step: int,
    network: BlockNetwork,
    frame: Sequence[int],
    n_steps: int,
) -> Cost:
    """Cost of a local rule; see `Cost`."""
    sizes = _sizes(network, frame)
    learned = max(0, n_steps - first_step)
    n_neurons = sum(sizes.neurons)
    per_step, paper = _signal(signal, sizes, network.n_classes)
    follows = chosen.follow_readout and network.readout_decay > 0
    factor = (2 if chosen.alpha_post or follows else 1) if signal is not None else 0
    decays = [chosen.pre_decay(block.neurons) for block in network.blocks]
    traces = int(any(decays)) + int(chosen.alpha_post != 0)
    state = 0
    for k, decay in enumerate(decays):
        echoes = sizes.neurons[k] if sizes.inner[k] else 0
        state += (sizes.inputs[k] + echoes) if decay else 0
        state += sizes.neurons[k] if chosen.alpha_post else 0
        state += (sizes.outer[k] + sizes.inner[k]) if follows else 0
    return Cost(
        n_steps * (sizes.products + sizes.readout),
        learned * per_step,
        learned * (factor * sizes.products + sizes.readout),
        state,
        learned * paper,
        traces * n_neurons,
    )


def _signal(signal: Signal | None, sizes: _Sizes, n_classes: int) -> tuple[int, int]:
    """Multiplications of a signal in a step: all, and as the papers count them."""
    n_neurons = sum(sizes.neurons)
    if isinstance(signal, LocalReadout):
        features = (signal.n_features(k, *shape[1:]) for k, shape in enumerate(sizes.shapes))
        return 2 * sum(features) * n_classes, 2 * n_neurons * n_classes
    if isinstance(signal, DirectFeedback):
        return n_neurons * n_classes, n_neurons * n_classes
    if isinstance(signal, SpatialBackprop):
        return sizes.back, sizes.back
    return 0, 0


def bptt_cost(first_step: int, network: BlockNetwork, frame: Sequence[int], n_steps: int) -> Cost:
    """Cost of backpropagation through time; see `Cost`."""
    sizes = _sizes(network, frame)
    learned = max(0, n_steps - first_step)
    signal = learned * sizes.readout + n_steps * (sum(sizes.outer[1:]) + sum(sizes.inner))
    return Cost(
        n_steps * (sizes.products + sizes.readout),
        signal,
        n_steps * sizes.products + learned * sizes.readout,
        n_steps * (sum(sizes.inputs) + sum(sizes.neurons)),
        n_steps * sizes.back,
        n_steps * sum(sizes.neurons),
    )
