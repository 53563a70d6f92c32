"""Bits that a configuration asks for."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from polychrony.experiments.bits import check_bits, count_blocks, described, parse_layer_bits
from polychrony.experiments.config import from_dict, to_dict
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import build_network, trained_with
from polychrony.experiments.recipes import digits
from polychrony.experiments.validation import validate
from polychrony.snn import LIF, MultiBitLIF
from polychrony.snn.quantization import is_quantized, quantizer_of


def config(**network):
    base = digits()
    return dataclasses.replace(base, network=dataclasses.replace(base.network, **network))


def test_layers_get_their_bits():
    asked = config(weight_bits=4, spike_bits=2, layer_bits=("hidden2=8/1", "output=6"))
    asked = dataclasses.replace(
        asked, network=dataclasses.replace(asked.network, hidden=(12, 10), grid="loihi")
    )
    validate(asked)
    made = build_network(asked, 20, 5)
    bits = [quantizer_of(layer).grid.bits for layer in made.delayed_layers]
    assert bits == [4, 8, 6]
    assert quantizer_of(made.readout_synapses).grid.name == "loihi"
    first, second = (block.neurons for block in made.blocks)
    assert isinstance(first, MultiBitLIF) and first.bits == 2 and isinstance(second, LIF)
    assert from_dict(to_dict(asked)) == asked
    assert trained_with(asked) == (
        "integer delays, weights of 4 bits, spikes of 2 bits, hidden2=8/1, output=6"
    )


def test_without_bits_a_network_draws_what_it_always_drew():
    torch.manual_seed(3)
    made = build_network(config(), 20, 5)
    torch.manual_seed(3)
    quantized = build_network(config(weight_bits=8), 20, 5)
    assert not is_quantized(made) and is_quantized(quantized)
    original = quantized.readout_synapses.parametrizations.weight.original
    assert torch.equal(made.readout_synapses.weight, original)
    assert described(0, 1, ()) == "" and described(1, 1, ()) == "weights of 1 bit"


def test_words_of_layers():
    assert parse_layer_bits(("hidden1=8/2", "output=4"), 1) == {
        "hidden1": {"weights": 8, "spikes": 2},
        "output": {"weights": 4},
    }


@pytest.mark.parametrize(
    ("bits", "told"),
    [
        ((9, 1, ()), "--weight-bits is 9"),
        ((4, 0, ()), "--spike-bits is 0"),
        ((0, 2, ()), "--spike-bits 2 needs --weight-bits"),
        ((0, 1, ("hidden1=4",)), "--layer-bits needs --weight-bits"),
        ((4, 1, ("hidden1",)), "use LAYER=WEIGHTS"),
        ((4, 1, ("hidden3=4",)), "name each of hidden1, hidden2, output once"),
        ((4, 1, ("output=4", "output=5")), "once at most"),
        ((4, 1, ("output=9",)), "bits are 1 to 8"),
        ((4, 1, ("output=4/2",)), "the output does not fire"),
    ],
)
def test_bits_that_cannot_be(bits, told):
    with pytest.raises(UserError) as caught:
        check_bits(*bits, n_hidden=2, late=False)
    assert told in str(caught.value)


def test_late_spikes_have_one_bit():
    check_bits(4, 1, (), 2, late=True)
    with pytest.raises(UserError, match="--lateness is of spikes of one bit"):
        check_bits(4, 1, ("hidden1=4/3",), 2, late=True)


def test_blocks_are_counted_without_their_pooling():
    assert count_blocks("16C5S2-P2-32C3-P2") == 2
    assert count_blocks("64C3-GAP-256-256R") == 3


@pytest.mark.parametrize("bits", [(4, 1, ()), (0, 2, ()), (0, 1, ("hidden1=4",))])
def test_local_rules_take_no_bits(bits):
    check_bits(0, 1, (), 2, late=False, rule="tess")
    with pytest.raises(UserError, match="--rule tess trains real weights and spikes of one bit"):
        check_bits(*bits, n_hidden=2, late=False, rule="tess")
