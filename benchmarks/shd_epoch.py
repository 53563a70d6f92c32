"""One training epoch of the SHD recipe, and where its time goes.

`python -m benchmarks.shd_epoch --root FOLDER --json out.json`, FOLDER with the public .h5 files.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
import tempfile
from pathlib import Path

from benchmarks.cli import Benchmark, main
from benchmarks.harness import Contender, measure, row
from benchmarks.parts import (
    DELAYS,
    PARTS,
    product_operations,
    product_seconds,
    timed_pass,
)
from benchmarks.record import Case, Outcome, claim, derived, table
from benchmarks.yardsticks import PRODUCT, rate_of, yardsticks
from polychrony.datasets import BinnedDataset
from polychrony.experiments.config import Config
from polychrony.experiments.data import open_split
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.recipes import shd
from polychrony.experiments.training import Trainer
from polychrony.experiments.training.interrupt import StopRequest

BATCH = 256
MOST_EPOCHS = 5
MOST_PROFILES = 3


def run(options: argparse.Namespace) -> Outcome:
    """Train some epochs, then go through some more part by part."""
    config = _config(options.root)
    try:
        train, valid = (open_split("shd", config, split) for split in ("train", "valid"))
    except UserError as error:
        return Outcome([], skipped=str(error))
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(config, train, valid, Path(folder))
        yards = yardsticks(options.quick)
        passes = _train(trainer, min(options.rounds, MOST_EPOCHS), yards)
    rounds = min(options.rounds, MOST_PROFILES)
    profiles = [timed_pass(trainer) for _ in range(rounds + 1)][1:]
    products = [product_seconds(trainer) for _ in range(rounds)]
    profile = _profile(trainer, profiles, products, yards)
    return Outcome([_epoch(config, train, passes, yards), profile])


def _config(root: Path) -> Config:
    recipe = shd()
    return dataclasses.replace(
        recipe,
        data=dataclasses.replace(recipe.data, root=root),
        training=dataclasses.replace(recipe.training, batch_size=BATCH, device="cpu"),
    )


def _train(trainer: Trainer, epochs: int, yards: list[Contender]) -> list[float]:
    """Duration of each training pass after the first, s; yardsticks run between them."""
    stop, passes = StopRequest(), []

    def on_epoch(record: dict[str, float]) -> None:
        passes.append(record["epoch_time_s"])
        measure(yards, 1)
        stop.requested = len(passes) > epochs

    with contextlib.suppress(Interrupted):
        trainer.run(stop, lambda progress, steps: None, on_epoch)
    return passes[1:]


def _epoch(
    config: Config, train: BinnedDataset, passes: list[float], yards: list[Contender]
) -> Case:
    epoch = row("training pass", passes, "s", "loading and counting included")
    hidden = " and ".join(str(width) for width in config.network.hidden)
    return Case(
        f"{len(train)} samples, T={config.n_steps}, hidden {hidden}, {config.max_delay + 1} taps, "
        f"batch {config.training.batch_size}",
        [epoch, *table(yards)],
        [claim("seconds for a training pass on two cores", epoch["median"], 10.0, False)],
        [
            "The recipe of `polychrony train shd` with its own trainer, float32; validation and "
            "checkpoints are not counted. The authors' own code is reported to take 10.6 s on an "
            "A100."
        ],
    )


def _profile(
    trainer: Trainer,
    profiles: list[dict[str, float]],
    products: list[float],
    yards: list[Contender],
) -> Case:
    whole = row("whole pass", [sum(profile.values()) for profile in profiles], "s")
    parts = [row(part, [profile[part] for profile in profiles], "s") for part in PARTS]
    parts.insert(PARTS.index(DELAYS) + 1, row(f"{DELAYS}: products of spectra", products, "s"))
    rate = rate_of(yards, PRODUCT)
    operations = product_operations(trainer)
    least = operations / rate if rate else None
    detail = f"{operations / 1e9:.0f} Gflop at the rate of the matrix product of this run"
    bound = derived("those products at that rate", least, "s", detail)
    return Case(
        "where the time goes",
        [whole, *parts, bound],
        notes=[
            "The same steps with every part cut from the next, forward and backward timed apart "
            "and added. The products of spectra, three real ones a frequency, forward and for both "
            "gradients, are the arithmetic that is left: what the delay layers take beyond them "
            "goes into transforms and into kernels made from delays. Every other part reads and "
            "writes memory."
        ],
    )


def _options(parser: argparse.ArgumentParser) -> None:
    help_text = "folder of shd_train.h5 and shd_test.h5"
    parser.add_argument("--root", type=Path, default=Path("data"), help=help_text)


BENCHMARK = Benchmark("shd_epoch", "A training epoch on SHD", run, add_options=_options)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
