"""Neurons, transforms and sums as loops compiled by numba, cached on disk beside their sources.

Neurons have a module each: `forward`, `backward`, and how much working memory the backward pass
takes, `HISTORIES` quantities of the steps of a segment and `ROWS` further rows.
"""

from __future__ import annotations

import contextlib
from pathlib import Path


def forget_stale(folder: Path) -> None:
    """Remove compiled loops that are older than any source of a folder and of those below it.

    numba compiles a file again when that file has changed, but not when a constant or a function
    has that it takes from another one.
    """
    with contextlib.suppress(OSError):  # a folder that nobody may write to is as it was installed
        newest = max((path.stat().st_mtime for path in folder.rglob("*.py")), default=0.0)
        for index in folder.rglob("__pycache__/*.nbi"):
            if index.stat().st_mtime < newest:
                index.unlink(missing_ok=True)


forget_stale(Path(__file__).parent)
