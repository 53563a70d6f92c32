"""Messages of spikes, through queues and flit by flit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips import DYNAPSE, LOIHI, TRUENORTH
from polychrony.hardware.chips.loihi import DAVIES2018
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping import map_network
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc import Ledger, Routes
from polychrony.hardware.noc.cycle import Messages, mesh_fabric, simulate, simulate_episodes
from polychrony.hardware.noc.endpoints import endpoints_of
from polychrony.hardware.noc.latency import message_latency
from polychrony.hardware.noc.modes import message_times
from polychrony.hardware.noc.queues import queue_messages
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.router import Router
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate as run

WITHOUT_UPDATES = replace(
    DAVIES2018,
    neuron_inactive=replace(
        DAVIES2018.neuron_inactive,
        latency=replace(DAVIES2018.neuron_inactive.latency, value=None),
    ),
)


@pytest.mark.parametrize("mode", ["queueing", "cycle"])
def test_one_spike_over_3_east_west_and_2_north_south_hops_takes_25_3_ns(pair, pair_run, mode):
    """D18 Table 2: 4.1 ns a hop east-west, 6.5 ns north-south; 2.1 ns within a tile."""
    times = message_times(mode, pair, WITHOUT_UPDATES)
    assert times is not None
    # A source sends a message every cycle of 0.1 ns: three in step 1; in step 2, after a local one.
    assert times(pair_run)[:, 0] == pytest.approx([0, 2.1e-9 + 0.2e-9, 25.3e-9 + 0.1e-9])


@pytest.mark.parametrize("mode", ["queueing", "cycle"])
def test_messages_are_those_that_the_ledger_counts(split, split_run, mode):
    ledger = Ledger(split, DAVIES2018, noc=mode)
    ledger.record(split_run)
    report = ledger.report()
    assert report.noc_messages is not None
    assert report.noc_messages["messages"] == pytest.approx(report.messages_per_inference * 7)
    assert report.noc == mode
    assert "queueing in the mesh" not in report.latency_excludes


@pytest.mark.parametrize("mode", ["queueing", "cycle"])
def test_waiting_never_makes_a_message_quicker(split, split_run, mode):
    times = message_times(mode, split, WITHOUT_UPDATES)
    assert times is not None
    assert (times(split_run) >= message_latency(split, split_run, DAVIES2018) - 1e-15).all()


def test_spikes_leave_as_their_neurons_are_updated(split, split_run):
    sent = Senders(split, DAVIES2018).by_step(split_run)
    time, source = sent.messages.time, sent.messages.source
    host = endpoints_of(split)[-1]
    assert (time[source == host] == 0).all()
    # Four neurons on a core, 5.3 ns each, in cycles of 0.1 ns.
    assert set(time[source != host]) <= {53, 106, 159, 212}
    for begin, end in zip(sent.episode_ptr[:-1], sent.episode_ptr[1:], strict=True):
        assert (np.diff(time[begin:end]) >= 0).all()


def random_messages(seed: int, n: int, cycles: int, flits: int = 1) -> Messages:
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(0, cycles, n))
    return Messages.unicast(time, rng.integers(0, 16, n), rng.integers(0, 16, n), flits)


@pytest.mark.parametrize("pipeline", ["speculative", "plain", "asynchronous"])
@pytest.mark.parametrize("flits", [1, 3])
def test_queues_agree_with_cycles_where_messages_do_not_meet(pipeline, flits):
    messages = random_messages(0, 40, 40, flits)
    alone = replace(messages, time=np.arange(40, dtype=np.int64) * 500)
    fabric = mesh_fabric(Mesh(4, 4), Router(pipeline=pipeline))
    exact = simulate(fabric, alone)
    estimate = queue_messages(fabric, alone, np.array([0, 40]))
    assert np.array_equal(exact.received, estimate)


def test_queues_come_close_to_cycles_at_light_load():
    messages = random_messages(1, 800, 1000)  # 0.05 flits per node and cycle
    fabric = mesh_fabric(Mesh(4, 4), Router())
    exact = simulate(fabric, messages).received - messages.time
    estimate = queue_messages(fabric, messages, np.array([0, 800])) - messages.time
    assert estimate.mean() == pytest.approx(exact.mean(), rel=0.01)


def test_queues_serve_first_who_comes_first_not_who_was_created_first():
    fabric = mesh_fabric(Mesh(5, 1), Router())
    messages = Messages.unicast([0, 1], [0, 3], [4, 4])
    assert queue_messages(fabric, messages, np.array([0, 2])).tolist() == [17, 9]
    assert simulate(fabric, messages).received.tolist() == [17, 9]


def test_episodes_do_not_see_each_other():
    messages = random_messages(2, 300, 30)
    twice = Messages.unicast(
        np.tile(messages.time, 2), np.tile(messages.source, 2), np.tile(messages.targets, 2)
    )
    fabric, ptr = mesh_fabric(Mesh(4, 4), Router()), np.array([0, 300, 600])
    for received in (
        queue_messages(fabric, twice, ptr),
        simulate_episodes(fabric, twice, ptr).received,
    ):
        assert np.array_equal(received[:300], received[300:])


def layered(fan_out: int) -> NetworkGraph:
    rng = np.random.default_rng(0)
    return NetworkGraph(
        (
            Population("in", 20, "input"),
            Population("a", 30, "lif", decay=0.0),
            Population("b", fan_out, "lif", decay=0.0),
        ),
        (
            Projection.from_dense("in", "a", rng.random((30, 20)) < 0.3),
            Projection.from_dense("a", "b", rng.random((fan_out, 30)) < 0.3),
        ),
        dt=1e-3,
    )


def test_late_spikes_of_a_chip_with_ticks_are_counted():
    graph = layered(40)
    chip = replace(TRUENORTH, neurons_per_core=64)
    spikes = (np.random.default_rng(1).random((10, 2, 20)) < 0.5).astype(np.uint8)
    routes, activity = Routes(map_network(graph, chip)), run(graph, {"in": spikes})
    slow = replace(chip, tick=replace(TRUENORTH.tick, value=0.2, unit="us"))
    late = []
    for each in (chip, slow):
        again = Routes(replace(routes.mapping, chip=each))
        ledger = Ledger(again, chip.profile(), noc="cycle")
        ledger.record(activity)
        late.append(ledger.report().noc_messages["deadline_misses"])
    assert late[0] == 0
    assert late[1] > 0


def test_one_message_to_a_chip_reaches_all_its_cores():
    graph = layered(40)
    chip = replace(DYNAPSE, neurons_per_core=16)
    mapping = map_network(graph, chip)
    routes = Routes(mapping)
    spikes = (np.random.default_rng(1).random((5, 2, 20)) < 0.3).astype(np.uint8)
    activity = run(graph, {"in": spikes})
    profile = chip.profile("moradi2018-1.8v")
    sent = Senders(routes, profile).by_step(activity)
    ledger = Ledger(routes, profile, noc="cycle")
    ledger.record(activity)
    report = ledger.report()
    assert len(sent.messages.time) == report.messages_per_inference * 2
    assert report.noc_messages["messages"] == len(sent.messages.targets) > len(sent.messages.time)


def test_unknown_mode_lists_what_exists(pair):
    with pytest.raises(HardwareError, match="noc is 'exact', allowed are analytic, queueing, cyc"):
        Ledger(pair, DAVIES2018, noc="exact")
    assert message_times("analytic", pair, LOIHI.profile()) is None


def test_queues_copy_a_message_where_its_ways_part():
    fabric = mesh_fabric(Mesh(5, 1), Router(pipeline="asynchronous", multicast=True))
    messages = Messages.multicast([0, 0], [0, 0], [0, 4, 5], [1, 2, 3, 4, 4])
    exact = simulate(fabric, messages)
    assert queue_messages(fabric, messages, np.array([0, 2])).tolist() == [1, 2, 3, 4, 5]
    assert exact.received[-1] >= 5
