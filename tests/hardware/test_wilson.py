from __future__ import annotations

import pytest
from scipy.stats import binomtest

from polychrony.hardware.wilson import wilson


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (8, 10), (64, 64), (317, 512)])
def test_intervals_are_those_of_scipy(successes, trials):
    oracle = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson(successes, trials) == pytest.approx((oracle.low, oracle.high), abs=1e-12)
