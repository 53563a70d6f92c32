from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips import DYNAPSE, LOIHI, TRUENORTH
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph, Population, Projection


def senders_on(chip, profile: str | None, rng: np.random.Generator) -> Senders:
    graph = NetworkGraph(
        (Population("in", 9, "input"), Population("a", 20, "lif"), Population("b", 12, "lif")),
        (
            Projection.from_dense("in", "a", rng.random((20, 9)) < 0.5),
            Projection.from_dense("a", "b", rng.random((12, 20)) < 0.5),
        ),
        dt=1e-3,
    )
    held = replace(chip, neurons_per_core=6 if chip is LOIHI else 16)
    return Senders(Routes(map_network(graph, held)), held.profile(profile))


@pytest.mark.parametrize(
    ("chip", "profile"), [(LOIHI, None), (TRUENORTH, None), (DYNAPSE, "moradi2018-1.8v")]
)
def test_steps_send_what_their_spikes_send_one_by_one(chip, profile):
    rng = np.random.default_rng(0)
    senders = senders_on(chip, profile, rng)
    spikes = {n: rng.poisson(0.4, (5, 3, size)) for n, size in (("in", 9), ("a", 20), ("b", 12))}
    run = Activity(1e-3, {n: np.minimum(s, 3).astype(np.uint8) for n, s in spikes.items()})
    sent = senders.by_step(run)
    for episode in range(15):
        step, sample = divmod(episode, 3)
        one = {n: run.spikes[n][step : step + 1, sample] for n in senders.names}
        expected = senders.flights(one, np.zeros(2, np.int64)).messages
        begin, end = sent.episode_ptr[episode : episode + 2]
        copy, last = sent.messages.row_ptr[[begin, end]]
        for name in ("time", "source", "flits"):
            assert np.array_equal(getattr(sent.messages, name)[begin:end], getattr(expected, name))
        assert np.array_equal(sent.messages.row_ptr[begin : end + 1] - copy, expected.row_ptr)
        assert np.array_equal(sent.messages.targets[copy:last], expected.targets)
    assert sent.episode_ptr[-1] == len(sent.messages.time) > 100


def test_silence_sends_nothing():
    senders = senders_on(LOIHI, None, np.random.default_rng(0))
    silent = {"in": np.zeros((2, 1, 9)), "a": np.zeros((2, 1, 20)), "b": np.zeros((2, 1, 12))}
    sent = senders.by_step(Activity(1e-3, {n: s.astype(np.uint8) for n, s in silent.items()}))
    assert sent.episode_ptr.tolist() == [0, 0, 0]
    assert not len(sent.messages.time)
