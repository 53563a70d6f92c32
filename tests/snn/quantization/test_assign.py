"""Bits by layer, and training with them."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from polychrony.snn import (
    LIF,
    CubaLIF,
    DelayedRecurrent,
    MultiBitLIF,
    SnnError,
    SpikingNetwork,
    readout_loss,
)
from polychrony.snn.learning import Block, BlockNetwork, StandardizedLinear
from polychrony.snn.quantization import is_quantized, quantize, quantizer_of
from polychrony.snn.quantization.weights import original

DT = 1e-2


def network(**options):
    return SpikingNetwork(12, (8, 6), 3, dt=DT, tau_mem=2 * DT, max_delay=2, **options)


def bits_of(layer):
    return quantizer_of(layer).grid.bits


def test_every_layer_gets_the_bits_unless_it_has_its_own():
    made = network(recurrent=2)
    own = {
        "hidden.0": {"weights": 8, "spikes": 1},
        "hidden.0.neurons.synapses": {"weights": 3},
        "readout_synapses": {"weights": None},
    }
    assert quantize(made, 4, 2, layers=own) is made
    first, second = made.blocks
    assert (bits_of(first.synapses), bits_of(first.neurons.synapses)) == (8, 3)
    assert isinstance(first.neurons.neurons, LIF)
    assert (bits_of(second.synapses), second.neurons.neurons.bits) == (4, 2)
    assert quantizer_of(made.readout_synapses) is None


def test_the_readout_shares_one_step_and_neurons_keep_what_they_were():
    made = network()
    before = copy.deepcopy(made.blocks[0].neurons)
    quantize(made, 4, 3, per="channel", rounding="down")
    assert quantizer_of(made.blocks[0].synapses).step.numel() == 8
    assert quantizer_of(made.readout_synapses).step.numel() == 1
    after = made.blocks[0].neurons
    assert isinstance(after, MultiBitLIF) and after.rounding == "down" and after.training
    assert torch.equal(after.decay, before.decay) and after.surrogate == before.surrogate


def test_one_bit_leaves_neurons_alone():
    made = quantize(network(), None, 1)
    assert not is_quantized(made)
    assert is_quantized(quantize(network(), None, 2)) and is_quantized(quantize(network(), 8))


def test_plain_layers_of_torch_and_blocks():
    made = nn.Sequential(nn.Linear(4, 3), nn.Conv2d(1, 2, 3), nn.BatchNorm1d(3))
    quantize(made, 5)
    assert [quantizer_of(layer) is not None for layer in made] == [True, True, False]
    blocks = BlockNetwork([Block(nn.Linear(4, 3), LIF(2 * DT, DT))], nn.Linear(3, 2))
    quantize(blocks, 4)
    assert bits_of(blocks.blocks[0].synapses) == 4
    blocks(torch.ones(3, 2, 4)).sum().backward()
    assert original(blocks.blocks[0].synapses).grad is not None


@pytest.mark.parametrize(("weights", "spikes"), [(1, 1), (2, 4), (4, 2), (8, 8)])
def test_gradients_are_finite_and_reach_every_parameter(weights, spikes):
    torch.manual_seed(0)
    made = quantize(network(recurrent=2), weights, spikes)
    x = (torch.rand(15, 6, 12) < 0.5).float()
    readout_loss(made(x), torch.tensor([0, 1, 2, 0, 1, 2])).backward()
    for name, parameter in made.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
    assert all(quantizer_of(layer).step.grad.abs().sum() > 0 for layer in made.delayed_layers)


def test_a_state_dict_goes_round():
    made, other = (quantize(network(), 4, 2) for _ in range(2))
    other.load_state_dict(made.state_dict())
    x = (torch.rand(10, 2, 12) < 0.5).float()
    assert torch.equal(made.eval()(x), other.eval()(x))
    assert {name for name in made.state_dict() if "quant" in name or "step" in name} == {
        "hidden.0.synapses.parametrizations.weight.0.step",
        "hidden.1.synapses.parametrizations.weight.0.step",
        "readout_synapses.parametrizations.weight.0.step",
    }


@pytest.mark.parametrize(("weights", "spikes"), [(2, 1), (4, 2)])
def test_a_quantized_network_learns_what_a_full_one_learns(weights, spikes):
    """Three classes that differ in which inputs fire."""
    torch.manual_seed(1)
    made = quantize(network(delays="none"), weights, spikes)
    generator = torch.Generator().manual_seed(2)
    labels = torch.arange(60) % 3
    rates = torch.full((3, 12), 0.1)
    for label in range(3):
        rates[label, 4 * label : 4 * label + 4] = 0.4
    x = (torch.rand(20, 60, 12, generator=generator) < rates[labels]).float()
    adam = torch.optim.Adam(made.parameters(), lr=1e-2)
    for _ in range(60):
        adam.zero_grad()
        readout_loss(made(x), labels).backward()
        adam.step()
    decided = torch.softmax(made.eval()(x), 2).sum(0).argmax(1)
    assert float((decided == labels).double().mean()) > 0.9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: quantize(network(), layers={"hidden.7": {}}), "'hidden.7', which fits no layer"),
        (lambda: quantize(network(), layers={"hidden.0": {"bits": 3}}), "it may set grid, per"),
        (lambda: quantize(network(), layers={"hidden": {"weights": 9}}), "weights is 9"),
        (
            lambda: quantize(StandardizedLinear(3, 2)),
            "a layer cannot replace itself; quantize what holds it",
        ),
        (
            lambda: quantize(nn.Sequential(CubaLIF(DT, DT, DT)), 4, 2),
            "CubaLIF has no multi-bit form",
        ),
        (lambda: quantize(LIF(DT, DT), 4, 2), "quantize what holds it"),
        (
            lambda: quantize(DelayedRecurrent(LIF(DT, DT), 3, 2), 4, 2, layers={"x": {}}),
            "fits no layer of the network: 'neurons', 'synapses'",
        ),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(SnnError, match=message):
        make()
