"""Run folders: what a training run leaves behind, and how others find it."""

from __future__ import annotations

import dataclasses
import itertools
import math
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from polychrony.datasets.work_folder import is_work_folder
from polychrony.experiments.config import Config, RecipeName, from_dict, to_dict
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import check_writable, read_json, write_atomically, write_json
from polychrony.experiments.models import Network, build
from polychrony.experiments.recipes import RECIPES
from polychrony.experiments.validation import validate

RUNS = Path("runs")


@dataclass(frozen=True)
class Run:
    """A training run in its folder.

    `config.json` holds recipe and configuration, `network.pt` the weights that are kept,
    `result.json` the outcome, `checkpoint-*` the newest state of training, `tensorboard/` the log.
    """

    folder: Path
    recipe: RecipeName
    config: Config

    @property
    def config_path(self) -> Path:
        """Where recipe and configuration lie."""
        return self.folder / "config.json"

    @property
    def result_path(self) -> Path:
        """Where the outcome lies once training is done."""
        return self.folder / "result.json"

    @property
    def network_path(self) -> Path:
        """Where the weights lie once training is done."""
        return self.folder / "network.pt"

    @property
    def resume_command(self) -> str:
        """What to type to go on with it."""
        return f"polychrony train {self.recipe} --run {shlex.quote(str(self.folder))} --resume"

    @property
    def is_finished(self) -> bool:
        """Whether training is done."""
        return self.result_path.is_file()

    def save_network(
        self, weights: dict[str, torch.Tensor], frame: Sequence[int], n_classes: int
    ) -> None:
        """Write the weights that are kept, and what a step of the data looks like."""
        content = {"weights": weights, "frame": list(frame), "n_classes": n_classes}
        write_atomically(self.network_path, lambda path: torch.save(content, path))

    def load_network(self) -> Network:
        """The trained network.

        Raises:
            UserError: training is not done, or the weights cannot be read.
        """
        if not self.network_path.is_file():
            raise UserError(
                f"{self.folder} holds no trained network; finish it with: {self.resume_command}"
            )
        try:
            content = torch.load(self.network_path, weights_only=True, map_location="cpu")
            frame = content["frame"] if "frame" in content else [content["n_inputs"]]
            _check_sizes(content["weights"], frame, content["n_classes"])
            network = build(self.config, frame, content["n_classes"])
            network.load_state_dict(content["weights"])
        except Exception as error:  # whatever unpickling may raise
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise UserError(
                f"{self.network_path} cannot be loaded ({reason}); train the run again"
            ) from error
        return network

    def create(self) -> None:
        """Make the folder, with nothing but the configuration in it.

        Raises:
            UserError: it cannot be written.
        """
        write_json(self.config_path, {"recipe": self.recipe, **to_dict(self.config)})


_SMALL_FRAME = 2**20
"""Values of a frame that need no look at the weights: convolutions have few for large frames."""


def _check_sizes(weights: dict[str, torch.Tensor], frame: Sequence[int], n_classes: int) -> None:
    """Refuse sizes that the weights beside them cannot have, before a network is made of them."""
    stored = sum(
        each.untyped_storage().nbytes() // each.element_size() for each in weights.values()
    )
    sizes = {"frame": list(frame), "n_classes": [n_classes]}
    for name, values in sizes.items():
        if not values or not all(isinstance(value, int) and value > 0 for value in values):
            raise UserError(f"{name} holds no sizes")
    if math.prod(frame) > max(stored, _SMALL_FRAME) or n_classes > max(stored, 1):
        raise UserError(f"frames of {list(frame)[:4]} do not belong to {stored:,} weights")


def plan_run(folder: Path, recipe: RecipeName, config: Config) -> Run:
    """A run that is to be created; nothing is written yet.

    Raises:
        UserError: the folder exists and is not empty, or cannot be written.
    """
    run = Run(folder, recipe, config)
    if folder.exists() and (not folder.is_dir() or _holds_anything(run)):
        raise UserError(
            f"{folder} exists already; continue it with --resume, or choose another with --run"
        )
    check_writable(run.config_path)
    return run


def _holds_anything(run: Run) -> bool:
    """Whether there is more than what a process left that was killed while it began the run."""
    name = run.config_path.name
    return not all(is_work_folder(path, name) for path in run.folder.iterdir())


def open_run(folder: Path, root: Path | None = None) -> Run:
    """Open an existing run folder.

    Args:
        folder: the run folder.
        root: folder of the data files, if they have moved since the run was started.

    Returns:
        The run.

    Raises:
        UserError: it is missing, not a run folder, or its configuration is damaged.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise UserError(f"{folder} is not a run folder: it has no config.json")
    content: Any = read_json(path)
    named = content.pop("recipe", None) if isinstance(content, dict) else None
    recipe = next((known for known in RECIPES if known == named), None)
    if recipe is None:
        raise UserError(f"{path} names the recipe {named!r}; known: {', '.join(RECIPES)}")
    try:
        config = from_dict(content)
        validate(config)
    except UserError as error:
        raise UserError(f"{path} is damaged: {error}; train the run again") from error
    if root is not None:
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, root=root))
    return Run(folder, recipe, config)


def free_folder(name: str) -> Path:
    """The first of runs/NAME, runs/NAME-2, runs/NAME-3, ... that does not exist."""
    return next(path for path in _numbered(name) if not path.exists())


def newest_folder(name: str) -> Path:
    """The last of runs/NAME, runs/NAME-2, ... that exists.

    Raises:
        UserError: there is none.
    """
    found = None
    for path in _numbered(name):
        if not path.exists():
            break
        found = path
    if found is None:
        raise UserError(f"there is no run to resume at {RUNS / name}; name it with --run FOLDER")
    return found


def _numbered(name: str) -> Iterator[Path]:
    yield RUNS / name
    for count in itertools.count(2):
        yield RUNS / f"{name}-{count}"
