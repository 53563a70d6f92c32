"""The network that a configuration describes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch

from polychrony.experiments.bits import described
from polychrony.experiments.blocks import build_blocks
from polychrony.experiments.config import Config
from polychrony.experiments.lateness import by_sender
from polychrony.experiments.quantizing import with_bits
from polychrony.snn import (
    LIF,
    AdLIF,
    ATan,
    NetworkGraph,
    SpikingNetwork,
    TemporalBatchNorm,
    to_graph,
)
from polychrony.snn.learning import BlockNetwork

Network = SpikingNetwork | BlockNetwork


def build(config: Config, frame: Sequence[int], n_classes: int) -> Network:
    """Build the network of a configuration, of delays or of blocks, with freshly drawn weights.

    Args:
        config: the run.
        frame: shape of a step of its data.
        n_classes: classes of its data.

    Returns:
        The network, in training mode.
    """
    if config.blocks.architecture == "blocks":
        return with_bits(build_blocks(config, frame, n_classes), config.network)
    return build_network(config, math.prod(frame), n_classes)


def trained_with(config: Config) -> str:
    """What titles of tables say of a network: its delays, or the rule that trained its blocks."""
    blocks, network = config.blocks, config.network
    bits = described(network.weight_bits, network.spike_bits, network.layer_bits)
    kind = f"rule {blocks.rule}" if blocks.architecture == "blocks" else "integer delays"
    return f"{kind}, {bits}" if bits else kind


def count_parameters(network: Network) -> int:
    """Numbers that learn; of the synapses that connectivity leaves out, none."""
    learning = sum(p.numel() for p in network.parameters() if p.requires_grad)
    if not isinstance(network, SpikingNetwork):
        return learning
    for layer in network.delayed_layers:  # feedback has all its synapses
        missing = layer.weight.numel() - layer.n_synapses
        learning -= missing * (1 + layer.delay.requires_grad)
    return learning


def graph_of(network: Network) -> NetworkGraph:
    """The network as hardware takes it.

    Raises:
        SnnError: it has blocks that graphs cannot hold.
    """
    return to_graph(network)


def build_network(config: Config, n_inputs: int, n_classes: int) -> SpikingNetwork:
    """Build the network of a configuration, with freshly drawn weights and delays.

    Args:
        config: the run.
        n_inputs: input channels of its data.
        n_classes: classes of its data.

    Returns:
        The network, in training mode.
    """
    network = config.network
    made = SpikingNetwork(
        n_inputs,
        network.hidden,
        n_classes,
        dt=config.dt,
        tau_mem=network.tau_mem_ms * 1e-3,
        max_delay=config.max_delay,
        delays=network.delays,
        kernel=network.kernel,
        taps=network.taps,
        dropout=network.dropout,
        surrogate=ATan(network.surrogate_alpha),
        discretization=network.discretization,
        lateness=by_sender(network.lateness, len(network.hidden)),
        connectivity=network.connectivity,
        recurrent=config.recurrent,
        neurons=_adaptive(config) if network.neurons == "adlif" else None,
    )
    if network.level_start:
        _level(made)
    return with_bits(made, network)


@torch.no_grad()
def _level(network: SpikingNetwork) -> None:
    """Make potentials as large as with steps so long that membranes forget within one.

    Normalised current of variance 1 that is independent from step to step gives a potential of
    variance 1 / (1 - decay^2), so the normalisation of a hidden layer starts at the root of that
    below 1; a steady current gives 1 / (1 - decay), so the readout's weights start at 1 - decay.
    """
    for block in network.blocks:
        if isinstance(block.norm, TemporalBatchNorm) and isinstance(block.neurons, LIF):
            block.norm.weight.mul_((1 - block.neurons.decay.double() ** 2).sqrt())
    network.readout_synapses.weight.mul_(readout_gain(network))


def readout_gain(network: SpikingNetwork) -> float:
    """What a level start takes the readout's weights down to, and how fast they learn."""
    return 1 - float(network.readout.decay)


def _adaptive(config: Config) -> Callable[[int], AdLIF]:
    surrogate = ATan(config.network.surrogate_alpha)
    return partial(AdLIF, dt=config.dt, q=config.network.adaptation, surrogate=surrogate)
