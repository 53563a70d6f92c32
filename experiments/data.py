"""The data that a configuration asks for."""

from __future__ import annotations

from pathlib import Path

from polychrony.datasets import SHD, SSC, BinnedDataset, DataError, Digits, EventDataset
from polychrony.datasets.binned import Progress
from polychrony.experiments.config import Config, RecipeName
from polychrony.experiments.errors import UserError

SPLITS = ("train", "valid", "test")


def open_events(recipe: RecipeName, config: Config, split: str) -> EventDataset:
    """Recordings of one split.

    Raises:
        DataError: files are missing, or not what they must be.
    """
    root = config.data.root.expanduser()
    if recipe == "digits":
        return Digits(split, seed=config.data.data_seed)
    try:
        if recipe == "ssc":
            return SSC(root, split)
        return SHD(root, split, valid_speakers=config.data.valid_speakers)
    except DataError as error:
        if any(root.glob("*.h5")):
            raise
        raise UserError(
            f"no {recipe.upper()} files in {root}: pass --root FOLDER with the public .h5 files"
        ) from error


def open_split(
    recipe: RecipeName, config: Config, split: str, progress: Progress | None = None
) -> BinnedDataset:
    """Binned counts of one split, from the cache where they are there already.

    Args:
        recipe: name of the data.
        config: the run.
        split: `"train"`, `"valid"` or `"test"`.
        progress: called with (recordings done, all) while counts are made.

    Returns:
        Counts, `n_steps` steps of `dt` each.

    Raises:
        DataError: files are missing, or not what they must be.
        UserError: the folder holds none of the files.
    """
    return BinnedDataset(
        open_events(recipe, config, split),
        dt=config.dt,
        n_steps=config.n_steps,
        pool=config.data.pool,
        progress=progress,
    )


def find_data(folders: list[Path]) -> dict[str, Path]:
    """Data files of the recipes that lie in some folders: file name to path."""
    names = [f"shd_{part}.h5" for part in ("train", "test")]
    names += [f"ssc_{part}.h5" for part in SPLITS]
    found = {}
    for name in names:
        for folder in folders:
            if (folder / name).is_file():
                found.setdefault(name, folder / name)
    return found
