"""Dropout of whole sequences."""

from __future__ import annotations

import torch

from polychrony.snn import SequenceDropout
from polychrony.snn.kernels import masking


def test_a_neuron_is_silent_in_all_steps_or_in_none():
    x = torch.ones(9, 4, 50)
    y = SequenceDropout(0.5)(x)
    assert torch.equal(y, y[:1].expand_as(y))
    assert set(y.unique().tolist()) == {0.0, 2.0}


def test_its_gradient_passes_where_the_signal_does():
    x = torch.randn(9, 4, 50, requires_grad=True)
    y = SequenceDropout(0.25)(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad * x.detach(), y.detach())


def test_evaluation_and_zero_change_nothing():
    x = torch.randn(3, 2, 5)
    assert SequenceDropout(0.5).eval()(x) is x
    assert SequenceDropout(0.0)(x) is x


def test_operator_is_well_formed():
    x, factor = torch.randn(5, 2, 3, requires_grad=True), torch.rand(1, 2, 3)
    torch.library.opcheck(masking._scale, (x, factor))


def test_half_precision_keeps_its_type():
    assert SequenceDropout(0.5)(torch.ones(3, 2, 5, dtype=torch.bfloat16)).dtype == torch.bfloat16
