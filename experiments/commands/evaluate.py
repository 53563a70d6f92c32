"""`polychrony evaluate`: accuracy of a trained run with integer delays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from polychrony.experiments.bars import counting
from polychrony.experiments.data import open_split
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.runs import open_run
from polychrony.experiments.tables import listing, percent
from polychrony.snn import to_graph


def evaluate_run(
    folder: Path, split: str, console: Console, root: Path | None = None
) -> dict[str, Any]:
    """Test a trained run in software.

    Args:
        folder: the run folder.
        split: `"train"`, `"valid"` or `"test"`.
        console: where progress and results go.
        root: folder of the data files, if they have moved since training.

    Returns:
        Accuracy, spike rates and size, every number with its unit in the key.

    Raises:
        UserError: the run is missing or not finished.
        DataError: the data cannot be read.
    """
    run = open_run(folder, root)
    network = run.load_network()
    data = open_split(run.recipe, run.config, split)
    with counting(console, "evaluating") as report:
        outcome = evaluate(network, data, progress=report)
    graph = to_graph(network)
    result = {
        "run": str(folder),
        "recipe": run.recipe,
        "split": split,
        "accuracy": outcome.accuracy,
        "samples": outcome.samples,
        "spike_rate_Hz": list(outcome.spike_rate_Hz),
        "synapses": graph.n_synapses,
        "max_delay_steps": max(p.max_delay for p in graph.projections),
        "dt_s": graph.dt,
    }
    rates = ", ".join(f"{rate:.2f} Hz" for rate in outcome.spike_rate_Hz)
    rows = {
        "accuracy": f"{percent(outcome.accuracy)} of {outcome.samples} {split} samples",
        "spike rate of hidden layers": rates,
        "synapses": f"{graph.n_synapses:,}",
        "longest delay": f"{result['max_delay_steps']} steps of {1e3 * graph.dt:g} ms",
    }
    console.print(listing(f"{folder}, software, integer delays", rows))
    return result
