"""Co-simulation with the network on chip in the loop, and delays that make up for its latency."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware import cosimulate
from polychrony.hardware.chips import LOIHI, TRUENORTH
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.loop import Loop, LoopSession, uniform_latency
from polychrony.hardware.loop.compensate import compensated
from polychrony.hardware.mapping.axons import present
from polychrony.hardware.prepare import Preparation
from polychrony.snn.simulate import simulate

TICK = 1e-3


@pytest.fixture
def slow(network):
    """A network whose delays leave room for a latency of two ticks."""
    return network(longest=8, least=3)


FROM_ARRIVAL = replace(TRUENORTH, delays_run_from="arrival")


@pytest.mark.parametrize("chip", [LOIHI, FROM_ARRIVAL], ids=["loihi", "truenorth"])
@pytest.mark.parametrize("quantize", [True, False])
def test_compensated_delays_make_up_for_a_uniform_latency(slow, counts, chip, quantize):
    counts = np.minimum(counts, 1)
    prepare = Preparation(relays=True, place="in_order", quantize=quantize)
    prepared = prepare(slow, chip)
    latency, profile = uniform_latency(2 * TICK), chip.profiles[0]
    options = Loop("closed", TICK)
    exact = LoopSession(prepared, profile, uniform_latency(0.0), options, quantize)
    wanted = exact({"in": counts})
    session = LoopSession(prepared, profile, latency, options, quantize)
    late = session({"in": counts})
    assert (late.spikes["b"] != wanted.spikes["b"]).any()
    assert session.streams is not None
    shorter = prepare.lay_out(compensated(prepared.fitted, prepared, session.streams), chip)
    for index, before in enumerate(prepared.fitted.graph.projections):
        after = shorter.fitted.graph.projections[index]
        hosted = chip is FROM_ARRIVAL and before.target == "out"
        held = present(index, prepared.mapping.types, before.n_synapses)
        np.testing.assert_array_equal(after.delay[held], before.delay[held] - (0 if hosted else 2))
    again = LoopSession(shorter, profile, latency, options, quantize)({"in": counts})
    for name, spikes in wanted.spikes.items():
        np.testing.assert_array_equal(again.spikes[name], spikes, err_msg=name)


def test_loihi_is_slower_under_congestion_and_spikes_are_the_same(network, counts):
    graph, chip = network(), replace(LOIHI, neurons_per_core=6)
    few = np.minimum(counts, 1)
    plain = cosimulate(graph, few, chip=chip)
    closed = cosimulate(graph, few, chip=chip, noc="cycle", loop=Loop("closed"))
    assert closed.spikes_hardware == plain.spikes_hardware
    assert closed.costs.latency_per_inference_s >= plain.costs.latency_per_inference_s
    assert closed.loop == {
        "how": "closed",
        "tick_s": None,
        "rounds_max": 0,
        "samples_not_converged": 0,
        "network": None,
    }


def test_a_deadline_sets_the_time_of_a_step_and_late_spikes_are_told(network, counts):
    few = np.minimum(counts, 1)
    result = cosimulate(
        network(),
        few,
        chip=replace(TRUENORTH, neurons_per_core=40),
        relays=True,
        noc="cycle",
        place="random",
        loop=Loop("closed", 3e-7),
    )
    loop = result.loop
    assert loop is not None and loop["network"]["deadline_misses"] > 0
    assert loop["rounds_max"] > 0 and loop["samples_not_converged"] == 0
    messages = result.costs.noc_messages
    assert messages is not None
    assert messages["messages"] == loop["network"]["deliveries"]
    assert messages["deadline_misses"] == loop["network"]["deadline_misses"]
    assert messages["latency_percentiles_s"] == loop["network"]["latency_percentiles_s"]
    assert result.costs.latency_per_inference_s == pytest.approx(40 * 3e-7)
    assert "the lateness of messages" not in result.costs.latency_excludes
    layers = loop["layers"].values()
    for key in ("deliveries", "deadline_misses", "disordered"):
        assert key == "disordered" or sum(x[key] for x in layers) == loop["network"][key]
    by_ticks = loop["network"]["late_by_ticks"]
    assert sum(by_ticks.values()) == loop["network"]["deliveries"]
    assert loop["late_spikes"] and set(loop["late_spikes"][0]) == {
        "sample",
        "population",
        "step",
        "neuron",
        "ticks",
    }
    json.dumps(result.to_dict(), allow_nan=False)


def test_without_a_loop_nothing_is_said_of_it(network, counts):
    assert cosimulate(network(), np.minimum(counts, 1)).loop is None


def test_real_numbers_on_the_cores_of_a_chip_are_those_of_the_software(network, counts):
    graph = network()
    few = np.minimum(counts, 1)
    result = cosimulate(
        graph, few, chip="truenorth", relays=True, quantize=False, loop=Loop("closed")
    )
    expected = simulate(graph, few)
    assert result.agreement == 1.0
    assert sum(result.spikes_differ.values()) == 0
    assert result.spikes_hardware["a"] == expected.spikes["a"].sum() / 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"how": "half"}, "loop is 'half', allowed are off, open, closed"),
        ({"tick": 0.0}, "tick is 0.0 s; it must be above 0 s"),
        ({"late": "never"}, "late is 'never', allowed are deliver, drop"),
        ({"max_rounds": 0}, "max_rounds is 0, at least 1"),
        ({"compensate": -1}, "compensate is -1, at least 0"),
        ({"compensate": 1}, "only be compensated with the loop open or closed"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(HardwareError, match=message):
        Loop(**options)
