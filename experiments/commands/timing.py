"""`polychrony timing`: a task that needs delays, and delays whose right values are known."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from polychrony.experiments.bars import counting
from polychrony.experiments.commands.train import train
from polychrony.experiments.comparison.picture import check_picture
from polychrony.experiments.comparison.plan import check_started, is_started
from polychrony.experiments.data import open_split
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.machine import command, commit, machine
from polychrony.experiments.recipes import coincidence
from polychrony.experiments.tables import percent, say, table
from polychrony.experiments.timing.arms import Arm, cells_of, plan_arms, row_of
from polychrony.experiments.timing.options import Timing
from polychrony.experiments.timing.picture import save_timing
from polychrony.experiments.timing.truth import Found, learn
from polychrony.experiments.training.interrupt import StopRequest


def timing(options: Timing, console: Console) -> dict[str, Any]:
    """Train with each kind of delays, as far as that is not done; learn delays that are known.

    Args:
        options: seeds, folder and files.
        console: where progress and results go.

    Returns:
        `accuracy`, a row for each kind of delays, and `delays`, a row for each seed.

    Raises:
        UserError: an option cannot be, or a folder holds other runs.
        Interrupted: Ctrl-C; the same command goes on.
    """
    if options.seeds < 1:
        raise UserError(f"--seeds is {options.seeds}; it must be 1 or above")
    if options.plot is not None:
        check_picture(options.plot)
    base = coincidence()
    data = open_split("coincidence", base, "test")
    n_classes = len(data.classes)
    arms = plan_arms(base, data.n_channels, n_classes, options.seeds, options.run)
    for arm in arms:
        for run in arm.runs:
            check_started(run)
    _train_all(arms, console)
    rows = [row_of(arm) for arm in arms]
    console.print(
        table(
            f"coincidence, chance {percent(1 / n_classes)}",
            ("delays", "neurons", "parameters", "test accuracy", "every seed (%)"),
            cells_of(rows),
        )
    )
    found = _learn_all(options.seeds, console)
    console.print(_table_of(found))
    delays = [each.to_dict() for each in found]
    if options.plot is not None:
        save_timing(rows, delays, 1 / n_classes, options.plot)
        say(console, f"picture: {options.plot}")
    made_with = {"command": command(), "commit": commit(), "machine": machine()}
    return {"accuracy": rows, "chance": 1 / n_classes, "delays": delays, **made_with}


def _train_all(arms: list[Arm], console: Console) -> None:
    runs = [(arm, run) for arm in arms for run in arm.runs]
    stop = StopRequest()
    try:
        for place, (arm, run) in enumerate(runs, 1):
            if run.is_finished:
                continue
            seed = run.config.training.seed
            told = f"{arm.delays} delays, {arm.width} neurons, seed {seed}"
            say(console, f"{told} (run {place} of {len(runs)})")
            train(run.recipe, run.config, run.folder, is_started(run), console, stop=stop)
            if stop:
                raise Interrupted("stopped after a run")
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted("stopped; the same command goes on") from None


def _learn_all(seeds: int, console: Console) -> list[Found]:
    found = []
    with counting(console, "learning delays that are known") as report:
        for seed in range(seeds):
            found.append(learn(seed))
            report(seed + 1, seeds)
    return found


def _table_of(found: list[Found]) -> Any:
    columns = ("seed", "correlation", "error", "error before", "accuracy", "with right delays")
    cells = [
        (
            str(each.seed),
            f"{each.correlation:.4f}",
            f"{1e3 * each.error:.2f} ms",
            f"{1e3 * each.error_before:.1f} ms",
            percent(each.accuracy),
            percent(each.accuracy_right),
        )
        for each in found
    ]
    return table("learned delays against right ones", columns, cells)
