"""Accuracy of the network that a chip would hold."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, Subset

from polychrony.datasets import collate
from polychrony.experiments.data import Samples
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import Network
from polychrony.snn import SpikingNetwork, decide
from polychrony.snn.learning import BlockNetwork, decide_sum
from polychrony.snn.quantization import deployed, is_quantized


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
    data: Samples | Subset[tuple[torch.Tensor, int]], batch_size: int, workers: int = 0
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
    network: Network,
    data: Samples,
    batch_size: int = 256,
    device: torch.device | str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Classify every sample; with delays, integer ones and folded normalisation.

    Args:
        network: the network; a copy of it is discretized if it has delays, or put in fixed point
            if it is quantized.
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
    run, dt, n_blocks = _runner(network, device)
    rates = [0.0] * n_blocks
    correct = samples = 0
    for x, labels, _ in batches(data, batch_size):
        decisions, per_step = run(x.to(device))
        rates = [sum + rate * len(labels) for sum, rate in zip(rates, per_step, strict=True)]
        correct += int((decisions.cpu() == labels).sum())
        samples += len(labels)
        if progress is not None:
            progress(samples, len(data))
    return Evaluation(correct, samples, tuple(rate / samples / dt for rate in rates))


Runner = Callable[[torch.Tensor], tuple[torch.Tensor, list[float]]]


def _runner(network: Network, device: torch.device | str) -> tuple[Runner, float, int]:
    """What decides and tells rates per step; the duration of a step; the number of layers."""
    quantized = is_quantized(network)
    if isinstance(network, BlockNetwork):
        blocks = (deployed(network) if quantized else copy.deepcopy(network)).to(device)
        first = blocks.blocks[0].neurons
        return lambda x: _run_blocks(blocks, x), first.dt, len(blocks.blocks)
    ready = deployed(network) if quantized else copy.deepcopy(network).discretize()
    ready = ready.to(device)
    return lambda x: _run_delays(ready, x), network.dt, len(ready.blocks)


def _run_delays(network: SpikingNetwork, spikes: torch.Tensor) -> tuple[torch.Tensor, list[float]]:
    rates = []
    for block in network.blocks:
        spikes = block(spikes)
        rates.append(float(spikes.ne(0).mean(dtype=torch.float64)))
    potential = network.readout(network.readout_synapses(spikes))
    return decide(potential), rates


def _run_blocks(network: BlockNetwork, x: torch.Tensor) -> tuple[torch.Tensor, list[float]]:
    rates = []
    for block in network.blocks:
        spikes, _ = block.spikes_with_state(x)
        rates.append(float(spikes.ne(0).mean(dtype=torch.float64)))
        x = block.pooled(spikes)
    return decide_sum(network.read(x)[0]), rates
