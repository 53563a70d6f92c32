"""A graph as a model of the NeuroBench package, which counts it with its own metrics."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from polychrony.hardware.decision import decisions
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.neurobench import decided, neurobench_model, of_graph
from polychrony.snn import simulate

pytest.importorskip("snntorch", reason="the networks beside the graph are those of snntorch")

from example_networks import by_package, delayed, example_by_package

RECORD = json.loads((Path(__file__).parent / "counted_by_package.json").read_text())
NEEDED = "runs the package; pip install neurobench"


def test_delays_count_what_the_package_recorded():
    graph, inputs = delayed()
    found = of_graph(graph, simulate(graph, inputs)).to_dict()
    assert found == RECORD["counted"]["delayed"]
    assert found["SynapticOperations"]["Effective_ACs"] > 0
    assert 0 < found["ActivationSparsity"] < 1


def test_delays_count_what_the_package_counts_here():
    pytest.importorskip("neurobench", reason=NEEDED)
    graph, inputs = delayed()
    assert of_graph(graph, simulate(graph, inputs)).to_dict() == example_by_package("delayed")


def test_batches_and_decisions(small_graph, counts):
    pytest.importorskip("neurobench", reason=NEEDED)
    spikes = np.minimum(counts, 1)
    run = simulate(small_graph, spikes)
    x, model = torch.from_numpy(spikes).transpose(0, 1).float(), neurobench_model(small_graph)
    assert decided(model(x)).tolist() == decisions(run, "out").tolist()
    found = by_package(model, [x[:4], x[4:]])
    ours = of_graph(small_graph, run).to_dict()
    assert found["SynapticOperations"] == ours["SynapticOperations"]
    assert found["MembraneUpdates"] == ours["MembraneUpdates"]
    assert found["ActivationSparsity"] == pytest.approx(ours["ActivationSparsity"])


def test_the_package_is_asked_for_by_name(small_graph, monkeypatch):
    monkeypatch.setitem(sys.modules, "neurobench.models", None)
    monkeypatch.setitem(sys.modules, "neurobench", None)
    with pytest.raises(HardwareError, match=r"pip install 'polychrony\[neurobench\]'"):
        neurobench_model(small_graph)
