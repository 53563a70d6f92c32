"""What a budget tells: a row for each way to spend it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from polychrony.experiments.budgeting.allocation import (
    Allocation,
    Traffic,
    cost,
    cost_of_events,
)
from polychrony.experiments.files import read_json
from polychrony.experiments.runs import Run
from polychrony.experiments.tables import amount, count, percent, table
from polychrony.hardware.bitbudget import bit_budget


def row_of(allocation: Allocation, runs: Sequence[Run], traffic: Traffic) -> dict[str, Any]:
    """The row of an allocation whose runs are finished."""
    results = [read_json(run.result_path) for run in runs]
    tests = [float(result["test_accuracy"]) for result in results]
    alike = allocation.is_alike
    budget = bit_budget(allocation.weights[0], allocation.spikes[0], allocation.steps)
    return {
        "label": allocation.label,
        "weight_bits": list(allocation.weights),
        "spike_bits": list(allocation.spikes),
        "steps": allocation.steps,
        "input_bits": traffic.input_bits,
        "bit_budget": budget if alike else None,
        "s_ace": cost(allocation, traffic),
        "ns_ace": cost_of_events(allocation, traffic),
        "valid_accuracy_mean": statistics.mean(float(r["valid_accuracy"]) for r in results),
        "accuracy_mean": statistics.mean(tests),
        "accuracy_std": statistics.stdev(tests) if len(tests) > 1 else None,
        "accuracies": tests,
        "seeds": [run.config.training.seed for run in runs],
        "dt_s": runs[0].config.dt,
        "max_delay_steps": _longest_delay(runs[0]),
        "runs": [str(run.folder) for run in runs],
    }


def _longest_delay(run: Run) -> int:
    return run.config.max_delay if run.config.blocks.architecture == "delays" else 0


def mark_front(rows: Sequence[dict[str, Any]]) -> None:
    """Set `pareto`: whether no other row is at least as good in accuracy and S-ACE, and better."""
    for row in rows:
        mine = (-row["accuracy_mean"], row["s_ace"])
        row["pareto"] = not any(
            all(a <= b for a, b in zip(theirs, mine, strict=True)) and theirs != mine
            for theirs in ((-other["accuracy_mean"], other["s_ace"]) for other in rows)
        )


def table_of(title: str, rows: Sequence[dict[str, Any]], chosen: str) -> Table:
    """The rows for people; the one that the validation set chooses is marked."""
    columns = ("", "weights/spikes/steps", "accuracy", "± std", "valid", "S-ACE", "NS-ACE", "front")
    seeds = len(rows[0]["seeds"])
    shown = table(title, columns, [_cells(row, row["label"] == chosen) for row in rows])
    shown.caption = (
        f"accuracy: of the test set, {count(seeds, 'seed')}; *: best on the validation set; S-ACE: "
        "sum over layers of synapses x steps x bits of a weight x bits of what it receives, the "
        f"input's {', '.join(sorted({str(row['input_bits']) for row in rows}))}; NS-ACE: the same "
        "where only spikes that are there count"
    )
    shown.caption_justify = "left"
    return shown


def _cells(row: dict[str, Any], chosen: bool) -> list[str]:
    spread = row["accuracy_std"]
    return [
        "*" if chosen else "",
        row["label"],
        percent(row["accuracy_mean"]),
        "-" if spread is None else percent(spread),
        percent(row["valid_accuracy_mean"]),
        amount(row["s_ace"]),
        amount(row["ns_ace"]),
        "yes" if row["pareto"] else "",
    ]
