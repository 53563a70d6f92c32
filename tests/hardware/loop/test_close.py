"""What comes back from the chip does to the network what longer delays would do."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.loop import Arrivals, Timing, close_loop, uniform_latency
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.simulate import simulate

TICK = 1e-3


def on_chip(prepared):
    return {s.population for s in prepared.mapping.slices}


def same(one, other):
    assert set(one.spikes) == set(other.spikes)
    for name in one.spikes:
        np.testing.assert_array_equal(one.spikes[name], other.spikes[name], err_msg=name)
    for name in one.potentials:
        np.testing.assert_array_equal(one.potentials[name], other.potentials[name], err_msg=name)


@pytest.mark.parametrize("late", ["deliver", "drop"])
def test_without_latency_all_is_as_in_software(prepared, senders, counts, late):
    graph = prepared.fitted.graph
    arrivals = Arrivals(senders, Timing(TICK, late), uniform_latency(0.0))
    closed = close_loop(lambda x, s: simulate(graph, x, s), arrivals, {"in": counts})
    same(closed.activity, simulate(graph, counts))
    assert closed.rounds == 0 and closed.converged and closed.late.count == 0


@pytest.mark.parametrize("ticks", [2, 3])
def test_a_uniform_latency_is_a_longer_delay(prepared, exact, counts, ticks, later):
    graph = prepared.fitted.graph
    arrivals = Arrivals(exact, Timing(TICK), uniform_latency(ticks * TICK))
    closed = close_loop(lambda x, s: simulate(graph, x, s), arrivals, {"in": counts})
    assert closed.converged and closed.rounds > 1
    wanted = simulate(later(graph, prepared.mapping.chip, ticks, on_chip(prepared)), counts)
    same(closed.activity, wanted)
    assert (closed.first.spikes["b"] != closed.activity.spikes["b"]).any()


def test_a_uniform_latency_is_a_longer_delay_in_integers(prepared, senders, counts, later):
    chip = prepared.mapping.chip
    if chip.time == "continuous":
        pytest.skip("analog neurons take arrivals in continuous time")
    held, counts = prepared.quantized, np.minimum(counts, 1)
    arrivals = Arrivals(senders, Timing(TICK), uniform_latency(2 * TICK))
    closed = close_loop(lambda x, s: run_on_chip(held, x, s), arrivals, {"in": counts})
    assert closed.converged
    slower = later(prepared.fitted.graph, chip, 2, on_chip(prepared))
    same(closed.activity, run_on_chip(quantize(slower, chip), {"in": counts}))


def test_spikes_that_are_dropped_do_not_act(prepared, senders, counts):
    graph = prepared.fitted.graph
    arrivals = Arrivals(senders, Timing(TICK, "drop"), uniform_latency(9 * TICK))
    closed = close_loop(lambda x, s: simulate(graph, x, s), arrivals, {"in": counts})
    assert closed.activity.spikes["a"].sum() == closed.activity.spikes["b"].sum() == 0
    assert closed.first.spikes["a"].sum() > 0


def test_rounds_end_where_they_must(prepared, senders, counts):
    graph = prepared.fitted.graph
    arrivals = Arrivals(senders, Timing(TICK), uniform_latency(2 * TICK))
    run = lambda x, s: simulate(graph, x, s)  # noqa: E731
    opened = close_loop(run, arrivals, {"in": counts}, max_rounds=1)
    assert opened.rounds == 1 and not opened.converged
    assert opened.changed.shape == (3,) and (opened.changed > 0).all()
    with pytest.raises(HardwareError, match="max_rounds is 0, at least 1"):
        close_loop(run, arrivals, {"in": counts}, max_rounds=0)


def test_a_sample_does_not_depend_on_its_batch(prepared, senders, counts):
    graph = prepared.fitted.graph
    arrivals = Arrivals(senders, Timing(2e-8), "analytic")
    run = lambda x, s: simulate(graph, x, s)  # noqa: E731
    whole = close_loop(run, arrivals, {"in": counts})
    assert whole.late.count
    for b in range(3):
        alone = close_loop(run, arrivals, {"in": counts[:, b : b + 1]}, max_rounds=whole.rounds)
        for name, spikes in alone.activity.spikes.items():
            np.testing.assert_array_equal(spikes[:, 0], whole.activity.spikes[name][:, b])


def test_nobody_chooses_a_tick_or_a_policy_that_cannot_be():
    with pytest.raises(HardwareError, match=r"tick is 0.0 s; it must be above 0 s"):
        Timing(0.0)
    with pytest.raises(HardwareError, match="late is 'ignore', allowed are deliver, drop"):
        Timing(1e-3, "ignore")
