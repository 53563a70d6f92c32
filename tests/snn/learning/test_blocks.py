"""Blocks and their networks: forward, state, delays, standardised weights, thresholds, export."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from stepwise import cells
from torch import nn
from torch.nn import functional

from polychrony.snn import LIF, DelayedLinear, SnnError, simulate, to_graph
from polychrony.snn.learning import (
    Block,
    BlockNetwork,
    StandardizedConv2d,
    StandardizedLinear,
    decide_sum,
    standardized,
    strictly_above,
    tess,
)


def _network():
    blocks = [
        Block(StandardizedConv2d(2, 4, 3, padding=1), cells(), nn.MaxPool2d(2)),
        Block(
            DelayedLinear(64, 9, 3, learn_delays=False),
            cells(0.8, v_reset=0.0),
            recurrent=DelayedLinear(9, 9, 2, learn_delays=False),
        ),
    ]
    return BlockNetwork(blocks, nn.Linear(9, 3), 0.4).double()


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**31), cut=st.integers(0, 12))
def test_splitting_time_in_two_changes_nothing(seed, cut):
    torch.manual_seed(seed)
    network, x = _network(), torch.rand(13, 2, 2, 8, 8).lt(0.3).double()
    whole, last = network.forward_with_state(x)
    if cut == 0:
        assert whole.shape == (13, 2, 3)
        return
    early, state = network.forward_with_state(x[:cut])
    late, end = network.forward_with_state(x[cut:], state)
    torch.testing.assert_close(torch.cat([early, late]), whole)
    torch.testing.assert_close(end.blocks[1].sent, last.blocks[1].sent)


def test_forward_and_learning_see_the_same_network():
    network, x = _network(), torch.rand(13, 4, 2, 8, 8).lt(0.3).double()
    potential = network(x)
    outcome = tess().gradients(network, x, torch.tensor([0, 1, 2, 0]))
    torch.testing.assert_close(outcome.evidence, potential.sum(0))
    assert torch.equal(outcome.decisions, decide_sum(potential))


def test_causality_and_batch_independence():
    network, x = _network(), torch.rand(13, 4, 2, 8, 8).lt(0.3).double()
    changed = x.clone()
    changed[6:, 1] = 1 - changed[6:, 1]
    before, after = network(x), network(changed)
    torch.testing.assert_close(before[:6], after[:6])
    torch.testing.assert_close(before[:, [0, 2, 3]], after[:, [0, 2, 3]])


def test_delays_are_inputs_that_come_later():
    late = DelayedLinear(5, 4, 3, learn_delays=False)
    x, labels = torch.rand(20, 2, 5).lt(0.5).double(), torch.tensor([0, 1])
    late.delay.copy_(torch.tensor([0.0, 1.0, 2.0, 3.0, 1.0]).view(1, 5, 1).expand_as(late.delay))
    plain = nn.Linear(5, 4, bias=False)
    with torch.no_grad():
        plain.weight.copy_(late.weight.squeeze(-1))
    readout = nn.Linear(4, 2)
    shifted = torch.stack(
        [functional.pad(x, (0, 0, 0, 0, d, 0))[:20, :, i] for i, d in enumerate((0, 1, 2, 3, 1))],
        -1,
    )
    found = []
    for layer, values in ((late, x), (plain, shifted)):
        network = BlockNetwork([Block(layer, cells(0.5, 0.1))], readout).double()
        network.zero_grad()
        tess().gradients(network, values, labels)
        found.append((layer.weight.grad.squeeze(-1), readout.weight.grad.clone()))
    torch.testing.assert_close(found[0], found[1])
    assert found[0][0].abs().sum() > 0
    assert late.delay.grad is None


def test_gradient_of_standardised_weights_by_finite_differences():
    weight = torch.randn(3, 2, 3, 3).double().requires_grad_()
    gain = torch.rand(3).double().requires_grad_()
    assert torch.autograd.gradcheck(standardized, (weight, gain))
    made = standardized(weight, torch.ones(3)).flatten(1)
    torch.testing.assert_close(made.mean(1), torch.zeros(3).double())
    torch.testing.assert_close(made.var(1) * 18, torch.ones(3).double(), rtol=1e-4, atol=0)


@pytest.mark.parametrize("layer", [StandardizedLinear(6, 4), StandardizedConv2d(6, 4, 1)])
def test_standardised_layers_compute_with_their_effective_weight(layer):
    frame = torch.rand(2, 6) if layer.weight.dim() == 2 else torch.rand(2, 6, 1, 1)
    wanted = frame.flatten(1) @ layer.effective_weight().flatten(1).T
    torch.testing.assert_close(layer(frame).flatten(1), wanted)


def test_a_strict_threshold_fires_above_it_alone():
    limit = 0.6
    at, above = torch.tensor(limit), torch.nextafter(torch.tensor(limit), torch.tensor(1.0))
    x = torch.stack([at, above]).view(1, 1, 2)
    decay = {"tau_mem": 2.0, "dt": 1.0, "v_reset": None}
    assert LIF(v_threshold=limit, **decay)(x).tolist() == [[[1.0, 1.0]]]
    assert LIF(v_threshold=strictly_above(limit), **decay)(x).tolist() == [[[0.0, 1.0]]]


def _coarse(network):
    """Weights that sums of any order hold exactly."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() < 3 or not (parameter == parameter.round()).all():
                parameter.copy_((parameter * 64).round() / 64)
    return network


def test_the_graph_gives_the_potentials_of_the_network():
    blocks = [
        Block(DelayedLinear(12, 9, 4, learn_delays=False), cells(0.5, 0.25)),
        Block(nn.Linear(9, 8), cells(0.5, 0.25, 0.0), recurrent=nn.Linear(8, 8, bias=False)),
    ]
    network = _coarse(BlockNetwork(blocks, nn.Linear(8, 3), 0.5))
    x = torch.rand(25, 6, 12).lt(0.4).float()
    graph = to_graph(network)
    assert [p.name for p in graph.populations] == ["input", "hidden1", "hidden2", "output"]
    activity = simulate(graph, {"input": x.numpy()})
    potential = network(x).detach().numpy()
    np.testing.assert_allclose(activity.potentials["output"], potential, rtol=1e-5, atol=1e-6)


def test_standardised_weights_are_folded_into_the_graph():
    layer = StandardizedLinear(5, 4)
    network = BlockNetwork([Block(layer, cells())], nn.Linear(4, 2))
    (first, _) = to_graph(network).projections
    assert set(np.round(first.weight, 5)) == set(
        np.round(layer.effective_weight().detach().numpy().ravel(), 5)
    )


def test_convolutions_and_pooling_have_no_graph_and_say_so():
    with pytest.raises(SnnError, match="hidden1 has a convolution"):
        to_graph(_network())
    pooled = Block(nn.Linear(4, 4), cells(), nn.MaxPool1d(2))
    with pytest.raises(SnnError, match="MaxPool1d pooling"):
        to_graph(BlockNetwork([pooled], nn.Linear(2, 2)))


def test_inputs_and_states_are_checked():
    network = _network()
    with pytest.raises(SnnError, match=r"expected \[T, B, C, H, W\]"):
        network(torch.zeros(3, 2, 5).double())
    _, state = network.forward_with_state(torch.zeros(3, 2, 2, 8, 8).double())
    with pytest.raises(SnnError, match="carried state"):
        network.forward_with_state(torch.zeros(3, 4, 2, 8, 8).double(), state)
