"""`polychrony compare`: one network, trained by several rules."""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console

from polychrony.experiments.bars import counting
from polychrony.experiments.commands.train import train
from polychrony.experiments.comparison.options import CompareOptions
from polychrony.experiments.comparison.picture import check_picture, save_comparison
from polychrony.experiments.comparison.plan import Entry, is_started, plan
from polychrony.experiments.comparison.rows import row_of, table_of
from polychrony.experiments.comparison.step import Step, known_step, measure_step
from polychrony.experiments.data import open_split
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.files import check_writable
from polychrony.experiments.tables import say
from polychrony.experiments.training.interrupt import StopRequest


def compare(options: CompareOptions, console: Console) -> list[dict[str, Any]]:
    """Train a network by several rules, as far as that is not done, and tell what each took.

    Args:
        options: recipe, rules, seeds, and what they share.
        console: where progress and results go.

    Returns:
        A row for each rule, in their order.

    Raises:
        UserError: an option cannot be, or a folder holds other runs.
        DataError: the data cannot be read.
        SnnError: a rule cannot train this network.
        Interrupted: Ctrl-C; the same command goes on.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:  # as torchrun and accelerate tell
        raise UserError("polychrony compare runs in one process; start it without a launcher")
    if options.plot is not None:
        check_picture(options.plot)
    entries = plan(options)
    for entry in entries:
        check_writable(entry.step_path)
    stop = StopRequest()
    try:
        steps = _measure(entries, options, console)
        _train_all(entries, console, stop)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted("stopped; the same command goes on with the comparison") from None
    rows = [row_of(entry, step) for entry, step in zip(entries, steps, strict=True)]
    console.print(table_of(rows))
    if options.plot is not None:
        save_comparison(rows, options.plot)
        say(console, f"picture: {options.plot}")
    return rows


def _measure(entries: list[Entry], options: CompareOptions, console: Console) -> list[Step]:
    """A step of every rule, before the long work: what cannot be is told here."""
    found = [known_step(entry) for entry in entries]
    if None in found:
        with counting(console, f"binning {options.recipe} train") as report:
            data = open_split(options.recipe, entries[0].config, "train", report)
        with counting(console, "measuring a training step of each rule") as report:
            for place, entry in enumerate(entries):
                found[place] = found[place] or measure_step(entry, data)
                report(place + 1, len(entries))
    return [step for step in found if step is not None]


def _train_all(entries: list[Entry], console: Console, stop: StopRequest) -> None:
    runs = [(entry, run) for entry in entries for run in entry.runs]
    done = sum(run.is_finished for _, run in runs)
    if done:
        say(console, f"{done} of {len(runs)} runs are there already")
    for place, (entry, run) in enumerate(runs, 1):
        if run.is_finished:
            continue
        seed = run.config.training.seed
        say(console, f"{entry.rule.label}, seed {seed} (run {place} of {len(runs)})")
        train(run.recipe, run.config, run.folder, is_started(run), console, stop=stop)
        if stop:
            raise Interrupted("stopped after a run")
