"""norse: a cell without synaptic current, lifted over time."""

from __future__ import annotations

import norse.torch as norse
import torch
from norse.torch.functional.lif_box import LIFBoxParameters
from torch import Tensor

from benchmarks.task import DECAY, Entry, Task, entry, ours
from polychrony.snn import SuperSpike

DETAIL = "SuperSpike surrogate, it has no arctangent; gradient passes through the reset"


def lif(task: Task) -> Entry:
    """`LIFBoxCell`, v += (x - v) / tau: its input is doubled to make the task's."""
    rate = torch.tensor(1 - DECAY, device=task.x.device)
    cell = norse.Lift(norse.LIFBoxCell(LIFBoxParameters(tau_mem_inv=rate), dt=1.0))
    cell = cell.to(task.x.device)

    def layer(x: Tensor) -> Tensor:
        return cell(x)[0]

    # Its derivative is 1 / (1 + |x|)^2, whatever alpha is given.
    expected = ours(task, detach_reset=False, surrogate=SuperSpike(1.0))
    return entry(layer, task, expected, DETAIL, scale=1 / (1 - DECAY))
