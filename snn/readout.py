"""From the readout's membrane potential to a decision and a loss."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def softmax_sum(potential: Tensor) -> Tensor:
    """Evidence of each class: m_c = sum over t of softmax_c(v[t]).

    Args:
        potential: membrane potential of the readout, V, [T, B, C].

    Returns:
        [B, C], each row summing to T.

    Reference:
        Hammouamri et al., ICLR 2024, section 3 (readout by summed softmax).
    """
    return torch.softmax(potential, dim=2).sum(dim=0)


def decide(potential: Tensor) -> Tensor:
    """Predicted class of each sample, argmax of `softmax_sum`.

    Args:
        potential: membrane potential of the readout, V, [T, B, C].

    Returns:
        int64 [B].
    """
    return softmax_sum(potential).argmax(dim=1)


def readout_loss(
    potential: Tensor, labels: Tensor, label_smoothing: float = 0.0, step_weight: float = 1.0
) -> Tensor:
    """Cross-entropy of the summed softmax taken as logits, mean over the batch.

    Logits grow with the number of steps: ten times as many sharpen them tenfold. A `step_weight` of
    a tenth then gives the loss of the coarser steps back. The authors' code takes a second
    log-softmax of the evidence, as here; the text of later papers writes the logarithm of the
    summed softmax itself.

    Args:
        potential: membrane potential of the readout, V, [T, B, C].
        labels: class of each sample, int64 [B].
        label_smoothing: share of the target spread over all classes, in [0, 1).
        step_weight: what a step counts in the sum.

    Returns:
        A scalar.
    """
    logits = step_weight * softmax_sum(potential)
    return functional.cross_entropy(logits, labels, label_smoothing=label_smoothing)
