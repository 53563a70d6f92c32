"""TrueNorth's published power (Akopyan et al., IEEE TCAD 34(10), 2015; Merolla et al., 2014)."""

from __future__ import annotations

import pytest

from polychrony.hardware.chips.truenorth import AKOPYAN2015, MEROLLA2014, TRUENORTH
from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.profile import Cost
from polychrony.hardware.quantity import add


def power(hertz: float) -> float:
    """Of a full chip whose neurons have 128 synapses each and fire at a rate, W."""
    events = TRUENORTH.n_neurons * 128 * hertz
    energy = AKOPYAN2015.synapse.energy.require("J")
    return AKOPYAN2015.static_power.require("W") + energy * events


def test_71_mw_were_measured_at_20_hz_and_took_no_part_in_the_line():
    """A15 Fig. 17, p. 1551: 71 mW at 20.07 Hz and 128 synapses, 0.8 V."""
    assert TRUENORTH.profile() is AKOPYAN2015
    assert power(20.07) == pytest.approx(71e-3, rel=0.01)
    assert power(20.07) == pytest.approx(70.62e-3, rel=1e-4)


@pytest.mark.parametrize(("hertz", "milliwatts"), [(11.58, 68), (95.93, 94)])
def test_the_line_goes_through_both_of_its_ends(hertz, milliwatts):
    """A15 Fig. 17, p. 1551."""
    assert power(hertz) == pytest.approx(milliwatts * 1e-3, rel=1e-3)


def test_26_pj_per_event_is_the_power_of_the_whole_chip_and_refused_as_a_slope():
    """M14 p. 7: 72 mW at 20 Hz and 128 synapses per neuron are 26 pJ per synaptic event."""
    (per_event, _) = MEROLLA2014.all_in
    assert (per_event.value, per_event.unit, per_event.scope) == (26.0, "pJ", "all-in")
    assert 72e-3 / (TRUENORTH.n_neurons * 128 * 20) == pytest.approx(per_event.si, rel=0.04)
    with pytest.raises(HardwareError, match="not one of scope all-in"):
        Cost(per_event, MEROLLA2014.synapse.latency)
    with pytest.raises(HardwareError, match="cannot be added"):
        add(per_event, MEROLLA2014.hop_east_west.energy)
    with pytest.raises(UnknownQuantityError, match=r"26\.0 pJ is all-in: a total would be no"):
        MEROLLA2014.require_total()


@pytest.mark.parametrize(("hertz", "milliwatts", "wrong"), [(11.58, 68, -0.406), (95.93, 94, 2.56)])
def test_how_wrong_26_pj_would_be_as_a_slope(hertz, milliwatts, wrong):
    slope = MEROLLA2014.all_in[0].si * TRUENORTH.n_neurons * 128 * hertz
    assert slope / (milliwatts * 1e-3) - 1 == pytest.approx(wrong, abs=0.005)


def test_a_hop_costs_72_fj_for_each_of_32_bits():
    """M14 section S5: 72 fJ per bit and hop."""
    assert MEROLLA2014.hop_east_west.energy.si == pytest.approx(32 * 72e-15, rel=0.01)
