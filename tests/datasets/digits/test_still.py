"""Still digits are the handwriting that the camera sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from polychrony.datasets import DataError, Digits, StillDigits


def test_every_step_is_the_image():
    data = StillDigits("test", n_steps=3)
    frames, label = data[7]
    assert frames.shape == (3, 1, 8, 8) and frames.dtype == torch.uint8
    assert (frames == frames[0]).all() and label == data.labels[7]
    images = load_digits().images
    same = (images == frames[0, 0].numpy()).all((1, 2))
    assert load_digits().target[same].tolist() == [label]
    with pytest.raises(IndexError):
        data[len(data)]


def test_splits_hold_the_handwriting_of_the_recordings(digits_cache):
    for split, size in Digits.sizes.items():
        still = StillDigits(split)
        recorded = Digits(split, cache_dir=digits_cache)
        assert len(still) == size
        np.testing.assert_array_equal(still.labels, recorded.labels)


def test_all_images_are_in_one_split():
    seen = torch.cat([StillDigits(split)._images for split in Digits.sizes]).flatten(1)
    everything = torch.tensor(load_digits().images, dtype=torch.uint8).flatten(1)
    assert torch.equal(seen.unique(dim=0), everything.unique(dim=0)) and len(seen) == 1797


def test_what_cannot_be():
    with pytest.raises(DataError, match="no split 'all'"):
        StillDigits("all")
    with pytest.raises(DataError, match="n_steps is 0"):
        StillDigits(n_steps=0)
