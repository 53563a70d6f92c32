"""Decisions and losses from readout potentials."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from polychrony.snn import decide, readout_loss, softmax_sum


def test_evidence_of_each_sample_sums_to_the_steps():
    potential = torch.randn(13, 4, 5)
    evidence = softmax_sum(potential)
    torch.testing.assert_close(evidence.sum(1), torch.full((4,), 13.0))
    assert torch.equal(decide(potential), evidence.argmax(1))


def test_every_step_votes_with_one_vote():
    potential = torch.zeros(3, 1, 2)
    potential[0, 0, 0] = 100.0
    potential[1:, 0, 1] = 3.0
    assert decide(potential).item() == 1


def test_loss_by_hand():
    potential = torch.randn(6, 3, 4)
    labels = torch.tensor([0, 3, 1])
    logits = torch.softmax(potential, 2).sum(0)
    by_hand = -torch.log_softmax(logits, 1)[range(3), labels].mean()
    assert readout_loss(potential, labels).item() == pytest.approx(by_hand.item())
    smooth = functional.cross_entropy(logits, labels, label_smoothing=0.1)
    assert readout_loss(potential, labels, 0.1).item() == pytest.approx(smooth.item())


def test_finer_steps_of_less_weight_give_the_same_loss():
    potential, labels = torch.randn(6, 3, 4), torch.tensor([0, 3, 1])
    fine = potential.repeat_interleave(10, 0)
    coarse = readout_loss(potential, labels, 0.1)
    torch.testing.assert_close(readout_loss(fine, labels, 0.1, step_weight=0.1), coarse)
    assert not torch.isclose(readout_loss(fine, labels, 0.1), coarse)
