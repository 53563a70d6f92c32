"""What rules have to be equal to, each written independently."""

from __future__ import annotations

import pytest
import torch
from stepwise import cells
from torch import nn
from torch.nn import functional

from polychrony.snn import SnnError, Triangle
from polychrony.snn.learning import (
    BPTT,
    Block,
    BlockNetwork,
    RandomUniform,
    SquareWave,
    eprop,
    ottt,
    stllr,
    tess,
)

GAMMA, LIMIT = 0.5, 0.6


def _two_layers():
    blocks = [
        Block(nn.Linear(6, 7, bias=False), cells(GAMMA, LIMIT)),
        Block(nn.Linear(7, 5, bias=False), cells(GAMMA, LIMIT)),
    ]
    return BlockNetwork(blocks, nn.Linear(5, 3, bias=False)).double()


def _data(n_steps=21):
    return torch.rand(n_steps, 4, 6).lt(0.5).double(), torch.tensor([0, 1, 2, 1])


def _found(network, rule, x, labels):
    network.zero_grad()
    rule.gradients(network, x, labels)
    return [parameter.grad for parameter in network.parameters()]


def _autograd_per_step(network, x, labels, local):
    """Surrogate gradients by autograd, with the state detached in every step."""
    network.zero_grad()
    state = [torch.zeros(x.shape[1], len(b.synapses.weight)).double() for b in network.blocks]
    for frame in x:
        z, loss = frame, 0.0
        for k, block in enumerate(network.blocks):
            u = GAMMA * state[k].detach() + functional.linear(z, block.synapses.weight)
            z = block.neurons.surrogate(u - LIMIT)
            state[k] = (u - LIMIT * z).detach()
            if local:
                matrix = SquareWave().matrix(k, 3, z.shape[1])
                loss = loss + functional.cross_entropy(z @ matrix.T, labels)
                z = z.detach()
        loss = loss + functional.cross_entropy(network.readout(z), labels)
        loss.backward()
    return [parameter.grad for parameter in network.parameters()]


@pytest.mark.parametrize("local", [True, False])
def test_without_traces_it_is_the_surrogate_gradient_of_every_step_alone(local):
    network, (x, labels) = _two_layers(), _data()
    rule = (tess if local else stllr)(alpha_post=0.0, lambda_pre=0.0)
    wanted = [grad.clone() for grad in _autograd_per_step(network, x, labels, local)]
    torch.testing.assert_close(_found(network, rule, x, labels), wanted)


def _ottt(network, x, labels):
    """OTTT as published: the product with W gets its gradient with the traced spikes instead."""

    class Traced(torch.autograd.Function):
        @staticmethod
        def forward(ctx, spikes, trace, weight):
            ctx.save_for_backward(trace, weight)
            return spikes @ weight.T

        @staticmethod
        def backward(ctx, grad):
            trace, weight = ctx.saved_tensors
            return grad @ weight, None, grad.T @ trace

    network.zero_grad()
    sizes = [6, 7, 5]
    v = [torch.zeros(x.shape[1], n).double() for n in sizes[1:]]
    traces = [torch.zeros(x.shape[1], n).double() for n in sizes[:-1]]
    for frame in x:
        z = frame
        for k, block in enumerate(network.blocks):
            traces[k] = GAMMA * traces[k] + z.detach()
            u = GAMMA * v[k] + Traced.apply(z, traces[k], block.synapses.weight)
            z = Triangle(1.0, 0.3)(u - LIMIT)
            v[k] = (u - LIMIT * z).detach()
        functional.cross_entropy(network.readout(z), labels).backward()
    return [parameter.grad for parameter in network.parameters()]


def test_with_the_decay_of_the_neurons_it_is_ottt():
    network, (x, labels) = _two_layers(), _data()
    wanted = [grad.clone() for grad in _ottt(network, x, labels)]
    rule = stllr(alpha_post=0.0, lambda_pre=GAMMA)
    torch.testing.assert_close(_found(network, rule, x, labels), wanted)
    torch.testing.assert_close(_found(network, ottt(), x, labels), wanted)


@pytest.mark.parametrize("kappa", [0.0, 0.7])
def test_eprop_of_a_recurrent_layer_is_its_closed_form(kappa):
    n_in, n, n_steps, batch, decay = 3, 4, 9, 2, 0.8
    layer = Block(
        nn.Linear(n_in, n, bias=False), cells(decay, 0.4), recurrent=nn.Linear(n, n, bias=False)
    )
    network = BlockNetwork([layer], nn.Linear(n, 3, bias=False), kappa).double()
    x = torch.rand(n_steps, batch, n_in).lt(0.5).double()
    labels = torch.tensor([2, 0])
    inputs, own, out = (p.detach() for p in network.parameters())
    feedback = RandomUniform().matrix(0, 3, n)

    v, spikes = torch.zeros(batch, n).double(), torch.zeros(n_steps + 1, batch, n).double()
    slope, y, error = torch.zeros(n_steps, batch, n).double(), torch.zeros(batch, 3).double(), []
    for t in range(n_steps):
        u = decay * v + x[t] @ inputs.T + spikes[t] @ own.T
        slope[t] = 0.3 * (1 - (u - 0.4).abs()).clamp_min(0)
        spikes[t + 1] = (u >= 0.4).double()
        v = u - 0.4 * spikes[t + 1]
        y = kappa * y + spikes[t + 1] @ out.T
        error.append((torch.softmax(y, 1) - functional.one_hot(labels, 3)) / batch)
    d_in, d_own, d_out = torch.zeros_like(inputs), torch.zeros_like(own), torch.zeros_like(out)
    for t in range(n_steps):
        signal = error[t] @ feedback
        for s in range(t + 1):
            filtered = kappa ** (t - s)
            d_out += filtered * error[t].T @ spikes[s + 1]
            for r in range(s + 1):
                share = filtered * decay ** (s - r)
                d_in += share * (signal * slope[s]).T @ x[r]
                d_own += share * (signal * slope[s]).T @ spikes[r]
    found = _found(network, eprop(), x, labels)
    torch.testing.assert_close(found, [d_in, d_own, d_out])
    assert d_own.abs().sum() > 0


def test_symmetric_eprop_of_one_layer_without_loops_is_backpropagation_through_time():
    network = BlockNetwork(
        [Block(nn.Linear(6, 7, bias=False), cells(GAMMA, LIMIT))], nn.Linear(7, 3), 0.6
    ).double()
    x, labels = _data()
    wanted = [grad.clone() for grad in _found(network, BPTT(), x, labels)]
    torch.testing.assert_close(_found(network, eprop(feedback="spatial"), x, labels), wanted)


def test_ottt_is_backpropagation_through_time_in_the_last_layer_only():
    network, (x, labels) = _two_layers(), _data()
    exact = [grad.clone() for grad in _found(network, BPTT(), x, labels)]
    online = _found(network, ottt(), x, labels)
    torch.testing.assert_close(online[1:], exact[1:])
    assert not torch.allclose(online[0], exact[0])


def test_square_waves_are_those_of_the_equation():
    matrix = SquareWave().matrix(0, 5, 40)
    for c, frequency in enumerate((50.0, 165.5, 281.0, 396.5, 512.0)):
        for j in range(40):
            value = torch.sin(torch.tensor(frequency * j, dtype=torch.float64))
            assert matrix[c, j] == torch.sign(value) / 40
    assert matrix.dtype == torch.float64
    wide = SquareWave().matrix(0, 10, 1024)
    cosines = functional.normalize(wide) @ functional.normalize(wide).T - torch.eye(10)
    assert cosines.abs().max() < 0.06
    lengths = SquareWave(power=0.5).matrix(0, 5, 1000)[:, 1:].norm(dim=1)
    assert torch.allclose(lengths, torch.full_like(lengths, 0.999**0.5))
    with pytest.raises(SnnError, match="power"):
        SquareWave(power=1.5)


def test_random_matrices_are_the_same_whenever_made_and_differ_by_layer():
    made = RandomUniform(3, 0.5)
    assert torch.equal(made.matrix(1, 4, 9), RandomUniform(3, 0.5).matrix(1, 4, 9))
    assert not torch.equal(made.matrix(1, 4, 9), made.matrix(2, 4, 9))
    assert made.matrix(0, 40, 600).abs().max() <= 0.5 * 0.1
