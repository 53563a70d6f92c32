"""In which steps a synapse has something to learn from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.learning.rule import LayerLearning
from polychrony.hardware.on_chip_learning import OnChipLearning

BoolArray = npt.NDArray[np.bool_]


def active(spikes: npt.NDArray[np.uint8], layer: LayerLearning, held: OnChipLearning) -> BoolArray:
    """Steps in which synapses read something other than 0 of their inputs.

        q[t] = pre_decay * q[t-1] + x[t]
        e[t] = synapse_decay * e[t-1] + q[t], where each synapse filters

    A trace counts as 0 below half of its smallest step: its bits reach from 0 to the value to which
    a spike in each step of the run leads, (1 - decay^T) / (1 - decay). A filtered one has a sign
    beside. In the step of a spike it never counts as 0. Where only traces of neurons are read, the
    input itself has to be there.

    Args:
        spikes: input before its delay, [T, B, N].
        layer: what the synapses read.
        held: how many bits traces have.

    Returns:
        [T, B, N].
    """
    if not layer.causal:
        return spikes > 0 if layer.post_trace else np.zeros(spikes.shape, bool)
    n_steps = len(spikes)
    least = _full(layer.pre_decay, n_steps) / 2 / (2**held.trace_bits - 1)
    filtered = layer.synapse_decay > 0
    if filtered:
        full = _full(layer.pre_decay, n_steps) * _full(layer.synapse_decay, n_steps)
        least = full / 2 / max(1, 2 ** (held.tag_bits - 1) - 1)
    q = np.zeros(spikes.shape[1:])
    e = np.zeros(spikes.shape[1:])
    found = np.zeros(spikes.shape, bool)
    for t in range(n_steps):
        q = layer.pre_decay * q + spikes[t]
        e = layer.synapse_decay * e + q
        found[t] = e >= least if filtered else q >= least
    # However long the run, an event itself is stored as the smallest step at least.
    return found | (spikes > 0)


def _full(decay: float, n_steps: int) -> float:
    """Value to which a spike in each step leads a trace, in as many steps as there are."""
    return float(n_steps) if decay == 1 else (1 - decay**n_steps) / (1 - decay)
