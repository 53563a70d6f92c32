"""`polychrony evaluate`: accuracy of a trained run with integer delays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from polychrony.experiments.bars import counting
from polychrony.experiments.data import open_split
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.models import graph_of, trained_with
from polychrony.experiments.runs import open_run
from polychrony.experiments.tables import listing, percent
from polychrony.snn import SnnError


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
    try:
        graph = graph_of(network)
    except SnnError:  # maps and pooling: it has no list of synapses
        graph = None
    result = {
        "run": str(folder),
        "recipe": run.recipe,
        "split": split,
        "accuracy": outcome.accuracy,
        "samples": outcome.samples,
        "spike_rate_Hz": list(outcome.spike_rate_Hz),
        "synapses": None if graph is None else graph.n_synapses,
        "max_delay_steps": 0 if graph is None else max(p.max_delay for p in graph.projections),
        "dt_s": run.config.dt,
    }
    rates = ", ".join(f"{rate:.2f} Hz" for rate in outcome.spike_rate_Hz)
    rows = {
        "accuracy": f"{percent(outcome.accuracy)} of {outcome.samples} {split} samples",
        "spike rate of hidden layers": rates,
        "synapses": "shared by maps" if graph is None else f"{graph.n_synapses:,}",
        "longest delay": f"{result['max_delay_steps']} steps of {run.config.data.dt_ms:g} ms",
    }
    console.print(listing(f"{folder}, software, {trained_with(run.config)}", rows))
    return result
