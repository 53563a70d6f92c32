"""spikingjelly: multi-step neurons, the same equations as the task."""

from __future__ import annotations

import os

# Read at import: on a GPU the kernels it has written in Triton, its fastest that need no compiler.
os.environ.setdefault("SJ_LIF_CUDA_IMPLEMENTATION", "triton")

from spikingjelly.activation_based import functional, neuron, surrogate
from torch import Tensor

from benchmarks.task import ALPHA, DECAY, Entry, Task, entry, ours


def lif(task: Task) -> Entry:
    """`LIFNode` in step mode `m`, reset before each pass."""
    node = neuron.LIFNode(
        tau=1 / (1 - DECAY),
        decay_input=False,
        v_reset=0.0,
        surrogate_function=surrogate.ATan(ALPHA),
        detach_reset=True,
        step_mode="m",
    ).to(task.x.device)

    def layer(x: Tensor) -> Tensor:
        functional.reset_net(node)
        return node(x)

    return entry(layer, task, ours(task), "Triton kernels" if task.x.is_cuda else "")
