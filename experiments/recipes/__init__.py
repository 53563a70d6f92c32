"""Recipes: each is a function that returns a whole configuration."""

from collections.abc import Callable

from polychrony.experiments.config import Config, RecipeName
from polychrony.experiments.recipes.coincidence import coincidence
from polychrony.experiments.recipes.digits import digits
from polychrony.experiments.recipes.nmnist import nmnist
from polychrony.experiments.recipes.rules import BLOCK_RECIPES, with_rule
from polychrony.experiments.recipes.shd import shd
from polychrony.experiments.recipes.ssc import ssc
from polychrony.experiments.recipes.tactile import tactile
from polychrony.experiments.recipes.vgg import cifar10, cifar10dvs, cifar100, dvsgesture

RECIPES: dict[RecipeName, Callable[[], Config]] = {
    "digits": digits,
    "coincidence": coincidence,
    "shd": shd,
    "ssc": ssc,
    "nmnist": nmnist,
    "tactile": tactile,
    "dvsgesture": dvsgesture,
    "cifar10dvs": cifar10dvs,
    "cifar10": cifar10,
    "cifar100": cifar100,
}

__all__ = [
    "BLOCK_RECIPES",
    "RECIPES",
    "cifar10",
    "cifar10dvs",
    "cifar100",
    "coincidence",
    "digits",
    "dvsgesture",
    "nmnist",
    "shd",
    "ssc",
    "tactile",
    "with_rule",
]
