"""The test before the timing finds what is wrong."""

from __future__ import annotations

import math

import pytest
import torch

from benchmarks.equality import compare, difference
from benchmarks.peers import checked, must_pass
from benchmarks.task import Entry, make_task, ours
from polychrony.experiments.errors import UserError

TASK = make_task(10, 2, 6)


def _entry(result):
    return Entry(lambda: None, lambda: result, ours(TASK), "detail")


def test_equal_results_pass():
    assert compare(_entry(ours(TASK, backend="cpu")()))[0]


def test_moved_spike_wrong_gradient_and_nan_do_not_pass():
    spikes, gradient = ours(TASK)()
    moved = spikes.clone()
    moved[3, 1, 2] = 1 - moved[3, 1, 2]
    nan = gradient.clone()
    nan[0] = math.nan
    for wrong in ((moved, gradient), (spikes, gradient * 1.001), (spikes, nan)):
        assert not compare(_entry(wrong))[0]
    assert not compare(_entry((spikes[:5], gradient)))[0]


def test_potentials_may_differ_by_rounding_only():
    exact = torch.rand(4, 2, 3), torch.rand(4, 2, 3)
    for factor, verdict in ((1 + 1e-6, True), (1.01, False)):
        near = Entry(lambda: None, lambda f=factor: (exact[0] * f, exact[1]), lambda: exact, "")
        assert compare(near)[0] is verdict


def test_difference_is_relative_to_the_largest_value():
    assert difference(torch.tensor([1.0, 101.0]), torch.tensor([1.0, 100.0])) == 0.01
    assert difference(torch.tensor([math.nan]), torch.tensor([1.0])) == math.inf


def test_peer_that_is_wrong_is_not_timed_and_ours_stops_the_run():
    spikes, gradient = ours(TASK)()
    wrong = _entry((1 - spikes, gradient))
    peer = checked("peer", lambda: wrong)
    assert peer.run is None and peer.reason.startswith("not what was expected: detail;")
    with pytest.raises(UserError, match="nothing was timed"):
        must_pass("ours", lambda: wrong)
