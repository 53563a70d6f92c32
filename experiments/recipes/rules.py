"""What each rule takes on each set of data, beside what all rules share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from polychrony.experiments.config import Config, RecipeName, RuleName
from polychrony.experiments.errors import UserError
from polychrony.experiments.recipes.blocks import digits_blocks, shd_blocks
from polychrony.experiments.recipes.nmnist import nmnist
from polychrony.experiments.recipes.tactile import tactile
from polychrony.experiments.recipes.vgg import cifar10, cifar10dvs, cifar100, dvsgesture

BLOCK_RECIPES: dict[RecipeName, Callable[[], Config]] = {
    "digits": digits_blocks,
    "shd": shd_blocks,
    "nmnist": nmnist,
    "tactile": tactile,
    "dvsgesture": dvsgesture,
    "cifar10dvs": cifar10dvs,
    "cifar10": cifar10,
    "cifar100": cifar100,
}

# TESS: text and code agree but for event data, where the code's script has alpha_post = 0 and the
# headline number of DVS Gesture in the text is that of 1. S-TLLR: settings of its paper; it has
# none for CIFAR, where those of TESS stand. Sets that neither paper has take those of the nearest.
_TESS = {"alpha_post": 1.0, "lambda_pre": 0.5, "lambda_post": 0.2}
_STLLR_VISION = {"alpha_post": -1.0, "lambda_pre": 0.75, "lambda_post": 0.2}
_STLLR_SHD = {"alpha_post": 1.0, "lambda_pre": 1.0, "lambda_post": 0.5}
FACTORS: dict[tuple[RecipeName, RuleName], dict[str, Any]] = {
    ("cifar10dvs", "tess"): {**_TESS, "alpha_post": 0.0},
    ("dvsgesture", "s-tllr"): {**_STLLR_VISION, "first_step": 15},
    ("cifar10dvs", "s-tllr"): {**_STLLR_VISION, "lambda_pre": 0.5},
    ("nmnist", "s-tllr"): _STLLR_VISION,
    ("cifar10", "s-tllr"): _TESS,
    ("cifar100", "s-tllr"): _TESS,
    ("shd", "s-tllr"): {**_STLLR_SHD, "first_step": 10},
    ("digits", "s-tllr"): _STLLR_VISION,
    ("tactile", "s-tllr"): _STLLR_SHD,
}


def with_rule(recipe: RecipeName, rule: RuleName) -> Config:
    """The network of blocks of a recipe, as a rule trains it.

    Args:
        recipe: name of the recipe.
        rule: name of the rule.

    Returns:
        The whole configuration.

    Raises:
        UserError: the recipe has no network of blocks.
    """
    if recipe not in BLOCK_RECIPES:
        raise UserError(
            f"{recipe} has no network of blocks; recipes that local rules can train: "
            f"{', '.join(BLOCK_RECIPES)}"
        )
    config = BLOCK_RECIPES[recipe]()
    factors = FACTORS.get((recipe, rule), _TESS)
    return dataclasses.replace(
        config, blocks=dataclasses.replace(config.blocks, rule=rule, **factors)
    )
