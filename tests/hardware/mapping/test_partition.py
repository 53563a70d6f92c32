from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.errors import ChipLimitError, HardwareError
from polychrony.hardware.mapping.partition import partition
from polychrony.snn.graph import NetworkGraph, Population, Projection


def chain(sizes: tuple[int, ...], seed: int = 0, density: float = 0.5, max_delay: int = 5):
    rng = np.random.default_rng(seed)
    names = [f"p{k}" for k in range(len(sizes))]
    populations = [Population(names[0], sizes[0], "input")]
    populations += [
        Population(name, n, "lif") for name, n in zip(names[1:], sizes[1:], strict=True)
    ]
    projections = []
    for k in range(1, len(sizes)):
        weight = (rng.random((sizes[k], sizes[k - 1])) < density).astype(np.float32)
        delay = rng.integers(0, max_delay + 1, weight.shape)
        projections.append(Projection.from_dense(names[k - 1], names[k], weight, delay))
    return NetworkGraph(tuple(populations), tuple(projections), dt=1e-3)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 1000),
    st.integers(3, 20),
    st.integers(17, 30),
    st.integers(12, 60),
    st.integers(17, 60),
)
def test_slices_cover_every_neuron_once_within_every_limit(seed, neurons, axons, edges, synapses):
    chip = replace(LOIHI, neurons_per_core=neurons, axons_in_per_core=axons)
    chip = replace(chip, axons_out_per_core=edges)
    chip = replace(chip, synaptic_memory_bits=synapses * chip.synapse_bits)
    graph = chain((8, 17, 9), seed)
    slices = partition(graph, chip)
    for name, size in (("p1", 17), ("p2", 9)):
        own = [s for s in slices if s.population == name]
        assert [s.start for s in own] == [0, *(s.stop for s in own[:-1])]
        assert own[-1].stop == size
    for part in slices:
        projection = graph.incoming(part.population)[0]
        inside = (projection.post >= part.start) & (projection.post < part.stop)
        assert part.n_neurons <= neurons
        assert part.synapses == inside.sum() <= synapses
        assert part.axons_in == len(np.unique(projection.pre[inside])) <= axons
        assert part.axons_out <= edges
        assert part.max_delay == projection.delay[inside].max(initial=0)


def test_edges_count_every_neuron_and_every_core_it_reaches():
    chip = replace(LOIHI, neurons_per_core=4)
    slices = partition(chain((3, 4, 12), density=1.1), chip)
    assert [s.population for s in slices] == ["p1", "p2", "p2", "p2"]
    assert [s.axons_out for s in slices] == [4 * 3, 0, 0, 0]


def test_dense_256_by_256_layer_takes_two_cores_of_loihi():
    slices = partition(chain((256, 256), density=1.1, max_delay=25), LOIHI)
    assert [s.n_neurons for s in slices] == [2**20 // 25 // 256, 256 - 2**20 // 25 // 256]


def test_several_projections_share_the_limits():
    first = chain((4, 6), density=1.1)
    again = replace(first.projections[0], delay=first.projections[0].delay + 40)
    graph = NetworkGraph(first.populations, (*first.projections, again), dt=1e-3)
    (part,) = partition(graph, LOIHI)
    assert (part.synapses, part.axons_in) == (48, 4)


def test_delays_beyond_the_guaranteed_range_spread_over_more_cores():
    short, long = (partition(chain((2, 300), density=1.1, max_delay=d), LOIHI) for d in (8, 62))
    assert [s.n_neurons for s in short] == [300]
    assert len(long) == 3


def test_more_cores_than_the_chip_has():
    chip = replace(LOIHI, synaptic_memory_bits=3 * LOIHI.synapse_bits)
    with pytest.raises(ChipLimitError, match=r"number of cores is 200 \(most for 'p1': 200\)"):
        partition(chain((3, 200), density=1.1), chip)


def test_neuron_that_reaches_too_many_cores():
    chip = replace(LOIHI, neurons_per_core=1, axons_out_per_core=5)
    with pytest.raises(HardwareError, match="p1: number of axons out of neuron 0 alone is 6"):
        partition(chain((2, 1, 6), density=1.1), chip)
