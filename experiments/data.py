"""The data that a configuration asks for."""

from __future__ import annotations

from pathlib import Path

from polychrony.datasets import (
    NMNIST,
    SHD,
    SSC,
    BinnedDataset,
    Coincidence,
    CountedDataset,
    Digits,
    EventDataset,
    FrameDataset,
    StillDigits,
    hold_out,
)
from polychrony.datasets.counted import Progress
from polychrony.datasets.vision import (
    CIFAR10,
    CIFAR10DVS,
    CIFAR100,
    DenoisedNMNIST,
    DVSGesture,
    ImageDataset,
    NeuTouch,
)
from polychrony.datasets.vision.dvsgesture import VALID_SUBJECTS
from polychrony.experiments.config import Config, RecipeName
from polychrony.experiments.drawn import Drawn
from polychrony.experiments.errors import UserError
from polychrony.experiments.flattened import Flattened
from polychrony.experiments.normalized import Normalized
from polychrony.experiments.source import View

SPLITS = ("train", "valid", "test")
KINDS: dict[str, type[SHD | SSC]] = {"shd": SHD, "ssc": SSC}
IMAGES: dict[str, type[ImageDataset]] = {"cifar10": CIFAR10, "cifar100": CIFAR100}
CAMERAS = ("nmnist", "dvsgesture", "cifar10dvs")
GESTURE_SLICE = 1.575  # s, of training gestures; as in TESS

Samples = CountedDataset | ImageDataset | StillDigits | View


def open_events(recipe: RecipeName, config: Config, split: str) -> EventDataset:
    """Recordings of one split.

    Raises:
        DataError: a file is not what it must be.
        UserError: the folder holds no such file.
    """
    root = config.data.root.expanduser()
    if recipe == "digits":
        return Digits(split, seed=config.data.data_seed)
    if recipe == "coincidence":
        return Coincidence(split, seed=config.data.data_seed)
    if recipe in CAMERAS or recipe == "tactile":
        return _open_vision(recipe, config, split, root)
    kind = KINDS[recipe]
    if split in kind.files and _find(kind, split, root) is None:
        raise UserError(
            f"no {kind.files[split]} in {root} or {root / kind.__name__}: "
            "pass --root FOLDER with the public .h5 files"
        )
    if recipe == "shd":
        return SHD(root, split, valid_speakers=config.data.valid_speakers)
    return SSC(root, split)


def _open_vision(recipe: RecipeName, config: Config, split: str, root: Path) -> EventDataset:
    """Recordings of a camera or a skin; where no validation split is published, one is held out."""
    data = config.data
    if recipe == "dvsgesture":
        # Whole gestures in both: what chooses an epoch is measured as the test is.
        duration = GESTURE_SLICE if split == "train" else None
        held_out = data.valid_speakers or VALID_SUBJECTS
        return DVSGesture(
            root, split, valid_subjects=held_out, slice_duration=duration, partial=data.partial
        )
    if recipe == "nmnist" and (root / DenoisedNMNIST.file).is_file():
        return DenoisedNMNIST(root, split, seed=data.data_seed)
    kinds: dict[str, type[NMNIST | NeuTouch | CIFAR10DVS]] = {
        "nmnist": NMNIST,
        "tactile": NeuTouch,
        "cifar10dvs": CIFAR10DVS,
    }
    published = "test" if split == "test" else "train"
    source = kinds[recipe](root, published, partial=data.partial)
    if split == "test":
        return source
    return hold_out(source, split, fraction=data.valid_fraction, seed=data.data_seed)


def open_split(
    recipe: RecipeName, config: Config, split: str, progress: Progress | None = None
) -> Samples:
    """Counts of one split, or of `--samples` of it, from the cache where they are there already.

    Args:
        recipe: name of the data.
        config: the run.
        split: `"train"`, `"valid"` or `"test"`.
        progress: called with (recordings done, all) while counts are made.

    Returns:
        `n_steps` steps of `dt` each: channels [T, N], or frames [T, C, H, W] of cameras and images,
        which networks with delays take as channels.

    Raises:
        DataError: a file is not what it must be.
        UserError: the folder holds no such file, or the split no samples.
    """
    if config.data.still and recipe != "digits":
        raise UserError(f"--still is of digits; {recipe} has no images to keep still")
    whole = _open_whole(recipe, config, split, progress)
    if len(whole.step_shape) == 3 and config.blocks.architecture == "delays":
        if config.data.crop or config.data.flip or config.data.cutout:
            raise UserError(
                "--crop, --flip and --cutout vary frames, which a network with delays takes as "
                "channels; set them to 0"
            )
        whole = Flattened(whole)
    count = config.data.samples
    return Drawn(whole, count, config.data.data_seed) if 0 < count < len(whole) else whole


def _open_whole(
    recipe: RecipeName, config: Config, split: str, progress: Progress | None
) -> Samples:
    if config.data.still:
        if config.data.pool > 1:
            raise UserError(f"--pool is {config.data.pool}; with --still leave it at 1")
        images = StillDigits(split, n_steps=config.n_steps, seed=config.data.data_seed)
        return _normalized(images, config)
    if recipe in IMAGES:
        return _normalized(_open_images(recipe, config, split), config)
    events = open_events(recipe, config, split)
    if not len(events):
        hint = "; name speakers to hold out with --valid-speakers" if split == "valid" else ""
        raise UserError(f"the {split} split of {recipe} holds no samples{hint}")
    if recipe in CAMERAS:
        side = config.data.size
        frames = FrameDataset(
            events,
            dt=config.dt,
            n_steps=config.n_steps,
            split_by=config.data.split_by,
            size=(side, side) if side else None,
            method="area",
            progress=progress,
        )
        return _normalized(frames, config)
    return BinnedDataset(
        events,
        dt=config.dt,
        n_steps=config.n_steps,
        pool=config.data.pool,
        progress=progress,
    )


def _open_images(recipe: RecipeName, config: Config, split: str) -> ImageDataset:
    data = config.data
    return IMAGES[recipe](
        data.root.expanduser(),
        split,
        n_steps=config.n_steps,
        valid_fraction=data.valid_fraction,
        seed=data.data_seed,
        partial=data.partial,
    )


def _normalized(frames: FrameDataset | ImageDataset | StillDigits, config: Config) -> Samples:
    data = config.data
    return Normalized(frames, data.mean, data.std) if data.mean else frames


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
