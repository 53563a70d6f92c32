from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.noc import count_work
from polychrony.snn.activity import Activity
from polychrony.snn.errors import GraphError


def test_small_example_by_hand(pair, pair_run):
    work = count_work(pair, pair_run)
    assert work.synaptic_ops[:, 0].tolist() == [[0, 0, 0], [3, 0, 0], [0, 2, 1]]
    assert work.messages_in[:, 0].tolist() == [[0, 0, 0], [3, 0, 0], [0, 1, 1]]
    assert work.messages_out[:, 0].tolist() == [[0, 0, 0, 0], [0, 0, 0, 3], [2, 0, 0, 0]]
    assert work.hops_east_west[2, 0].tolist() == [3, 0, 0, 0]
    assert work.hops_north_south[2, 0].tolist() == [2, 0, 0, 0]
    assert work.within_tile[:, 0].tolist() == [[0, 0, 0, 0], [0, 0, 0, 3], [1, 0, 0, 0]]
    assert work.active[:, 0].tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("rule", ["spike", "input"])
def test_every_neuron_is_updated_once_a_step(split, split_run, rule):
    work = count_work(split, split_run, rule)
    updates = work.active + work.inactive
    assert (updates == [s.n_neurons for s in split.mapping.slices]).all()
    assert (work.inactive >= 0).all()


def test_neurons_that_receive_are_active_at_the_delay_under_the_input_rule(pair, pair_run):
    # a spikes at step 2; its synapse of delay 0 reaches the first neuron of b in the same step.
    work = count_work(pair, pair_run, "input")
    assert work.active[:, 0].tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_operations_are_events_times_fan_out(split, split_run, small_graph):
    expected = 0
    for projection in small_graph.projections:
        fan_out = np.bincount(projection.pre, minlength=small_graph[projection.source].size)
        expected += int((split_run.spikes[projection.source] * fan_out).sum())
    assert count_work(split, split_run).synaptic_ops.sum() == expected > 0


def test_every_message_sent_arrives(split, split_run):
    work = count_work(split, split_run)
    sent, taken = work.messages_out.sum(axis=2), work.messages_in.sum(axis=2)
    assert np.array_equal(sent, taken)
    assert sent.any()


def test_work_is_additive_over_spikes(split, split_run):
    doubled = Activity(
        split_run.dt, {**split_run.spikes, "in": 2 * split_run.spikes["in"]}, split_run.potentials
    )
    nothing = Activity(
        split_run.dt, {**split_run.spikes, "in": 0 * split_run.spikes["in"]}, split_run.potentials
    )
    one, two, none = (count_work(split, run) for run in (split_run, doubled, nothing))
    for name in ("synaptic_ops", "messages_in", "hops_east_west", "hops_north_south"):
        assert np.array_equal(
            getattr(two, name) - getattr(one, name), getattr(one, name) - getattr(none, name)
        )


def test_run_of_another_network_is_refused(pair, split_run):
    with pytest.raises(GraphError):
        count_work(pair, replace(split_run, dt=1e-3))
