from __future__ import annotations

from dataclasses import replace

import pytest

from polychrony.hardware.chips.loihi import DAVIES2018
from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.profile import COMPONENTS, Cost


def test_barrier_takes_113_to_465_ns_linearly_for_1_to_32_tiles():
    barrier = DAVIES2018.barrier
    assert barrier.seconds(1) == pytest.approx(113e-9)
    assert barrier.seconds(32) == pytest.approx(465e-9)
    assert barrier.seconds(16) == pytest.approx((113 + (465 - 113) * 15 / 31) * 1e-9)


@pytest.mark.parametrize("tiles", [0, 33])
def test_barrier_refuses_what_is_not_published(tiles):
    with pytest.raises(HardwareError, match="lie outside 1 to 32"):
        DAVIES2018.barrier.seconds(tiles)


def test_unknown_costs_are_listed_and_refuse_by_name():
    assert DAVIES2018.energy_excludes == ("axon_in", "axon_out", "barrier")
    assert DAVIES2018.latency_excludes == ("spike", "axon_in", "axon_out")
    with pytest.raises(UnknownQuantityError, match="davies2018: energy of barrier is unknown"):
        DAVIES2018.barrier.energy.require("J")
    with pytest.raises(UnknownQuantityError, match="davies2018: energy of axon_in is unknown"):
        DAVIES2018.axon_in.energy.require("J")


def test_known_costs_leave_nothing_out():
    known = dict.fromkeys(COMPONENTS, DAVIES2018.synapse)
    barrier = replace(DAVIES2018.barrier, energy=DAVIES2018.synapse.energy)
    full = replace(DAVIES2018, **known, barrier=barrier, contained={})
    assert full.energy_excludes == ()


def test_profile_refuses_to_mix_voltages():
    energy = replace(DAVIES2018.synapse.energy, voltage=0.5)
    with pytest.raises(HardwareError, match="mixes supply voltages"):
        replace(DAVIES2018, synapse=replace(DAVIES2018.synapse, energy=energy))


def test_cost_of_an_event_is_neither_all_in_nor_of_another_unit():
    synapse = DAVIES2018.synapse
    with pytest.raises(HardwareError, match="not one of scope all-in"):
        Cost(replace(synapse.energy, scope="all-in"), synapse.latency)
    with pytest.raises(HardwareError, match="number of J"):
        Cost(synapse.latency, synapse.latency)


def test_profile_refuses_an_unknown_rule_of_activity():
    with pytest.raises(HardwareError, match="active_when is 'update', allowed are spike, input"):
        replace(DAVIES2018, active_when="update")


def test_what_is_contained_is_neither_left_out_nor_given_again():
    assert "spike" not in DAVIES2018.energy_excludes
    with pytest.raises(HardwareError, match="spike is contained in that of neuron_active"):
        replace(DAVIES2018, spike=DAVIES2018.synapse)
    with pytest.raises(HardwareError, match="'spikes' is contained in 'neuron_active'"):
        replace(DAVIES2018, contained={"spikes": "neuron_active"})


def test_a_total_without_synapses_is_refused_with_the_reason():
    unknown = replace(DAVIES2018.synapse.energy, value=None, source="nobody measured it")
    cost = Cost(unknown, DAVIES2018.synapse.latency)
    bare = replace(DAVIES2018, synapse=cost)
    assert DAVIES2018.has_total
    DAVIES2018.require_total()
    assert not bare.has_total
    with pytest.raises(UnknownQuantityError, match=r"no energy of synapse \(nobody measured it"):
        bare.require_total()


def test_an_all_in_figure_must_say_so():
    with pytest.raises(HardwareError, match="has scope per-event, not all-in"):
        replace(DAVIES2018, all_in=(DAVIES2018.synapse.energy,))
