"""What a comparison tells: a row for each rule."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from polychrony.experiments.comparison.plan import Entry
from polychrony.experiments.comparison.step import Step
from polychrony.experiments.config import to_dict
from polychrony.experiments.files import read_json
from polychrony.experiments.machine import command, commit
from polychrony.experiments.tables import amount, count, percent, quantity, size, table

_COLUMNS = (
    "rule",
    "accuracy",
    "± std",
    "memory",
    "time",
    "forward",
    "signal",
    "update",
    "signal (paper)",
)


def row_of(entry: Entry, step: Step) -> dict[str, Any]:
    """The row of a rule all of whose runs are finished.

    Args:
        entry: rule and runs.
        step: what a training step takes.

    Returns:
        Accuracy is that on the test set after the last epoch, its deviation that of a sample (None
        for one seed), and time the median over the epochs of all seeds.
    """
    results = [read_json(run.result_path) for run in entry.runs]
    accuracies = [float(result["test_accuracy"]) for result in results]
    times = [
        record["epoch_time_s"] / result["samples"]["train"]
        for result in results
        for record in result["history"]
    ]
    config = to_dict(entry.config)
    return {
        "rule": entry.rule.label,
        "accuracy_mean": statistics.mean(accuracies),
        "accuracy_std": statistics.stdev(accuracies) if len(accuracies) > 1 else None,
        "peak_memory_bytes": step.peak_memory_bytes,
        "time_per_sample_s": statistics.median(times),
        "macs_forward": step.macs_forward,
        "macs_signal": step.macs_signal,
        "macs_update": step.macs_update,
        "macs_signal_paper": step.macs_signal_paper,
        "accuracies": accuracies,
        "seeds": [run.config.training.seed for run in entry.runs],
        "name": entry.rule.name,
        "options": entry.rule.options,
        "recipe": entry.runs[0].recipe,
        "epochs": entry.config.training.epochs,
        "batch_size": step.batch_size,
        "steps": entry.config.n_steps,
        "parameters": step.parameters,
        "samples": results[0]["samples"],
        "config": config,
        "runs": [str(run.folder) for run in entry.runs],
        "command": command(),
        "commit": commit(),
        "machine": results[0]["machine"],
    }


def table_of(rows: Sequence[dict[str, Any]]) -> Table:
    """The rows for people."""
    first = rows[0]
    seeds, epochs = len(first["seeds"]), first["epochs"]
    title = (
        f"{first['recipe']}, {first['config']['blocks']['layers']}: {count(epochs, 'epoch')}, "
        f"{count(seeds, 'seed')}, {first['samples']['test']} test samples"
    )
    shown = table(title, _COLUMNS, [_cells(row) for row in rows])
    shown.caption = (
        f"memory: most that a training step of {first['batch_size']} samples and "
        f"{count(first['steps'], 'step')} allocates; time: of training, per sample; forward, "
        "signal, update: multiply-accumulates per sample; signal (paper): as the rules' papers "
        "count it"
    )
    shown.caption_justify = "left"
    return shown


def _cells(row: dict[str, Any]) -> list[str]:
    spread = row["accuracy_std"]
    keys = ("macs_forward", "macs_signal", "macs_update", "macs_signal_paper")
    return [
        row["rule"],
        percent(row["accuracy_mean"]),
        "-" if spread is None else percent(spread),
        size(row["peak_memory_bytes"]),
        quantity(row["time_per_sample_s"], "s"),
        *(amount(row[key]) for key in keys),
    ]
