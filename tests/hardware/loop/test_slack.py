"""Spikes that carry the step in which they are to act have their delays to spare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware import cosimulate
from polychrony.hardware.chips import LOIHI, TRUENORTH
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.loop import Loop, LoopSession, uniform_latency
from polychrony.hardware.noc import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.prepare import Preparation
from polychrony.snn.graph import Projection

TICK = 1e-3


@pytest.mark.parametrize("ticks", [0, 2, 3])
def test_a_latency_below_the_delays_is_not_seen(network, counts, ticks):
    prepared = Preparation(relays=True)(network(longest=8, least=3), TRUENORTH)
    options, profile = Loop("closed", TICK), TRUENORTH.profiles[0]
    exact = LoopSession(prepared, profile, uniform_latency(0.0), options)({"in": counts})
    session = LoopSession(prepared, profile, uniform_latency(ticks * TICK), options)
    found = session({"in": counts})
    for name, spikes in exact.spikes.items():
        np.testing.assert_array_equal(found.spikes[name], spikes, err_msg=name)
    assert session.report()["rounds_max"] == 0


def test_the_longest_delays_of_relays_are_not_a_step_longer(network, counts):
    # Through a relay a spike of delay d comes d steps after it; alone on the chip, in d + 1.
    long = network(longest=20, least=16)
    prepared = Preparation(relays=True)(long, TRUENORTH)
    session = LoopSession(prepared, TRUENORTH.profiles[0], uniform_latency(0.0))
    senders, found = session.senders, set()
    for name in senders.names:
        sizes = {n: len(route.home) for n, route in senders.routes.of.items()}
        spikes = {n: np.ones((1, size), np.uint8) for n, size in sizes.items()}
        flights = senders.flights(spikes, np.array([0, 100]))
        own = flights.population == senders.names.index(name)
        if not senders.slack.from_host[senders.names.index(name)] and own.any():
            slack = senders.slack.of(flights.population, flights.lane)
            found.add(int(slack[own].max()))
    assert max(found) == TRUENORTH.delay_max - TRUENORTH.delay_min


def test_deliveries_in_time_are_more_than_where_delays_run_from_arrival(network, counts):
    few, loop = np.minimum(counts, 1), Loop("closed", 2e-7)
    late = {}
    for start in ("sending", "arrival"):
        chip = replace(TRUENORTH, neurons_per_core=40, delays_run_from=start)
        result = cosimulate(network(), few, chip=chip, noc="queueing", loop=loop, relays=True)
        late[start] = result.loop["network"]["deadline_misses"]
    assert late["sending"] < late["arrival"]


def test_there_is_nothing_to_compensate(network, counts):
    loop = Loop("closed", 2e-7, compensate=1)
    with pytest.raises(HardwareError, match="carry the step in which they are to act"):
        cosimulate(network(), np.minimum(counts, 1), chip=TRUENORTH, loop=loop)


def test_a_message_carries_one_step_and_an_axon_one_delay():
    with pytest.raises(HardwareError, match="delay_of must be 'axon'"):
        replace(LOIHI, delays_run_from="sending")


def test_within_a_loop_a_spike_has_less_time(network):
    plain = network(longest=4, least=2)
    back = Projection.from_dense("b", "a", np.full((14, 11), 0.1), np.full((14, 11), 3))
    looped = replace(plain, projections=(*plain.projections, back))
    prepared = Preparation(relays=True)(looped, TRUENORTH)
    senders = Senders(Routes(prepared.mapping), TRUENORTH.profiles[0])
    for name, least in (("in", 2), ("b", 2)):
        sizes = {n: len(route.home) for n, route in senders.routes.of.items()}
        spikes = {n: np.full((1, size), n == name, np.uint8) for n, size in sizes.items()}
        flights = senders.flights(spikes, np.array([0, 100]))
        slack = senders.slack.of(flights.population, flights.lane)
        assert slack.min() == least, name
