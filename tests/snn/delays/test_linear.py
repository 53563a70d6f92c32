"""The delayed linear layer as a module."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import DelayedLinear, DelayState, SnnError

LONGEST = 12


def _spike_through(layer, steps=LONGEST + 5, at=2):
    x = torch.zeros(steps, 1, 1)
    x[at] = 1
    return layer(x)[:, 0, 0].nonzero().flatten().tolist()


@pytest.mark.parametrize("delay", range(LONGEST + 1))
@pytest.mark.parametrize("kernel", ["gauss", "triangle", "linear"])
@pytest.mark.parametrize("training", [True, False])
def test_a_delay_of_d_steps_moves_a_spike_by_exactly_d_steps(delay, kernel, training):
    layer = DelayedLinear(1, 1, LONGEST, kernel, backend="direct").train(training)
    with torch.no_grad():
        layer.delay.fill_(delay + 0.3 if delay < LONGEST else delay)
    layer.discretize()
    assert layer.delay.item() == delay
    assert _spike_through(layer) == [2 + delay]


@pytest.mark.parametrize("delay", range(LONGEST + 1))
def test_integer_delay_of_the_linear_kernel_is_exact_before_discretizing(delay):
    layer = DelayedLinear(1, 1, LONGEST, "linear", backend="reference")
    with torch.no_grad():
        layer.delay.fill_(delay)
    assert _spike_through(layer) == [2 + delay]


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**31),
    cut=st.integers(0, 14),
    longest=st.integers(0, 6),
    discrete=st.booleans(),
)
def test_splitting_time_in_two_changes_nothing(seed, cut, longest, discrete):
    torch.manual_seed(seed)
    layer = DelayedLinear(3, 2, longest, bias=True, backend="direct").double().eval()
    if discrete:
        layer.discretize()
    x = torch.randn(14, 2, 3, dtype=torch.float64)
    whole = layer(x)
    early, state = layer.forward_with_state(x[:cut])
    late, _ = layer.forward_with_state(x[cut:], state)
    torch.testing.assert_close(torch.cat([early, late]), whole)


@pytest.mark.parametrize("discrete", [True, False])
def test_causality_and_batch_independence(discrete):
    layer = DelayedLinear(4, 3, 6, backend="direct").eval()
    if discrete:
        layer.discretize()
    x = torch.randn(12, 3, 4)
    changed = x.clone()
    changed[6:, 1] += 1
    before, after = layer(x), layer(changed)
    torch.testing.assert_close(before[:6], after[:6])
    torch.testing.assert_close(before[:, [0, 2]], after[:, [0, 2]])


def test_forward_twice_and_another_batch_size():
    layer = DelayedLinear(4, 3, 6)
    x = torch.rand(9, 7, 4)
    assert torch.equal(layer(x), layer(x))
    torch.testing.assert_close(layer(x[:, :3]), layer(x)[:, :3])
    assert set(layer.state_dict()) == {"weight", "delay", "sigma"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_discrete_evaluation_equals_the_dense_path_and_ignores_the_batch(dtype):
    layer = DelayedLinear(6, 5, 9, taps=2, bias=True).to(dtype).discretize()
    x = torch.poisson(torch.full((30, 4, 6), 0.3)).to(dtype)
    dense = layer.train()(x)
    exact = layer.eval()(x)
    assert exact.dtype == dtype
    torch.testing.assert_close(exact, dense, rtol=1e-5, atol=1e-5)
    alone = torch.cat([layer(x[:, b : b + 1]) for b in range(4)], dim=1)
    assert torch.equal(alone, exact)


def test_discrete_layers_go_on_learning_weights_in_training_and_evaluation():
    layer = DelayedLinear(3, 2, 5, learn_delays=False)
    x = torch.randn(8, 2, 3, requires_grad=True)
    for mode in (True, False):
        grads = torch.autograd.grad(layer.train(mode)(x).square().sum(), (x, layer.weight))
        assert all(grad.abs().sum() > 0 for grad in grads)
    assert not layer.delay.requires_grad
    assert torch.equal(layer.delay, layer.delay.round())


def test_a_discrete_state_dict_stays_discrete():
    trained = DelayedLinear(3, 2, 5).discretize()
    fresh = DelayedLinear(3, 2, 5)
    fresh.load_state_dict(trained.state_dict())
    assert fresh.is_discrete
    x = torch.rand(9, 1, 3)
    assert torch.equal(fresh.eval()(x), trained.eval()(x))


def test_copies_and_discretize_do_not_share():
    layer = DelayedLinear(3, 2, 5)
    before = layer.delay.detach().clone()
    copy.deepcopy(layer).discretize()
    assert torch.equal(layer.delay, before)
    assert not layer.is_discrete


def test_delays_outside_their_range_are_used_at_the_border_and_can_return():
    layer = DelayedLinear(1, 1, 4, "linear")
    with torch.no_grad():
        layer.delay.fill_(9.0)
        layer.weight.fill_(1.0)
    x = torch.rand(10, 1, 1)
    loss = (layer(x) * torch.arange(10.0).view(-1, 1, 1)).sum()
    torch.testing.assert_close(layer(x)[4:], x[:6])
    loss.backward()
    assert layer.delay.grad.item() != 0
    layer.clamp_delays()
    assert layer.delay.item() == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DelayedLinear(0, 2, 3), "in_features is 0"),
        (lambda: DelayedLinear(2, 2, -1), "max_delay is -1 steps"),
        (lambda: DelayedLinear(2, 2, 3, "box"), "'box' is unknown"),
        (lambda: DelayedLinear(2, 2, 3, sigma=0.0), "sigma is 0.0"),
        (lambda: DelayedLinear(2, 2, 3)(torch.zeros(5, 1, 4)), r"expected \[T, B, 2\]"),
        (
            lambda: DelayedLinear(2, 2, 3).forward_with_state(
                torch.zeros(5, 1, 2), DelayState(torch.zeros(2, 1, 2))
            ),
            r"this input needs \(3, 1, 2\)",
        ),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(SnnError, match=message):
        make()


@pytest.mark.parametrize("kernel", ["gauss", "triangle", "linear"])
@pytest.mark.parametrize("backend", ["reference", "direct", "fourier"])
def test_gradients_agree_with_finite_differences(kernel, backend):
    layer = DelayedLinear(3, 2, 5, kernel, taps=2, sigma=1.3, bias=True, backend=backend).double()
    with torch.no_grad():  # away from the kinks of the piecewise linear kernels
        layer.delay.copy_(layer.delay.floor().clamp(0, 4) + 0.25)
    x = torch.randn(9, 2, 3, dtype=torch.float64, requires_grad=True)

    def output(x, weight, delay, bias):
        parameters = {"weight": weight, "delay": delay, "bias": bias}
        return torch.func.functional_call(layer, parameters, (x,))

    assert torch.autograd.gradcheck(output, (x, layer.weight, layer.delay, layer.bias))
