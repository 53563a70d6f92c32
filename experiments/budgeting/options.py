"""Options of `polychrony budget`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from polychrony.experiments.bits import GridName, Per
from polychrony.experiments.comparison.options import SharedBlocks
from polychrony.experiments.config import (
    DataConfig,
    NetworkConfig,
    RecipeName,
    ScheduleName,
    TrainingConfig,
)
from polychrony.experiments.lateness import Distribution
from polychrony.experiments.recipes import RECIPES

if TYPE_CHECKING:
    from rich.console import Console

Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")]
File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]
_Hidden = (tyro.conf.Fixed, tyro.conf.Suppress)
"""Of options that the command sets itself."""


@dataclass(frozen=True)
class SharedData(DataConfig):
    """Where samples come from; the number of steps is varied, and with it their duration."""

    dt_ms: Annotated[float, *_Hidden] = 10.0


@dataclass(frozen=True)
class SharedNetwork(NetworkConfig):
    """The network, whose bits are varied."""

    weight_bits: Annotated[int, *_Hidden] = 0
    spike_bits: Annotated[int, *_Hidden] = 1
    layer_bits: Annotated[tuple[str, ...], *_Hidden] = ()
    lateness: Annotated[tuple[Distribution, ...], *_Hidden] = ()


@dataclass(frozen=True)
class SharedTraining(TrainingConfig):
    """How every configuration is trained."""

    seed: Annotated[int, *_Hidden] = 0
    keep: Annotated[Literal["best", "last"], *_Hidden] = "best"


@dataclass(frozen=True)
class BitBlocks(SharedBlocks):
    """The network of blocks, whose bits are varied."""

    first_step: Annotated[int, *_Hidden] = 0
    pool_to: Annotated[tuple[int, ...], *_Hidden] = ()


@dataclass(frozen=True)
class BlockTraining(SharedTraining):
    """How every configuration is trained."""

    lr_delays: Annotated[float, *_Hidden] = 0.1
    schedule_delays: Annotated[ScheduleName, *_Hidden] = "cosine"
    sigma_epochs: Annotated[int, *_Hidden] = 0


@dataclass(frozen=True)
class BitGrid:
    """What the weights of every configuration can be."""

    per: Per = "channel"
    """One step of weights for each neuron or map, or one for a layer."""
    grid: GridName = "uniform"
    """Whole numbers that weights can be; loihi makes steps powers of two."""


@dataclass(frozen=True)
class Spending:
    """Bits, and the ways to spend them."""

    recipe: tyro.conf.Suppress[RecipeName]
    """Name of the recipe."""
    bits: int = 16
    """Bits of a synapse in an inference: bits of a weight x bits of a spike x steps."""
    only: Annotated[tuple[str, ...], tyro.conf.arg(metavar="W/S/T ...")] = ()
    """Only these ways to spend them, as 4/2/2 8/1/2: bits of weights, of spikes, and steps."""
    trials: int = 6
    """Runs with bits of their own for each layer, after those with the same for all; 0 for none."""
    seeds: int = 1
    """Runs of each configuration, with seeds 0, 1, 2, ..."""
    run: Folder = None
    """Folder for the runs, runs/budget-RECIPE by default; the same command goes on with what it
    holds."""
    plot: File = None
    """Draw accuracy against what it costs (.png, .svg or .pdf)."""
    json: File = None
    """Write the numbers to this file; - for standard output."""
    data: SharedData = field(default_factory=SharedData)


@dataclass(frozen=True)
class BudgetOptions(Spending):
    """Options of a budget on a recipe of networks with delays."""

    network: SharedNetwork = field(default_factory=SharedNetwork)
    training: SharedTraining = field(default_factory=SharedTraining)


@dataclass(frozen=True)
class BlockBudgetOptions(Spending):
    """Options of a budget on a recipe of networks of blocks."""

    network: BitGrid = field(default_factory=BitGrid)
    training: BlockTraining = field(default_factory=BlockTraining)
    blocks: BitBlocks = field(default_factory=BitBlocks)


_OF_LOCAL_RULES: dict[str, Any] = {"pool_to": (), "projection_power": 1.0}
"""Options that only local rules read, which a budget does not show."""


def _recipes() -> Any:
    defaults: dict[str, BudgetOptions | BlockBudgetOptions] = {}
    described: dict[str, str] = {}
    for name, recipe in RECIPES.items():
        config = recipe()
        data = SharedData(**vars(config.data))
        if config.blocks.architecture == "blocks":
            blocks = vars(config.blocks) | _OF_LOCAL_RULES
            defaults[name] = BlockBudgetOptions(
                name,
                data=data,
                training=BlockTraining(**vars(config.training)),
                blocks=BitBlocks(**blocks),
            )
        else:
            defaults[name] = BudgetOptions(
                name,
                data=data,
                network=SharedNetwork(**vars(config.network)),
                training=SharedTraining(**vars(config.training)),
            )
        described[name] = " ".join((recipe.__doc__ or "").split())
    return tyro.extras.subcommand_type_from_defaults(defaults, described)


if TYPE_CHECKING:
    Recipe = BudgetOptions | BlockBudgetOptions
else:
    Recipe = _recipes()


@dataclass(frozen=True)
class Budget:
    """Spend a number of bits on weights, spikes, steps and layers; which way is best; resumable.

    Every way with the same bits in all layers is trained; then layers get bits of their own, at no
    more cost than the best of these. The validation set chooses, the test set tells.
    """

    options: Recipe
    """Recipe: a whole set of options, any of which can be changed after its name."""

    @property
    def json(self) -> Path | None:
        """Where the numbers go."""
        return self.options.json

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.budget import budget

        return budget(self.options, console)
