"""snntorch: a neuron that is called step by step."""

from __future__ import annotations

import snntorch
import torch
from snntorch import surrogate
from torch import Tensor

from benchmarks.task import ALPHA, DECAY, Entry, Task, entry, ours


def lif(task: Task) -> Entry:
    """`Leaky` with reset to zero in the step of the spike."""
    neurons = snntorch.Leaky(
        beta=DECAY,
        spike_grad=surrogate.atan(ALPHA),
        reset_mechanism="zero",
        reset_delay=False,
    ).to(task.x.device)

    def layer(x: Tensor) -> Tensor:
        potential = neurons.reset_mem()
        spikes = []
        # Not x[t]: its gradient would fill the whole sequence with zeros in every step.
        for current in x.unbind(0):
            fired, potential = neurons(current, potential)
            spikes.append(fired)
        return torch.stack(spikes)

    expected = ours(task, detach_reset=False)
    return entry(layer, task, expected, "gradient passes through the reset")
