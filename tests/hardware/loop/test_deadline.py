"""The shortest step that holds what is asked of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware import cosimulate
from polychrony.hardware.chips import TRUENORTH
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.loop import Loop, uniform_latency
from polychrony.hardware.loop.deadline import share_late, shortest_tick
from polychrony.snn.activity import Activity
from polychrony.snn.simulate import simulate


@pytest.fixture
def activity(prepared, counts):
    return simulate(prepared.fitted.graph, counts)


def test_a_uniform_latency_needs_a_step_just_above_it(senders, activity, chip):
    tick = shortest_tick(senders, uniform_latency(3e-6), activity, 0.0)
    # The shortest delay of the network is 1 step, beyond which a spike that says when it is to act
    # may come one step later.
    steps = 2 if chip.delays_run_from == "sending" else 1
    assert 3e-6 < steps * tick < 3.04e-6


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_little_less_is_too_short(senders, activity, share):
    tick = shortest_tick(senders, "cycle", activity, share)
    few = Activity(activity.dt, {name: s[:, :2] for name, s in activity.spikes.items()})
    assert share_late(senders, "cycle", few, tick) <= share
    assert share_late(senders, "cycle", few, tick / 1.03) > share


def test_silence_needs_no_step(senders, activity):
    silent = Activity(activity.dt, {name: s * 0 for name, s in activity.spikes.items()})
    with pytest.raises(HardwareError, match="no spike is sent"):
        shortest_tick(senders, "analytic", silent, 0.0)
    with pytest.raises(HardwareError, match="share of late spikes is 1"):
        shortest_tick(senders, "analytic", activity, 1.0)


def test_a_co_simulation_takes_the_step_it_is_asked_for(network, counts):
    chip = replace(TRUENORTH, neurons_per_core=40)
    options = {"chip": chip, "relays": True, "noc": "cycle", "place": "in_order"}
    few = np.minimum(counts, 1)[:, :2]
    result = cosimulate(network(), few, loop=Loop("open", max_late=0.1), **options)
    assert result.loop is not None
    found = result.loop["network"]
    assert 0 < found["deadline_misses"] <= 0.1 * found["deliveries"]
    assert result.loop["tick_s"] < 1e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"how": "closed", "max_late": 1.0}, "max_late is 1.0; it must be from"),
        ({"how": "closed", "max_late": 0.1, "tick": 1.0}, "give a tick, or the share"),
        ({"max_late": 0.1}, "a tick can only be chosen with the loop open or closed"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(HardwareError, match=message):
        Loop(**options)
