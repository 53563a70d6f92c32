"""Options of `polychrony explore`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Explore:
    """Search for configurations of a chip that serve a trained network best; resumable."""

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    vary: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="NAME=VALUE,...")
    ] = ()
    """What is varied and its values, as neurons-per-core=64,128; once for each thing."""
    objective: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="NAME")
    ] = ()
    """What is looked for; energy, latency and accuracy by default. Others: slowest, energy-delay,
    agreement, cores, tiles, memory, messages, hops."""
    chip: Annotated[str, tyro.conf.arg(metavar="NAME")] = "loihi"
    """Chip, or a chip file (.toml, .yaml); `polychrony chips` lists them."""
    profile: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """Costs of the chip; its published ones by default."""
    noc: Literal["analytic", "queueing", "cycle"] = "analytic"
    """Network on chip: sums of hops, with waiting at busy links, or flit by flit."""
    static: bool = False
    """Add the chip's static energy."""
    trials: Annotated[int | None, tyro.conf.arg(metavar="INT")] = None
    """Configurations of the whole study; 50 by default, or all combinations of a grid."""
    sampler: Literal["auto", "tpe", "nsga2", "random", "grid"] = "auto"
    """What chooses them; auto is a grid if there are no more combinations than trials, and tpe
    otherwise."""
    seed: int = 0
    """Seed of sampler, placement and mismatch."""
    split: Literal["train", "valid", "test"] = "test"
    """Part of the data."""
    samples: int = 0
    """Samples to run, from the first; 0 for all."""
    storage: Annotated[str | None, tyro.conf.arg(metavar="URL")] = None
    """Storage of the study, which workers on many machines may share; by default the file
    explore/studies.db in the run folder."""
    study: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """Name of the study; by default one that follows from all options but --trials."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Folder for the results; by default explore/STUDY in the run folder."""
    root: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Folder of the data files, if they have moved since training."""
    json: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Write the numbers to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.explore import explore

        return explore(self, console)
