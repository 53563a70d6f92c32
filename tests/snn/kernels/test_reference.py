"""The reference neurons against closed forms."""

from __future__ import annotations

import numpy as np
import torch

from polychrony.snn import ATan
from polychrony.snn.kernels import reference


def _lif(x, decay, v_reset, threshold=1.0, v=None):
    rest = torch.zeros(x.shape[1:], dtype=x.dtype) if v is None else v
    return reference.lif(
        x, rest, x.new_tensor(decay), x.new_tensor(threshold), v_reset, ATan(), True
    )


def test_step_response_below_threshold_is_the_geometric_sum():
    decay, current, steps = 0.9, 0.05, 40
    x = torch.full((steps, 1, 1), current, dtype=torch.float64)
    trace, last = reference.li(x, torch.zeros(1, 1, dtype=torch.float64), x.new_tensor(decay))
    n = torch.arange(1, steps + 1, dtype=torch.float64)
    torch.testing.assert_close(trace[:, 0, 0], current * (1 - decay**n) / (1 - decay))
    torch.testing.assert_close(last, trace[-1])


def test_constant_drive_fires_with_the_closed_form_period():
    decay, current = 0.95, 0.2
    # v after n steps from 0 is current * (1 - decay^n) / (1 - decay); it reaches 1 at this n.
    period = int(np.ceil(np.log(1 - (1 - decay) / current) / np.log(decay)))
    x = torch.full((5 * period, 1, 1), current, dtype=torch.float64)
    spikes, _ = _lif(x, decay, 0.0)
    assert spikes[:, 0, 0].nonzero().flatten().tolist() == [k * period - 1 for k in range(1, 6)]


def test_soft_reset_keeps_what_exceeds_the_threshold():
    x = torch.tensor([2.5, 0.0, 0.0]).view(3, 1, 1)
    spikes, v = _lif(x, 1.0, None)
    assert spikes.flatten().tolist() == [1, 1, 0]
    assert v.item() == 0.5


def test_hard_reset_goes_to_v_reset():
    x = torch.tensor([2.5, 0.0]).view(2, 1, 1)
    spikes, v = _lif(x, 0.5, -0.25)
    assert spikes.flatten().tolist() == [1, 0]
    assert v.item() == -0.125


def test_fires_exactly_at_threshold():
    spikes, _ = _lif(torch.ones(1, 1, 1), 0.5, 0.0)
    assert spikes.item() == 1


def test_no_steps_leave_the_state_alone():
    v = torch.full((2, 3), 0.7)
    spikes, after = _lif(torch.zeros(0, 2, 3), 0.5, 0.0, v=v)
    assert spikes.shape == (0, 2, 3)
    assert after is v
