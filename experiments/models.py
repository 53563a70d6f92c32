"""The network that a configuration describes."""

from __future__ import annotations

from polychrony.experiments.config import Config
from polychrony.experiments.lateness import by_sender
from polychrony.snn import ATan, SpikingNetwork


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
    return SpikingNetwork(
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
    )
