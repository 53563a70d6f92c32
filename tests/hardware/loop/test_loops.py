"""Late spikes within networks whose spikes come back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips import DYNAPSE, LOIHI
from polychrony.hardware.loop import Arrivals, Timing, close_loop, uniform_latency
from polychrony.hardware.loop.continuous import Continuous
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.prepare import Preparation
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate

DT = 1e-3


@pytest.fixture
def ring():
    """Two populations that hear each other, one of them itself too."""
    rng = np.random.default_rng(3)
    sizes = {"in": 12, "a": 8, "b": 7, "out": 2}
    kinds = {"in": "input", "out": "li"}
    populations = [Population(n, k, kinds.get(n, "lif"), decay=0.8) for n, k in sizes.items()]
    projections = []
    for source, target, least in (
        ("in", "a", 0), ("a", "b", 0), ("b", "a", 2), ("a", "a", 1), ("b", "out", 0),
    ):  # fmt: skip
        shape = (sizes[target], sizes[source])
        weight = rng.normal(0.2, 0.4, shape) * (rng.random(shape) < 0.6)
        delay = rng.integers(least, least + 3, shape)
        projections.append(Projection.from_dense(source, target, weight, delay))
    return NetworkGraph(tuple(populations), tuple(projections), DT)


def later(graph, steps, targets):
    """All delays of synapses that reach some populations, raised."""
    projections = tuple(
        replace(p, delay=p.delay + steps) if p.target in targets else p for p in graph.projections
    )
    return replace(graph, projections=projections)


def same(one, other):
    for name, spikes in one.spikes.items():
        np.testing.assert_array_equal(spikes, other.spikes[name], err_msg=name)
    for name, potentials in one.potentials.items():
        np.testing.assert_allclose(potentials, other.potentials[name], rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("ticks", [0, 1, 3])
def test_a_uniform_latency_is_a_longer_delay(ring, counts, ticks):
    chip = replace(LOIHI, neurons_per_core=4)
    mapping = map_network(ring, chip, "random")
    arrivals = Arrivals(
        Senders(Routes(mapping), chip.profiles[0]), Timing(DT), uniform_latency(ticks * DT)
    )
    slower, held = later(ring, ticks, {"a", "b", "out"}), quantize(ring, chip)
    for run, wanted in (
        (lambda x, late: simulate(ring, x, late), simulate(slower, counts)),
        (
            lambda x, late: run_on_chip(held, x, late),
            run_on_chip(quantize(slower, chip), {"in": counts}),
        ),
    ):
        closed = close_loop(run, arrivals, {"in": counts}, max_rounds=60)
        assert closed.converged and wanted.spikes["b"].sum() > 20
        same(closed.activity, wanted)


@pytest.mark.parametrize("ticks", [0, 2])
def test_so_it_is_in_continuous_time(ring, counts, ticks):
    chip = replace(DYNAPSE, neurons_per_core=32)
    prepared = Preparation(relays=True, fan_in="auto", place="random")(ring, chip)
    held = prepared.quantized
    senders = Senders(Routes(prepared.mapping), chip.profiles[0])
    analog = Continuous(held, senders, DT, uniform_latency(ticks * DT))
    counts = counts[:25, :2]
    closed = close_loop(analog.run, analog.travel, {"in": counts}, max_rounds=60)
    assert closed.converged
    slower = later(held.graph, ticks, set(held.populations))
    synapses = tuple(
        replace(q, delay=p.delay) for p, q in zip(slower.projections, held.projections, strict=True)
    )
    wanted = run_on_chip(replace(held, graph=slower, projections=synapses), {"in": counts})
    assert wanted.spikes["b"].sum() > 20
    same(closed.activity, wanted)


def test_spikes_of_a_loop_that_are_dropped_do_not_come_back(ring, counts):
    chip = replace(LOIHI, neurons_per_core=4)
    senders = Senders(Routes(map_network(ring, chip, "random")), chip.profiles[0])
    inner = [senders.names.index(name) for name in ("a", "b")]

    def only_inner(flights):
        return np.isin(flights.population, inner) * DT

    arrivals = Arrivals(senders, Timing(DT, "drop"), only_inner)
    closed = close_loop(lambda x, late: simulate(ring, x, late), arrivals, {"in": counts})
    alone = replace(ring, projections=ring.projections[:1])
    assert closed.converged and not closed.activity.spikes["b"].any()
    np.testing.assert_array_equal(closed.activity.spikes["a"], simulate(alone, counts).spikes["a"])
