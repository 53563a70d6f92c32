"""A trained network with recurrent layers, from torch to the three chips."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from polychrony.hardware import cosimulate
from polychrony.hardware.chips import get_chip
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.loop import Loop
from polychrony.snn import (
    ATan,
    GraphError,
    NetworkGraph,
    Population,
    Projection,
    SpikingNetwork,
    readout_loss,
    to_graph,
)

CHIPS = {
    "loihi": {},
    "truenorth": {"fan_in": "auto", "relays": True},
    "dynapse": {"fan_in": "auto", "relays": True, "profile": "moradi2018-1.3v"},
}


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    options = {"dt": 1e-3, "tau_mem": 1e-2, "max_delay": 4, "surrogate": ATan(5.0), "recurrent": 3}
    network = SpikingNetwork(10, (12,), 3, **options)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    x, labels = torch.poisson(torch.full((30, 12, 10), 0.2)).clip(max=1), torch.arange(12) % 3
    for _ in range(5):
        optimizer.zero_grad()
        readout_loss(network(x), labels).backward()
        optimizer.step()
        network.clamp_delays()
    return to_graph(network), x[:, :6].numpy().astype(np.uint8)


@pytest.mark.parametrize("chip", CHIPS)
def test_without_quantization_the_chip_does_what_the_software_does(trained, chip):
    graph, counts = trained
    assert graph.has_loops
    result = cosimulate(
        graph, counts, chip=chip, quantize=False, **{**CHIPS[chip], "fan_in": "refuse"}
    )
    assert result.spikes_hardware["hidden1"] > 1
    assert result.spikes_differ == {"input": 0.0, "hidden1": 0.0}
    assert result.agreement == 1.0


@pytest.mark.parametrize("chip", CHIPS)
def test_the_chip_runs_it_in_its_numbers_and_accounts_for_it(trained, chip):
    graph, counts = trained
    result = cosimulate(graph, counts, chip=chip, batch_size=4, **CHIPS[chip])
    again = cosimulate(graph, counts, chip=chip, batch_size=6, **CHIPS[chip])
    assert result.spikes_hardware == again.spikes_hardware
    assert result.spikes_hardware["hidden1"] > 1
    assert result.costs.energy_per_inference_J["total"] > 0
    assert result.costs.synaptic_ops_per_inference > 0


@pytest.mark.parametrize("quantize", [True, False])
@pytest.mark.parametrize(
    ("chip", "tick"), [("loihi", 1e-9), ("truenorth", 1e-7), ("dynapse", 1e-7)]
)
def test_late_spikes_act_late_within_loops_too(trained, chip, tick, quantize):
    graph, counts = trained
    options = {**CHIPS[chip], "chip": chip, "quantize": quantize, "noc": "queueing"}
    runs = [
        cosimulate(graph, counts[:, :2], loop=Loop("closed", tick=length), **options)
        for length in (1.0, tick)
    ]
    missed = [run.loop["network"]["deadline_misses"] for run in runs]
    assert missed[0] == 0 < missed[1]
    assert runs[0].spikes_hardware != runs[1].spikes_hardware


def test_compensation_leaves_loops_their_delay(trained):
    graph, counts = trained
    loop = Loop("closed", tick=1e-9, compensate=2, max_rounds=3)
    result = cosimulate(graph, counts[:, :2], chip="loihi", noc="queueing", loop=loop)
    assert result.loop["network"]["deadline_misses"] > 0


def test_what_no_chip_can_make_is_refused(trained):
    graph, counts = trained
    with pytest.raises(ChipLimitError, match=r"hidden1->hidden1: longest delay .* relay"):
        cosimulate(graph, counts, chip="dynapse", profile="moradi2018-1.3v")
    long = NetworkGraph(
        (Population("in", 10, "input"), Population("a", 1, "lif")),
        (
            Projection.from_dense("in", "a", np.ones((1, 10))),
            Projection.from_dense("a", "a", [[1.0]], get_chip("truenorth").delay_max + 1),
        ),
        1e-3,
    )
    with pytest.raises(ChipLimitError, match="a: delays within the loop is 16 to 16 steps"):
        cosimulate(long, counts, chip="truenorth")
    assert cosimulate(long, counts, chip="truenorth", relays=True).changes["relays"]


def test_a_loop_without_delay_never_reaches_a_chip(trained):
    with pytest.raises(GraphError, match=r"loop without delay: a \(shortest delay 0 along a->a\)"):
        cosimulate(
            NetworkGraph(
                (Population("in", 1, "input"), Population("a", 1, "lif")),
                (
                    Projection.from_dense("in", "a", [[1.0]]),
                    Projection.from_dense("a", "a", [[1.0]]),
                ),
                1e-3,
            ),
            trained[1],
        )
