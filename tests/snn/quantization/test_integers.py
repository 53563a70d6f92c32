"""Integers alone give the spikes of the torch network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from polychrony.snn import (
    LI,
    LIF,
    DelayedConv2d,
    DelayedLinear,
    DelayedRecurrent,
    MultiBitLIF,
    SnnError,
    SpikingNetwork,
)
from polychrony.snn.quantization import GRIDS, deployed, integer_inference, integers, quantize

DT = 1e-2


def network(recurrent=0, v_reset=0.0, kind="learned"):
    made = SpikingNetwork(
        14,
        (9, 7),
        3,
        dt=DT,
        tau_mem=2 * DT,
        max_delay=3,
        delays=kind,
        recurrent=recurrent,
        v_reset=v_reset,
    )
    for block in made.blocks:
        nn.init.normal_(block.norm.weight)
        nn.init.normal_(block.norm.bias)
        nn.init.normal_(block.norm.running_mean)
        nn.init.uniform_(block.norm.running_var, 0.2, 2)
    return made


def counts(seed, shape, most=3):
    generator = torch.Generator().manual_seed(seed)
    there = torch.rand(shape, generator=generator) < 0.4
    return there * torch.randint(1, most + 1, shape, generator=generator)


def both(made, x, fraction_bits=8):
    """Spikes of every layer and potentials in units, of torch and of integers."""
    ready = deployed(made, fraction_bits)
    found = integer_inference(integers(made, fraction_bits), x.numpy())
    torch_spikes, y = {}, x.float()
    for index, block in enumerate(ready.blocks):
        y = block(y)
        torch_spikes[f"hidden{index + 1}"] = y.numpy()
    potential = ready.readout(ready.readout_synapses(y))
    assert torch.equal(ready(x.float()), potential)
    return torch_spikes, (potential / ready.readout.unit).numpy(), found


def assert_alike(made, x, fraction_bits=8):
    spikes, potentials, found = both(made, x, fraction_bits)
    for name, expected in spikes.items():
        np.testing.assert_array_equal(found.spikes[name], expected, err_msg=name)
    np.testing.assert_array_equal(found.potentials["output"], np.rint(potentials))
    assert all(array.dtype == np.int64 for array in found.spikes.values())
    return found


@pytest.mark.parametrize("spikes", range(1, 9))
@pytest.mark.parametrize("weights", range(1, 9))
def test_integers_give_the_spikes_of_torch_at_every_width(weights, spikes):
    torch.manual_seed(10 * weights + spikes)
    made = quantize(network(v_reset=0.0 if weights % 2 else None), weights, spikes)
    found = assert_alike(made, counts(spikes, (9, 2, 14)))
    sent = np.concatenate([array.ravel() for array in found.spikes.values()])
    assert 0 < sent.max() <= 2**spikes - 1


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**31),
    weights=st.integers(1, 8),
    spikes=st.integers(1, 8),
    grid=st.sampled_from(sorted(GRIDS)),
    per=st.sampled_from(["tensor", "channel"]),
    rounding=st.sampled_from(["nearest", "down"]),
    recurrent=st.sampled_from([0, 1, 3]),
    v_reset=st.sampled_from([0.0, None, -0.3]),
    fraction_bits=st.sampled_from([0, 3, 8, 12]),
    kind=st.sampled_from(["learned", "fixed", "none"]),
    most=st.sampled_from([1, 3, 255]),
)
def test_whatever_the_grid_the_neurons_and_the_delays(
    seed, weights, spikes, grid, per, rounding, recurrent, v_reset, fraction_bits, kind, most
):
    torch.manual_seed(seed)
    made = network(recurrent, v_reset, kind)
    quantize(made, weights, spikes, per, grid, rounding)
    assert_alike(made, counts(seed, (7, 2, 14), most), fraction_bits)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("bits", [1, 2, 3, 5, 8])
def test_chains_of_maps_and_vectors(bits, grid):
    torch.manual_seed(bits)
    made = nn.Sequential(
        DelayedConv2d(2, 4, 3, 3, stride=2, padding=1, groups=2, bias=True),
        MultiBitLIF(2 * DT, DT, bits),
        DelayedConv2d(4, 3, 2, 1),
        LIF(2 * DT, DT),
        nn.Flatten(2),
        DelayedLinear(12, 6, 4, taps=2),
        DelayedRecurrent(LIF(2 * DT, DT, v_reset=None), 6, 3),
        nn.Linear(6, 4),
        MultiBitLIF(2 * DT, DT, bits, 0.4, "down"),
        nn.Linear(4, 3),
        LI(2 * DT, DT),
    )
    quantize(made, bits, grid=grid)
    x = counts(bits, (8, 2, 2, 5, 6))
    found = integer_inference(integers(made), x.numpy())
    ready = deployed(made)
    y, fired = x.double(), {}
    for key, module in ready.named_children():
        y = module(y)
        fired[key] = y
    names = list(found.spikes)
    assert names == ["1", "3", "6", "8"]
    for name in names:
        np.testing.assert_array_equal(found.spikes[name], fired[name].detach().numpy())
    units = (fired["10"] / ready[10].unit).detach().numpy()
    np.testing.assert_array_equal(found.potentials["10"], np.rint(units))
    assert any(found.spikes[name].any() for name in names)


def test_weights_are_those_that_were_trained():
    made = quantize(network(), 4, 2)
    before = {name: p.clone() for name, p in made.state_dict().items()}
    exported = integers(made)
    for block, layer in zip(made.blocks, exported.layers, strict=False):
        quantizer = block.synapses.parametrizations.weight[0]
        trained = quantizer.whole(block.synapses.parametrizations.weight.original)
        sign = torch.where(block.norm.weight < 0, -1, 1).view(-1, 1, 1)
        np.testing.assert_array_equal(layer.synapses.weight, (trained * sign).numpy())
        assert layer.synapses.shift == 8
        assert np.abs(layer.synapses.weight).max() <= 7
    assert all(torch.equal(before[name], p) for name, p in made.state_dict().items())


def test_what_fixed_point_changes_is_small():
    """The network before and after: few spikes differ, and fewer with more fraction bits."""
    torch.manual_seed(0)
    made = quantize(network(kind="fixed"), 4, 2).eval()
    x = counts(1, (60, 20, 14)).float()
    real = made.blocks[0](x)
    shares = []
    for bits in (0, 4, 8, 12):
        spikes = deployed(made, bits).blocks[0](x)
        shares.append(float((spikes != real).double().mean()))
    assert shares[0] > shares[1] > shares[2] >= shares[3] and shares[2] < 2e-3


def test_the_decay_rounds_towards_0_in_4096ths():
    made = nn.Sequential(nn.Linear(1, 1, bias=False), LI(2 * DT, DT))
    quantize(made, 2)
    with torch.no_grad():
        made[0].parametrizations.weight.original.fill_(-1)
    x = np.zeros((4, 1, 1), np.int64)
    x[0] = 1
    found = integer_inference(integers(made), x)
    decay = round(float(made[1].decay) * 4096)
    expected = [-256]
    for _ in range(3):
        expected.append(-(-expected[-1] * decay // 4096))
    assert found.potentials["1"].ravel().tolist() == expected


def test_a_channel_that_normalisation_silences_stays_silent():
    made = quantize(network(), 4)
    with torch.no_grad():
        made.blocks[0].norm.weight[0] = 0
        made.blocks[0].norm.bias[0] = 0.3
    found = assert_alike(made, counts(3, (9, 2, 14)))
    assert not found.spikes["hidden1"][:, :, 0].any()


def test_a_deployed_network_exports_the_same_integers():
    made = quantize(network(recurrent=2), 3, 2)
    once, again = integers(made), integers(deployed(made))
    for first, second in zip(once.layers, again.layers, strict=True):
        assert np.array_equal(first.synapses.weight, second.synapses.weight)
        assert np.array_equal(first.neurons.bias, second.neurons.bias)
        assert first.neurons.name == second.neurons.name
    assert once["hidden1"].feedback is not None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: integers(network()), "hidden1: its weights are not quantized"),
        (lambda: integers(nn.Linear(2, 2)), "Linear has no form in integers"),
        (lambda: integers(nn.Sequential(quantize(nn.Linear(2, 2)))), "no neurons after"),
        (lambda: integers(nn.Sequential(nn.Linear(2, 2), nn.ReLU())), "ReLU follows synapses"),
        (lambda: integers(nn.Sequential(nn.ReLU())), "ReLU has no form"),
        (lambda: deployed(quantize(network()), 17), "fraction_bits is 17"),
        (lambda: quantize(network()).discretize(), "use .*deployed"),
        (
            lambda: integer_inference(integers(quantize(network())), np.full((1, 1, 14), 0.5)),
            "whole numbers",
        ),
        (lambda: integers(quantize(network()))["hidden9"], "no layer is called 'hidden9'"),
        (
            lambda: deployed(quantize(nn.Sequential(nn.Linear(2, 2), LI(DT, DT))))(
                torch.zeros(2, 1, 2).float()
            ),
            ".*",
        ),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises((SnnError, RuntimeError), match=message):
        make()
