"""What varies training samples: shifts, crops, mirrors, and rectangles of noise."""

from __future__ import annotations

import pytest
import torch

from polychrony.experiments.augment import crop, cut_out, flip, shift_channels, stretch, thin, vary
from polychrony.experiments.config import DataConfig


def test_every_sample_is_its_old_self_moved_by_one_number_of_channels():
    x = torch.poisson(torch.full((6, 40, 12), 0.5))
    y = shift_channels(x, 3)
    shifts = set()
    for b in range(40):
        fits = []
        for k in range(-3, 4):
            moved = torch.zeros_like(x[:, b])
            moved[:, max(0, k) : 12 + min(0, k)] = x[:, b, max(0, -k) : 12 - max(0, k)]
            if torch.equal(moved, y[:, b]):
                fits.append(k)
        assert len(fits) == 1
        shifts.add(fits[0])
    assert shifts == set(range(-3, 4))


def test_no_shift_returns_the_samples():
    x = torch.rand(3, 2, 4)
    assert shift_channels(x, 0) is x


@pytest.mark.parametrize("axis", [0, 2])
def test_a_stretched_sample_has_its_places_in_order_and_evenly(axis):
    n, samples = 50, 60
    places = torch.arange(1.0, n + 1)
    x = places.view(-1, 1, 1) if axis == 0 else places.view(1, 1, -1)
    y = stretch(x.expand(n, samples, n), 0.2, axis)
    factors = []
    for b in range(samples):
        along = y[:, b, 3] if axis == 0 else y[3, b]
        kept = along[along > 0]
        assert (along[len(kept) :] == 0).all()
        steps = kept.diff()
        assert ((steps >= 0) & (steps <= 2)).all()
        assert not ((steps == 0).any() and (steps == 2).any())
        if len(kept) < n:  # the end has come: so far is it
            assert kept[-1] >= n - 1
        factors.append(len(kept) / float(kept[-1]))
    assert 0.78 < min(factors) < 0.85 and 1.15 < max(factors) < 1.22


@pytest.mark.parametrize("axis", [0, 2])
def test_stretching_by_nothing_returns_the_samples(axis):
    x = torch.rand(3, 2, 4)
    assert stretch(x, 0.0, axis) is x
    torch.testing.assert_close(stretch(x, 1e-12, axis), x, rtol=0, atol=0)


def test_events_are_lost_by_a_part_of_each_samples_own():
    x = torch.poisson(torch.full((50, 200, 40), 0.8))
    y = thin(x, 0.5)
    assert ((y >= 0) & (y <= x) & (y == y.round())).all()
    parts = 1 - y.sum((0, 2)) / x.sum((0, 2))
    assert parts.min() < 0.05 and 0.45 < parts.max() < 0.55
    assert abs(parts.mean() - 0.25) < 0.04
    lost = (x - y).sum(1)  # by no place more than by another
    assert lost.min() > 0.4 * lost.mean() and lost.max() < 1.7 * lost.mean()
    assert thin(x, 0.0) is x


def _frames():
    return torch.rand(3, 30, 2, 6, 5) + 1  # nowhere 0


def test_a_crop_moves_all_steps_of_a_sample_alike_and_fills_with_zeros():
    x = _frames()
    y = crop(x, 2)
    found = set()
    for b in range(x.shape[1]):
        padded = torch.nn.functional.pad(x[:, b], (2, 2, 2, 2))
        fits = [
            (top, left)
            for top in range(5)
            for left in range(5)
            if torch.equal(padded[..., top : top + 6, left : left + 5], y[:, b])
        ]
        assert len(fits) == 1
        found.add(fits[0])
    assert len(found) > 8
    assert crop(x, 0) is x


def test_some_samples_are_mirrored_whole():
    x = _frames()
    y = flip(x, 0.5)
    mirrored = [torch.equal(y[:, b], x[:, b].flip(-1)) for b in range(x.shape[1])]
    same = [torch.equal(y[:, b], x[:, b]) for b in range(x.shape[1])]
    assert all(m != s for m, s in zip(mirrored, same, strict=True))
    assert 0 < sum(mirrored) < x.shape[1]
    assert torch.equal(flip(x, 1.0), x.flip(-1)) and flip(x, 0.0) is x


def test_a_cut_out_is_one_rectangle_of_the_same_noise_in_all_steps():
    x = _frames()
    kept = x.clone()
    y = cut_out(x, 1.0)
    assert torch.equal(x, kept)
    for b in range(x.shape[1]):
        changed = y[:, b] != x[:, b]
        assert torch.equal(changed[0], changed[1]) and torch.equal(changed[0, 0], changed[0, 1])
        rows, columns = changed[0, 0].any(1), changed[0, 0].any(0)
        assert changed[0, 0].sum() == rows.sum() * columns.sum() > 0
        assert torch.equal(y[0, b][changed[0]], y[2, b][changed[2]])
    assert cut_out(x, 0.0) is x
    assert 0 < sum(torch.equal(cut_out(x, 0.5)[:, b], x[:, b]) for b in range(30)) < 30


@pytest.mark.parametrize("option", [{"crop": 1}, {"flip": 1.0}, {"cutout": 1.0}])
def test_a_configuration_varies_frames(option):
    x = _frames()
    assert not torch.equal(vary(x, DataConfig(**option)), x)
    assert vary(x, DataConfig()) is x


def test_what_moves_channels_leaves_frames_alone_and_the_other_way_round():
    frames, counts = _frames(), torch.rand(3, 30, 8) + 1
    assert vary(frames, DataConfig(channel_shift=3)) is frames
    assert vary(counts, DataConfig(crop=1, flip=1.0, cutout=1.0)) is counts
    assert not torch.equal(vary(counts, DataConfig(channel_shift=3)), counts)
