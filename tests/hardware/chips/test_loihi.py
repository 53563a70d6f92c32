from __future__ import annotations

from dataclasses import fields

import pytest

from polychrony.hardware.chips.loihi import DAVIES2018, LOIHI
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.on_chip_learning import OnChipLearning
from polychrony.hardware.profile import COMPONENTS


def test_davies2018_table_2():
    published = {
        "within_tile": (1.7, 2.1),
        "hop_east_west": (3.0, 4.1),
        "hop_north_south": (4.0, 6.5),
        "neuron_active": (81.0, 8.4),
        "neuron_inactive": (52.0, 5.3),
        "synapse": (23.6, 3.5),
        "spike": (None, None),
        "axon_in": (None, None),
        "axon_out": (None, None),
    }
    assert set(published) == set(COMPONENTS)
    for name, (energy, latency) in published.items():
        cost = DAVIES2018.cost(name)
        assert (cost.energy.value, cost.latency.value) == (energy, latency)
        if energy is not None:
            assert (cost.energy.voltage, cost.energy.evidence) == (0.75, "pre-silicon")


def test_learning_is_charged_what_the_paper_publishes():
    """D18 Table 2, p. 96: synaptic update (pairwise STDP), 120 pJ and 6.1 ns."""
    update = DAVIES2018.learning.synapse_update
    assert (update.energy.require("J"), update.latency.require("s")) == (120e-12, 6.1e-9)
    assert (update.energy.voltage, update.energy.evidence) == (0.75, "pre-silicon")
    others = {**DAVIES2018.learning.costs(), **LOIHI.profile("sanafe2025").learning.costs()}
    del others["synapse_update"]
    assert not any(cost.energy.known or cost.latency.known for cost in others.values())


def test_loihi_has_128_cores_and_131072_neurons():
    assert LOIHI.n_cores == 128
    assert LOIHI.n_neurons == 131_072
    assert LOIHI.synaptic_memory_bits == 2**20


def test_loihi_synapse_takes_25_bits_derived_from_weight_delay_and_index():
    assert LOIHI.synapse_bits == 9 + 6 + 10


def test_every_number_of_loihi_has_a_source(described):
    held = ("numbers", "profiles", "router", "learning")
    numbers = [f.name for f in fields(LOIHI) if f.name not in described + held]
    numbers += [f.name for f in (*fields(NumberFormat), *fields(OnChipLearning))]
    numbers = [name for name in numbers if name not in ("sources", "references", "assumptions")]
    assert set(LOIHI.sources) == set(numbers)
    assert all(LOIHI.sources.values())


def test_one_spike_over_3_east_west_and_2_north_south_hops():
    """D18 Table 2, p. 96: 3.0 pJ and 4.1 ns per hop E-W, 4.0 pJ and 6.5 ns per hop N-S."""
    east_west, north_south = LOIHI.mesh.hops(0, 2 * LOIHI.mesh.columns + 3)
    assert (east_west, north_south) == (3, 2)
    east, north = DAVIES2018.hop_east_west, DAVIES2018.hop_north_south
    seconds = east_west * east.latency.require("s") + north_south * north.latency.require("s")
    joules = east_west * east.energy.require("J") + north_south * north.energy.require("J")
    assert seconds == pytest.approx(25.3e-9)
    assert joules == pytest.approx(17e-12)
