from __future__ import annotations

from dataclasses import replace

import numpy as np

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Routes
from polychrony.snn.graph import NetworkGraph, Population, Projection


def test_host_and_neurons_send_from_their_own_cores(pair):
    assert pair.of["in"].home.tolist() == [3]
    assert pair.of["a"].home.tolist() == [0]
    assert pair.of["in"].core.tolist() == [0]
    assert pair.of["a"].core.tolist() == [1, 2]
    assert pair.of["a"].synapses.tolist() == [2, 1]


def test_hops_lead_from_the_sender_to_each_core(pair):
    a = pair.of["a"]
    assert a.east_west.tolist() == [0, 3]
    assert a.north_south.tolist() == [0, 2]
    assert a.local.tolist() == [1, 0]


def test_population_without_targets_sends_nothing(split):
    assert set(split.of) == {"in", "hidden"}


def test_one_message_serves_all_cores_of_a_tile_where_routers_copy():
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("h", 3, "lif")),
        (Projection.from_dense("in", "h", np.ones((3, 1))),),
        dt=1e-3,
    )
    chip = replace(LOIHI, neurons_per_core=1, router=replace(LOIHI.router, multicast=True))
    route = Routes(map_network(graph, chip, lambda *_: np.array([5, 5, 9]))).of["in"]
    assert route.messages.tolist() == [1, 0, 1]
    assert route.deliveries.tolist() == [1, 1, 1]
