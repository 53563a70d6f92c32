"""Each library computes what its entry says, where it is installed."""

from __future__ import annotations

import importlib.util

import pytest
import torch

from benchmarks.delays import PEER, _contenders
from benchmarks.peers import LIF_PEERS, PEERS, chosen, lif_contender
from benchmarks.task import make_task
from polychrony.experiments.errors import UserError
from polychrony.snn import DelayedLinear

pytestmark = pytest.mark.filterwarnings("ignore")  # what others warn of is not ours to mend


@pytest.mark.parametrize("name", LIF_PEERS)
def test_peer_computes_the_task(name):
    contender = lif_contender(name, make_task(30, 3, 8))
    if importlib.util.find_spec(name) is None:
        assert contender.run is None and "No module named" in contender.reason
        pytest.skip(contender.reason)
    assert contender.run is not None, contender.reason
    contender.run()


def test_published_delays_equal_ours():
    pytest.importorskip("DCLS.construct.modules", reason="dcls is not installed")
    layer = DelayedLinear(5, 4, 8, backend="fourier")
    x, grad = torch.rand(20, 3, 5).lt(0.2).float(), torch.randn(20, 3, 4)
    (peer,) = (each for each in _contenders(layer, x, grad, True) if each.name == PEER)
    assert peer.run is not None, peer.reason
    peer.run()


def test_choice_of_peers():
    assert chosen("all") == PEERS
    assert chosen("none") == ()
    assert chosen("norse, dcls") == ("norse", "dcls")
    with pytest.raises(UserError, match="brian is unknown"):
        chosen("norse,brian")
