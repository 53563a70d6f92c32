from __future__ import annotations

import pytest

from polychrony.hardware.chips.dynapse import DYNAPSE, MORADI2018_1V3, MORADI2018_1V8
from polychrony.hardware.cosim import cosimulate
from polychrony.hardware.errors import UnknownQuantityError
from polychrony.hardware.profile import COMPONENTS


def test_costs_are_used_only_by_name(small_graph, counts):
    with pytest.raises(UnknownQuantityError, match=r"no verified costs; .*moradi2018-1\.8v"):
        DYNAPSE.profile()
    with pytest.raises(UnknownQuantityError, match="unverified"):
        cosimulate(small_graph, counts, chip="dynapse", relays=None)
    assert DYNAPSE.profile("moradi2018-1.8v") is MORADI2018_1V8
    assert DYNAPSE.profile("moradi2018-1.3v") is MORADI2018_1V3


@pytest.mark.parametrize("profile", DYNAPSE.profiles)
def test_every_number_says_that_nobody_checked_it(profile):
    for name in COMPONENTS:
        cost = profile.cost(name)
        assert {cost.energy.evidence, cost.latency.evidence} == {"unverified"}
        assert "not checked" in cost.energy.source
    assert "all numbers of this profile are unverified" in profile.assumptions
