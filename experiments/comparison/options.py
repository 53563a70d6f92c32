"""Options of `polychrony compare`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from polychrony.experiments.config import (
    BlocksConfig,
    DataConfig,
    RecipeName,
    RuleName,
    TrainingConfig,
)
from polychrony.experiments.recipes import BLOCK_RECIPES

if TYPE_CHECKING:
    from rich.console import Console

Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")]
File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]
_Hidden = (tyro.conf.Fixed, tyro.conf.Suppress)
"""Of options that the comparison sets, that follow a rule's name, or that blocks do not have."""


@dataclass(frozen=True)
class SharedTraining(TrainingConfig):
    """How every rule trains the network."""

    seed: Annotated[int, *_Hidden] = 0
    keep: Annotated[Literal["best", "last"], *_Hidden] = "last"
    lr_delays: Annotated[float, *_Hidden] = 0.1
    sigma_epochs: Annotated[int, *_Hidden] = 0
    settle_epochs: Annotated[int, *_Hidden] = 0


@dataclass(frozen=True)
class SharedBlocks(BlocksConfig):
    """The network of blocks that every rule trains."""

    rule: Annotated[RuleName, *_Hidden] = "bptt"
    architecture: Annotated[Literal["delays", "blocks"], *_Hidden] = "blocks"
    alpha_post: Annotated[float, *_Hidden] = 1.0
    lambda_pre: Annotated[float, *_Hidden] = 0.5
    lambda_post: Annotated[float, *_Hidden] = 0.2
    projection_power: Annotated[float, *_Hidden] = 1.0
    feedback: Annotated[Literal["own", "spatial", "direct"], *_Hidden] = "own"
    first_step: int = 0
    """Steps before this one bring no learning signal; where it is not given, S-TLLR has that of its
    recipe."""


@dataclass(frozen=True)
class CompareOptions:
    """Options of a comparison on one recipe."""

    recipe: tyro.conf.Suppress[RecipeName]
    """Name of the recipe."""
    given: tyro.conf.Suppress[tuple[str, ...]] = ()
    """Options that the command line names."""
    rules: Annotated[str, tyro.conf.arg(metavar="RULE[,OPTION=..],...")] = (
        "bptt,tess,s-tllr,ottt,eprop"
    )
    """Rules, each with options of its own after its name, as bptt,tess,lr=2e-3,alpha_post=-1,ottt.
    Of all rules: lr, weight_decay, clip_grad_norm, first_step; of tess and s-tllr: alpha_post,
    lambda_pre, lambda_post; of tess: projection_power; of s-tllr and eprop: feedback."""
    seeds: int = 3
    """Runs of each rule, with seeds 0, 1, 2, ..."""
    run: Folder = None
    """Folder for the runs, runs/compare-RECIPE by default; the same command goes on with what it
    holds."""
    plot: File = None
    """Draw accuracy against memory, and all work (.png, .svg or .pdf)."""
    json: File = None
    """Write a list with a row for each rule to this file; - for standard output."""
    data: DataConfig = field(default_factory=DataConfig)
    training: SharedTraining = field(default_factory=SharedTraining)
    blocks: SharedBlocks = field(default_factory=SharedBlocks)


def _recipes() -> Any:
    defaults: dict[str, CompareOptions] = {}
    described: dict[str, str] = {}
    for name, recipe in BLOCK_RECIPES.items():
        config = recipe()
        hidden = {"keep": "last"}
        defaults[name] = CompareOptions(
            name,
            data=config.data,
            training=SharedTraining(**{**vars(config.training), **hidden}),
            blocks=SharedBlocks(**vars(config.blocks)),
        )
        described[name] = " ".join((recipe.__doc__ or "").split())
    return tyro.extras.subcommand_type_from_defaults(defaults, described)


if TYPE_CHECKING:
    Recipe = CompareOptions
else:
    Recipe = _recipes()


@dataclass(frozen=True)
class Compare:
    """Train one network by several rules: accuracy, memory, time and work of each; resumable.

    Memory is what one training step allocates at most, beside network, optimiser and batch.
    """

    options: Recipe
    """Recipe: a whole set of options, any of which can be changed after its name."""

    @property
    def json(self) -> Path | None:
        """Where the rows go."""
        return self.options.json

    def __call__(self, console: Console) -> list[dict[str, Any]]:
        """Run the command."""
        from polychrony.experiments.commands.compare import compare

        return compare(self.options, console)
