"""Loops that relays and mergers become part of."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.adapt import relay_delays, split_fan_in
from polychrony.snn.simulate import simulate

seeds = st.integers(0, 2**31)


def _counts(seed):
    return (np.random.default_rng(seed).random((15, 2, 3)) < 0.3).astype(np.uint8)


@settings(deadline=None, max_examples=40)
@given(seed=seeds, reach=st.integers(0, 3), long=st.booleans())
def test_relays_leave_the_spikes_of_loops_alone(seed, reach, long, recurrent_graph):
    graph, counts = recurrent_graph(seed), _counts(seed)
    relayed, _ = relay_delays(graph, reach, reach + 1 if long else 1, skip=("out",))
    assert relayed.has_loops == graph.has_loops
    before, after = simulate(graph, counts), simulate(relayed, counts)
    for name, spikes in before.spikes.items():
        np.testing.assert_array_equal(after.spikes[name], spikes, err_msg=name)


@settings(deadline=None, max_examples=40)
@given(seed=seeds, limit=st.integers(2, 5))
def test_mergers_leave_loops_their_delay(seed, limit, recurrent_graph):
    graph = recurrent_graph(seed)
    split, record = split_fan_in(graph, limit, skip=("out",))
    assert split.has_loops == graph.has_loops
    for name in set(record.populations):
        fan_in = sum(np.bincount(p.post, minlength=9) for p in split.incoming(name))
        assert fan_in.max() <= limit
    spikes = simulate(split, _counts(seed)).spikes
    assert set(record.made) <= set(spikes)
