from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.adapt import relay_delays
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 2**32 - 1), st.integers(0, 6), st.integers(0, 20), st.booleans())
def test_other_populations_do_the_same_in_every_step(delayed, data, seed, reach, longest, host):
    graph = delayed(seed, longest, 0.7)
    relay_delay = data.draw(st.integers(1, reach + 1))
    relayed, record = relay_delays(graph, reach, relay_delay, host_delays=host)
    rng = np.random.default_rng(seed)
    inputs = {p.name: (rng.random((40, 2, p.size)) < 0.3).astype(np.uint8) for p in graph.inputs}
    before, after = simulate(graph, inputs), simulate(relayed, inputs)
    for name, spikes in before.spikes.items():
        assert np.array_equal(spikes, after.spikes[name])
    assert np.array_equal(before.potentials["out"], after.potentials["out"])
    left = {p.name for p in graph.inputs} if host else set()
    for projection in relayed.projections:
        assert (
            projection.source in left
            or projection.target in record.made
            or (projection.max_delay <= reach)
        )
    assert relayed.n_synapses == graph.n_synapses + sum(record.neurons.values())
    assert set(record.made) == {p.name for p in relayed} - {p.name for p in graph}


def test_relays_by_hand():
    source, target = Population("a", 3, "input"), Population("h", 1, "lif")
    delays = np.array([[14, 15, 44]])
    projection = Projection.from_dense("a", "h", [[1.0, 2.0, 3.0]], delays)
    relayed, record = relay_delays(NetworkGraph((source, target), (projection,), 1e-3), 14, 15)
    assert record.neurons == {"a.relay1": 2, "a.relay2": 1}
    assert record.to_dict() == {
        "relay_neurons": 3,
        "relay_neurons_by_population": {"a.relay1": 2, "a.relay2": 1},
        "synapses_moved": 2,
        "longest_delay_steps": 44,
        "stages": 2,
    }
    left = {p.label: (p.pre.tolist(), p.delay.tolist()) for p in relayed.projections}
    assert left == {
        "a->a.relay1": ([1, 2], [15, 15]),
        "a.relay1->a.relay2": ([1], [15]),
        "a->h": ([0], [14]),
        "a.relay1->h": ([0], [0]),
        "a.relay2->h": ([0], [14]),
    }


def test_host_sends_late(delayed):
    graph = delayed(0, 20)
    relayed, record = relay_delays(graph, 0, 1, host_delays=True)
    assert {name.split(".")[0] for name in record.made} == {"h", "g"}
    assert [p for p in graph.projections if p.source in "ab"] == [
        p for p in relayed.projections if p.source in ("a", "b")
    ]


def test_short_delays_stay_as_they_are(delayed):
    graph = delayed(0, 5)
    relayed, record = relay_delays(graph, 5, 6)
    assert (record.made, record.stages, record.synapses_moved) == ((), 0, 0)
    assert [p.label for p in relayed.projections] == [p.label for p in graph.projections]


def test_what_cannot_be_made_is_refused(delayed):
    graph = delayed(0, 9)
    with pytest.raises(HardwareError, match=r"relay_delay is 3 steps; .* must be 1 to 2"):
        relay_delays(graph, 1, 3)
    with pytest.raises(HardwareError, match="reach is -1"):
        relay_delays(graph, -1, 0)
    relayed, _ = relay_delays(graph, 1, 2)
    with pytest.raises(HardwareError, match="has relays already"):
        relay_delays(relayed, 1, 2)
