"""Whole numbers that weights of a few bits can be, and how they learn."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from polychrony.snn import DelayedConv2d, DelayedLinear, SnnError
from polychrony.snn.quantization import GRIDS, Loihi, PowerOfTwo, Uniform, quantize
from polychrony.snn.quantization.weights import (
    original,
    quantizer_of,
    requantize,
    whole_and_step,
)


def members(grid):
    """Every number of a grid, written out by hand from its definition."""
    bits = grid.bits
    if isinstance(grid, PowerOfTwo):
        powers = [2.0**k for k in range(min(max(1, 2 ** (bits - 1) - 1), 15))]
        found = [0.0, *powers] if bits > 1 else powers
    else:
        top = max(1, 2 ** (bits - 1) - 1)
        found = [float(n) for n in range(0 if bits > 1 else 1, top + 1)]
    spacing = 2.0 if isinstance(grid, Loihi) else 1.0
    return sorted({spacing * sign * n for n in found for sign in (-1, 1)})


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("name", GRIDS)
def test_the_nearest_number_of_the_grid_is_taken(name, bits):
    grid = GRIDS[name](bits)
    known = np.array(members(grid))
    assert known.max() == grid.top
    ratio = torch.linspace(-1.2 * grid.top, 1.2 * grid.top, 4001, dtype=torch.float64)
    taken = grid.nearest(ratio).numpy()
    assert np.isin(taken, known).all()
    least = np.abs(ratio.numpy()[:, None] - known).min(axis=1)
    np.testing.assert_allclose(np.abs(ratio.numpy() - taken), least, rtol=0, atol=1e-12)
    again = grid.nearest(torch.tensor(known))
    assert torch.equal(again, torch.tensor(known))


def test_widths_have_their_names():
    assert members(Uniform(1)) == [-1, 1]
    assert members(Uniform(2)) == [-1, 0, 1]
    assert members(PowerOfTwo(4))[-4:] == [8, 16, 32, 64]
    assert Loihi(8).top == 254 and Loihi(8, even=False).top == 127
    assert Uniform(1).nearest(torch.zeros(1)).item() == 1


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_gradients_are_those_of_learned_step_sizes(name, bits, per_channel):
    torch.manual_seed(bits)
    layer = nn.Linear(6, 5, bias=False).double()
    quantize(layer, bits, per="channel" if per_channel else "tensor", grid=name)
    upstream = torch.randn(5, 6, dtype=torch.float64)
    (layer.weight * upstream).sum().backward()
    quantizer, held = quantizer_of(layer), original(layer)
    step, top = quantizer.spacing().detach(), quantizer.grid.top
    ratio = held.detach() / step
    whole = quantizer.whole(held).double()
    inside = ratio.abs() <= top
    torch.testing.assert_close(held.grad, upstream * inside)
    slope = torch.where(inside, whole - ratio, whole) * upstream
    total = slope.sum(1, keepdim=True) if per_channel else slope.sum().view(1, 1)
    shared = 6 if per_channel else 30
    torch.testing.assert_close(quantizer.step.grad, total / (shared * top) ** 0.5)


def test_steps_begin_as_published():
    weight = torch.randn(4, 50)
    start = Uniform(4).start(weight)
    torch.testing.assert_close(start, 2 * weight.abs().mean(1, keepdim=True) / 7**0.5)
    torch.testing.assert_close(Uniform(1).start(weight), weight.abs().mean(1, keepdim=True))


def test_steps_of_loihi_are_powers_of_two_and_the_sign_costs_a_bit():
    layer = quantize(nn.Linear(30, 8), 8, grid="loihi")
    whole, step = whole_and_step(layer)
    assert (torch.log2(step) % 1 == 0).all()
    assert (whole % 2 == 0).all() and whole.abs().max() <= 254


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 2**31),
    bits=st.integers(1, 8),
    name=st.sampled_from(sorted(GRIDS)),
    per=st.sampled_from(["tensor", "channel"]),
    kind=st.sampled_from(["linear", "conv", "delayed", "delayed conv"]),
)
def test_every_weight_is_a_whole_number_of_steps(seed, bits, name, per, kind):
    torch.manual_seed(seed)
    layer = {
        "linear": lambda: nn.Linear(4, 3),
        "conv": lambda: nn.Conv2d(2, 3, 3),
        "delayed": lambda: DelayedLinear(4, 3, 5, taps=2),
        "delayed conv": lambda: DelayedConv2d(2, 3, 3, 4),
    }[kind]()
    quantize(layer, bits, per=per, grid=name)
    whole, step = whole_and_step(layer)
    assert whole.dtype == torch.int64 and whole.abs().max() <= quantizer_of(layer).grid.top
    assert len(set(step.tolist())) == (1 if per == "tensor" else len(step)) or per == "channel"
    shape = (-1, *[1] * (whole.dim() - 1))
    expected = whole.double() * step.view(shape)
    torch.testing.assert_close(layer.weight.double(), expected, rtol=1e-6, atol=0)


def test_a_step_that_learning_drives_below_0_stays_above():
    layer = quantize(nn.Linear(4, 3), 4)
    with torch.no_grad():
        quantizer_of(layer).step.fill_(-1.0)
    assert torch.isfinite(layer.weight).all() and (quantizer_of(layer).spacing() > 0).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Uniform(0), "bits is 0"),
        (lambda: Uniform(9), "bits is 9"),
        (lambda: quantize(nn.Linear(2, 2), 2.0), "from 1 to 8"),
        (lambda: quantize(nn.Linear(2, 2), 4, grid="log"), "'log' is unknown"),
        (lambda: quantize(nn.Linear(2, 2), 4, per="row"), "use 'tensor' or 'channel'"),
        (lambda: quantize(quantize(nn.Linear(2, 2), 4), 4), "already"),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(SnnError, match=message):
        make()


def test_another_grid_for_a_copy_leaves_the_first_alone():
    layer = quantize(nn.Linear(6, 4), 8)
    copied = requantize(copy.deepcopy(layer), Uniform(2))
    assert quantizer_of(copied).grid == Uniform(2) and quantizer_of(layer).grid == Uniform(8)
    assert torch.equal(original(copied), original(layer))
    whole, _ = whole_and_step(copied)
    assert whole.abs().max() <= 1 and not torch.equal(copied.weight, layer.weight)
    with pytest.raises(SnnError, match="not quantized"):
        requantize(nn.Linear(2, 2), Uniform(2))
