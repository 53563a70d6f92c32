"""A step of training as it is: peak memory and time, each size in a fresh process."""

from __future__ import annotations

import gc
import itertools
import json
import sys
import time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.fresh import told
from benchmarks.planning.layers import Kind, Layer, Run, convolutional, dense
from benchmarks.resident import resident, start_of_peak
from polychrony.snn import (
    LI,
    LIF,
    ATan,
    DelayedConv2d,
    DelayedLinear,
    SequenceDropout,
    TemporalBatchNorm,
    readout_loss,
)

INPUTS, CLASSES, DT, TAU = 140, 20, 1e-2, 10.05e-3
CHANNELS = 8
"""Maps of each convolution."""
STEPS = 5
"""Steps of training of which the fastest counts; the first ones compile and warm up."""


class DenseNet(nn.Module):
    """Hidden layers with normalisation, LIF neurons and dropout, and a readout."""

    def __init__(self, widths: tuple[int, ...], max_delay: int, owner: Kind) -> None:
        super().__init__()
        pairs = list(itertools.pairwise(widths))
        self.layers = nn.ModuleList(
            DelayedLinear(a, b, max_delay, delay_of="axon" if owner == "axon" else "synapse")
            for a, b in pairs
        )
        self.norms = nn.ModuleList(TemporalBatchNorm(b) for _, b in pairs[:-1])
        self.neurons = LIF(TAU, DT, surrogate=ATan())
        self.dropout = SequenceDropout(0.4)
        self.readout = LI(TAU, DT)

    def forward(self, x: Tensor) -> Tensor:
        """Potentials of the readout, [T, B, C]."""
        for layer, norm in zip(self.layers, self.norms, strict=False):
            x = self.dropout(self.neurons(norm(layer(x))))
        potential: Tensor = self.readout(self.layers[-1](x))
        return potential


class ConvNet(nn.Module):
    """Convolutions with LIF neurons; the means of the last maps are the classes."""

    def __init__(self, channels: tuple[int, ...], max_delay: int) -> None:
        super().__init__()
        pairs = itertools.pairwise(channels)
        self.layers = nn.ModuleList(DelayedConv2d(a, b, 3, max_delay, padding=1) for a, b in pairs)
        self.neurons = LIF(TAU, DT, surrogate=ATan())
        self.readout = LI(TAU, DT)

    def forward(self, x: Tensor) -> Tensor:
        """Potentials of the readout, [T, B, C]."""
        for layer in self.layers:
            x = self.neurons(layer(x))
        potential: Tensor = self.readout(x.mean(dim=(3, 4)))
        return potential


def layers_of(kind: Kind, width: int) -> list[Layer]:
    """What `network_of` builds, as the arithmetic sees it."""
    if kind == "conv":
        return convolutional((2, CHANNELS, CHANNELS), width)
    return dense(kind, (INPUTS, width, width, CLASSES))


def network_of(kind: Kind, width: int, run: Run) -> tuple[nn.Module, Tensor, Tensor]:
    """A network of that size, a batch of spikes and its labels."""
    torch.manual_seed(0)
    if kind == "conv":
        shape: tuple[int, ...] = (2, width, width)
        network: nn.Module = ConvNet((2, CHANNELS, CHANNELS), run.max_delay)
    else:
        shape = (INPUTS,)
        network = DenseNet((INPUTS, width, width, CLASSES), run.max_delay, kind)
    x = torch.empty(run.steps, run.batch, *shape).bernoulli_(0.05)
    return network, x, torch.randint(CHANNELS, (run.batch,))


def train(network: nn.Module, x: Tensor, labels: Tensor, steps: int) -> list[float]:
    """CPU time of so many steps with Adam for weights and for delays, s each."""
    delays = [p for name, p in network.named_parameters() if name.endswith(".delay")]
    weights = [p for name, p in network.named_parameters() if not name.endswith(".delay")]
    movers = [torch.optim.Adam(weights, lr=1e-3), torch.optim.Adam(delays, lr=1e-2)]
    seconds = []
    for _ in range(steps):
        started = time.process_time()
        loss = readout_loss(network(x), labels)
        for mover in movers:
            mover.zero_grad()
        torch.autograd.backward(loss)
        for mover in movers:
            mover.step()
        seconds.append(time.process_time() - started)
    return seconds


def measured(kind: Kind, width: int, run: Run) -> dict[str, Any]:
    """Peak and time of training steps in this process, which should be a fresh one.

    Network, optimisers, batch and all of a step count; imports and the interpreter do not.
    """
    tiny = Run(run.steps, 1, run.max_delay)
    train(*network_of(kind, 8, tiny), steps=2)
    gc.collect()
    before = start_of_peak()
    seconds = train(*network_of(kind, width, run), steps=STEPS)
    return {"bytes": resident("VmHWM") - before, "seconds": min(seconds[2:])}


def in_fresh_process(kind: Kind, width: int, run: Run) -> dict[str, Any]:
    """The same, in a process of its own with one thread.

    Raises:
        UserError: it failed.
    """
    words = [kind, *map(str, (width, run.steps, run.batch, run.max_delay))]
    command = ["-m", "benchmarks.planning.measured_training", *words]
    return told(command)


def _main(words: list[str]) -> None:
    torch.set_num_threads(1)
    kind, width, *sizes = words
    print(json.dumps(measured(kind, int(width), Run(*map(int, sizes)))))  # type: ignore[arg-type]


if __name__ == "__main__":
    _main(sys.argv[1:])
