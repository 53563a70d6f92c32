"""Recipes are whole configurations."""

from __future__ import annotations

import pytest
import torch

from polychrony.experiments.blocks import build_blocks, build_rule
from polychrony.experiments.config import RuleName
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import build_network
from polychrony.experiments.recipes import BLOCK_RECIPES, RECIPES, with_rule
from polychrony.experiments.validation import validate

SHAPES = {"digits": (512, 10), "coincidence": (24, 6), "shd": (140, 20), "ssc": (140, 35)}
FRAMES = {
    "digits": ((512,), 10),
    "shd": ((140,), 20),
    "nmnist": ((2, 34, 34), 10),
    "tactile": ((78,), 36),
    "dvsgesture": ((2, 32, 32), 11),
    "cifar10dvs": ((2, 48, 48), 10),
    "cifar10": ((3, 32, 32), 10),
    "cifar100": ((3, 32, 32), 100),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_recipe_with_delays_is_what_its_description_says(name):
    config = RECIPES[name]()
    validate(config)
    assert config.blocks.architecture == "delays"
    inputs, classes = SHAPES[name]
    words = (RECIPES[name].__doc__ or "").splitlines()[0]
    assert f"{inputs} inputs" in words
    assert f"{classes} classes" in words
    assert f"delays up to {config.network.max_delay_ms:.0f} ms" in words
    assert f"of {config.network.hidden[0]}" in words
    network = build_network(config, inputs, classes)
    assert network.delayed_layers[0].max_delay == config.max_delay
    assert len(network.blocks) == len(config.network.hidden)


def test_every_recipe_has_a_network():
    assert set(SHAPES) | set(BLOCK_RECIPES) == set(RECIPES)
    assert set(FRAMES) == set(BLOCK_RECIPES)


@pytest.mark.parametrize("name", FRAMES)
def test_a_recipe_of_blocks_is_what_its_description_says(name):
    frame, classes = FRAMES[name]
    config = BLOCK_RECIPES[name]()
    validate(config)
    words = " ".join((BLOCK_RECIPES[name].__doc__ or "").split())
    assert f"{' x '.join(map(str, frame))} inputs" in words
    assert f"{classes}" in words.split(" classes")[0]
    network = build_blocks(config, frame, classes)
    assert network.n_classes == classes
    assert all(block.neurons.v_reset is None for block in network.blocks)
    assert float(network.blocks[0].neurons.decay) == pytest.approx(config.blocks.decay)
    learning = RECIPES[name]().training if name not in SHAPES else config.training
    assert config.training == learning


def test_vgg9_is_that_of_the_paper():
    network = build_blocks(BLOCK_RECIPES["dvsgesture"](), (2, 32, 32), 11)
    maps = [block.synapses.out_channels for block in network.blocks]
    assert maps == [64, 128, 256, 256, 512, 512, 512, 512]
    outputs = [shapes[2] for shapes in network.frame_shapes((2, 32, 32))]
    assert outputs[1] == (128, 16, 16) and outputs[3] == (256, 8, 8) and outputs[5] == (512, 4, 4)
    assert outputs[7] == (512, 1, 1)
    assert network.readout.in_features == 512


@pytest.mark.parametrize("rule", RuleName.__args__)
@pytest.mark.parametrize("name", FRAMES)
def test_every_rule_has_its_factors_on_the_same_network(name, rule):
    config = with_rule(name, rule)
    validate(config)
    assert config.blocks.rule == rule
    made = build_rule(config.blocks)
    assert made.first_step == config.blocks.first_step
    shared = BLOCK_RECIPES[name]()
    assert config.blocks.layers == shared.blocks.layers
    assert (config.data, config.training) == (shared.data, shared.training)


def test_published_factors():
    chosen = build_rule(with_rule("cifar10dvs", "tess").blocks).eligibility
    assert (chosen.alpha_post, chosen.lambda_pre, chosen.lambda_post) == (0, 0.5, 0.2)
    late = build_rule(with_rule("dvsgesture", "s-tllr").blocks)
    assert (late.first_step, late.eligibility.alpha_post) == (15, -1)
    assert build_rule(with_rule("nmnist", "ottt").blocks).eligibility.lambda_pre is None


def test_a_recipe_without_blocks_says_so():
    with pytest.raises(UserError, match="ssc has no network of blocks"):
        with_rule("ssc", "tess")


def test_seeds_decide_the_weights():
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(build_blocks(BLOCK_RECIPES["nmnist"](), (2, 34, 34), 10).readout.weight)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
