"""Putting a network on a chip, with the changes that it takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips import DYNAPSE, LOIHI, TRUENORTH
from polychrony.hardware.cosim import cosimulate
from polychrony.hardware.errors import ChipLimitError, HardwareError, UnknownQuantityError
from polychrony.hardware.fit import fit
from polychrony.hardware.prepare import Preparation
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate

PROFILE = "moradi2018-1.8v"


@pytest.fixture
def few_weights() -> NetworkGraph:
    """Weights of four values, no memory, hard reset: every chip here can hold it exactly."""
    rng = np.random.default_rng(5)

    def joined(source: str, target: str, n_in: int, n_out: int, longest: int) -> Projection:
        weight = rng.choice([0.25, 0.75, -0.25, -0.5], (n_out, n_in))
        return Projection.from_dense(
            source, target, weight, rng.integers(0, longest + 1, (n_out, n_in))
        )

    def hidden(name: str, size: int) -> Population:
        return Population(name, size, "lif", decay=0.0, v_threshold=0.4)

    return NetworkGraph(
        (Population("in", 9, "input"), hidden("a", 8), hidden("b", 7), Population("o", 3, "li")),
        (
            joined("in", "a", 9, 8, 20),
            joined("a", "b", 8, 7, 24),
            joined("b", "o", 7, 3, 3),
        ),
        dt=1e-3,
    )


@pytest.mark.parametrize("chip", [LOIHI, TRUENORTH, DYNAPSE], ids=lambda chip: chip.name)
def test_a_network_that_a_chip_can_hold_exactly_runs_there_as_in_software(few_weights, chip):
    spikes = (np.random.default_rng(1).random((60, 4, 9)) < 0.3).astype(np.uint8)
    prepared = Preparation(relays=None, fan_in="auto", mismatch=0 if chip is DYNAPSE else None)
    on_chip = prepared(few_weights, chip)
    software = simulate(few_weights, {"in": spikes})
    hardware = run_on_chip(on_chip.quantized, {"in": spikes})
    for name in ("a", "b"):
        assert software.spikes[name].any()
        assert np.array_equal(software.spikes[name], hardware.spikes[name])


def test_delays_beyond_the_reach_are_refused_with_the_synapses_unless_relays_are_asked_for(
    few_weights,
):
    with pytest.raises(ChipLimitError, match=r"a->b: longest delay is 24 steps \(\d+ of 56 .*->"):
        Preparation()(few_weights, TRUENORTH)
    with pytest.raises(ChipLimitError, match="allowed is 0 steps"):
        Preparation()(few_weights, DYNAPSE)
    built = Preparation(relays=True)(few_weights, TRUENORTH).fitted
    assert built.relays == ("a.relay1",)
    assert built.changes["relays"]["longest_delay_steps"] == 24


def test_loihi_builds_relays_only_when_asked(few_weights):
    late = replace(few_weights.projections[1], delay=few_weights.projections[1].delay + 60)
    graph = replace(
        few_weights, projections=(few_weights.projections[0], late, few_weights.projections[2])
    )
    with pytest.raises(ChipLimitError, match="longest delay is 84 steps"):
        Preparation(relays=None)(graph, LOIHI)
    prepared = Preparation(relays=True)(graph, LOIHI)
    spikes = (np.random.default_rng(1).random((120, 2, 9)) < 0.3).astype(np.uint8)
    hardware = run_on_chip(prepared.quantized, {"in": spikes})
    assert np.array_equal(simulate(graph, {"in": spikes}).spikes["b"], hardware.spikes["b"])


def test_wide_fan_in_is_split_or_pruned_as_asked(few_weights):
    chip = replace(TRUENORTH, fan_in=5)
    with pytest.raises(ChipLimitError, match="number of synapses of one neuron is 9"):
        Preparation(relays=True)(few_weights, chip)
    split = fit(few_weights, chip, fan_in="split")
    assert split.made == ("a.merge", "b.merge")
    pruned = fit(few_weights, chip, fan_in="prune")
    assert pruned.graph.incoming("a")[0].n_synapses == 5 * 8
    # The readout runs on the host and keeps what it has.
    assert pruned.graph.incoming("o")[0].n_synapses == 21
    with pytest.raises(HardwareError, match="fan_in is 'cut', allowed are refuse, split, prune"):
        fit(few_weights, chip, fan_in="cut")


def test_auto_prunes_where_the_split_network_does_not_fit(few_weights):
    chip = replace(DYNAPSE, fan_in=5)
    assert "split" in Preparation(relays=True, fan_in="auto")(few_weights, chip).fitted.changes
    n = len(Preparation(relays=True, fan_in="prune")(few_weights, chip).mapping.tile)
    tight = replace(chip, neurons_per_core=16, axons_in_per_core=12)
    pruned = Preparation(relays=True, fan_in="prune")(few_weights, tight).mapping.n_cores
    split = Preparation(relays=True, fan_in="split")(few_weights, tight).mapping.n_cores
    assert n < pruned < split
    small = replace(tight, chips=replace(tight.chips, columns=1, rows=-(-pruned // 4)))
    assert "pruned" in Preparation(relays=True, fan_in="auto")(few_weights, small).fitted.changes


def test_energy_of_truenorth_is_static_power_and_synaptic_events(few_weights):
    """A15 Fig. 17, derived: 64.43 mW and 2.297 pJ per synaptic event at 0.8 V."""
    spikes = (np.random.default_rng(1).random((60, 4, 9)) < 0.3).astype(np.uint8)
    costs = cosimulate(few_weights, spikes, chip="truenorth", relays=True).costs
    assert costs.latency_per_inference_s == pytest.approx(60e-3)
    energy = costs.energy_per_inference_J
    assert energy["static"] == pytest.approx(64.43e-3 * 60e-3)
    assert energy["synapse"] == pytest.approx(costs.synaptic_ops_per_inference * 2.297e-12)
    assert energy["total"] == pytest.approx(energy["static"] + energy["synapse"])
    assert set(energy) == {"total", "static", "synapse"}
    assert "hop_east_west" in costs.energy_contains


def test_an_energy_without_synapses_has_no_total(few_weights):
    spikes = (np.random.default_rng(1).random((60, 4, 9)) < 0.3).astype(np.uint8)
    costs = cosimulate(few_weights, spikes, chip="truenorth", profile="merolla2014", relays=True)
    assert costs.costs.energy_per_inference_J["total"] is None
    assert costs.costs.energy_per_inference_J["hop_east_west"] >= 0
    with pytest.raises(UnknownQuantityError, match="leaves out the energy of synapse"):
        _ = costs.costs.energy_J


def test_dynapse_asks_for_its_costs_by_name(few_weights):
    spikes = (np.random.default_rng(1).random((60, 4, 9)) < 0.3).astype(np.uint8)
    with pytest.raises(UnknownQuantityError, match=r"unverified: moradi2018-1.8v, moradi2018-1.3v"):
        cosimulate(few_weights, spikes, chip="dynapse", relays=True)
    result = cosimulate(
        few_weights, spikes, chip="dynapse", profile=PROFILE, relays=True, mismatch=0.0
    )
    assert result.agreement == 1.0
    assert result.costs.latency_per_inference_s == pytest.approx(60e-3)
    assert result.changes["relays"]["relay_neurons"] > 0


@pytest.mark.parametrize(
    ("chip", "profile"), [("loihi", None), ("loihi", "sanafe2025"), ("dynapse", PROFILE)]
)
def test_sums_agree_at_every_level(few_weights, chip, profile):
    spikes = (np.random.default_rng(1).random((60, 4, 9)) < 0.3).astype(np.uint8)
    costs = cosimulate(few_weights, spikes, chip=chip, profile=profile, relays=None).costs
    energy = dict(costs.energy_per_inference_J)
    total = energy.pop("total")
    assert total == pytest.approx(sum(energy.values()))
    assert total == pytest.approx(sum(costs.energy_per_step_J))
    assert total == pytest.approx(sum(core.energy_per_inference_J for core in costs.per_core))
    assert total == pytest.approx(sum(costs.per_population.values()))
