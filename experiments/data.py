"""The data that a configuration asks for."""

from __future__ import annotations

from pathlib import Path

from polychrony.datasets import SHD, SSC, BinnedDataset, Digits, EventDataset
from polychrony.datasets.counted import Progress
from polychrony.experiments.config import Config, RecipeName
from polychrony.experiments.errors import UserError

SPLITS = ("train", "valid", "test")
KINDS: dict[str, type[SHD | SSC]] = {"shd": SHD, "ssc": SSC}


def open_events(recipe: RecipeName, config: Config, split: str) -> EventDataset:
    """Recordings of one split.

    Raises:
        DataError: a file is not what it must be.
        UserError: the folder holds no such file.
    """
    root = config.data.root.expanduser()
    if recipe == "digits":
        return Digits(split, seed=config.data.data_seed)
    kind = KINDS[recipe]
    if split in kind.files and _find(kind, split, root) is None:
        raise UserError(
            f"no {kind.files[split]} in {root} or {root / kind.__name__}: "
            "pass --root FOLDER with the public .h5 files"
        )
    if recipe == "shd":
        return SHD(root, split, valid_speakers=config.data.valid_speakers)
    return SSC(root, split)


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
        DataError: a file is not what it must be.
        UserError: the folder holds no such file, or the split no samples.
    """
    events = open_events(recipe, config, split)
    if not len(events):
        hint = "; name speakers to hold out with --valid-speakers" if split == "valid" else ""
        raise UserError(f"the {split} split of {recipe} holds no samples{hint}")
    return BinnedDataset(
        events,
        dt=config.dt,
        n_steps=config.n_steps,
        pool=config.data.pool,
        progress=progress,
    )


def find_data(folders: list[Path]) -> dict[str, Path]:
    """Data files of the recipes that lie in some folders: file name to path."""
    found: dict[str, Path] = {}
    for kind in KINDS.values():
        for split, name in kind.files.items():
            for folder in folders:
                path = _find(kind, split, folder)
                if path is not None:
                    found.setdefault(name, path)
    return found


def _find(kind: type[SHD | SSC], split: str, root: Path) -> Path | None:
    name = kind.files[split]
    places = (root / name, root / kind.__name__ / name)
    return next((path for path in places if path.is_file()), None)
