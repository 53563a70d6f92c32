"""Networks of snntorch, as graphs that spike alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from polychrony.hardware import ChipLimitError, cosimulate
from polychrony.hardware.decision import decisions
from polychrony.snn import SnnError, simulate
from polychrony.snn.exchange import from_snntorch

WHY = "snntorch is not installed: pip install 'polychrony[snntorch]'"
snntorch = pytest.importorskip("snntorch", reason=WHY)


def run(layers: list[Any], x: Tensor) -> tuple[list[Tensor], Tensor]:
    """Spikes of each Leaky, and what the last layer gives, step by step."""
    states: dict[int, Tensor] = {}
    spikes: dict[int, list[Tensor]] = {}
    outputs = []
    for current in x:
        at = current
        for k, layer in enumerate(layers):
            if not isinstance(layer, snntorch.Leaky):
                at = layer(at.to(x.dtype))  # its spikes are float32, whatever goes in
                continue
            state = states.get(k, torch.zeros_like(at))
            at, states[k] = layer(at, state)
            spikes.setdefault(k, []).append(at)
        outputs.append(at)
    return [torch.stack(s) for s in spikes.values()], torch.stack(outputs)


def events(shape: tuple[int, ...], n_steps: int = 30) -> np.ndarray:
    return np.random.default_rng(0).poisson(0.5, (n_steps, 4, *shape))


def assert_same(layers: list[Any], shape: tuple[int, ...]) -> None:
    x = events(shape)
    for layer in layers:
        layer.double().eval()
    with torch.no_grad():
        spikes, _ = run(layers, torch.from_numpy(x).double())
    graph = from_snntorch(layers, 1e-3, input_shape=shape)
    found = simulate(graph, {"input": x.reshape(*x.shape[:2], -1)}).spikes
    names = [p.name for p in graph if p.kind == "lif"]
    for name, wanted in zip(names, spikes, strict=True):
        assert 0.01 < wanted.mean() < 0.99
        np.testing.assert_array_equal(found[name], wanted.flatten(2).numpy(), err_msg=name)


NODES: dict[str, dict[str, Any]] = {
    "default": {"beta": 0.9},
    "forgets": {"beta": 0.0, "threshold": 0.5},
    "keeps": {"beta": 1.25, "threshold": 3.0},
    "zero": {"beta": 0.8, "reset_mechanism": "zero"},
    "none": {"beta": 0.7, "reset_mechanism": "none", "threshold": 2.0},
    "zero-now": {"beta": 0.8, "reset_mechanism": "zero", "reset_delay": False},
    "each": {"beta": torch.linspace(0, 1, 12), "threshold": torch.linspace(0.5, 2, 12)},
}


@pytest.mark.parametrize("node", NODES)
def test_spikes_equal_those_of_snntorch(node: str) -> None:
    torch.manual_seed(0)
    first, second = nn.Linear(8, 12), nn.Linear(12, 12)
    nn.init.normal_(first.weight, 0.2, 0.6)
    nn.init.normal_(second.weight, 0.2, 0.6)
    layers = [first, snntorch.Leaky(**NODES[node]), second, snntorch.Leaky(**NODES[node])]
    assert_same(layers, (8,))


def test_spikes_are_equal_even_where_potentials_meet_the_threshold() -> None:
    torch.manual_seed(0)
    for seed in range(20):
        layers: list[Any] = []
        for n_in, n_out in ((4, 6), (6, 5)):
            synapses = nn.Linear(n_in, n_out)
            for values in synapses.parameters():
                values.data = torch.randint(-3, 6, values.shape) / 4
            layers += [synapses, snntorch.Leaky(beta=0.5)]
        x = np.random.default_rng(seed).integers(0, 2, (6, 3, 4))
        spikes, _ = run(layers, torch.from_numpy(x).float())
        found = simulate(from_snntorch(layers, 1e-3), {"input": x}).spikes
        np.testing.assert_array_equal(found["hidden1"], spikes[0].detach().numpy())
        np.testing.assert_array_equal(found["output"], spikes[1].detach().numpy())


def test_convolutions() -> None:
    torch.manual_seed(0)
    layers = [
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), snntorch.Leaky(beta=0.8, threshold=0.4),
        nn.AvgPool2d(2), nn.Conv2d(4, 3, 2), snntorch.Leaky(beta=0.9, threshold=0.05),
        nn.Flatten(), nn.Linear(12, 5), snntorch.Leaky(beta=0.9, threshold=0.1),
    ]  # fmt: skip
    assert_same(layers, (2, 6, 6))


class Digits(nn.Module):
    """A network as the tutorials of snntorch write one, with a forward of its own."""

    def __init__(self, **reset: Any) -> None:
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.lif1 = snntorch.Leaky(beta=0.9, **reset)
        self.fc2 = nn.Linear(32, 10)
        self.lif2 = snntorch.Leaky(beta=0.9, **reset)

    def forward(self, x: Tensor) -> Tensor:
        return run([self.fc1, self.lif1, self.fc2, self.lif2], x)[1]


@pytest.mark.parametrize("reset_mechanism", ["zero", "subtract"])
def test_a_trained_network_decides_alike_and_has_a_price(reset_mechanism: str) -> None:
    torch.manual_seed(0)
    digits = load_digits()
    rates = torch.from_numpy(digits.images.reshape(-1, 64) / 16)
    x = torch.bernoulli(rates.expand(15, -1, -1)).float()
    labels = torch.from_numpy(digits.target)
    network = Digits(reset_mechanism=reset_mechanism)
    optimizer = torch.optim.Adam(network.parameters(), 5e-3)
    for k in range(100):
        few = slice(k % 10 * 100, k % 10 * 100 + 100)
        loss = nn.functional.cross_entropy(network(x[:, few]).sum(0), labels[few])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    held, wanted = x[:, 1000:1300], labels[1000:1300]
    with torch.no_grad():
        decided = network(held).sum(0).argmax(-1)
    assert (decided == wanted).float().mean() > 0.8
    graph = from_snntorch([network.fc1, network.lif1, network.fc2, network.lif2], 1e-3)
    found = decisions(simulate(graph, {"input": held.numpy()}), "output")
    np.testing.assert_array_equal(found, decided.numpy())
    if reset_mechanism == "subtract":
        with pytest.raises(
            ChipLimitError, match=r"soft \(by subtraction\), allowed is a hard reset"
        ):
            cosimulate(graph, held.numpy(), chip="loihi")
        return
    result = cosimulate(graph, held.numpy(), wanted.numpy(), chip="loihi")
    np.testing.assert_array_equal(result.predictions_software, decided.numpy())
    assert result.agreement > 0.8
    table = result.to_dict()
    assert table["energy_per_inference_J"]["total"] > 0
    assert table["latency_per_inference_s"] > 0


def shared() -> list[Any]:
    node = snntorch.Leaky(beta=0.9)
    return [nn.Linear(4, 4), node, nn.Linear(4, 4), node]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "once": (
        lambda: [nn.Linear(4, 4), snntorch.Leaky(beta=0.9, reset_delay=False)],
        r"module '1' \(Leaky\): reset 'once' has no counterpart.*reset_delay=True",
    ),
    "synaptic": (
        lambda: [nn.Linear(4, 4), snntorch.Synaptic(alpha=0.9, beta=0.9)],
        r"module '1' \(Synaptic\) is not supported; supported are: nn.Sequential, Leaky",
    ),
    "graded": (
        lambda: [nn.Linear(4, 4), snntorch.Leaky(beta=0.9, graded_spikes_factor=2.0)],
        "multiply the weights that follow",
    ),
    "threshold": (
        lambda: [nn.Linear(4, 4), snntorch.Leaky(beta=0.9, threshold=0.0)],
        r"threshold is 0\.0, it must be above 0",
    ),
    "quantized": (
        lambda: [nn.Linear(4, 4), snntorch.Leaky(beta=0.9, state_quant=lambda v: v)],
        "uses state_quant, which has no counterpart",
    ),
    "shared": (shared, r"module '3' \(Leaky\) is the same object as module '1'"),
    "own-forward": (Digits, r"the model \(Digits\) is not supported; pass its layers in the order"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_counterpart_is_named(case: str) -> None:
    build, message = REFUSED[case]
    with pytest.raises(SnnError, match=message):
        from_snntorch(build(), 1e-3)


def test_the_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snntorch", None)
    with pytest.raises(SnnError, match=r"pip install 'polychrony\[snntorch\]'"):
        from_snntorch(nn.Sequential(nn.Linear(2, 2)), 1e-3)
