"""Accuracy of the network that a chip would hold."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader

from polychrony.datasets import BinnedDataset, collate
from polychrony.experiments.errors import UserError
from polychrony.snn import SpikingNetwork, decide


@dataclass(frozen=True)
class Evaluation:
    """Outcome of one pass over a data set."""

    correct: int
    samples: int
    spike_rate_Hz: tuple[float, ...]  # noqa: N815 - the unit is written as the SI writes it
    """Mean rate of each hidden layer's neurons."""

    @property
    def accuracy(self) -> float:
        """Share of correct decisions."""
        return self.correct / self.samples


def batches(
    data: BinnedDataset, batch_size: int, workers: int = 0
) -> DataLoader[tuple[torch.Tensor, int]]:
    """Loader over a data set in its own order."""
    return DataLoader(
        data,
        batch_size=batch_size,
        collate_fn=collate,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
        generator=torch.Generator(),  # the global one belongs to training
    )


@torch.no_grad()
def evaluate(
    network: SpikingNetwork,
    data: BinnedDataset,
    batch_size: int = 256,
    device: torch.device | str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Classify every sample with integer delays and folded normalisation.

    Args:
        network: the network; a copy of it is discretized.
        data: the samples.
        batch_size: samples at a time; it does not change the result.
        device: where to run.
        progress: called with (samples done, all).

    Returns:
        Accuracy and spike rates.

    Raises:
        UserError: there are no samples.
    """
    if not len(data):
        raise UserError("there are no samples to evaluate")
    chip_ready = copy.deepcopy(network).discretize().to(device)
    rates = [0.0] * len(chip_ready.blocks)
    correct = samples = 0
    for x, labels, _ in batches(data, batch_size):
        spikes = x.to(device)
        for index, block in enumerate(chip_ready.blocks):
            spikes = block(spikes)
            rates[index] += float(spikes.mean(dtype=torch.float64)) * len(labels)
        potential = chip_ready.readout(chip_ready.readout_synapses(spikes))
        correct += int((decide(potential).cpu() == labels).sum())
        samples += len(labels)
        if progress is not None:
            progress(samples, len(data))
    per_step = [rate / samples for rate in rates]
    return Evaluation(correct, samples, tuple(rate / network.dt for rate in per_step))
