"""`polychrony train`: train a recipe, into a run folder."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from accelerate import PartialState
from rich.console import Console

from polychrony.datasets.work_folder import remove_remains
from polychrony.experiments.bars import bar, counting
from polychrony.experiments.config import (
    BlocksConfig,
    Config,
    NetworkConfig,
    RecipeName,
    option_name,
    to_dict,
)
from polychrony.experiments.data import SPLITS, Samples, open_split
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.files import write_json
from polychrony.experiments.lateness import read_lateness
from polychrony.experiments.machine import (
    command,
    commit,
    library_versions,
    machine,
    on_processor,
)
from polychrony.experiments.models import trained_with
from polychrony.experiments.plots import save_delay_histograms, save_training_curves
from polychrony.experiments.recipes import with_rule
from polychrony.experiments.runs import Run, free_folder, newest_folder, open_run, plan_run
from polychrony.experiments.tables import listing, percent, say
from polychrony.experiments.training import Trainer
from polychrony.experiments.training.checkpoints import latest_checkpoint
from polychrony.experiments.training.interrupt import StopRequest, stop_on_signal
from polychrony.experiments.training.progress import Progress
from polychrony.experiments.validation import validate
from polychrony.snn import SpikingNetwork

SYNTHETIC = "Comparable with published results only on the public files, all of them."
NOTES = {
    "coincidence": "Spikes drawn by rule: orders of assemblies, told apart by times alone.",
    "digits": "Events from a modelled camera over scikit-learn's handwritten digits.",
    "shd": "Comparable with published SHD results only on the public SHD files.",
    "ssc": "Comparable with published SSC results only on the public SSC files.",
}
BIT_OPTIONS = {"weight_bits", "spike_bits", "per", "grid", "layer_bits"}
"""Options of the network that one of blocks has too."""
MOVABLE = ("root", "workers")  # where samples come from and who loads them changes no number


def train(
    recipe: RecipeName,
    config: Config,
    folder: Path | None,
    resume: bool,
    console: Console,
    given: Collection[str] | None = None,
    lateness_from: Path | None = None,
    stop: StopRequest | None = None,
) -> Run:
    """Train a recipe, or go on with a run, until its last epoch.

    Args:
        recipe: name of the recipe.
        config: the run.
        folder: run folder; by default the first free one under `runs/`, or the newest to resume.
        resume: go on from the newest checkpoint.
        console: where progress and results go.
        given: options that were asked for by name, as `--epochs`; to resume, only these must be
            those of the run. All by default.
        lateness_from: co-simulation whose late spikes the network is to learn with.
        stop: becomes true once a stop was requested, even where the run could still finish.

    Returns:
        The finished run.

    Raises:
        UserError: the folder is taken, or holds another configuration.
        DataError: the data cannot be read.
        Interrupted: a stop was requested; a checkpoint is written.
    """
    if resume:
        validate(config)
        continued = open_run(folder or newest_folder(recipe))
        if lateness_from is not None:
            config = _with_lateness(config, lateness_from, len(continued.config.network.hidden))
            given = None if given is None else {*given, option_name("lateness")}
        run = _continue(continued, recipe, config, given)
        remove_remains(run.folder, "*")  # of a process that was killed as it wrote
        if run.is_finished:
            say(console, f"{run.folder} is finished already: see {run.result_path}")
            return run
    else:
        config = choose_network(recipe, config, given)
        validate(config)
        if lateness_from is not None:
            config = _with_lateness(config, lateness_from, len(config.network.hidden))
        run = plan_run(folder or free_folder(recipe), recipe, config)
    processes = PartialState(cpu=on_processor(run.config.training.device))
    if not processes.is_main_process:
        console = Console(quiet=True)
    with processes.local_main_process_first():  # the others find the cache filled
        splits = _open_splits(recipe, run.config, console)
    watched = splits["test"] if run.config.training.watch_test else None
    trainer = Trainer(run.config, splits["train"], splits["valid"], run.folder, watched=watched)
    try:
        _train(run, splits, trainer, resume, console, stop)
    except Interrupted as stopped:
        raise Interrupted(f"{stopped}; continue with: {run.resume_command}") from None
    except KeyboardInterrupt:
        raise Interrupted(f"stopped at once; continue with: {run.resume_command}") from None
    except Exception:
        if processes.is_main_process and not resume:
            _discard(run)
        raise
    trainer.accelerator.end_training()
    return run


def choose_network(
    recipe: RecipeName, config: Config, given: Collection[str] | None = None
) -> Config:
    """The configuration with the options of the network that its rule needs.

    A local rule takes the recipe's network of blocks with its own data, rates and factors, changed
    by the options that were asked for by name.

    Args:
        recipe: name of the recipe.
        config: as it was asked for.
        given: options that were asked for by name; None takes all as they are.

    Raises:
        UserError: an option belongs to the other network, or the recipe has no such network.
    """
    asked = config.blocks
    if given is None:
        return config
    if asked.rule == "bptt" and asked.architecture == "delays":
        own = {field.name for field in dataclasses.fields(BlocksConfig)}
        _refuse(given, own - {"rule", "architecture"}, "a network of blocks; --rule names one's")
        return config
    if option_name("architecture") in given and asked.architecture == "delays":
        raise UserError(f"--rule {asked.rule} needs --architecture blocks; leave it out")
    own = {field.name for field in dataclasses.fields(NetworkConfig)} | {"lr_delays"}
    own -= BIT_OPTIONS
    _refuse(
        given,
        own | {"sigma_epochs", "settle_epochs", "loss_step_ms", "label_smoothing"},
        "the network with delays, which learns by --rule bptt",
    )
    return override(with_rule(recipe, asked.rule), config, given)


def override(base: Config, asked: Config, given: Collection[str]) -> Config:
    """A configuration with the options of another one that were asked for by name."""
    sections = {}
    for section in dataclasses.fields(Config):
        theirs = vars(getattr(asked, section.name))
        changed = {key: value for key, value in theirs.items() if option_name(key) in given}
        changed.pop("architecture", None)
        sections[section.name] = dataclasses.replace(getattr(base, section.name), **changed)
    return Config(**sections)


def _refuse(given: Collection[str], keys: Collection[str], owner: str) -> None:
    wrong = sorted(option for option in map(option_name, keys) if option in given)
    if wrong:
        raise UserError(f"{', '.join(wrong)}: an option of {owner}; leave it out")


def _discard(run: Run) -> None:
    """Remove the folder of a run that failed before there was anything to go on from."""
    if run.folder.is_dir() and latest_checkpoint(run.folder) is None:
        shutil.rmtree(run.folder)


def _with_lateness(config: Config, path: Path, n_hidden: int) -> Config:
    if config.network.lateness:
        raise UserError("give either --lateness or --lateness-from, not both")
    network = dataclasses.replace(config.network, lateness=read_lateness(path, n_hidden))
    return dataclasses.replace(config, network=network)


def _continue(run: Run, recipe: RecipeName, config: Config, given: Collection[str] | None) -> Run:
    if run.recipe != recipe:
        raise UserError(f"{run.folder} is a run of {run.recipe}, not of {recipe}")
    ours, theirs = to_dict(config), to_dict(run.config)
    differing = {
        key: ours[section][key]
        for section, options in theirs.items()
        for key, value in options.items()
        if ours[section][key] != value and (given is None or option_name(key) in given)
    }
    refused = [option_name(key) for key in differing if key not in MOVABLE]
    if refused:
        raise UserError(
            f"{run.folder} was started with other values of {', '.join(refused)}; "
            "leave them out to resume, or start another run"
        )
    moved = {key: getattr(config.data, key) for key in differing}
    data = dataclasses.replace(run.config.data, **moved)
    return dataclasses.replace(run, config=dataclasses.replace(run.config, data=data))


def _open_splits(recipe: RecipeName, config: Config, console: Console) -> dict[str, Samples]:
    splits = {}
    for split in SPLITS:
        with counting(console, f"binning {recipe} {split}") as report:
            splits[split] = open_split(recipe, config, split, report)
    return splits


def _train(
    run: Run,
    splits: dict[str, Samples],
    trainer: Trainer,
    resume: bool,
    console: Console,
    request: StopRequest | None,
) -> None:
    main = trainer.accelerator.is_main_process
    epochs = run.config.training.epochs
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(stop_on_signal(request))
        if resume and not trainer.resume():
            say(console, f"{run.folder} holds no checkpoint; starting from the beginning")
        if main and not resume:
            run.create()
        trainer.accelerator.wait_for_everyone()
        say(
            console,
            f"{run.recipe}: {len(splits['train'])} training samples, "
            f"{trainer.n_parameters:,} parameters, {epochs} epochs -> {run.folder}",
        )
        progress = stack.enter_context(bar(console))
        task = progress.add_task("epoch", total=trainer.steps_per_epoch, note="")

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
            say(progress.console, _line(record, epochs))

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
    splits: dict[str, Samples],
    trainer: Trainer,
    outcome: Progress,
    console: Console,
) -> None:
    test = splits["test"]
    weights, kept = outcome.best_weights, outcome.history[outcome.best_epoch]
    if run.config.training.keep == "last":
        weights, kept = trainer.network.state_dict(), outcome.history[-1]
    run.save_network(weights, test.step_shape, len(test.classes))
    trained = run.load_network()
    with counting(console, "testing") as report:
        tested = evaluate(trained, test, progress=report)
    times = [record["epoch_time_s"] for record in outcome.history]
    result: dict[str, Any] = {
        "recipe": run.recipe,
        "test_accuracy": tested.accuracy,
        "valid_accuracy": kept["valid_accuracy"],
        "epochs": outcome.epoch,
        "best_epoch": outcome.best_epoch + 1,
        "kept_epoch": int(kept["epoch"]) + 1,
        "epoch_time_s": sum(times) / len(times),
        "parameters": trainer.n_parameters,
        "seed": run.config.training.seed,
        "rule": run.config.blocks.rule,
        "samples": {name: len(split) for name, split in splits.items()},
        "dropped_events": {
            name: getattr(split, "dropped_events", 0) for name, split in splits.items()
        },
        "spike_rate_Hz": list(tested.spike_rate_Hz),
        "note": NOTES.get(run.recipe, SYNTHETIC),
        "config": to_dict(run.config),
        "history": outcome.history,
        "command": command(),
        "commit": commit(),
        "machine": machine(),
        "versions": library_versions(),
    }
    if run.config.training.watch_test:
        watched = [record["test_accuracy"] for record in outcome.history]
        result["best_on_test"] = {
            "test_accuracy": max(watched),
            "epoch": watched.index(max(watched)) + 1,
            "note": "the epoch is chosen on the test set itself",
        }
    save_training_curves(outcome.history, run.folder / "training.png")
    if isinstance(trained, SpikingNetwork):
        save_delay_histograms(trained, run.folder / "delays.png")
    write_json(run.result_path, result)
    rows = {
        "test accuracy": f"{percent(tested.accuracy)} of {tested.samples} samples",
        "validation accuracy": f"{percent(kept['valid_accuracy'])} (epoch {kept['epoch'] + 1:.0f})",
        "parameters": f"{trainer.n_parameters:,}",
        "time per epoch": f"{result['epoch_time_s']:.1f} s",
        "result": str(run.result_path),
    }
    if "best_on_test" in result:
        best = result["best_on_test"]
        rows["best on test"] = (
            f"{percent(best['test_accuracy'])} (epoch {best['epoch']}, chosen by it)"
        )
    console.print(listing(f"{run.recipe}, {trained_with(run.config)}", rows))
