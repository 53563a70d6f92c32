"""rockpool: neurons that always have a synaptic current, batch first."""

from __future__ import annotations

import sys

import torch
from torch import Tensor

# The driver of its chips, which neurons do not need, may install itself over the network when it
# is imported; None makes it a package that is missing.
_DRIVER = sys.modules.setdefault("samna", None)  # type: ignore[arg-type]
from rockpool.nn.modules import LIFTorch  # noqa: E402

if _DRIVER is None:
    del sys.modules["samna"]
from benchmarks.task import DECAY, Entry, Pair, Task, entry, our_layer  # noqa: E402
from polychrony.snn import LI  # noqa: E402

DETAIL = "with a synaptic current, soft reset and a piecewise linear surrogate, it has no others"


def lif(task: Task) -> Entry:
    """`LIFTorch` with one spike per step at most."""
    decay = torch.tensor(DECAY)
    neurons = LIFTorch(
        task.x.shape[2],
        leak_mode="decays",
        alpha=decay,
        beta=decay,
        max_spikes_per_dt=torch.tensor(1.0),
        dt=1.0,
    ).to(task.x.device)
    for parameter in torch.nn.Module.parameters(neurons):
        parameter.requires_grad_(False)

    def layer(x: Tensor) -> Tensor:
        neurons.reset_state()
        return neurons(x)[0]

    def expected() -> Pair:
        current = LI(1 / (1 - DECAY), 1.0, "euler").to(task.x.device)(DECAY * task.x)
        soft = our_layer("reference", v_reset=None).to(task.x.device)
        return soft(current), None

    return entry(layer, task, expected, DETAIL, batch_first=True, with_gradient=False)
