"""Recipes are whole configurations."""

from __future__ import annotations

import pytest

from polychrony.experiments.config import validate
from polychrony.experiments.models import build_network
from polychrony.experiments.recipes import RECIPES

SHAPES = {"digits": (512, 10), "shd": (140, 20), "ssc": (140, 35)}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_what_its_description_says(name):
    config = RECIPES[name]()
    validate(config)
    inputs, classes = SHAPES[name]
    words = (RECIPES[name].__doc__ or "").splitlines()[0]
    assert f"{inputs} inputs" in words
    assert f"{classes} classes" in words
    assert f"delays up to {config.network.max_delay_ms:.0f} ms" in words
    assert f"of {config.network.hidden[0]}" in words
    network = build_network(config, inputs, classes)
    assert network.delayed_layers[0].max_delay == config.max_delay
    assert len(network.blocks) == len(config.network.hidden)
