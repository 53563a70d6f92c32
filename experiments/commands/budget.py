"""`polychrony budget`: the best way to spend a number of bits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from polychrony.experiments.budgeting.allocation import Allocation, parse_alike
from polychrony.experiments.budgeting.options import BlockBudgetOptions, BudgetOptions
from polychrony.experiments.budgeting.picture import save_budget
from polychrony.experiments.budgeting.rows import mark_front, table_of
from polychrony.experiments.budgeting.search import search
from polychrony.experiments.budgeting.work import Work
from polychrony.experiments.commands.train import train
from polychrony.experiments.comparison.picture import check_picture
from polychrony.experiments.comparison.plan import is_started
from polychrony.experiments.config import to_dict
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.files import check_writable
from polychrony.experiments.machine import command, commit, machine
from polychrony.experiments.runs import Run
from polychrony.experiments.tables import count, say
from polychrony.experiments.training.interrupt import StopRequest


def budget(options: BudgetOptions | BlockBudgetOptions, console: Console) -> dict[str, Any]:
    """Spend bits in every way, as far as that is not done, and tell which is best.

    Args:
        options: recipe, bits, and what all runs share.
        console: where progress and results go.

    Returns:
        A row for each way, and the one that the validation set chooses.

    Raises:
        UserError: an option cannot be, or a folder holds other runs.
        DataError: the data cannot be read.
        Interrupted: Ctrl-C; the same command goes on.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:  # as torchrun and accelerate tell
        raise UserError("polychrony budget runs in one process; start it without a launcher")
    for option, value, least in (("--seeds", options.seeds, 1), ("--trials", options.trials, 0)):
        if value < least:
            raise UserError(f"{option} is {value}; it must be {least} or above")
    if options.plot is not None:
        check_picture(options.plot)
    stop = StopRequest()

    def finish(run: Run, label: str) -> None:
        say(console, f"{label}, seed {run.config.training.seed}")
        train(run.recipe, run.config, run.folder, is_started(run), console, stop=stop)
        if stop:
            raise Interrupted("stopped after a run")

    work = Work(options, console, finish)
    alike = parse_alike(options.only, options.bits, work.base.n_hidden)
    check_writable(work.folder / "sensitivity.json")
    for allocation in alike:
        work.runs(allocation)  # what cannot be is told before long work
    try:
        found = _work(work, alike)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted("stopped; the same command goes on with the budget") from None
    return _told(work, found, alike)


def _work(work: Work, alike: Sequence[Allocation]) -> dict[str, Any] | None:
    """Train everything; the sensitivity, if it was asked for."""
    scores = {allocation: work.train(allocation) for allocation in alike}
    if not work.options.trials:
        return None
    best = max(alike, key=lambda each: (scores[each], -work.rows[each]["s_ace"]))
    limit = work.rows[best]["s_ace"]
    traffic = {allocation.steps: work.traffic(allocation) for allocation in alike}
    found = {steps: work.sensitivity(steps) for steps in traffic}
    say(work.console, f"bits by layer, at most the cost of {best.label}")
    search(limit, traffic, found, scores, work.options.trials, work.train)
    by_steps = {str(steps): asdict(each) for steps, each in found.items()}
    return {"at_most": best.label, "by_steps": by_steps}


def _told(
    work: Work, sensitivity: dict[str, Any] | None, alike: Sequence[Allocation]
) -> dict[str, Any]:
    options, rows = work.options, list(work.rows.values())
    mark_front(rows)
    chosen = max(rows, key=lambda row: (row["valid_accuracy_mean"], -row["s_ace"]))
    title = f"{options.recipe}, {count(options.bits, 'bit')} a synapse and inference"
    work.console.print(table_of(title, rows, chosen["label"]))
    if options.plot is not None:
        save_budget(rows, options.plot, title)
        say(work.console, f"picture: {options.plot}")
    return {
        "recipe": options.recipe,
        "bits": options.bits,
        "alike": [allocation.label for allocation in alike],
        "chosen": chosen["label"],
        "rows": rows,
        "sensitivity": sensitivity,
        "shared": to_dict(work.base),
        "command": command(),
        "commit": commit(),
        "machine": machine(),
    }
