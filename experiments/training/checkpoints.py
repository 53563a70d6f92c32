"""Checkpoints: folders that appear whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

from accelerate import Accelerator

_PREFIX = "checkpoint-"


def save_checkpoint(accelerator: Accelerator, folder: Path, epoch: int, step: int) -> Path:
    """Write everything that has state, then drop older checkpoints.

    Args:
        accelerator: knows the network, optimisers, schedules, counters and random states.
        folder: the run folder.
        epoch: epoch under way.
        step: steps of it that are done.

    Returns:
        Folder of the checkpoint.
    """
    path = folder / f"{_PREFIX}{epoch:05d}-{step:07d}"
    partial = folder / f".partial-{path.name}"
    if accelerator.is_main_process:
        shutil.rmtree(partial, ignore_errors=True)
    accelerator.wait_for_everyone()
    accelerator.save_state(str(partial))
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        older = _checkpoints(folder)
        if path.exists():
            shutil.rmtree(path)
        partial.rename(path)
        for folder_of_older in older:
            if folder_of_older != path:
                shutil.rmtree(folder_of_older)
    accelerator.wait_for_everyone()
    return path


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run folder, or None."""
    return max(_checkpoints(folder), default=None)


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"{_PREFIX}*") if path.is_dir())
