"""NeuroBench's metrics of a co-simulation, at the command line."""

from __future__ import annotations

import json

import pytest

from polychrony.hardware.neurobench import static_of_graph
from polychrony.snn import to_graph


def test_one_report_holds_metrics_bits_and_joules(call, finished):
    from polychrony.experiments.runs import open_run

    said = call("cosim", finished, "--neurobench", "--json", "-")
    assert said.code == 0, said.err
    numbers = json.loads(said.out)
    found, steps = numbers["neurobench"], numbers["steps_per_inference"]
    graph = to_graph(open_run(finished).load_network())
    weights = sum(graph[p.source].size * graph[p.target].size for p in graph.projections)
    assert found["ParameterCount"] == static_of_graph(graph).parameters >= 2 * weights
    assert found["SynapticOperations"]["Dense"] == weights * steps
    sent = numbers["spikes_software_per_inference"]["hidden1"]
    hidden = graph["hidden1"].size
    assert found["ActivationSparsity"] == pytest.approx(1 - sent / (hidden * steps))
    spikes = {"input": numbers["spikes_software_per_inference"]["input"], "hidden1": sent}
    met = sum(spikes[p.source] * p.n_synapses / graph[p.source].size for p in graph.projections)
    operations = found["SynapticOperations"]
    # Dense layers: each spike meets all of its layer; several in one step are one operation.
    done = operations["Effective_ACs"] + operations["Effective_MACs"]
    assert 0 < done <= met + 1e-6
    assert numbers["bits"]["totals_per_inference"]["s_ace"] > 0
    assert numbers["energy_per_inference_J"]["total"] > 0
    assert numbers["latency_per_inference_s"] > 0
    for line in ("Effective_ACs", "MembraneUpdates", f"{found['ParameterCount']:,}"):
        assert line in said.err


def test_without_being_asked_nothing_of_it_is_counted(call, finished):
    said = call("cosim", finished, "--samples", "4", "--json", "-")
    assert json.loads(said.out)["neurobench"] is None
    assert "MembraneUpdates" not in said.err
