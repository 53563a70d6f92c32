"""Options of `polychrony fetch`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Fetch:
    """Fetch a public data set, check it and unpack it; goes on where it was interrupted."""

    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
    """shd, ssc, nmnist, dvsgesture, cifar10dvs, cifar10, cifar100 or tactile."""
    root: Path = Path("data")
    """Folder of the data files."""
    json: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Write what was fetched to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.fetch import fetch_set

        return fetch_set(self.name, self.root, console)
