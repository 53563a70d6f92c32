"""The networks that are compared: kinds of delays, at as many neurons or parameters."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polychrony.experiments.config import Config
from polychrony.experiments.files import read_json
from polychrony.experiments.models import build, count_parameters
from polychrony.experiments.runs import Run
from polychrony.snn.network import DelayMode


@dataclass(frozen=True)
class Arm:
    """A kind of delays in a hidden layer of some width, and its runs, by seed."""

    delays: DelayMode
    width: int
    runs: tuple[Run, ...]


def plan_arms(base: Config, n_inputs: int, n_classes: int, seeds: int, folder: Path) -> list[Arm]:
    """What is to be run, done or not; nothing is written.

    Learned delays stand against fixed ones with as many neurons, and against fixed ones and none
    with at least as many parameters.

    Args:
        base: the recipe, whose one hidden layer is that of the learned delays.
        n_inputs: input channels of its data.
        n_classes: classes of its data.
        seeds: runs of each.
        folder: folder for the runs.
    """
    (width,) = base.network.hidden

    def parameters(delays: DelayMode, width: int) -> int:
        return count_parameters(build(_with(base, delays, width, 0), (n_inputs,), n_classes))

    wide = math.ceil(parameters("learned", width) / parameters("none", 1))
    chosen: list[tuple[DelayMode, int]] = [
        ("none", wide),
        ("fixed", width),
        ("fixed", wide),
        ("learned", width),
    ]
    return [
        Arm(
            delays,
            neurons,
            tuple(
                Run(
                    folder / f"{delays}-{neurons}" / f"seed-{seed}",
                    "coincidence",
                    _with(base, delays, neurons, seed),
                )
                for seed in range(seeds)
            ),
        )
        for delays, neurons in chosen
    ]


def _with(base: Config, delays: DelayMode, width: int, seed: int) -> Config:
    return dataclasses.replace(
        base,
        network=dataclasses.replace(base.network, delays=delays, hidden=(width,)),
        training=dataclasses.replace(base.training, seed=seed),
    )


def row_of(arm: Arm) -> dict[str, Any]:
    """Accuracy on the test set of an arm whose runs are finished; std is null for one seed."""
    results = [read_json(run.result_path) for run in arm.runs]
    accuracies = [float(result["test_accuracy"]) for result in results]
    return {
        "delays": arm.delays,
        "neurons": arm.width,
        "parameters": results[0]["parameters"],
        "accuracy_mean": statistics.mean(accuracies),
        "accuracy_std": statistics.stdev(accuracies) if len(accuracies) > 1 else None,
        "accuracies": accuracies,
        "seeds": [run.config.training.seed for run in arm.runs],
        "commits": [result["commit"] for result in results],
    }


def cells_of(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The rows for people: delays, neurons, parameters, mean and deviation, every seed."""
    made = []
    for row in rows:
        spread = row["accuracy_std"]
        mean = f"{100 * row['accuracy_mean']:.2f}"
        made.append(
            [
                row["delays"],
                str(row["neurons"]),
                str(row["parameters"]),
                f"{mean} %" if spread is None else f"{mean} ± {100 * spread:.2f} %",
                ", ".join(f"{100 * each:.2f}" for each in row["accuracies"]),
            ]
        )
    return made
