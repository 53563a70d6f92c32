from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from polychrony.hardware.chips.loihi2 import LOIHI2
from polychrony.hardware.cosim import cosimulate
from polychrony.hardware.errors import UnknownQuantityError
from polychrony.hardware.mapping import map_network
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.profile import COMPONENTS
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.simulate import simulate

REASON = "no energy per operation of Loihi 2 is published"


def test_structure_as_published():
    """Technology brief 2021: 128 cores, up to 8,192 neurons each, a million in all."""
    assert LOIHI2.n_cores == 128
    assert LOIHI2.n_neurons == 1_048_576
    assert LOIHI2.synaptic_memory_bits == 128 * 2**10 * 8


def test_every_number_has_a_source_and_what_is_taken_from_loihi_says_assumed(described):
    held = ("numbers", "profiles", "router", "sources", "references", "assumptions")
    numbers = {f.name for f in fields(LOIHI2)} - {*described, *held}
    assert set(LOIHI2.sources) == numbers | {f.name for f in fields(NumberFormat)}
    assert LOIHI2.sources["axons_in_per_core"].startswith("assumed: as on Loihi")


def test_no_energy_and_no_time_is_made_up():
    profile = LOIHI2.profile()
    for name in COMPONENTS:
        cost = profile.cost(name)
        assert not cost.energy.known and not cost.latency.known
        with pytest.raises(UnknownQuantityError, match=REASON):
            cost.energy.require("J")
        with pytest.raises(UnknownQuantityError, match="no time per operation of Loihi 2"):
            cost.latency.require("s")
    with pytest.raises(UnknownQuantityError, match=REASON):
        profile.require_total()
    with pytest.raises(UnknownQuantityError, match="no static power"):
        profile.static_power.require("W")


def test_co_simulation_is_refused_with_the_reason(small_graph, counts):
    with pytest.raises(UnknownQuantityError, match=REASON):
        cosimulate(small_graph, counts, chip="loihi2")


def test_networks_are_mapped_and_run(small_graph, counts):
    assert map_network(small_graph, LOIHI2).n_cores == 2
    on_chip = run_on_chip(quantize(small_graph, LOIHI2), {"in": counts}).spikes["hidden"]
    software = simulate(small_graph, {"in": counts}).spikes["hidden"]
    assert software.any()
    assert np.mean(on_chip == software) > 0.95
