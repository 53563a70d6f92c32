"""Options of `polychrony export`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Export:
    """Write a trained network, with its delays, as a NIR file that other tools read."""

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    file: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FILE")]
    """File to write, ending in .nir."""
    reader: Literal["norse", "snntorch", "spikingjelly", "sinabs"] | None = None
    """Library that is to read it, if it takes NIR in a way of its own; refused where that library
    would read another network."""
    discretization: Literal["euler", "exact"] = "euler"
    """How readers make factors per step of time constants: 1 - dt/tau, or exp(-dt/tau)."""
    limit_mb: float = 1024
    """Megabytes that the weights may take, before compression; NIR has no sparse ones."""
    json: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Write what the file holds to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.export import export_run

        limit = int(self.limit_mb * 2**20)
        chosen = self.run, self.file, self.reader, self.discretization, limit
        return export_run(*chosen, console)
