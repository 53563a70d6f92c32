"""Synapses that a spike meets, by kind of layer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from polychrony.hardware.bitbudget import Widths, convolution, linear
from polychrony.hardware.errors import HardwareError

PLAIN, DELAYED = Widths(8), Widths(8, delay_bits=6)


@given(
    channels=st.sampled_from([(2, 4, 1), (2, 4, 2), (3, 6, 3)]),
    height=st.integers(3, 7),
    width=st.integers(3, 7),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
)
def test_convolution_meets_what_torch_multiplies(channels, height, width, kernel, stride, padding):
    n_in, n_out, groups = channels
    x = torch.zeros(1, n_in, height, width, dtype=torch.float64, requires_grad=True)
    ones = torch.ones(n_out, n_in // groups, kernel, kernel, dtype=torch.float64)
    options = {"stride": stride, "padding": padding, "groups": groups}
    torch.nn.functional.conv2d(x, ones, **options).sum().backward()
    layer = convolution("c", (n_in, height, width), n_out, kernel, PLAIN, **options)
    np.testing.assert_array_equal(layer.fan_out, x.grad.flatten().numpy())
    assert layer.weights_kept == ones.numel()
    assert layer.delays_kept == 0


def test_inside_a_convolution_macs_are_the_textbook_product():
    layer = convolution("c", (3, 8, 8), 5, 3, DELAYED)
    assert layer.macs == 3 * 3 * 3 * 5 * 6 * 6
    assert (layer.weights_kept, layer.delays_kept) == (135, 135)
    np.testing.assert_array_equal(layer.delays_met, layer.fan_out)


def test_convolution_over_one_axis():
    assert convolution("c", (2, 10), 4, 3, PLAIN).macs == 2 * 4 * 3 * 8


def test_a_delay_makes_no_synapse_of_its_own():
    plain, delayed = (linear("l", 5, 4, widths) for widths in (PLAIN, DELAYED))
    assert plain.macs == delayed.macs == 20
    assert plain.delays_kept == 0
    assert delayed.delays_kept == 20
    assert linear("l", 5, 4, DELAYED, taps=3).macs == 60


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: linear("l", 0, 4, PLAIN), "l: n_in is 0"),
        (lambda: convolution("c", (3, 4, 4), 4, 3, PLAIN, groups=2), "do not divide into 2"),
        (lambda: convolution("c", (3, 2, 2), 4, 3, PLAIN), "kernel of 3 does not fit 2"),
        (lambda: Widths(8, spike_bits=0), "spike_bits is 0"),
    ],
)
def test_refusals(call, named):
    with pytest.raises(HardwareError, match=named):
        call()
