"""Networks of blocks with few bits: maps, pooling, loops and standardised weights."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from polychrony.snn import LIF, DelayedLinear, MultiBitLIF, SnnError
from polychrony.snn.learning import (
    BPTT,
    Block,
    BlockNetwork,
    StandardizedConv2d,
    StandardizedLinear,
    decide_sum,
    standardized,
    strictly_above,
    tess,
)
from polychrony.snn.quantization import (
    GRIDS,
    deployed,
    integer_inference,
    integers,
    quantize,
    quantizer_of,
)
from polychrony.snn.quantization.grids import grid_of
from polychrony.snn.quantization.weights import original, requantize, whole_and_step

DT = 1e-2
CLASSES = 3


def cells(v_reset=None):
    return LIF(2 * DT, DT, strictly_above(0.6), v_reset, discretization="euler")


def network(kind="standardized", pool="max", v_reset=None, recurrent=True, readout_decay=0.5):
    conv, linear = nn.Conv2d, nn.Linear
    if kind == "standardized":
        conv, linear = StandardizedConv2d, StandardizedLinear
    pools = {"max": nn.MaxPool2d(2), "mean": nn.AvgPool2d((2, 3)), "none": None}
    sizes = {"max": 4 * 2 * 2, "mean": 4 * 2 * 1, "none": 4 * 4 * 4}
    inner = nn.Linear(7, 7, bias=False) if recurrent else None
    blocks = [
        Block(conv(2, 6, 3, bias=True, padding=1), cells(v_reset), nn.MaxPool2d(2)),
        Block(conv(6, 4, 3, stride=1, padding=1, bias=False), cells(v_reset), pools[pool]),
        Block(linear(sizes[pool], 7, bias=False), cells(v_reset), recurrent=inner),
    ]
    made = BlockNetwork(blocks, nn.Linear(7, CLASSES), readout_decay)
    for block in made.blocks:
        nn.init.normal_(block.synapses.weight, std=0.5)
    return made


def counts(seed, shape=(7, 2, 2, 8, 9), most=3):
    generator = torch.Generator().manual_seed(seed)
    there = torch.rand(shape, generator=generator) < 0.4
    return there * torch.randint(1, most + 1, shape, generator=generator)


def assert_alike(made, x, fraction_bits=8):
    """Integers give the spikes and potentials of torch; returns the share of spikes by layer."""
    ready = deployed(made, fraction_bits)
    found = integer_inference(integers(made, fraction_bits), x.numpy())
    y = x.float()
    for index, block in enumerate(ready.blocks):
        spikes, _ = block.spikes_with_state(y)
        name = f"hidden{index + 1}"
        np.testing.assert_array_equal(found.spikes[name], spikes.numpy(), err_msg=name)
        y = block.pooled(spikes)
    potential = ready.read(y)[0]
    assert torch.equal(ready(x.float()), potential)
    units = (potential / ready.integrator.unit).detach().numpy()
    np.testing.assert_array_equal(found.potentials["output"], np.rint(units))
    total = found.potentials["output"].sum(0)
    decided = decide_sum(potential).numpy()
    assert (np.take_along_axis(total, decided[:, None], 1)[:, 0] == total.max(1)).all()
    return [float((array != 0).mean()) for array in found.spikes.values()]


@pytest.mark.parametrize("spikes", range(1, 9))
@pytest.mark.parametrize("weights", range(1, 9))
def test_integers_give_the_spikes_of_torch_at_every_width(weights, spikes):
    torch.manual_seed(10 * weights + spikes)
    kind = "standardized" if (weights + spikes) % 2 else "plain"
    made = quantize(network(kind), weights, spikes)
    shares = assert_alike(made, counts(spikes))
    assert 0 < shares[0] < 1 and 0 < shares[1] < 1


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    kind=st.sampled_from(["standardized", "plain"]),
    pool=st.sampled_from(["max", "mean", "none"]),
    weights=st.integers(1, 8),
    spikes=st.integers(1, 8),
    grid=st.sampled_from(sorted(GRIDS)),
    per=st.sampled_from(["tensor", "channel"]),
    v_reset=st.sampled_from([0.0, None, -0.3]),
    recurrent=st.booleans(),
    readout_decay=st.sampled_from([0.0, 0.3, 0.95]),
    fraction_bits=st.sampled_from([0, 3, 8, 12]),
)
def test_whatever_the_weights_pools_and_grids(
    seed, kind, pool, weights, spikes, grid, per, v_reset, recurrent, readout_decay, fraction_bits
):
    torch.manual_seed(seed)
    made = network(kind, pool, v_reset, recurrent, readout_decay)
    quantize(made, weights, spikes, per, grid)
    assert_alike(made, counts(seed, (5, 2, 2, 8, 9)), fraction_bits)


def test_blocks_with_delays():
    torch.manual_seed(3)
    outer = DelayedLinear(5, 6, 3, learn_delays=False)
    inner = DelayedLinear(6, 6, 2, learn_delays=False)
    made = BlockNetwork([Block(outer, cells(), recurrent=inner)], nn.Linear(6, CLASSES))
    quantize(made, 4, 2)
    assert assert_alike(made, counts(1, (12, 2, 5)))[0] > 0


def test_a_standardised_layer_computes_with_its_standardised_weight_on_the_grid():
    torch.manual_seed(0)
    made = network()
    plain = [standardized(b.synapses.weight, b.synapses.gain).detach() for b in made.blocks]
    before = {name: p.clone() for name, p in made.named_parameters()}
    quantize(made, 8)
    for block, wanted in zip(made.blocks, plain, strict=True):
        layer = block.synapses
        assert type(layer).__mro__[1] in (nn.Conv2d, nn.Linear)
        whole, step = whole_and_step(layer)
        wide = step.view(-1, *[1] * (wanted.dim() - 1))
        np.testing.assert_allclose(layer.weight.detach(), whole * wide, rtol=1e-6)
        inside = wanted.abs() <= 127 * wide
        away = (layer.weight - wanted).abs() / wide
        assert (away[inside] <= 0.51).all()
        assert inside.double().mean() > 0.5
    after = dict(made.named_parameters())
    assert torch.equal(original(made.blocks[0].synapses), before["layers.0.synapses.weight"])
    gain = "layers.0.synapses.parametrizations.weight.0.gain"
    assert torch.equal(after[gain], before["layers.0.synapses.gain"])
    assert quantizer_of(made.readout).step.numel() == 1


def test_fewer_bits_later_round_the_standardised_weight_again():
    torch.manual_seed(1)
    made = quantize(network(), 8, 2)
    fewer = copy.deepcopy(made)
    requantize(fewer.blocks[0].synapses, grid_of("uniform", 3))
    whole, _ = whole_and_step(fewer.blocks[0].synapses)
    assert 0 < whole.abs().max() <= 3
    assert quantizer_of(made.blocks[0].synapses).grid.bits == 8
    assert_alike(fewer, counts(2))


@pytest.mark.parametrize(("weights", "spikes"), [(1, 1), (2, 4), (4, 2), (8, 8)])
def test_gradients_are_finite_and_reach_every_parameter(weights, spikes):
    torch.manual_seed(0)
    made = quantize(network(), weights, spikes)
    outcome = BPTT().gradients(made, counts(1).float(), torch.tensor([0, 2]))
    assert torch.isfinite(outcome.loss)
    for name, parameter in made.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
    steps = [quantizer_of(block.synapses).step for block in made.blocks]
    assert all(step.grad.abs().sum() > 0 for step in steps)


def test_a_network_of_blocks_learns_with_few_bits():
    torch.manual_seed(1)
    made = quantize(network(recurrent=False, readout_decay=0.0), 2, 2)
    labels = torch.arange(30) % CLASSES
    x = torch.zeros(6, 30, 2, 8, 9)
    for sample, label in enumerate(labels.tolist()):
        x[:, sample, :, :, 3 * label : 3 * label + 3] = 1
    x *= torch.rand(x.shape, generator=torch.Generator().manual_seed(2)) < 0.5
    adam = torch.optim.Adam(made.parameters(), lr=1e-2)
    for _ in range(30):
        BPTT().learn(made, x, labels, adam)
    decided = decide_sum(deployed(made)(x))
    assert float((decided == labels).double().mean()) > 0.9


def test_states_go_on_in_fixed_point():
    torch.manual_seed(2)
    ready = deployed(quantize(network(), 3, 2))
    x = counts(4).float()
    whole, _ = ready.forward_with_state(x)
    first, state = ready.forward_with_state(x[:3])
    second, _ = ready.forward_with_state(x[3:], state)
    assert torch.equal(torch.cat([first, second]), whole)


def test_a_deployed_network_exports_the_same_integers():
    torch.manual_seed(4)
    made = quantize(network(pool="mean"), 3, 2)
    once, again = integers(made), integers(deployed(made))
    for first, second in zip(once.layers, again.layers, strict=True):
        assert np.array_equal(first.synapses.weight, second.synapses.weight)
        assert np.array_equal(first.synapses.multiplier, second.synapses.multiplier)
        assert first.pool == second.pool
    assert isinstance(made.blocks[1].pool, nn.AvgPool2d)
    assert made.blocks[1].pool.divisor_override is None


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        (nn.AdaptiveAvgPool2d(1), "AdaptiveAvgPool2d.* has no form in integers; use nn.MaxPool2d"),
        (nn.MaxPool2d(2, padding=1), "without padding"),
        (nn.AvgPool2d(2, ceil_mode=True), "ceil_mode"),
    ],
)
def test_pools_that_make_no_whole_numbers(pool, message):
    made = network()
    made.blocks[0].pool = pool
    with pytest.raises(SnnError, match=message):
        integers(quantize(made, 4))


def test_convolutions_that_are_not_alike_in_both_directions():
    block = Block(nn.Conv2d(1, 2, 3, stride=(1, 2)), cells())
    made = quantize(BlockNetwork([block], nn.Linear(2 * 4 * 2, CLASSES)), 4)
    with pytest.raises(SnnError, match="height and width have to be alike"):
        integers(made)


def test_local_rules_refuse_spikes_of_several_bits():
    made = quantize(network(recurrent=False), None, 2)
    assert isinstance(made.blocks[0].neurons, MultiBitLIF)
    with pytest.raises(SnnError, match=r"local rules train spikes of one bit.*use BPTT"):
        tess().gradients(made, counts(1).float(), torch.tensor([0, 2]))
    linear = BlockNetwork([Block(nn.Linear(4, 3), cells())], nn.Linear(3, 2))
    with pytest.raises(SnnError, match="hidden1: MultiBitLIF has no place in a graph"):
        quantize(linear, None, 2).to_graph()
