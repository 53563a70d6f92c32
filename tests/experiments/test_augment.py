"""Shifts along the channels."""

from __future__ import annotations

import torch

from polychrony.experiments.augment import shift_channels


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
