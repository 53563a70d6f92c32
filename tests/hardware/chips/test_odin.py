"""ODIN's published power (Frenkel et al., IEEE TBioCAS 13(1):145-158, 2019), at 0.55 V."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from polychrony.hardware.chips.odin import FRENKEL2019, ODIN, odin_power
from polychrony.hardware.cosim import cosimulate
from polychrony.hardware.errors import ChipLimitError, HardwareError
from polychrony.hardware.numbers import NumberFormat


@pytest.fixture
def undelayed_graph(small_graph):
    projections = [replace(p, delay=np.zeros_like(p.delay)) for p in small_graph.projections]
    return replace(small_graph, projections=tuple(projections))


@pytest.mark.parametrize(("megahertz", "microwatts"), [(75, 477), (1.3, 35)])
def test_the_two_measured_points(megahertz, microwatts):
    """At the most operations that the clock allows: one in two cycles."""
    power = odin_power(megahertz * 1e6)
    assert power.require("W") == pytest.approx(microwatts * 1e-6, rel=0.003)
    assert (power.voltage, power.scope, power.evidence) == (0.55, "all-in", "derived")
    assert odin_power(megahertz * 1e6, megahertz * 1e6 / 2).si == power.si


def test_power_per_operation_at_75_mhz_is_the_12_7_pj_of_its_title():
    assert odin_power(75e6).si / 37.5e6 == pytest.approx(12.7e-12, rel=0.003)


def test_54_pj_per_operation_in_biological_time():
    """The same silicon at 1.3 MHz: P / r_SOP is a property of the operating point."""
    assert odin_power(1.3e6).si / 0.65e6 == pytest.approx(54e-12, rel=0.003)


def test_the_three_terms():
    assert odin_power(1e6, 0.0).si == pytest.approx(27.3e-6 + 1.78e-6)
    assert odin_power(1e6, 1e5).si - odin_power(1e6, 0.0).si == pytest.approx(8.43e-12 * 1e5)


@pytest.mark.parametrize("hertz", [0.0, -1.0, 75.1e6, float("nan")])
def test_clocks_that_the_chip_does_not_have(hertz):
    with pytest.raises(HardwareError, match=r"frequency_hz is .*up to 75000000 Hz"):
        odin_power(hertz)


@pytest.mark.parametrize("rate", [-1.0, 0.51e6, float("nan")])
def test_more_operations_than_the_clock_allows(rate):
    with pytest.raises(HardwareError, match=r"sop_per_s is .* allowed are 0 to 500000"):
        odin_power(1e6, rate)


def test_every_number_has_a_source(described):
    held = ("numbers", "profiles", "router", "sources", "references", "assumptions")
    numbers = {f.name for f in fields(ODIN)} - {*described, *held}
    assert set(ODIN.sources) == numbers | {f.name for f in fields(NumberFormat)}
    assert (ODIN.n_cores, ODIN.n_neurons, ODIN.fan_in) == (1, 256, 256)


def test_a_run_pays_operations_and_the_idle_chip(undelayed_graph, counts):
    costs = cosimulate(undelayed_graph, counts, chip="odin").costs
    seconds = 20 * undelayed_graph.dt
    operations = costs.synaptic_ops_per_inference
    assert operations > 0
    assert costs.energy_J == pytest.approx(8.43e-12 * operations + 160.8e-6 * seconds)
    assert costs.energy_excludes == ()


def test_two_spiking_layers_do_not_fit_one_core(undelayed_graph, counts):
    hidden = undelayed_graph["hidden"]
    spiking = replace(undelayed_graph["out"], kind="lif", v_threshold=hidden.v_threshold[:3])
    populations = (undelayed_graph["in"], hidden, spiking)
    with pytest.raises(ChipLimitError, match=r"number of cores is 2 .* allowed is 1 on one odin"):
        cosimulate(replace(undelayed_graph, populations=populations), counts, chip="odin")


def test_its_power_per_operation_is_no_price_of_an_event():
    assert all(quantity.scope == "all-in" for quantity in FRENKEL2019.all_in)
    assert FRENKEL2019.synapse.energy.value == 8.43
