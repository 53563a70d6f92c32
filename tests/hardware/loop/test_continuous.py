"""In continuous time every spike acts when it arrives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips import DYNAPSE
from polychrony.hardware.loop import close_loop, uniform_latency
from polychrony.hardware.loop.continuous import Continuous
from polychrony.hardware.loop.timed import nearest, train
from polychrony.hardware.noc import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.prepare import Preparation
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph, Population, Projection

DT = 1e-3


@pytest.fixture
def chip():
    return replace(DYNAPSE, neurons_per_core=16)


def loop(prepared, senders, counts, latency, tick=DT, **options):
    continuous = Continuous(prepared.quantized, senders, tick, latency)
    return close_loop(continuous.run, continuous.travel, {"in": counts}, **options)


def test_without_latency_all_is_as_on_the_chip_in_steps(prepared, senders, counts):
    closed = loop(prepared, senders, counts, uniform_latency(0.0))
    wanted = run_on_chip(prepared.quantized, {"in": counts})
    for name, spikes in wanted.spikes.items():
        np.testing.assert_array_equal(closed.activity.spikes[name], spikes, err_msg=name)
    np.testing.assert_array_equal(closed.activity.potentials["out"], wanted.potentials["out"])
    assert closed.rounds == 1 and closed.converged


def test_a_latency_of_whole_steps_is_a_longer_delay(prepared, senders, counts, later):
    closed = loop(prepared, senders, counts, uniform_latency(2 * DT))
    assert closed.converged
    graph = later(
        prepared.quantized.graph, prepared.mapping.chip, 2, set(prepared.quantized.populations)
    )
    slower = replace(prepared.quantized, graph=graph)
    wanted = run_on_chip(slower, {"in": counts})
    assert wanted.spikes["b"].sum() > 0
    for name, spikes in wanted.spikes.items():
        np.testing.assert_array_equal(closed.activity.spikes[name], spikes, err_msg=name)


def test_times_of_spikes_are_those_of_their_causes_and_the_way():
    graph = NetworkGraph(
        (
            Population("in", 1, "input"),
            Population("a", 1, "lif", decay=0.9),
            Population("b", 1, "lif", decay=0.9),
        ),
        (Projection.from_dense("in", "a", [[2.0]]), Projection.from_dense("a", "b", [[2.0]])),
        dt=DT,
    )
    prepared = Preparation(relays=True, mismatch=0.0)(graph, DYNAPSE)
    senders = Senders(Routes(prepared.mapping), DYNAPSE.profiles[0])
    counts = np.zeros((5, 1, 1), np.uint8)
    counts[1] = 1
    closed = loop(prepared, senders, counts, uniform_latency(0.3e-3))
    trains = closed.activity.trains[0]
    assert trains["a"].time == pytest.approx([1.3e-3])
    assert trains["b"].time == pytest.approx([1.6e-3])
    # Twice as fast as real time, a latency takes twice as much of the network's.
    hurried = loop(prepared, senders, counts, uniform_latency(0.3e-3), tick=DT / 2)
    assert hurried.activity.trains[0]["b"].time == pytest.approx([2.2e-3])
    assert hurried.activity.spikes["b"][:, 0, 0].tolist() == [0, 0, 1, 0, 0]


def test_traffic_delays_spikes_and_the_loop_closes(prepared, senders, counts):
    for mode in ("analytic", "queueing", "cycle"):
        closed = loop(prepared, senders, counts, mode, tick=1e-6)
        assert closed.converged, mode
        assert closed.rounds > 1
        assert (closed.activity.spikes["b"] != closed.first.spikes["b"]).any()


def test_the_nearest_spike_is_one_of_the_same_neuron():
    old = train(np.array([1.0, 5.0, 2.0]), np.array([0, 0, 2]), 4)
    new = train(np.array([2.9, 3.1, 9.0, 0.0]), np.array([0, 0, 1, 2]), 4)
    assert nearest(old, new).tolist() == [0, 1, -1, 2]
