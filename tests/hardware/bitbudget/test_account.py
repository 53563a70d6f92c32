"""Bits of a run: worked out by hand, against plain loops, and against the work of a chip."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.hardware.bitbudget import (
    BitAccount,
    Widths,
    bit_report,
    convolution,
    derived_slope,
    given_slope,
    linear,
    widths_of,
)
from polychrony.hardware.chips import get_chip
from polychrony.hardware.chips.loihi import DAVIES2018, LOIHI
from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Ledger, Routes
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


def chain() -> NetworkGraph:
    """Two inputs, three spiking neurons joined among themselves, one readout."""
    first = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]])  # neuron 0 meets 3 synapses, 1 meets 1
    return NetworkGraph(
        (
            Population("in", 2, "input"),
            Population("h", 3, "lif"),
            Population("out", 1, "li"),
        ),
        (
            Projection.from_dense("in", "h", first, 2),
            Projection.from_dense("h", "h", np.ones((3, 3)), 1),
            Projection.from_dense("h", "out", np.ones((1, 3))),
        ),
        dt=1e-3,
    )


def test_a_small_network_by_hand():
    spikes = {"in": np.zeros((5, 2, 2), np.uint8), "h": np.zeros((5, 2, 3), np.uint8)}
    spikes["in"][[0, 1, 3], 0, 0] = 1  # 3 spikes of input 0, 9 synaptic events
    spikes["in"][2, 1, 1] = 1  # 1 spike of input 1, 1 synaptic event
    spikes["h"][4, :, 2] = 1  # 2 spikes, 3 events each to h, 1 each to out
    widths = Widths(8, spike_bits=1, state_bits=16, delay_bits=4)
    report = bit_report(chain(), Activity(1e-3, spikes), widths, given_slope(2e-12))
    into, among, out = report.layers
    assert into.name == "in->h"
    assert (into.bit_budget, into.macs) == (40, 4)
    assert into.s_ace == 160  # 4 synapses x 40
    assert into.firing_rate == 0.2  # 4 spikes of 2 neurons x 5 steps x 2 samples
    assert into.ns_ace_rate == pytest.approx(32)  # 0.2 x 160
    assert into.ns_ace == 40  # 8 bits x 10 events / 2 samples
    assert (into.weight_memory_bits, into.delay_memory_bits) == (32, 16)
    assert into.delay_reads_bits == 20  # 4 bits x 10 events / 2 samples
    assert (among.s_ace, among.ns_ace) == (360, 24)  # 9 x 40; 8 x 6 / 2
    assert among.ns_ace_rate == pytest.approx(24)
    assert (out.s_ace, out.ns_ace) == (120, 8)
    assert [(s.population, s.memory_bits, s.updates_bits) for s in report.states] == [
        ("h", 48, 240),
        ("out", 16, 80),
    ]
    assert report.totals["s_ace"] == 640
    assert report.totals["ns_ace"] == 72
    assert report.totals["delay_memory_bits"] == 64
    assert report.totals["state_updates_bits"] == 320
    energy = json.loads(json.dumps(report.to_dict()))["energy_k_times_ace"]
    assert (energy["k_evidence"], energy["k_source"]) == ("assumed", "given by the user")
    assert energy["k_times_s_ace_J"] == pytest.approx(640 * 2e-12)
    assert energy["k_times_ns_ace_J"] == pytest.approx(72 * 2e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 5), st.integers(1, 9))
def test_both_forms_are_equal_where_fan_out_is_uniform(seed, n_in, n_out, steps):
    spikes = np.random.default_rng(seed).integers(0, 2, (steps, 3, n_in)).astype(np.uint8)
    account = BitAccount([linear("all", n_in, n_out, Widths(5))], {})
    account.record(Activity(1e-3, {"input": spikes}))
    (layer,) = account.report().layers
    assert layer.ns_ace == pytest.approx(layer.ns_ace_rate)
    assert layer.ns_ace <= layer.s_ace


def test_a_border_makes_the_rate_form_wrong():
    corner = np.zeros((4, 1, 9), np.uint8)
    corner[:, :, 0] = 1  # meets 4 of the 9 places of its kernel
    account = BitAccount([convolution("c", (1, 3, 3), 1, 3, Widths(8), padding=1)], {})
    account.record(Activity(1e-3, {"input": corner}))
    (layer,) = account.report().layers
    assert layer.ns_ace == 8 * 4 * 4
    assert layer.ns_ace_rate == pytest.approx(8 * 4 * 49 / 9)


@given(st.integers(1, 8), st.lists(st.integers(0, 255), min_size=1, max_size=12))
def test_a_count_takes_as_many_spikes_as_its_bits_need(bits, counts):
    account = BitAccount([linear("l", 1, 1, Widths(1, spike_bits=bits))], {})
    account.record(Activity(1e-3, {"input": np.array(counts, np.uint8).reshape(-1, 1, 1)}))
    needed = sum(-(-count // (2**bits - 1)) for count in counts)
    assert account.report().layers[0].synaptic_events == needed


def test_batches_add_up(small_graph, counts):
    run = simulate(small_graph, counts)
    widths = Widths(9, state_bits=24, delay_bits=6)
    halves = [Activity(run.dt, {k: s[:, part] for k, s in run.spikes.items()}) for part in (
        slice(0, 3), slice(3, 7))]  # fmt: skip
    assert bit_report(small_graph, halves, widths) == bit_report(small_graph, run, widths)


def test_layers_may_differ_in_bits(small_graph, counts):
    run = simulate(small_graph, counts)
    widths = {"in->hidden": Widths(4, spike_bits=3), "hidden->out": Widths(2, state_bits=7)}
    first, second = bit_report(small_graph, run, widths).layers
    assert (first.bit_budget, second.bit_budget) == (20 * 12, 20 * 2)
    with pytest.raises(HardwareError, match="widths are missing for hidden->out"):
        bit_report(small_graph, run, {"in->hidden": Widths(4)})


@pytest.mark.parametrize("chip", ["loihi", "odin"])
def test_events_are_the_synaptic_operations_of_the_chip(chip, small_graph, counts):
    if get_chip(chip).delay_of == "none":
        still = [replace(p, delay=np.zeros_like(p.delay)) for p in small_graph.projections]
        small_graph = replace(small_graph, projections=tuple(still))
    quantized = quantize(small_graph, get_chip(chip))
    run = run_on_chip(quantized, {"in": counts})
    account = BitAccount.of_chip(quantized)
    account.record(run)
    mapping = map_network(small_graph, get_chip(chip), types=quantized.axon_types)
    ledger = Ledger(Routes(mapping), DAVIES2018)
    ledger.record(run)
    assert account.report().totals["synaptic_events"] == pytest.approx(
        ledger.report().synaptic_ops_per_inference
    )


def test_axons_carry_delays_and_the_host_counts_nothing(small_graph, counts, axon_chip):
    chip = replace(axon_chip, delay_of="axon", delay_bits=4)
    quantized = quantize(small_graph, chip)
    account = BitAccount.of_chip(quantized)
    account.record(run_on_chip(quantized, {"in": counts}))
    report = account.report()
    assert [layer.name for layer in report.layers] == ["in->hidden"]
    assert [state.population for state in report.states] == ["hidden"]
    assert report.states[0].state_bits == 20
    synapses, held = small_graph.projections[0], quantized.projections[0].axon_type >= 0
    pairs = set(zip(synapses.pre[held].tolist(), synapses.delay[held].tolist(), strict=True))
    assert report.layers[0].delay_memory_bits == 4 * len(pairs) < 4 * synapses.n_synapses


def test_a_chip_derives_k_from_its_synapse():
    slope = derived_slope(DAVIES2018, widths_of(LOIHI))
    assert slope.require("J") == pytest.approx(23.6e-12 / 9)
    assert slope.evidence == "derived"
    assert "23.6 pJ per synaptic operation / (9 x 1 bits)" in slope.source
    assert derived_slope(get_chip("loihi2").profiles[0], widths_of(LOIHI)) is None


def test_analog_weights_have_no_bits():
    with pytest.raises(UnknownQuantityError, match="dynapse are analog"):
        widths_of(get_chip("dynapse"))


def test_refusals(small_graph, counts):
    with pytest.raises(HardwareError, match="nothing has been recorded"):
        BitAccount([], {}).report()
    account = BitAccount([linear("l", 3, 1, Widths(1), source="in")], {})
    with pytest.raises(HardwareError, match="l: the activity of 'in' has 12 neurons, the layer 3"):
        account.record(simulate(small_graph, counts))
    with pytest.raises(HardwareError, match="energy of a bit operation is -1"):
        given_slope(-1.0)
