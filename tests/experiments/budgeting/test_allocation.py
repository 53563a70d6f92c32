"""Ways to spend bits, and what they cost."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.experiments.budgeting.allocation import (
    Allocation,
    Traffic,
    config_of,
    cost,
    cost_of_events,
    parse_alike,
)
from polychrony.experiments.config import Config
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import build, build_network
from polychrony.experiments.recipes import digits, nmnist, shd
from polychrony.experiments.validation import validate
from polychrony.snn import LIF
from polychrony.snn.quantization import quantizer_of


def base(recipe=digits) -> Config:
    config = recipe()
    return dataclasses.replace(config, network=dataclasses.replace(config.network, hidden=(9, 8)))


def test_all_ways_with_powers_of_two():
    found = parse_alike((), 4, 1)
    labels = ["1/1/4", "1/2/2", "2/1/2", "1/4/1", "2/2/1", "4/1/1"]
    assert [each.label for each in found] == labels
    assert all(each.is_alike for each in found)
    assert [each.label for each in parse_alike((), 7, 1)] == ["1/1/7"]
    assert [each.label for each in parse_alike(("3/2/1", "6/1/1", "3/2/1"), 6, 2)] == [
        "3/2/1",
        "6/1/1",
    ]


@given(bits=st.integers(1, 256))
def test_every_way_spends_all_bits_and_none_is_named_twice(bits):
    found = parse_alike((), bits, 2)
    assert found and len(set(found)) == len(found)
    for each in found:
        assert each.weights[0] * each.spikes[0] * each.steps == bits


def test_many_bits_can_be_spent_in_few_steps():
    assert [each.label for each in parse_alike(("8/8/200",), 12_800, 1)] == ["8/8/200"]
    assert parse_alike((), 10_000, 1)[0].label == "1/1/10000"


def test_layers_with_bits_of_their_own_say_so():
    mixed = Allocation((8, 4, 4), (1, 2), 2)
    assert mixed.label == "8-4-4/1-2/2" and mixed.folder == "8-4-4_1-2_2"
    assert not mixed.is_alike


def test_the_run_of_an_allocation():
    config = config_of(base(), Allocation((8, 4, 3), (1, 2), 4), seed=5)
    validate(config)
    assert config.n_steps == 4 and config.training.seed == 5
    assert config.data.dt_ms == 75 and config.max_delay == 1
    assert config.network.tau_mem_ms == pytest.approx(75)
    made = build_network(config, 12, 3)
    assert [quantizer_of(layer).grid.bits for layer in made.delayed_layers] == [8, 4, 3]
    assert made.blocks[1].neurons.bits == 2
    factor = build_network(base(), 12, 3).blocks[0].neurons.decay
    assert made.blocks[0].neurons.decay.item() == pytest.approx(factor.item())


def test_the_run_of_an_allocation_of_blocks():
    shared = nmnist()
    config = config_of(shared, Allocation((2, 4, 8), (3, 1), 4), seed=2)
    validate(config)
    assert config.n_steps == 4 and config.data.split_by == "time"
    assert config.data.dt_ms * 4 == shared.data.duration_ms == config.data.duration_ms
    made = build(config, (2, 34, 34), 10)
    layers = [*(block.synapses for block in made.blocks), made.readout]
    assert [quantizer_of(layer).grid.bits for layer in layers] == [2, 4, 8]
    first, second = (block.neurons for block in made.blocks)
    assert first.bits == 3 and isinstance(second, LIF)
    assert first.decay.item() == second.decay.item() == pytest.approx(shared.blocks.decay)


def test_loops_cost_what_their_spikes_meet():
    traffic = Traffic((100, 20), 3, (0.5, 0.2), inner=(16,), inner_rates=(0.25,))
    chosen = Allocation((8, 2), (4,), 5)
    assert cost(chosen, traffic) == 5 * (100 * 8 * 3 + 20 * 2 * 4 + 16 * 8 * 4)
    expected = 5 * (0.5 * 100 * 8 * 3 + 0.2 * 20 * 2 * 4 + 0.25 * 16 * 8 * 4)
    assert cost_of_events(chosen, traffic) == pytest.approx(expected)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 16, 100])
@pytest.mark.parametrize("recipe", [digits, shd])
def test_any_number_of_steps_makes_a_run(recipe, steps):
    config = config_of(base(recipe), Allocation.alike(4, 2, steps, 2), seed=0)
    validate(config)
    assert config.n_steps == steps
    assert config.max_delay * config.dt <= base(recipe).network.max_delay_ms * 1e-3 + 1e-9


def test_what_an_allocation_costs_by_hand():
    traffic = Traffic((100, 50, 20), input_bits=3, rates=(0.5, 0.1, 0.2))
    chosen = Allocation((8, 4, 2), (1, 2), 5)
    assert cost(chosen, traffic) == 5 * (100 * 8 * 3 + 50 * 4 * 1 + 20 * 2 * 2)
    expected = 5 * (0.5 * 100 * 8 * 3 + 0.1 * 50 * 4 * 1 + 0.2 * 20 * 2 * 2)
    assert cost_of_events(chosen, traffic) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("words", "bits", "told"),
    [
        ((), 0, "--bits is 0"),
        (("4/2",), 16, "use WEIGHTS/SPIKES/STEPS"),
        (("9/1/2",), 18, "bits are 1 to 8"),
        (("4/2/0",), 1, "at least one step"),
        (("4/2/4",), 16, "--only 4/2/4 spends 32 bits, and --bits is 16"),
        ((), 10_001, "--bits 10001 with 1/1: 10,001 steps, and at most 10,000 can be"),
        (("1/1/20000",), 20_000, "--only 1/1/20000: 20,000 steps, and at most 10,000 can be"),
    ],
)
def test_ways_that_cannot_be(words, bits, told):
    with pytest.raises(UserError) as caught:
        parse_alike(words, bits, 1)
    assert told in str(caught.value)
