"""`polychrony train`: train a recipe, into a run folder."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from rich.console import Console

from polychrony.datasets import BinnedDataset
from polychrony.experiments.bars import bar, counting
from polychrony.experiments.config import Config, RecipeName, to_dict, validate
from polychrony.experiments.data import SPLITS, open_split
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.files import write_json
from polychrony.experiments.machine import command, library_versions, machine
from polychrony.experiments.plots import save_delay_histograms, save_training_curves
from polychrony.experiments.runs import Run, create_run, free_folder, newest_folder, open_run
from polychrony.experiments.tables import listing, percent
from polychrony.experiments.training import Trainer
from polychrony.experiments.training.interrupt import stop_on_signal
from polychrony.experiments.training.progress import Progress

NOTES = {
    "digits": "Events from a modelled camera over scikit-learn's handwritten digits.",
    "shd": "Comparable with published SHD results only on the public SHD files.",
    "ssc": "Comparable with published SSC results only on the public SSC files.",
}


def train(
    recipe: RecipeName, config: Config, folder: Path | None, resume: bool, console: Console
) -> Run:
    """Train a recipe, or go on with a run, until its last epoch.

    Args:
        recipe: name of the recipe.
        config: the run.
        folder: run folder; by default the first free one under `runs/`, or the newest to resume.
        resume: go on from the newest checkpoint.
        console: where progress and results go.

    Returns:
        The finished run.

    Raises:
        UserError: the folder is taken, or holds another configuration.
        DataError: the data cannot be read.
        Interrupted: a stop was requested; a checkpoint is written.
    """
    validate(config)
    if resume:
        run = _continue(recipe, config, folder or newest_folder(recipe))
        if run.is_finished:
            console.print(f"{run.folder} is finished already: see {run.result_path}")
            return run
    splits = _open_splits(recipe, config, console)
    if not resume:
        run = create_run(folder or free_folder(recipe), recipe, config)
    try:
        _train(run, splits, resume, console)
    except Interrupted as stopped:
        raise Interrupted(
            f"{stopped}; continue with: polychrony train {recipe} --run {run.folder} --resume"
        ) from None
    return run


def _continue(recipe: RecipeName, config: Config, folder: Path) -> Run:
    run = open_run(folder)
    if run.recipe != recipe:
        raise UserError(f"{folder} is a run of {run.recipe}, not of {recipe}")
    ours, theirs = to_dict(config), to_dict(run.config)
    differing = [
        f"--{key.replace('_', '-')}"
        for section, options in theirs.items()
        for key, value in options.items()
        if ours[section][key] != value
    ]
    if differing:
        raise UserError(
            f"{folder} was started with other values of {', '.join(differing)}; "
            "resume with the same options, or start another run"
        )
    return run


def _open_splits(recipe: RecipeName, config: Config, console: Console) -> dict[str, BinnedDataset]:
    splits = {}
    for split in SPLITS:
        with counting(console, f"binning {recipe} {split}") as report:
            splits[split] = open_split(recipe, config, split, report)
    return splits


def _train(run: Run, splits: dict[str, BinnedDataset], resume: bool, console: Console) -> None:
    trainer = Trainer(run.config, splits["train"], splits["valid"], run.folder)
    if resume and not trainer.resume():
        console.print(f"{run.folder} holds no checkpoint; starting from the beginning")
    main = trainer.accelerator.is_main_process
    epochs = run.config.training.epochs
    if main:
        console.print(
            f"{run.recipe}: {len(splits['train'])} training samples, "
            f"{trainer.n_parameters:,} parameters, {epochs} epochs -> {run.folder}"
        )
    with contextlib.ExitStack() as stack:
        progress = stack.enter_context(bar(console))
        task = progress.add_task("epoch", total=trainer.steps_per_epoch, note="", visible=main)

        def on_step(state: Progress, total: int) -> None:
            note = f"loss {state.loss_sum / state.seen:.3f}"
            progress.update(
                task,
                description=f"epoch {state.epoch + 1}/{epochs}",
                completed=state.step,
                total=total,
                note=note,
            )

        def on_epoch(record: dict[str, float]) -> None:
            if main:
                progress.console.print(_line(record, epochs), highlight=False)

        stop = stack.enter_context(stop_on_signal())
        outcome = trainer.run(stop, on_step, on_epoch)
    if main:
        _finish(run, splits, trainer, outcome, console)
    trainer.accelerator.wait_for_everyone()


def _line(record: dict[str, float], epochs: int) -> str:
    return (
        f"epoch {int(record['epoch']) + 1:3d}/{epochs}  loss {record['train_loss']:.4f}  "
        f"train {percent(record['train_accuracy'])}  valid {percent(record['valid_accuracy'])}  "
        f"{record['epoch_time_s']:.1f} s"
    )


def _finish(
    run: Run,
    splits: dict[str, BinnedDataset],
    trainer: Trainer,
    outcome: Progress,
    console: Console,
) -> None:
    test = splits["test"]
    run.save_network(outcome.best_weights, test.n_channels, len(test.classes))
    trained = run.load_network()
    with counting(console, "testing") as report:
        tested = evaluate(trained, test, progress=report)
    times = [record["epoch_time_s"] for record in outcome.history]
    result: dict[str, Any] = {
        "recipe": run.recipe,
        "test_accuracy": tested.accuracy,
        "valid_accuracy": outcome.best_accuracy,
        "epochs": outcome.epoch,
        "best_epoch": outcome.best_epoch + 1,
        "epoch_time_s": sum(times) / len(times),
        "parameters": trainer.n_parameters,
        "seed": run.config.training.seed,
        "samples": {name: len(split) for name, split in splits.items()},
        "dropped_events": {name: split.dropped_events for name, split in splits.items()},
        "spike_rate_Hz": list(tested.spike_rate_Hz),
        "note": NOTES[run.recipe],
        "config": to_dict(run.config),
        "history": outcome.history,
        "command": command(),
        "machine": machine(),
        "versions": library_versions(),
    }
    save_training_curves(outcome.history, run.folder / "training.png")
    save_delay_histograms(trained, run.folder / "delays.png")
    write_json(run.result_path, result)
    rows = {
        "test accuracy": f"{percent(tested.accuracy)} of {tested.samples} samples",
        "validation accuracy": f"{percent(outcome.best_accuracy)} (epoch {outcome.best_epoch + 1})",
        "parameters": f"{trainer.n_parameters:,}",
        "time per epoch": f"{result['epoch_time_s']:.1f} s",
        "result": str(run.result_path),
    }
    console.print(listing(f"{run.recipe}, integer delays", rows))
