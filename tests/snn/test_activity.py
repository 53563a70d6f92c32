"""Activities agree with themselves and with their graph."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.snn import Activity, GraphError, NetworkGraph, Population

GRAPH = NetworkGraph((Population("in", 3, "input"), Population("out", 2, "li")), (), 1e-3)


def _spikes(*shape):
    return {"in": np.zeros(shape, np.uint8)}


def test_counts_steps_and_samples():
    activity = Activity(1e-3, _spikes(5, 4, 3), {"out": np.zeros((5, 4, 2), np.float32)})
    assert (activity.n_steps, activity.batch_size) == (5, 4)
    activity.check(GRAPH)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Activity(1e-3, {}), "at least one"),
        (lambda: Activity(1e-3, _spikes(5, 3)), r"\[T, B, N\]"),
        (lambda: Activity(1e-3, _spikes(5, 4, 3), {"out": np.zeros((5, 3, 2))}), "agree"),
        (lambda: Activity(2e-3, _spikes(5, 4, 3)).check(GRAPH), "dt = 0.002"),
        (lambda: Activity(1e-3, _spikes(5, 4, 2)).check(GRAPH), "2 neurons"),
        (lambda: Activity(1e-3, {"x": np.zeros((1, 1, 1))}).check(GRAPH), "'x'"),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(GraphError, match=message):
        make()
