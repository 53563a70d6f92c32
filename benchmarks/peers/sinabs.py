"""sinabs: layers over whole sequences, batch first."""

from __future__ import annotations

import math

from sinabs import activation, layers
from torch import Tensor

from benchmarks.task import DECAY, Entry, Task, arctangent, entry, ours


def lif(task: Task) -> Entry:
    """`LIF` without normalised input; states set to rest before each pass."""
    neurons = layers.LIF(
        tau_mem=-1 / math.log(DECAY),
        spike_fn=activation.SingleSpike,
        reset_fn=activation.MembraneReset(),
        surrogate_grad_fn=lambda v, threshold: arctangent(v - threshold),
        norm_input=False,
        train_alphas=True,
    )
    neurons.alpha_mem.data.fill_(DECAY)
    neurons.requires_grad_(False).to(task.x.device)

    def layer(x: Tensor) -> Tensor:
        neurons.reset_states()
        return neurons(x)

    return entry(layer, task, ours(task), batch_first=True)
