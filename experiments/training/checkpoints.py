"""Checkpoints: folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from accelerate import Accelerator
from accelerate.utils import load

from polychrony.experiments.errors import UserError

_NAME = re.compile(r"checkpoint-(\d+)-(\d+)")
_PARTIAL = ".partial-"
_WEIGHTS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


def save_checkpoint(accelerator: Accelerator, folder: Path, epoch: int, step: int) -> Path:
    """Write everything that has state, then drop older checkpoints.

    Args:
        accelerator: knows the network, optimisers, schedules, counters and random states.
        folder: the run folder.
        epoch: epoch under way.
        step: steps of it that are done.

    Returns:
        Folder of the checkpoint.

    Raises:
        UserError: it cannot be written; the checkpoint before is still there.
    """
    path = folder / f"checkpoint-{epoch:05d}-{step:07d}"
    partial = folder / f"{_PARTIAL}{path.name}"
    if accelerator.is_main_process:
        _remove_partial(folder)
    accelerator.wait_for_everyone()
    try:
        accelerator.save_state(str(partial))
    except Exception as error:  # a full disk has as many names as there are file formats
        shutil.rmtree(partial, ignore_errors=True)
        raise UserError(
            f"{path} cannot be written: {_first_line(error)}; make room, then go on with --resume"
        ) from error
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        if path.exists():
            shutil.rmtree(path)
        partial.rename(path)
        _drop_others(path)
    accelerator.wait_for_everyone()
    return path


def load_checkpoint(accelerator: Accelerator, path: Path) -> None:
    """Restore everything that has state, then drop what else a killed process left.

    Args:
        accelerator: as it was when the checkpoint was written.
        path: folder of the checkpoint.

    Raises:
        UserError: it is damaged, or was written by another number of processes.
    """
    writers = len(list(path.glob("random_states_*.pkl")))
    if writers not in (0, accelerator.num_processes):
        raise UserError(
            f"{path} was written by {writers} processes and this run has "
            f"{accelerator.num_processes}; resume with {writers}"
        )
    try:
        with _nothing_run():
            # Read first: `load_state` goes on without a word where random states cannot be read.
            load(path / f"random_states_{accelerator.process_index}.pkl")
            accelerator.load_state(str(path))
    except Exception as error:  # whatever unpickling and each state may raise
        raise UserError(
            f"{path} cannot be loaded ({_first_line(error)}); remove it to start from the beginning"
        ) from error
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:  # a killed process may not have come to it
        _remove_partial(path.parent)
        _drop_others(path)


@contextlib.contextmanager
def _nothing_run() -> Iterator[None]:
    """Let torch load weights only: accelerate trusts the files of counters otherwise."""
    before = os.environ.get(_WEIGHTS_ONLY)
    os.environ[_WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_WEIGHTS_ONLY]
        else:
            os.environ[_WEIGHTS_ONLY] = before


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run folder, or None."""
    return next(reversed(_checkpoints(folder)), None)


def _checkpoints(folder: Path) -> list[Path]:
    found = [(_NAME.fullmatch(path.name), path) for path in folder.iterdir() if path.is_dir()]
    ordered = sorted((int(name[1]), int(name[2]), path) for name, path in found if name)
    return [path for _, _, path in ordered]


def _drop_others(path: Path) -> None:
    """Remove other checkpoints; none stands under its name once a part of it is gone."""
    for left in _checkpoints(path.parent):
        if left != path:
            left.rename(left.with_name(f"{_PARTIAL}{left.name}"))
    _remove_partial(path.parent)


def _remove_partial(folder: Path) -> None:
    for left in folder.glob(f"{_PARTIAL}checkpoint-*"):
        shutil.rmtree(left, ignore_errors=True)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
