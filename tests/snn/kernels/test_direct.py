"""What only the direct convolution must handle; equality is tested with all backends together."""

from __future__ import annotations

import torch

from polychrony.snn.kernels import direct


def test_no_steps_in_no_steps_out():
    assert direct.delayed_linear(torch.zeros(0, 2, 3), torch.ones(4, 5, 3)).shape == (0, 2, 5)
