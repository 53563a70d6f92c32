"""What a reader has by the time a page's code begins: networks, spikes, labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from polychrony.snn import SpikingNetwork, to_graph


def _trained() -> dict[str, Any]:
    """A small network with delays, its graph, and eight samples."""
    torch.manual_seed(0)
    network = SpikingNetwork(20, (16,), 4, dt=1e-3, tau_mem=10e-3, max_delay=5).eval()
    rng = np.random.default_rng(0)
    counts = (rng.random((30, 8, 20)) < 0.2).astype(np.uint8)
    return {
        "network": network,
        "graph": to_graph(network),
        "counts": counts,
        "labels": rng.integers(0, 4, 8),
    }


def networks() -> dict[str, Any]:
    """For networks.md."""
    from polychrony.snn import (
        LateArrivals,
        NetworkGraph,
        Population,
        Projection,
        SigmaAnnealing,
        simulate,
    )

    names = {each.__name__: each for each in (LateArrivals, NetworkGraph, Population, Projection)}
    names |= {"SigmaAnnealing": SigmaAnnealing, "simulate": simulate, "to_graph": to_graph}
    rng = np.random.default_rng(0)
    arrays = {
        "weights_1": rng.normal(size=(100, 784)),
        "delays_1": rng.integers(0, 9, (100, 784)),
        "weights_2": rng.normal(size=(10, 100)),
        "delays_2": rng.integers(0, 9, (10, 100)),
        "x": torch.rand(100, 16, 128),
    }
    return {**names, **arrays, **_trained(), "np": np}


def exchange() -> dict[str, Any]:
    """For exchange.md: a network of snntorch, and one of ours."""
    try:
        import snntorch
    except ImportError:
        return _trained()

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc2 = nn.Linear(20, 16), nn.Linear(16, 4)
            self.lif1, self.lif2 = (
                snntorch.Leaky(beta=0.9, reset_mechanism="zero") for _ in range(2)
            )

    ours = _trained()
    return {**ours, "net": Net(), "spikes": ours["counts"]}


class Counted(nn.Module):
    """A model of snntorch, which NeuroBench's metrics count."""

    def __init__(self) -> None:
        super().__init__()
        import snntorch

        self.fc = nn.Linear(20, 4)
        self.lif = snntorch.Leaky(beta=0.9, init_hidden=True)

    def forward(self, step: torch.Tensor) -> torch.Tensor:
        """Spikes of one step."""
        spikes: torch.Tensor = self.lif(self.fc(step))
        return spikes


class BitBudget(dict[str, Any]):
    """For bit-budget.md, whose network is first ours and then one of snntorch."""

    def __init__(self) -> None:
        super().__init__(_trained())
        self["batches"] = [torch.rand(8, 30, 20).lt(0.2).float()]

    def before(self, needs: tuple[str, ...]) -> None:
        """Called before a block that needs packages."""
        if "snntorch" in needs:
            self["network"] = Counted()


def hardware() -> dict[str, Any]:
    """For hardware.md, report.md and cosimulation.md."""
    return _trained()


GIVEN = {
    "networks.md": networks,
    "exchange.md": exchange,
    "bit-budget.md": BitBudget,
    "hardware.md": hardware,
    "report.md": hardware,
    "cosimulation.md": hardware,
}
