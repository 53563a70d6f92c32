"""Recipes: each is a function that returns a whole configuration."""

from collections.abc import Callable

from polychrony.experiments.config import Config, RecipeName
from polychrony.experiments.recipes.digits import digits
from polychrony.experiments.recipes.shd import shd
from polychrony.experiments.recipes.ssc import ssc

RECIPES: dict[RecipeName, Callable[[], Config]] = {"digits": digits, "shd": shd, "ssc": ssc}

__all__ = ["RECIPES", "digits", "shd", "ssc"]
