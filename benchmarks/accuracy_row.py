"""A trained run as a row of docs/results.md: numbers, both protocols, and its command."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from polychrony.experiments.config import Config, from_dict, option_name
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import read_json
from polychrony.experiments.recipes import RECIPES

FORMAT = 1
FOLDER = "--root FOLDER"
"""Where a reader has his data is his own business, and where ours was is nobody's."""


def command_of(recipe: str, config: Config) -> str:
    """The command that makes such a run: the options that differ from the recipe's."""
    usual = RECIPES[recipe]()  # type: ignore[index]
    words = ["polychrony", "train", recipe]
    if recipe != "digits":
        words.append(FOLDER)
    for section in vars(config):
        ours, theirs = vars(getattr(config, section)), vars(getattr(usual, section))
        for key, value in ours.items():
            if key != "root" and value != theirs[key]:
                words += _option(key, value)
    return " ".join(words)


def _option(key: str, value: Any) -> list[str]:
    name = option_name(key)
    if isinstance(value, bool):
        return [name if value else f"--no-{name.removeprefix('--')}"]
    if isinstance(value, tuple):
        return [name, *(f"{each:g}" if isinstance(each, float) else str(each) for each in value)]
    return [name, f"{value:g}" if isinstance(value, float) else str(value)]


def row_of(run: Path, commit: str, chips: list[Path]) -> dict[str, Any]:
    """Everything that the page tells of a finished run.

    Args:
        run: its folder.
        commit: the commit that trained it, where its result does not tell.
        chips: what `polychrony cosim RUN --chip NAME --json FILE` wrote of it.

    Raises:
        UserError: a file is missing, or of something else.
    """
    result = _read(run / "result.json", "recipe")
    commit = result.get("commit") or commit
    if not re.fullmatch("[0-9a-f]{7,40}", commit):
        raise UserError(f"{run} does not tell its commit; add --commit")
    row = {
        key: result.get(key)
        for key in (
            "recipe",
            "seed",
            "epochs",
            "kept_epoch",
            "test_accuracy",
            "valid_accuracy",
            "best_on_test",
            "parameters",
            "epoch_time_s",
            "spike_rate_Hz",
            "samples",
            "machine",
            "versions",
        )
    }
    return {
        "format": FORMAT,
        "commit": commit,
        **_made_by(result),
        **row,
        "chips": [_chip(_read(path, "chip")) for path in chips],
    }


def _made_by(result: dict[str, Any]) -> dict[str, str]:
    """Command and choice of the epoch; others' code has no configuration, and tells its command."""
    if "config" not in result:
        return {"command": result["command"], "keep": "last"}
    config = from_dict(result["config"])
    return {"command": command_of(result["recipe"], config), "keep": config.training.keep}


def _read(path: Path, needed: str) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict) or needed not in content:
        raise UserError(f"{path} is not what a finished run or a co-simulation writes")
    return content


def _chip(content: dict[str, Any]) -> dict[str, Any]:
    energy = content["energy_per_inference_J"]
    return {
        "chip": content["chip"],
        "profile": content["profile"],
        "samples": content["samples"],
        "accuracy_software": content["accuracy_software"],
        "accuracy_hardware": content["accuracy_hardware"],
        "energy_J": energy.get("total") if isinstance(energy, dict) else energy,
        "energy_excludes": content["energy_excludes"],
        "latency_s": content["latency_per_inference_s"],
        "cores": content["mapping"]["cores"],
    }
