"""Orders of assemblies: nothing but the times between spikes tells the class."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from polychrony.datasets import BinnedDataset, Coincidence, DataError, check_events


def test_every_channel_fires_equally_often_in_every_recording():
    data = Coincidence("valid", repeats=3, distractors=2)
    for events in data.read_all():
        check_events(events, data.sensor_size)
        assert events.t[-1] < data.duration
        assert (np.bincount(events.x, minlength=24) == 5).all()


def test_rates_are_the_same_at_all_times_in_all_classes():
    """Of each class and channel, spikes by time: a chi-squared test against a flat rate."""
    data = Coincidence("train")
    for label in range(len(data.classes)):
        times = data._times[data.labels == label].transpose(1, 0, 2).reshape(24, -1)
        found = np.stack([np.histogram(t, 8, (0, data.duration))[0] for t in times])
        expected = found.sum(1, keepdims=True) / 8
        # Two spikes of a channel are a period apart, which makes counts steadier, never wilder.
        chi2 = ((found - expected) ** 2 / expected).sum()
        freedom = 24 * 7
        assert chi2 < freedom + 5 * math.sqrt(2 * freedom)


def test_the_onset_moves_the_pattern_and_changes_nothing_in_it():
    data = Coincidence("valid", jitter=0.0, distractors=0, repeats=1)
    onsets = []
    for (events, label), times in zip((data[i] for i in range(60)), data._times, strict=False):
        slots = data.slots[label]
        onset = (times[:, 0] - data.gap * slots) % data.period
        turned = (onset - onset[0] + data.period / 2) % data.period
        np.testing.assert_allclose(turned, data.period / 2, atol=1e-9)
        onsets.append(onset[0])
        assert len(events) == 24
    assert np.ptp(onsets) > 0.8 * data.period


def test_assemblies_keep_their_distance_and_their_members():
    data = Coincidence(jitter=0.0, distractors=0, members=3, orders=20)
    assert data.slots.shape == (20, 18)
    for slots in data.slots:
        assert sorted(slots[:6]) == list(range(6))
        assert (slots == np.tile(slots[:6], 3)).all()
    cyclic = {tuple((slots[:6] - slots[0]) % 6) for slots in data.slots}
    assert len(cyclic) == 20


def test_the_seed_decides_orders_and_spikes():
    one, again, other = Coincidence("test"), Coincidence("test"), Coincidence("test", seed=1)
    assert (one._times == again._times).all() and one.identity() == again.identity()
    assert (one.slots != other.slots).any() and one.identity() != other.identity()
    train = Coincidence("train")
    assert (train.slots == one.slots).all()
    assert not np.isin(one._times, train._times).any()
    assert (pickle.loads(pickle.dumps(one))[3][0].t == one[3][0].t).all()


@pytest.mark.parametrize(("split", "size"), Coincidence.sizes.items())
def test_classes_are_equally_frequent(split, size):
    data = Coincidence(split)
    assert (np.bincount(data.labels) == size / 6).all()
    with pytest.raises(IndexError):
        data[size]


def test_counts_hold_every_spike(tmp_path):
    data = Coincidence("valid", period=0.5, repeats=1)
    binned = BinnedDataset(data, dt=0.004, n_steps=125, cache_dir=tmp_path)
    assert binned.dropped_events == binned.saturated_events == 0
    assert binned.kept_events == 600 * 24 * 2
    assert binned[0][0].shape == (125, 24)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"split": "all"}, "no split 'all'"),
        ({"assemblies": 2}, "assemblies is 2"),
        ({"assemblies": 4, "orders": 7}, "4 assemblies have 6"),
        ({"members": 0}, "members is 0"),
        ({"repeats": 0}, "repeats is 0"),
        ({"orders": 0}, "orders is 0"),
        ({"jitter": -0.001}, "jitter is -0.001"),
        ({"distractors": -1}, "distractors -1"),
        ({"gap": 0.0}, "gap is 0.0"),
        ({"period": 0.2}, "period 0.2"),
        ({"period": math.inf}, "period inf"),
    ],
)
def test_what_cannot_be(wrong, words):
    with pytest.raises(DataError, match=words):
        Coincidence(**wrong)
