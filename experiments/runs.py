"""Run folders: what a training run leaves behind, and how others find it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from polychrony.experiments.config import Config, RecipeName, from_dict, to_dict
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import read_json, write_atomically, write_json
from polychrony.experiments.models import build_network
from polychrony.experiments.recipes import RECIPES
from polychrony.snn import SpikingNetwork

RUNS = Path("runs")


@dataclass(frozen=True)
class Run:
    """A training run in its folder.

    `config.json` holds recipe and configuration, `network.pt` the best weights, `result.json` the
    outcome, `checkpoint-*` the newest state of training, `tensorboard/` the log.
    """

    folder: Path
    recipe: RecipeName
    config: Config

    @property
    def result_path(self) -> Path:
        """Where the outcome lies once training is done."""
        return self.folder / "result.json"

    @property
    def network_path(self) -> Path:
        """Where the best weights lie once training is done."""
        return self.folder / "network.pt"

    @property
    def is_finished(self) -> bool:
        """Whether training is done."""
        return self.result_path.is_file()

    def save_network(self, weights: dict[str, torch.Tensor], n_inputs: int, n_classes: int) -> None:
        """Write the best weights."""
        content = {"weights": weights, "n_inputs": n_inputs, "n_classes": n_classes}
        write_atomically(self.network_path, lambda path: torch.save(content, path))

    def load_network(self) -> SpikingNetwork:
        """The trained network.

        Raises:
            UserError: training is not done, or the weights cannot be read.
        """
        if not self.network_path.is_file():
            raise UserError(
                f"{self.folder} holds no trained network; finish it with: "
                f"polychrony train {self.recipe} --run {self.folder} --resume"
            )
        try:
            content = torch.load(self.network_path, weights_only=True, map_location="cpu")
            network = build_network(self.config, content["n_inputs"], content["n_classes"])
            network.load_state_dict(content["weights"])
        except Exception as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"{self.network_path} cannot be loaded: {reason}") from error
        return network


def create_run(folder: Path, recipe: RecipeName, config: Config) -> Run:
    """Make a run folder that holds nothing but the configuration.

    Raises:
        UserError: the folder exists and is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            f"{folder} exists already; continue it with --resume, or choose another with --run"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", {"recipe": recipe, **to_dict(config)})
    return Run(folder, recipe, config)


def open_run(folder: Path) -> Run:
    """Open an existing run folder.

    Raises:
        UserError: it is missing, or not a run folder.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise UserError(f"{folder} is not a run folder: it has no config.json")
    content: dict[str, Any] = read_json(path)
    recipe = content.pop("recipe", None) if isinstance(content, dict) else None
    if recipe not in RECIPES:
        raise UserError(f"{path} names the recipe {recipe!r}; known: {', '.join(RECIPES)}")
    return Run(folder, recipe, from_dict(content))


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


def _numbered(name: str) -> Any:
    yield RUNS / name
    count = 2
    while True:
        yield RUNS / f"{name}-{count}"
        count += 1
