"""Torch networks: what is counted here is what NeuroBench counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

pytest.importorskip("snntorch", reason="NeuroBench's spiking examples are networks of snntorch")

from example_networks import EXAMPLES, counts, example_by_package

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.neurobench import ModuleAccount, of_module, static_of_module
from polychrony.snn import DelayedLinear

RECORD = json.loads((Path(__file__).parent / "counted_by_package.json").read_text())


def approximately(found: dict) -> dict:
    """Equal but for the last bits of ratios, which the package sums batch by batch."""
    shares = ("ActivationSparsity",)
    return {k: pytest.approx(v, rel=1e-12) if k in shares else v for k, v in found.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_count_what_the_package_recorded(name):
    network, batches, run, _ = EXAMPLES[name]()
    found = of_module(network, batches, run).to_dict()
    assert found == approximately(RECORD["counted"][name])
    assert 0 < found["ActivationSparsity"] < 1
    assert 0 < found["ConnectionSparsity"] < 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_count_what_the_package_counts_here(name):
    pytest.importorskip("neurobench", reason="compares with the package; pip install neurobench")
    network, batches, run, _ = EXAMPLES[name]()
    assert of_module(network, batches, run).to_dict() == approximately(example_by_package(name))


@pytest.mark.parametrize(
    ("name", "footprint"),
    [("speech_spikes", 583_900), ("gestures", 304_828), ("speech_values", 109_228)],
)
def test_sizes_are_those_that_the_examples_publish(name, footprint):
    assert static_of_module(EXAMPLES[name]().network).footprint == footprint


@pytest.mark.parametrize(
    ("name", "steps", "published", "biases"),
    [
        ("gestures", 150, 891_206_400, 0),
        ("speech_spikes", 201, 29_336_955, 3 * 256 + 35),
        ("speech_values", 1, 1_902_179, 32 * (496 + 122) + 64 * (28 + 5) + 35),
    ],
)
def test_dense_operations_are_those_published(name, steps, published, biases):
    # Two of the examples publish numbers in which a bias is an operation of each output.
    network, batches, run, spiking = EXAMPLES[name]()
    dense = of_module(network, batches[:1], run).dense / (batches[0].shape[1] if spiking else 1)
    assert (dense + biases) * steps == published


def test_a_single_value_makes_a_call_multiply():
    network = nn.Sequential(nn.Linear(3, 4))
    network[0].weight.data.fill_(1).T[0, :2] = 0  # 2 of 12 weights are 0
    spikes, values = torch.tensor([[1.0, -1, 0]]), torch.tensor([[1.0, 2, 0]])
    found = of_module(network, [spikes])
    assert (found.effective_acs, found.effective_macs, found.dense) == (2 + 4, 0, 12)
    both = of_module(network, [spikes, values])
    assert (both.effective_acs, both.effective_macs) == (3, 3)
    together = of_module(network, [torch.cat([spikes, values])])
    assert (together.effective_acs, together.effective_macs) == (0, 6)


def test_counts_are_whole_where_float32_is_not():
    network = nn.Sequential(nn.Linear(4099, 4099, bias=False))
    assert of_module(network, [torch.ones(1, 4099)]).dense == 4099**2 == 16_801_801


def test_nothing_is_left_behind():
    network, batches, run, _ = EXAMPLES["speech_spikes"]()
    with ModuleAccount(network) as account:
        run(batches[0])
        account.end_batch(len(batches[0]))
    before = account.report()
    run(batches[0])
    assert account.report() == before
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())


def test_activations_of_ones_own():
    class Half(nn.Module):
        def forward(self, x):
            return x * (torch.arange(x.shape[-1]) % 2)

    network = nn.Sequential(nn.Linear(2, 4), Half())
    assert of_module(network, [torch.ones(3, 2)]).activation_sparsity == 0.0
    assert of_module(network, [torch.ones(3, 2)], activations=[Half]).activation_sparsity == 0.5


@pytest.mark.parametrize(
    ("network", "named"),
    [
        (nn.Sequential(nn.LSTM(3, 4)), "0 is a LSTM, whose operations are not counted"),
        (nn.Sequential(nn.GRUCell(3, 4)), "0 is a GRUCell, whose"),
        (nn.Sequential(DelayedLinear(3, 4, 2)), "0 is a DelayedLinear; delays are counted on"),
        (nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"), "Conv1d that pads with more"),
        (nn.Sequential(nn.ReLU()), "no linear or convolutional layers"),
    ],
)
def test_what_would_go_uncounted_is_refused(network, named):
    with pytest.raises(HardwareError, match=named):
        of_module(network, [counts(2, 3)])


def test_no_samples():
    with pytest.raises(HardwareError, match="nothing has been recorded"):
        of_module(nn.Linear(3, 2), [])
