"""Networks of the shapes that NeuroBench's examples have, with weights and inputs by rule.

Run it as a script where neurobench is installed, `python example_networks.py FILE`, to record what
the package counts.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from snntorch import Leaky, utils
from torch import Tensor, nn

from polychrony.hardware.neurobench import neurobench_model
from polychrony.snn.graph import NetworkGraph, Population, Projection


class Example(NamedTuple):
    """A network, its batches with samples first, and what runs a batch."""

    network: nn.Module
    batches: list[Tensor]
    run: Callable[[Tensor], Tensor]
    spiking: bool


class InSteps(nn.Module):
    """Layers in a row; the last ones are neurons that tell spikes and potentials."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Frame(nn.Module):
    """A vector as channels of length 1."""

    def forward(self, x: Tensor) -> Tensor:
        return x.unsqueeze(-1)


class Pooled(nn.Module):
    """Channels, averaged over their length."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(-1)


def leaky(beta: float, threshold: float = 1.0, last: bool = False) -> Leaky:
    return Leaky(beta=beta, threshold=threshold, init_hidden=True, output=last)


def ruled(network: nn.Module, scale: float = 1.0) -> nn.Module:
    """Fill parameters with multiples of 1/64, one in eleven of them 0, so that sums are exact."""
    for number, parameter in enumerate(network.parameters()):
        k = np.arange(parameter.numel(), dtype=np.int64)
        values = ((k * k * 7 + k * 3 + number) % 11 - 4) * scale / 64
        parameter.data = torch.from_numpy(values.astype(np.float32)).reshape(parameter.shape)
    return network.eval()


def counts(*shape: int, low: int = 0, high: int = 2) -> Tensor:
    """Whole numbers from `low` up to `high`, that not included, many of them 0."""
    drawn = np.random.RandomState(len(shape) + sum(shape)).randint(low, high, shape)
    drawn *= np.random.RandomState(1).rand(*shape) < 0.3
    return torch.from_numpy(drawn.astype(np.float32))


def _in_steps(network: nn.Module, batches: list[Tensor]) -> Example:
    def run(batch: Tensor) -> Tensor:
        utils.reset(network)
        return torch.stack([network(batch[:, t])[0] for t in range(batch.shape[1])], 1)

    return Example(network, batches, run, spiking=True)


def speech_spikes() -> Example:
    """Google Speech Commands, spiking: inputs of -1, 0 and 1."""
    widths = (20, 256, 256, 256, 35)
    layers: list[nn.Module] = [nn.Flatten()]
    for number, (n_in, n_out) in enumerate(itertools.pairwise(widths)):
        layers += [nn.Linear(n_in, n_out), leaky(0.875, last=number == 3)]
    return _in_steps(
        ruled(InSteps(*layers), 4.0), [counts(4, 24, 20, low=-1), counts(3, 24, 20, low=-1)]
    )


def gestures() -> Example:
    """DVS Gesture, convolutional and spiking: some pixels count several events."""
    network = InSteps(
        *(nn.Conv2d(2, 16, 5, padding="same"), nn.MaxPool2d(2), leaky(0.9375, 3.5)),
        *(nn.Conv2d(16, 32, 5, padding="same"), nn.MaxPool2d(2), leaky(0.75, 3.5)),
        *(nn.Conv2d(32, 64, 5, padding="same"), nn.MaxPool2d(2), leaky(0.9375, 1.5)),
        *(nn.Flatten(), nn.Linear(1024, 11), nn.Dropout(0.5), leaky(0.75, 0.25, last=True)),
    )
    frames = [counts(2, 6, 2, 32, 32), counts(1, 6, 2, 32, 32, high=4)]
    return _in_steps(ruled(network, 2.0), frames)


def activities() -> Example:
    """NeHAR, convolutional and spiking: real inputs."""
    network = InSteps(
        *(Frame(), nn.Conv1d(6, 200, 2, padding=4), nn.MaxPool1d(2), leaky(0.375, 0.25)),
        *(nn.Conv1d(200, 256, 1), nn.MaxPool1d(2), leaky(0.25, 0.125)),
        *(nn.Flatten(), nn.Linear(512, 7), leaky(0.5, 0.125, last=True)),
    )
    return _in_steps(ruled(network, 2.0), [counts(3, 10, 6, low=-8, high=9) / 4])


def speech_values() -> Example:
    """Google Speech Commands, convolutional, without spikes."""
    layers: list[nn.Module] = []
    for n_in, n_out, kernel, stride in ((1, 32, 80, 16), (32, 32, 3, 1), (32, 64, 3, 1)):
        layers += [nn.Conv1d(n_in, n_out, kernel, stride), nn.BatchNorm1d(n_out), nn.ReLU()]
        layers += [nn.MaxPool1d(4)]
    layers += [nn.Conv1d(64, 64, 3), nn.BatchNorm1d(64), nn.ReLU(), nn.MaxPool1d(4), Pooled()]
    network = ruled(nn.Sequential(*layers, nn.Linear(64, 35)))
    batches = [counts(n, 1, 8000, low=-8, high=9) / 8 for n in (2, 1)]
    return Example(network, batches, network, spiking=False)


def reaching() -> Example:
    """Primate reaching, without spikes."""
    network = nn.Sequential(
        *(nn.Linear(96, 32), nn.ReLU(), nn.BatchNorm1d(32)),
        *(nn.Linear(32, 48), nn.Dropout(0.5), nn.ReLU(), nn.BatchNorm1d(48), nn.Linear(48, 2)),
    )
    return Example(ruled(network), [counts(5, 96, high=6)], network, spiking=False)


def delayed() -> tuple[NetworkGraph, np.ndarray]:
    """A graph with delays, two synapses for some pairs, and a loop; and its input, [T, B, N]."""

    def joined(source: str, target: str, shape: tuple[int, ...], shift: int) -> Projection:
        k = np.arange(np.prod(shape)).reshape(shape)
        weight = ((k * k * 7 + k * 3 + shift) % 11 - 4) / 16
        return Projection.from_dense(source, target, weight, (k * 5 + shift) % 7)

    inner = Projection.from_dense("hidden", "hidden", -np.eye(30) / 8, 1)
    graph = NetworkGraph(
        (
            Population("in", 40, "input"),
            Population("hidden", 30, "lif", decay=0.875, bias=1 / 64),
            Population("out", 5, "li", decay=0.75),
        ),
        (joined("in", "hidden", (30, 40, 2), 0), inner, joined("hidden", "out", (5, 30), 3)),
        dt=1e-3,
    )
    return graph, counts(9, 25, 40).numpy().astype(np.uint8).transpose(1, 0, 2)


EXAMPLES = {
    "speech_spikes": speech_spikes,
    "gestures": gestures,
    "activities": activities,
    "speech_values": speech_values,
    "reaching": reaching,
}


def by_package(model: Any, batches: list[Tensor]) -> dict[str, Any]:
    """What the package counts of its model; batches but the last are of one size."""
    from neurobench.benchmarks import Benchmark
    from neurobench.metrics import static, workload

    metrics = (
        [static.ParameterCount, static.Footprint, static.ConnectionSparsity],
        [workload.ActivationSparsity, workload.SynapticOperations, workload.MembraneUpdates],
    )
    rows = [(x, torch.tensor(0)) for batch in batches for x in batch]
    loader = torch.utils.data.DataLoader(rows, batch_size=len(batches[0]))
    with torch.no_grad():
        return dict(Benchmark(model, loader, [], [], metrics).run(quiet=True))


def example_by_package(name: str) -> dict[str, Any]:
    """What the package counts of an example, or of the graph with delays."""
    from neurobench.models import SNNTorchModel, TorchModel

    if name == "delayed":
        graph, inputs = delayed()
        x = torch.from_numpy(inputs).transpose(0, 1).float()
        return by_package(neurobench_model(graph), [x])
    example = EXAMPLES[name]()
    wrap = SNNTorchModel if example.spiking else TorchModel
    return by_package(wrap(example.network), example.batches)


def main(path: Path) -> None:
    """Record what the package counts."""
    record = {"neurobench": importlib.metadata.version("neurobench")}
    record |= {"snntorch": importlib.metadata.version("snntorch"), "torch": torch.__version__}
    counted = {name: example_by_package(name) for name in (*EXAMPLES, "delayed")}
    path.write_text(json.dumps(record | {"counted": counted}, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
