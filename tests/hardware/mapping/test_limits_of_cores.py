"""A mapped network never exceeds a limit, on chips of any of the three kinds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polychrony.hardware.chip import Chip
from polychrony.hardware.chips import DYNAPSE, LOIHI, TRUENORTH
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.mapping import Mapping, map_network
from polychrony.hardware.mapping.axons import axon_of, present
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc import Routes
from polychrony.hardware.prepare import Preparation
from polychrony.snn.graph import NetworkGraph, Population, Projection


def random_graph(seed: int, longest: int) -> NetworkGraph:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 25, 4)
    names = ["in", "a", "b", "out"]
    kinds = ["input", "lif", "lif", "li"]
    populations = [
        Population(n, int(s), k, decay=0.5)
        for n, s, k in zip(names, sizes, kinds, strict=True)  # type: ignore[arg-type]
    ]
    projections = []
    for source, target in (("in", "a"), ("a", "b"), ("in", "b"), ("b", "out")):
        shape = (sizes[names.index(target)], sizes[names.index(source)])
        weight = rng.normal(size=shape) * (rng.random(shape) < 0.6)
        delay = rng.integers(0, longest + 1, shape)
        projections.append(Projection.from_dense(source, target, weight, delay))
    return NetworkGraph(tuple(populations), tuple(projections), dt=1e-3)


def check_cores(mapping: Mapping) -> None:
    """Count again, core by core, from the synapses themselves."""
    graph, chip, types = mapping.graph, mapping.chip, mapping.types
    neurons = np.zeros(mapping.n_cores, int)
    axons: list[set[tuple[str, int, int]]] = [set() for _ in range(mapping.n_cores)]
    for part in mapping.slices:
        copies = mapping.copies(part.population)[part.start : part.stop]
        neurons[part.core] += copies.sum()
        for index, p in enumerate(graph.projections):
            if p.target != part.population:
                continue
            inside = (p.post >= part.start) & (p.post < part.stop)
            inside &= present(index, types, p.n_synapses)
            axon = axon_of(p, index, chip, types)
            axons[part.core] |= {
                (p.source, int(i), int(k)) for i, k in zip(p.pre[inside], axon[inside], strict=True)
            }
    assert neurons.max() <= chip.neurons_per_core
    assert [u.physical for u in mapping.usage] == neurons.tolist()
    assert [u.axons_in for u in mapping.usage] == [len(a) for a in axons]
    assert max(map(len, axons)) <= chip.axons_in_per_core
    assert np.bincount(mapping.tile).max() <= chip.cores_per_tile


def check_destinations(mapping: Mapping) -> None:
    chip, routes = mapping.chip, Routes(mapping)
    for route in routes.of.values():
        if route.population == "in":
            continue
        sent = np.bincount(route.neuron, route.messages, minlength=len(route.home))
        assert (sent <= chip.destinations_per_neuron * route.copies).all()


@pytest.mark.parametrize(
    "chip",
    [
        replace(LOIHI, neurons_per_core=9, axons_out_per_core=40),
        replace(TRUENORTH, neurons_per_core=48, axons_in_per_core=40, mesh=Mesh(32, 32)),
        replace(DYNAPSE, neurons_per_core=24, fan_in=12, axons_in_per_core=30, chips=Mesh(16, 16)),
    ],
    ids=["loihi", "truenorth", "dynapse"],
)
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100_000))
@example(208)  # a relay on a core with other targets of its source
def test_no_core_exceeds_a_limit(chip: Chip, seed: int):
    graph = random_graph(seed, longest=6 if chip.delay_of == "none" else 20)
    try:
        prepared = Preparation(relays=None, fan_in="auto", place="in_order")(graph, chip)
    except ChipLimitError as refused:
        # What does not fit is said with its place, its value and what is allowed.
        assert all(v.where and v.value and v.allowed and v.remedy for v in refused.violations)
        return
    check_cores(prepared.mapping)
    if chip.destinations_per_neuron is not None:
        check_destinations(prepared.mapping)
    for population in prepared.fitted.graph:
        if chip.fan_in is None or population.kind != "lif":
            continue
        incoming = prepared.fitted.graph.incoming(population.name)
        fan_in = sum(np.bincount(p.post, minlength=population.size) for p in incoming)
        assert np.max(fan_in) <= chip.fan_in


def test_a_neuron_of_truenorth_is_copied_for_each_axon_that_it_must_reach():
    """One neuron reaches two neurons at three delays: on one core three axons, so three copies."""
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("a", 1, "lif"), Population("b", 2, "lif")),
        (
            Projection.from_dense("in", "a", [[1.0]]),
            Projection.from_dense("a", "b", [[[1.0, 1.0]], [[1.0, 1.0]]], [[[0, 5]], [[5, 9]]]),
        ),
        dt=1e-3,
    )
    mapping = map_network(graph, TRUENORTH)
    assert mapping.copies("a").tolist() == [3]
    assert [s.physical for s in mapping.slices] == [3, 2]
    assert mapping.report()["neurons_with_copies"] == 5
    assert mapping.report()["neurons"] == 3


def test_more_axons_than_copies_fit_on_a_core_is_refused_by_name():
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("a", 1, "lif"), Population("b", 300, "lif")),
        (
            Projection.from_dense("in", "a", [[1.0]]),
            Projection.from_dense("a", "b", np.ones((300, 1))),
        ),
        dt=1e-3,
    )
    chip = replace(TRUENORTH, neurons_per_core=4)
    with pytest.raises(ChipLimitError, match="a: number of neurons of neuron 0 alone is 75"):
        map_network(graph, chip)


def test_relays_share_cores():
    rng = np.random.default_rng(0)
    graph = NetworkGraph(
        (Population("in", 4, "input"), Population("a", 5, "lif"), Population("b", 5, "lif")),
        (
            Projection.from_dense("in", "a", rng.random((5, 4))),
            Projection.from_dense("a", "b", rng.random((5, 5)), rng.integers(0, 9, (5, 5))),
        ),
        dt=1e-3,
    )
    prepared = Preparation(relays=True)(graph, DYNAPSE)
    relays = [s for s in prepared.mapping.slices if ".relay" in s.population]
    assert len(relays) > 3
    assert len({s.core for s in relays}) == 1
    assert prepared.fitted.changes["relays"]["stages"] == max(graph.projections[1].delay)
