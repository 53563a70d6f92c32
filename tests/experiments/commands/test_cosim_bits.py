"""Bits of a co-simulation, at the command line."""

from __future__ import annotations

import json

import pytest


def test_bits_stand_beside_joules(call, finished):
    said = call("cosim", finished, "--json", "-")
    assert said.code == 0, said.err
    numbers = json.loads(said.out)
    bits, totals = numbers["bits"], numbers["bits"]["totals_per_inference"]
    steps = numbers["steps_per_inference"]
    assert [layer["name"] for layer in bits["layers"]] == ["input->hidden1", "hidden1->output"]
    for layer in bits["layers"]:
        assert (layer["weight_bits"], layer["spike_bits"], layer["steps"]) == (9, 1, steps)
        assert layer["bit_budget"] == 9 * steps
        assert layer["s_ace"] == layer["macs"] * 9 * steps
        assert layer["delay_memory_bits"] == 6 * layer["macs"]
    assert totals["synaptic_events"] == pytest.approx(numbers["synaptic_ops_per_inference"])
    assert totals["ns_ace"] == pytest.approx(9 * totals["synaptic_events"])
    energy = bits["energy_k_times_ace"]
    assert energy["k_evidence"] == "derived"
    synapses = numbers["energy_per_inference_J"]["synapse"]
    assert energy["k_times_ns_ace_J"] == pytest.approx(synapses)
    for line in ("delays kept", "states updated", "k x NS-ACE", "9/1/"):
        assert line in said.err


def test_a_k_of_ones_own(call, finished):
    said = call("cosim", finished, "--bit-energy-pj", "0.5", "--json", "-")
    bits = json.loads(said.out)["bits"]
    energy = bits["energy_k_times_ace"]
    assert (energy["k_J"], energy["k_evidence"]) == (0.5e-12, "assumed")
    assert energy["k_times_s_ace_J"] == pytest.approx(
        0.5e-12 * bits["totals_per_inference"]["s_ace"]
    )
    assert "given by the user" in said.err


def test_real_numbers_and_analog_weights_have_no_bits(call, finished):
    said = call("cosim", finished, "--arithmetic", "real", "--json", "-")
    assert json.loads(said.out)["bits"] is None
    assert "real numbers have no width" in said.err
    said = call("cosim", finished, "--arithmetic", "real", "--bit-energy-pj", "1")
    assert said.code == 2
    assert "an energy of bit operations is given, but real numbers" in said.err
    analog = ["--chip", "dynapse", "--profile", "moradi2018-1.3v", "--samples", "2"]
    said = call("cosim", finished, *analog)
    assert said.code == 0, said.err
    assert "weights of dynapse are analog" in said.out


def test_a_negative_k_is_refused(call, finished):
    said = call("cosim", finished, "--bit-energy-pj=-1")
    assert said.code == 2
    assert "energy of a bit operation is -1e-12 J" in said.err
