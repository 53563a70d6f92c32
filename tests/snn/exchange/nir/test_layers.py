"""Layers of torch to NIR and back, as graphs and as torch networks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from graphs import random_graph, spikes_for
from torch import Tensor, nn

from polychrony.snn import (
    LI,
    LIF,
    CubaLIF,
    DelayedConv2d,
    DelayedLinear,
    DelayedRecurrent,
    simulate,
)
from polychrony.snn.exchange.nir import (
    NirError,
    from_nir,
    layers_to_nir,
    network_from_nir,
    to_nir,
    write_nir,
)

nir = pytest.importorskip("nir", reason="nir is not installed: pip install 'polychrony[nir]'")
DT = 1e-3


def lif(**options: Any) -> LIF:
    return LIF(10e-3, DT, **options)


def cuba(**options: Any) -> CubaLIF:
    return CubaLIF(5e-3, 10e-3, DT, **options)


def run(layers: list[nn.Module], x: Tensor) -> Tensor:
    """The layers one after the other, [T, B, ...], in double precision for sums."""
    for layer in layers:
        if isinstance(layer, nn.Flatten):
            x = x.flatten(2)
        elif isinstance(layer, nn.Conv1d | nn.Conv2d | nn.AvgPool2d | nn.Linear):
            double = layer.double()
            x = double(x.double().flatten(0, 1)).unflatten(0, x.shape[:2]).float()
            layer.float()
        elif isinstance(layer, DelayedConv2d | DelayedLinear):
            x = layer.double()(x.double()).float()
            layer.float()
        else:
            x = layer.eval()(x)
    return x


def spikes(*shape: int) -> Tensor:
    return (torch.rand((30, 3, *shape), generator=torch.Generator().manual_seed(1)) < 0.4).float()


def delayed(layer: Any) -> Any:
    return layer.discretize()


CASES: dict[str, tuple[Any, tuple[int, ...]]] = {
    "linear": (lambda: [nn.Linear(5, 7), lif(), nn.Linear(7, 3), LI(10e-3, DT)], (5,)),
    "current": (lambda: [nn.Linear(5, 7), cuba(), nn.Linear(7, 3), cuba(v_reset=0.1)], (5,)),
    "Conv1d": (
        lambda: [nn.Conv1d(2, 4, 3, 2, 1), lif(), nn.Flatten(), nn.Linear(16, 3), LI(10e-3, DT)],
        (2, 8),
    ),
    "Conv2d": (
        lambda: [
            nn.Conv2d(2, 4, (3, 2), padding=1, groups=2, dilation=(1, 2)),
            cuba(),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Dropout(),
            nn.Linear(36, 3),
            lif(v_reset=None),
        ],
        (2, 6, 7),
    ),
    "delays": (
        lambda: [
            delayed(DelayedConv2d(2, 3, 3, 4, padding=1, bias=True)),
            lif(),
            nn.Flatten(),
            delayed(DelayedLinear(48, 5, 6, bias=True)),
            lif(v_reset=None),
        ],
        (2, 4, 4),
    ),
}


def strong(layers: list[nn.Module]) -> list[nn.Module]:
    """Weights large enough to make neurons fire."""
    with torch.no_grad():
        for layer in layers:
            if isinstance(getattr(layer, "weight", None), nn.Parameter):
                layer.weight.mul_(3).add_(0.05)
    return layers


@pytest.mark.parametrize("how", ["euler", "exact"])
@pytest.mark.parametrize("case", CASES)
def test_layers_come_back_as_a_torch_network(case: str, how: Any, tmp_path: Path) -> None:
    torch.manual_seed(2)
    make, shape = CASES[case]
    layers, path = strong(make()), tmp_path / "layers.nir"
    write_nir(layers_to_nir(layers, shape, DT, how), path)
    x = spikes(*shape)
    with torch.no_grad():
        expected, found = run(layers, x), network_from_nir(path)(x)
    assert expected.abs().mean() > 0.02 and expected.std() > 0.05
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    if not any(isinstance(layer, CubaLIF) for layer in layers):
        graph = from_nir(path)
        activity = simulate(graph, x.flatten(2).numpy().astype(np.uint8))
        (name,) = [population.name for population in graph.outputs]
        made = {**activity.spikes, **activity.potentials}[name]
        torch.testing.assert_close(torch.tensor(made).float(), expected, rtol=0, atol=1e-6)


def test_a_layer_that_hears_itself_comes_back() -> None:
    torch.manual_seed(3)
    layers = [nn.Linear(5, 6), delayed(DelayedRecurrent(lif(), 6, 3)), nn.Linear(6, 2)]
    strong(layers[:1])
    with torch.no_grad():
        layers[1].synapses.weight.mul_(3)
        x = spikes(5)
        expected = run(layers, x)
        written = layers_to_nir(layers, [5], DT)
        found = network_from_nir(written)(x)
    assert any("back" in name for name in written.nodes)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_convolutions_are_written_as_convolutions() -> None:
    written = layers_to_nir(CASES["Conv2d"][0](), [2, 6, 7], DT)
    kinds = Counter(type(node).__name__ for node in written.nodes.values())
    assert kinds["Conv2d"] == kinds["CubaLIF"] == kinds["AvgPool2d"] == kinds["Flatten"] == 1
    (conv,) = [node for node in written.nodes.values() if isinstance(node, nir.Conv2d)]
    assert conv.weight.shape == (4, 1, 3, 2) and int(conv.groups) == 2


@pytest.mark.parametrize("seed", [s for s in range(16) if len(random_graph(s).outputs) == 1])
def test_a_torch_network_runs_graphs_as_they_run_in_software(seed: int) -> None:
    graph = random_graph(seed)
    inputs = spikes_for(graph, seed)
    with torch.no_grad():
        found = network_from_nir(to_nir(graph)).activity(torch.tensor(inputs["input"]).float())
    run = simulate(graph, inputs)
    for name, expected in {**run.spikes, **run.potentials}.items():
        np.testing.assert_array_equal(found[name].numpy(), expected)


def test_a_torch_network_learns() -> None:
    torch.manual_seed(4)
    network = network_from_nir(layers_to_nir(strong(CASES["current"][0]()), [5], DT))
    loss = network(spikes(5)).mean()
    loss.backward()
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert sum(float(g.abs().sum()) > 0 for g in gradients) >= 3


def test_graphs_for_hardware_have_no_synaptic_currents() -> None:
    written = layers_to_nir([nn.Linear(5, 3), cuba()], [5], DT)
    with pytest.raises(NirError, match="network_from_nir runs it in torch"):
        from_nir(written)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([nn.MaxPool2d(2)], "MaxPool2d is not supported; supported are"),
        ([nn.Linear(4, 3)], "takes 4 features"),
        ([nn.Conv2d(3, 2, 3)], r"layer 0 \(Conv2d\)"),
        ([nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect")], "NIR pads with zeros"),
        ([nn.AvgPool2d(2, ceil_mode=True)], "ceil_mode"),
        ([nn.Flatten(), nn.Linear(72, 3), cuba(v_reset=None)], "CubaLIF with soft reset"),
        ([nn.Conv2d(2, 2, 3), lif(v_reset=None)], "soft reset of neurons in space"),
        ([LIF.like("snntorch", beta=0.9)], "not supported"),
    ],
)
def test_what_nir_does_not_have_is_refused(layers: list[nn.Module], message: str) -> None:
    with pytest.raises(NirError, match=message):
        layers_to_nir(layers, [2, 6, 6], DT)


def test_the_torch_network_says_what_it_takes() -> None:
    network = network_from_nir(layers_to_nir([nn.Linear(5, 3), lif()], [5], DT))
    with pytest.raises(ValueError, match=r"expected \[T, B, 5\]"):
        network(torch.zeros(4, 2, 6))
