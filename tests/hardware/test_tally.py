from __future__ import annotations

import numpy as np

from polychrony.hardware.tally import tally


def test_counts_are_those_of_plain_sums():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 256, (2, 7, 5, 33)).astype(np.uint8)
    other[2] = one[2]
    every = slice(None, None, 2)  # not contiguous
    for a, b in ((one, other), (one[:, every], other[:, every]), (one[:0], other[:0])):
        expected = [x.sum(dtype=np.int64) for x in (a, b, a != b)]
        assert tally(a, b).tolist() == expected
