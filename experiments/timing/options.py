"""Options of `polychrony timing`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

if TYPE_CHECKING:
    from rich.console import Console

File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]


@dataclass(frozen=True)
class Timing:
    """Train the recipe coincidence with each kind of delays, over several seeds; resumable.

    Then detectors learn delays whose right values are known. About 20 minutes on a core.
    """

    seeds: int = 3
    """Runs of each kind of delays, with seeds 0, 1, 2, ..."""
    run: Annotated[Path, tyro.conf.arg(metavar="FOLDER")] = Path("runs/timing")
    """Folder for the runs; the same command goes on with what it holds."""
    plot: File = None
    """Draw accuracy by kind of delays, and learned against right delays (.png, .svg or .pdf)."""
    json: File = None
    """Write the numbers to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.timing import timing

        return timing(self, console)
