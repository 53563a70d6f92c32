"""Latency, distortion and disorder by their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.hardware.loop import Arrivals, Timing, uniform_latency
from polychrony.hardware.loop.streams import Streams, disorder, distortion
from polychrony.hardware.noc.histogram import Histogram
from polychrony.hardware.noc.senders import Senders
from polychrony.snn.simulate import simulate


def test_distortion_is_the_change_of_intervals_within_a_stream():
    stream = np.array([0, 1, 0, 0])
    sent = np.array([0.0, 0.5, 1.0, 3.0])
    received = np.array([1.0, 2.0, 2.5, 3.5])
    assert distortion(stream, sent, received).tolist() == [0.5, -1.0]


def test_disorder_is_strict():
    place = np.array([0, 0, 0, 1])
    sent = np.array([0.0, 1.0, 2.0, 3.0])
    assert disorder(place, sent, np.array([5.0, 2.0, 3.0, 0.0])) == 1
    assert disorder(place, sent, np.array([3.0, 3.0, 3.0, 0.0])) == 0
    same = np.zeros(3)
    assert disorder(place[:3], same, np.array([3.0, 2.0, 1.0])) == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_disorder_equals_its_definition(rows):
    place, sent, received = (np.array([r[k] for r in rows], float) for k in range(3))
    wanted = sum(
        any(
            place[j] == place[k] and sent[j] > sent[k] and received[j] < received[k]
            for j in range(len(rows))
        )
        for k in range(len(rows))
    )
    assert disorder(place.astype(int), sent, received) == wanted


def test_a_histogram_gives_means_and_percentiles():
    found = Histogram(0.5)
    found.add(np.array([1.0, -2.0]))
    found.add(np.array([1.0, 3.0]))
    assert len(found) == 4
    assert found.mean == 0.75 and found.mean_abs == 1.75
    assert found.percentiles == {"50": 1.0, "95": 3.0, "99": 3.0, "100": 3.0}
    empty = Histogram(0.5)
    assert empty.mean is None and empty.mean_abs is None and empty.percentiles is None


@pytest.fixture
def reported(prepared, senders: Senders, counts):
    def report(latency, tick=1e-3):
        streams = Streams(senders, tick, keep=2)
        activity = simulate(prepared.fitted.graph, counts)
        late = Arrivals(senders, Timing(tick), latency)(activity, streams)
        return streams, streams.report(activity.n_steps), late

    return report


def test_a_uniform_latency_distorts_nothing(reported, chip):
    if chip.delays_run_from == "sending":
        pytest.skip("what is late depends on delays, which are not all alike")
    streams, report, late = reported(uniform_latency(2.5e-3))
    whole = report["network"]
    assert whole["deadline_misses"] == whole["deliveries"] == late.count
    assert whole["late_by_ticks"] == {"2": late.count}
    assert whole["isi_distortion_mean_abs_s"] == 0.0
    assert {row["ticks"] for row in streams.late_spikes} == {2}
    assert {row["sample"] for row in streams.late_spikes} == {0, 1}
    assert sum(layer["deliveries"] for layer in report["layers"].values()) == whole["deliveries"]


def test_without_latency_nothing_is_late(reported):
    streams, report, late = reported(uniform_latency(0.0))
    assert report["network"]["deadline_misses"] == late.count == 0
    assert streams.late_spikes == []


def test_messages_are_those_of_the_routes(reported, senders, prepared, counts):
    _, report, _ = reported("cycle")
    activity = simulate(prepared.fitted.graph, counts)
    for name, route in senders.routes.of.items():
        per_neuron = np.bincount(route.neuron, route.deliveries, minlength=len(route.home))
        wanted = (activity.spikes[name] * per_neuron).sum()
        assert report["layers"][name]["deliveries"] == wanted
    assert report["network"]["latency_mean_s"] > 0
    seconds = 3 * 40 * 1e-3
    assert report["network"]["throughput_per_s"] * seconds == pytest.approx(
        report["network"]["deliveries"]
    )
