"""Detectors whose right delays are known, and what learning finds instead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR

from polychrony.datasets import BinnedDataset, Coincidence
from polychrony.snn import LI, DelayedLinear, SigmaAnnealing

DT = 4e-3
TAU_MEM = 4e-3
PERIOD = 0.44
"""Of the patterns, s. More than twice their span of 0.2 s: no delay up to 0.2 s reaches from one
pattern into the next, so that the right delays are unique."""
BETA = 20.0  # 1/V; potentials are below 1
SAMPLES = 600


@dataclass(frozen=True)
class Found:
    """Learned delays beside the right ones.

    `learned` and `right` are delays [detectors, channels], s. Right ones are those that let the
    spikes of a pattern arrive at once, right_ki = max_j t_kj - t_ki, up to a constant for each
    detector, which is the median of the difference and is taken off the learned ones. Accuracies
    are those of integer delays on the test samples: the detector that rises highest decides.
    """

    seed: int
    learned: NDArray[np.float64]
    right: NDArray[np.float64]
    drawn: NDArray[np.float64]
    """Delays before learning, in the same way."""
    accuracy: float
    accuracy_right: float

    @property
    def correlation(self) -> float:
        """Pearson's, over all synapses."""
        return float(np.corrcoef(self.learned.ravel(), self.right.ravel())[0, 1])

    @property
    def error(self) -> float:
        """Mean absolute error, s."""
        return float(np.abs(self.learned - self.right).mean())

    @property
    def error_before(self) -> float:
        """Mean absolute error of the delays before learning, s."""
        return float(np.abs(self.drawn - self.right).mean())

    def to_dict(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return {
            "seed": self.seed,
            "correlation": self.correlation,
            "error_s": self.error,
            "error_before_s": self.error_before,
            "accuracy": self.accuracy,
            "accuracy_right_delays": self.accuracy_right,
            "learned_s": self.learned.tolist(),
            "right_s": self.right.tolist(),
        }


class Detectors(torch.nn.Module):
    """One neuron for each pattern, which sums all channels with equal weights.

    v_k[t] = exp(-dt / tau_mem) v_k[t-1] + (1 / N) sum over i of x_i[t - d_ki]

    Only the delays learn. The neurons do not fire: how high the potential rises is the evidence.

    Args:
        n_channels: channels N.
        n_patterns: detectors.
        max_delay: longest delay, steps.
    """

    def __init__(self, n_channels: int, n_patterns: int, max_delay: int) -> None:
        super().__init__()
        self.synapses = DelayedLinear(n_channels, n_patterns, max_delay)
        torch.nn.init.constant_(self.synapses.weight, 1 / n_channels)
        self.synapses.weight.requires_grad_(False)
        self.neurons = LI(TAU_MEM, DT)

    def forward(self, x: Tensor) -> Tensor:
        """Soft maximum over time, (1 / beta) log sum_t exp(beta v[t]), V, [B, n_patterns]."""
        potential: Tensor = self.neurons(self.synapses(x))
        return torch.logsumexp(BETA * potential, 0) / BETA


def learn(seed: int, epochs: int = 20, batch_size: int = 60, lr: float = 1.0) -> Found:
    """Let detectors learn delays from the patterns of `Coincidence`, and compare.

    Each detector sees only samples of its own pattern, and its delays learn to make its potential
    rise as high as can be. With equal weights that is where all spikes arrive at once.

    Args:
        seed: of orders, spikes, first delays and order of samples.
        epochs: passes over the samples.
        batch_size: samples at a time.
        lr: peak learning rate of delays, steps.
    """
    torch.manual_seed(seed)
    source = Coincidence("train", seed=seed, period=PERIOD)
    x, labels = _samples(source)
    span = source.gap * int(source.slots.max())
    detectors = Detectors(x.shape[2], len(source.classes), round(span / DT))
    layer = detectors.synapses
    right: NDArray[np.float64] = span - source.gap * source.slots.astype(np.float64)
    drawn = _aligned(layer, right)
    optimizer = Adam([layer.delay], lr=lr)
    schedule = CosineAnnealingLR(optimizer, epochs * math.ceil(len(labels) / batch_size))
    annealing = SigmaAnnealing(detectors, max(1, 3 * epochs // 4))
    for epoch in range(epochs):
        for rows in torch.split(torch.randperm(len(labels)), batch_size):
            loss = -detectors(x[:, rows]).gather(1, labels[rows, None]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            layer.clamp_delays()
        annealing.on_epoch_end(epoch)
    learned = _aligned(layer, right)
    test = _samples(Coincidence("test", seed=seed, period=PERIOD))
    accuracy = _accuracy(detectors, *test)
    with torch.no_grad():
        layer.delay.copy_(torch.from_numpy(right / DT).unsqueeze(-1))
    return Found(seed, learned, right, drawn, accuracy, _accuracy(detectors, *test))


def _samples(source: Coincidence) -> tuple[Tensor, Tensor]:
    counts = BinnedDataset(source, dt=DT, n_steps=round(source.duration / DT))
    rows = [counts[index] for index in range(min(SAMPLES, len(counts)))]
    x = torch.stack([sample for sample, _ in rows], 1).float()
    return x, torch.tensor([label for _, label in rows])


def _aligned(layer: DelayedLinear, right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Delays, s, less the constant that each detector may choose."""
    delays: NDArray[np.float64] = DT * layer.delay.detach().squeeze(-1).double().numpy()
    return delays - np.median(delays - right, axis=1, keepdims=True)


@torch.no_grad()
def _accuracy(detectors: Detectors, x: Tensor, labels: Tensor) -> float:
    detectors.synapses.discretize()
    decisions = detectors.eval()(x).argmax(1)
    return float((decisions == labels).double().mean())
