"""Loops on a chip whose spikes take at least a step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.chips import LOIHI, TRUENORTH
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.limits import check, violations
from polychrony.hardware.shifts import shortest_delays
from polychrony.snn.graph import NetworkGraph, Population, Projection


def ring(*delays):
    """One neuron in each population, each synapse with its delay; lists are several synapses."""
    names = [f"p{k}" for k in range(len(delays))]
    joined = [
        Projection.from_dense(source, target, [[[1.0] * len(delay)]], [[delay]])
        for source, target, delay in zip(names, [*names[1:], names[0]], delays, strict=True)
    ]
    neurons = tuple(Population(name, 1, "lif") for name in names)
    start = Projection.from_dense("in", "p0", [[1.0]])
    return NetworkGraph((Population("in", 1, "input"), *neurons), (start, *joined), 1e-3)


@pytest.mark.parametrize(
    "delays", [([1],), ([15, 1],), ([0], [2]), ([0], [0], [3]), ([0, 14], [2]), ([14], [16])]
)
def test_what_fits_once_populations_are_shifted_is_taken(delays):
    assert violations(ring(*delays), TRUENORTH) == ()


@pytest.mark.parametrize(
    ("delays", "message"),
    [
        (([0], [1]), "p1, p0: total delay of the loop is 1 steps along p1->p0, p0->p1.*2 steps or"),
        (([0], [0], [2]), "is 2 steps along .* 3 steps or more, 1 for each projection; give one"),
        (([16],), "p0: delays within the loop is 16 to 16 steps, allowed is 1 to 15 steps"),
        (([0, 15], [2]), r"p0, p1: delays within the loop is 0 to 15 steps.*\(relays\)"),
    ],
)
def test_what_no_shift_makes_fit_is_refused(delays, message):
    with pytest.raises(ChipLimitError, match=message):
        check(ring(*delays), TRUENORTH)


@settings(deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=5))
def test_a_ring_fits_if_each_projection_gets_a_step_of_its_own(delays):
    least, most = TRUENORTH.delay_min, TRUENORTH.delay_max
    fits = least * len(delays) <= sum(delays) <= most * len(delays)
    if sum(delays):
        assert (not violations(ring(*([d] for d in delays)), TRUENORTH)) == fits


@pytest.mark.parametrize("chip", [LOIHI, TRUENORTH], ids=lambda chip: chip.name)
@pytest.mark.parametrize("delays", [([3],), ([0], [5]), ([0], [0], [4, 9])])
def test_loops_with_the_shortest_delays_still_fit(delays, chip):
    graph = ring(*delays)
    least = shortest_delays(graph, chip)
    shorter = [
        replace(p, delay=p.delay.clip(None, max(0, n)))
        for p, n in zip(graph.projections, least, strict=True)
    ]
    check(replace(graph, projections=tuple(shorter)), chip)
    assert sum(int(p.delay.sum()) for p in shorter) < sum(map(sum, delays))


def test_outside_loops_all_delays_go_down_to_the_shortest_of_the_chip():
    assert shortest_delays(ring([2]), TRUENORTH)[0] == 1
    assert shortest_delays(ring([2]), LOIHI)[0] == 0
