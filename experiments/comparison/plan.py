"""The runs of a comparison: one for each rule and seed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polychrony.experiments.commands.train import MOVABLE, choose_network
from polychrony.experiments.comparison.options import CompareOptions
from polychrony.experiments.comparison.rules import ChosenRule, parse_rules
from polychrony.experiments.config import BlocksConfig, Config, TrainingConfig, option_name, to_dict
from polychrony.experiments.errors import UserError
from polychrony.experiments.runs import RUNS, Run, open_run
from polychrony.experiments.validation import validate


@dataclass(frozen=True)
class Entry:
    """A rule and its runs, by seed."""

    rule: ChosenRule
    folder: Path
    runs: tuple[Run, ...]

    @property
    def config(self) -> Config:
        """Configuration of the first run; the others have other seeds."""
        return self.runs[0].config

    @property
    def step_path(self) -> Path:
        """Where lies what was measured of a training step."""
        return self.folder / "step.json"


def plan(options: CompareOptions) -> list[Entry]:
    """The runs that a comparison asks for, done or not; nothing is written.

    Raises:
        UserError: an option cannot be, or a folder holds a run that was started otherwise.
    """
    if options.seeds < 1:
        raise UserError(f"--seeds is {options.seeds}; it must be 1 or above")
    folder = options.run or RUNS / f"compare-{options.recipe}"
    entries = []
    for rule in parse_rules(options.rules):
        place = folder / rule.label
        runs = [
            Run(place / f"seed-{seed}", options.recipe, _config(options, rule, seed))
            for seed in range(options.seeds)
        ]
        entries.append(Entry(rule, place, tuple(runs)))
    for entry in entries:
        for run in entry.runs:
            check_started(run)
    return entries


def _config(options: CompareOptions, rule: ChosenRule, seed: int) -> Config:
    training = TrainingConfig(**vars(options.training))
    blocks = BlocksConfig(**{**vars(options.blocks), "rule": rule.name})
    asked = Config(data=options.data, training=training, blocks=blocks)
    config = choose_network(options.recipe, asked, options.given)
    own = {**rule.training, "seed": seed, "keep": "last"}
    config = dataclasses.replace(
        config,
        training=dataclasses.replace(config.training, **own),
        blocks=dataclasses.replace(config.blocks, **rule.blocks),
    )
    validate(config)
    return config


def is_started(run: Run) -> bool:
    """Whether there is anything in its folder."""
    return run.folder.exists() and (not run.folder.is_dir() or any(run.folder.iterdir()))


def check_started(run: Run) -> None:
    """Raise UserError if the folder of a run holds one that was started otherwise."""
    if not is_started(run):
        return
    found = open_run(run.folder)
    if found.recipe != run.recipe:
        raise UserError(
            f"{run.folder} is a run of {found.recipe}, not of {run.recipe}; choose another folder "
            "with --run"
        )
    told = _differences(to_dict(found.config), to_dict(run.config))
    if told:
        raise UserError(
            f"{run.folder} was started with {', '.join(told)}; ask for the same, or choose another "
            "folder with --run"
        )


def _differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [
        f"{option_name(key)} {_shown(value)} (now {_shown(now[section][key])})"
        for section, values in before.items()
        for key, value in values.items()
        if value != now[section][key] and key not in MOVABLE
    ]


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) or "()" if isinstance(value, list) else str(value)
