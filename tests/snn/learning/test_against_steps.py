"""Every rule on every kind of layer against its equations, one step at a time."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from stepwise import cells, stepwise
from torch import nn

from polychrony.snn import ATan, DelayedLinear, Sigmoid, SuperSpike, Triangle
from polychrony.snn.learning import (
    Block,
    BlockNetwork,
    Eligibility,
    LocalRule,
    StandardizedConv2d,
    StandardizedLinear,
    decolle,
    eprop,
    ottt,
    stllr,
    tess,
)


def linear():
    blocks = [
        Block(nn.Linear(7, 6), cells()),
        Block(StandardizedLinear(6, 5), cells(0.8, v_reset=0.0, surrogate=ATan(2.0))),
    ]
    return BlockNetwork(blocks, nn.Linear(5, 3)), (7,)


def recurrent():
    blocks = [
        Block(StandardizedLinear(7, 6), cells(), recurrent=nn.Linear(6, 6, bias=False)),
        Block(nn.Linear(6, 5, bias=False), cells(0.7, surrogate=SuperSpike(5.0))),
    ]
    return BlockNetwork(blocks, nn.Linear(5, 3, bias=False), readout_decay=0.6), (7,)


def delayed():
    inner = DelayedLinear(6, 6, 2, learn_delays=False, taps=2)
    outer = DelayedLinear(7, 6, 4, learn_delays=False)
    nn.init.uniform_(outer.weight, -0.6, 1.0)
    blocks = [Block(outer, cells(), recurrent=inner), Block(nn.Linear(6, 5, bias=False), cells())]
    return BlockNetwork(blocks, nn.Linear(5, 3), readout_decay=0.5), (7,)


def convolutional():
    blocks = [
        Block(StandardizedConv2d(2, 4, 3, padding=1), cells(), nn.MaxPool2d(2)),
        Block(nn.Conv2d(4, 3, 3, stride=2, padding=1), cells(0.7, v_reset=0.0), nn.AvgPool2d(2)),
    ]
    return BlockNetwork(blocks, nn.Linear(3, 3)), (2, 8, 8)


def mixed():
    blocks = [
        Block(nn.Conv2d(1, 3, 3, bias=False), cells(surrogate=Sigmoid(3.0)), nn.MaxPool2d(2)),
        Block(StandardizedLinear(12, 5), cells(), recurrent=nn.Linear(5, 5, bias=False)),
    ]
    return BlockNetwork(blocks, nn.Linear(5, 3)), (1, 6, 6)


NETWORKS = (linear, recurrent, delayed, convolutional, mixed)
RULES = {
    "tess": lambda: tess(),
    "tess, pooled to 2": lambda: tess(pool_to=2, first_step=3),
    "tess, before pooling": lambda: tess(alpha_post=-1, after_pooling=False, pool_to=(3, None)),
    "tess, regression": lambda: tess(error="identity", post_form="sum"),
    "s-tllr": lambda: stllr(first_step=5),
    "s-tllr, direct": lambda: stllr(alpha_post=1, lambda_pre=1.0, feedback="direct"),
    "ottt": lambda: ottt(),
    "e-prop": lambda: eprop(first_step=2),
    "symmetric e-prop": lambda: eprop(feedback="spatial"),
    "decolle": lambda: decolle(pool_to=2),
    "readout alone": lambda: LocalRule("none", Eligibility(), None),
}


def data(shape, n_steps, batch, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand((n_steps, batch, *shape), generator=generator).lt(0.4).double()
    return x, torch.randint(3, (batch,), generator=generator)


def check(network, rule, x, labels, tolerance=1e-9):
    expected = stepwise(network, rule, x, labels)
    network.zero_grad()
    outcome = rule.gradients(network, x, labels)
    torch.testing.assert_close(outcome.evidence, expected.potential.sum(0), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(outcome.loss, expected.losses.mean(), rtol=1e-9, atol=1e-9)
    for learner, v in zip(outcome.state.blocks, expected.v, strict=True):
        torch.testing.assert_close(learner.block.v.flatten(1), v, rtol=1e-9, atol=1e-9)
    parameters = {name: p for name, p in network.named_parameters() if p.requires_grad}
    for name, parameter in parameters.items():
        wanted = expected.gradients[name]
        found = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance, msg=name)
    return expected


@pytest.mark.parametrize("backend", ["reference", "cpu"])
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("make", NETWORKS, ids=lambda make: make.__name__)
def test_every_rule_on_every_layer(make, name, backend):
    network, shape = make()
    rule = RULES[name]()
    rule.backend = backend
    if rule.eligibility.follow_readout and network.readout_decay:
        for block in network.blocks:
            block.synapses.bias = None
    x, labels = data(shape, 19, 3)
    found = check(network.double(), rule, x, labels)
    assert all(gradient.abs().sum() > 0 for gradient in found.gradients.values()) == (
        rule.signal is not None
    )


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 2**31),
    n_steps=st.integers(1, 20),
    batch=st.integers(1, 4),
    chunk=st.integers(1, 25),
    first=st.integers(0, 12),
    alpha=st.tuples(st.sampled_from([0.0, 1.0, 0.5]), st.sampled_from([-1.0, 0.0, 1.0, 0.3])),
    lambdas=st.tuples(st.sampled_from([None, 0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.2, 1.0])),
    reset=st.sampled_from([None, 0.0, -0.3]),
    widths=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    form=st.sampled_from(["recursive", "sum"]),
)
def test_any_parameters(seed, n_steps, batch, chunk, first, alpha, lambdas, reset, widths, form):
    torch.manual_seed(seed)
    blocks = [
        Block(nn.Linear(4, widths[0]), cells(0.6, 0.5, reset, Triangle(2.0, 0.7))),
        Block(nn.Linear(widths[0], widths[1], bias=False), cells(0.9, 0.3, reset)),
    ]
    network = BlockNetwork(blocks, nn.Linear(widths[1], 3)).double()
    x, labels = data((4,), n_steps, batch, seed)
    options = {"first_step": first, "chunk": chunk, "post_form": form}
    for rule in (tess(*alpha, *lambdas, **options), stllr(*alpha, *lambdas, **options)):
        check(network, rule, x, labels)


def test_single_precision_is_near():
    network, shape = recurrent()
    x, labels = data(shape, 40, 4)
    expected = stepwise(network.double(), tess(), x, labels)
    network.float().zero_grad()
    tess().gradients(network, x.float(), labels)
    for name, parameter in network.named_parameters():
        wanted = expected.gradients[name].float()
        torch.testing.assert_close(parameter.grad, wanted, rtol=1e-3, atol=1e-5)
