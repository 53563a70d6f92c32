"""Samplers whose choice depends on seed, trial number and finished trials, and on nothing else.

An Optuna sampler draws from one stream of random numbers, so that a study that is resumed in a new
process goes on with other numbers than one that was never stopped. Here every trial has a stream
of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from polychrony.experiments.exploration.space import Space

POPULATION = 16
"""Configurations of each generation of NSGA-II."""

STARTUP = 10
"""Configurations that TPE draws at random before it learns from them."""

_MAKE: Mapping[str, Callable[[int], BaseSampler]] = {
    "tpe": lambda seed: TPESampler(seed=seed, n_startup_trials=STARTUP),
    "nsga2": lambda seed: NSGAIISampler(seed=seed, population_size=POPULATION),
    "random": lambda seed: RandomSampler(seed=seed),
}


class Seeded(BaseSampler):
    """Another sampler, made anew for every draw with a seed of that draw.

    Args:
        make: makes the other sampler from a seed.
        seed: seed of the study.
    """

    def __init__(self, make: Callable[[int], BaseSampler], seed: int) -> None:
        self._make, self._seed = make, seed

    def _at(self, trial: FrozenTrial, name: str = "") -> BaseSampler:
        entropy = [self._seed, trial.number, zlib.crc32(name.encode())]
        return self._make(int(np.random.SeedSequence(entropy).generate_state(1)[0]))

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Parameters that are drawn together."""
        return self._at(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw them."""
        return self._at(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw one of the others."""
        sampler = self._at(trial, param_name)
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Called before a trial."""
        self._at(trial).before_trial(study, trial)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Called after a trial."""
        self._at(trial).after_trial(study, trial, state, values)


class Grid(BaseSampler):
    """Every combination once, in an order that is shuffled so that a part is spread over all.

    The number of a trial names its combination: workers that share a study never meet at one.

    Args:
        space: the combinations.
        seed: seed of the order.
    """

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._order = np.random.default_rng(seed).permutation(space.size)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Nothing is drawn together."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing is drawn together."""
        return {}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Value of one parameter in the combination of the trial."""
        index = int(self._order[trial.number % self._space.size])
        return self._space.point(index)[param_name]


def make_sampler(name: str, space: Space, seed: int) -> BaseSampler:
    """Sampler by name.

    Args:
        name: `"tpe"`, `"nsga2"`, `"random"` or `"grid"`.
        space: what is varied.
        seed: seed of all draws.
    """
    return Grid(space, seed) if name == "grid" else Seeded(_MAKE[name], seed)
