"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, skip_first_batches
from accelerate.utils import set_seed
from torch.utils.data import DataLoader

from polychrony.datasets import collate
from polychrony.experiments.augment import vary
from polychrony.experiments.config import Config
from polychrony.experiments.data import Samples
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.machine import on_processor
from polychrony.experiments.models import Network, build, count_parameters
from polychrony.experiments.training.checkpoints import (
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from polychrony.experiments.training.interrupt import StopRequest, leave_signals_to_parent
from polychrony.experiments.training.local import BlockLearning
from polychrony.experiments.training.progress import Progress
from polychrony.experiments.training.rule import Backprop, LearningRule
from polychrony.experiments.training.sampler import EpochSampler
from polychrony.snn.learning import BlockNetwork

OnStep = Callable[[Progress, int], None]
OnEpoch = Callable[[dict[str, float]], None]


def rule_of(network: Network, config: Config, steps_per_epoch: int) -> LearningRule:
    """The learning rule of a configuration, for its network."""
    if isinstance(network, BlockNetwork):
        return BlockLearning(network, config, steps_per_epoch)
    return Backprop(network, config, steps_per_epoch)


class Trainer:
    """Trains a network, epoch by epoch, with checkpoints from which it goes on exactly.

    The loop draws batches, counts, validates and saves; what a step does is the learning rule's.
    One process or many: start it with `accelerate launch` or `torchrun` to use several devices.

    Args:
        config: the run.
        train: samples to learn from.
        valid: samples by which the best epoch is chosen.
        watched: samples on which every epoch is also measured, which chooses nothing; or None.
        folder: run folder for checkpoints and the TensorBoard log.
        rule: makes the learning rule from network, configuration and steps per epoch.

    Raises:
        UserError: the device cannot run in the precision asked for.
    """

    def __init__(
        self,
        config: Config,
        train: Samples,
        valid: Samples,
        folder: Path,
        rule: Callable[[Any, Config, int], LearningRule] = rule_of,
        watched: Samples | None = None,
    ) -> None:
        self.config = config
        self.valid = valid
        self.watched = watched
        self.folder = folder
        training = config.training
        self.accelerator = self._accelerator()
        # Each process draws its own dropout; all start with the weights of the first.
        set_seed(training.seed, device_specific=True)
        self.network = build(config, train.step_shape, len(train.classes))
        self.n_parameters = count_parameters(self.network)
        self.sampler = EpochSampler(len(train), training.seed)
        self.loader: Any = self.accelerator.prepare(self._loader(train))
        self.steps_per_epoch = len(self.loader)
        # Accelerate moves a schedule once for each process in every step.
        moves = self.steps_per_epoch * self.accelerator.num_processes
        self.rule = rule(self.network, config, moves)
        self.rule.prepare(self.accelerator)
        self.progress = Progress(samples=len(train))
        self.accelerator.register_for_checkpointing(self.progress)

    def _accelerator(self) -> Accelerator:
        training = self.config.training
        try:
            return Accelerator(
                cpu=on_processor(training.device),
                mixed_precision=training.mixed_precision,
                log_with="tensorboard",
                project_dir=str(self.folder),
            )
        except ValueError as error:
            raise UserError(f"--mixed-precision {training.mixed_precision}: {error}") from error

    def _loader(self, train: Samples) -> DataLoader[Any]:
        workers = self.config.data.workers
        return DataLoader(
            train,
            batch_size=self.config.training.batch_size,
            sampler=self.sampler,
            collate_fn=collate,
            num_workers=workers,
            multiprocessing_context="spawn" if workers else None,
            persistent_workers=workers > 0,
            worker_init_fn=leave_signals_to_parent,
            # Its own generator: making an iterator must not move the random state that resuming
            # restores.
            generator=torch.Generator(),
        )

    def resume(self) -> bool:
        """Go on from the newest checkpoint of the run folder.

        Returns:
            Whether there was one.

        Raises:
            UserError: it cannot be loaded, or the data is another one.
        """
        path = latest_checkpoint(self.folder)
        if path is None:
            return False
        expected = self.progress.samples
        load_checkpoint(self.accelerator, path)
        if self.progress.samples != expected:
            raise UserError(
                f"{self.folder} learns from {self.progress.samples} samples and the data now holds "
                f"{expected}; resume with the same data, or start another run"
            )
        return True

    def run(self, stop: StopRequest, on_step: OnStep, on_epoch: OnEpoch) -> Progress:
        """Train until the last epoch, or until a stop is requested.

        Args:
            stop: becomes true when the run should stop.
            on_step: called after each step with the progress and the steps of an epoch.
            on_epoch: called after each epoch with its record.

        Returns:
            The progress, with the best weights.

        Raises:
            Interrupted: a stop was requested; a checkpoint of this very step is written.
            UserError: the loss is no longer a number, or memory is short.
        """
        self.accelerator.init_trackers("tensorboard")
        try:
            while self.progress.epoch < self.config.training.epochs:
                self._learn_one_epoch(stop, on_step)
                record = self._close_epoch()
                on_epoch(record)
        except torch.OutOfMemoryError as error:
            raise UserError("the GPU ran out of memory; try a smaller --batch-size") from error
        finally:
            for tracker in self.accelerator.trackers:
                tracker.finish()
        return self.progress

    def _learn_one_epoch(self, stop: StopRequest, on_step: OnStep) -> None:
        self.rule.network.train()
        self.sampler.epoch = self.progress.epoch
        done = self.progress.step
        started = time.perf_counter()
        for x, labels, _ in skip_first_batches(self.loader, done) if done else self.loader:
            result = self.rule.step(vary(x, self.config.data), labels)
            decisions, targets = self.accelerator.gather((result.decisions, labels))
            loss = float(self.accelerator.reduce(result.loss, "mean"))
            if not math.isfinite(loss):
                raise UserError(
                    f"the loss is {loss} in epoch {self.progress.epoch}; try a lower --lr, "
                    "--clip-grad-norm 1, or --mixed-precision no"
                )
            now = time.perf_counter()
            # Where processes share the last batch unevenly, samples are repeated at its end.
            new = min(len(targets), self.progress.samples - self.progress.seen)
            correct = int((decisions == targets)[:new].sum())
            self.progress.add(loss, correct, new, now - started)
            started = now
            on_step(self.progress, self.steps_per_epoch)
            if self._agree(stop):
                self._save()
                raise Interrupted(
                    f"stopped in epoch {self.progress.epoch + 1} of "
                    f"{self.config.training.epochs}, step {self.progress.step}"
                )

    def _agree(self, stop: StopRequest) -> bool:
        """Whether any process was asked to stop: all must leave at the same step."""
        if self.accelerator.num_processes == 1:
            return bool(stop)
        asked = torch.tensor(float(bool(stop)), device=self.accelerator.device)
        return bool(self.accelerator.reduce(asked, "sum") > 0)

    def _close_epoch(self) -> dict[str, float]:
        epoch = self.progress.epoch
        self.rule.on_epoch_end(epoch)
        valid = evaluate(self.network, self.valid, device=self.accelerator.device)
        record = self.progress.finish_epoch(valid.accuracy, self.network.state_dict())
        rates = valid.spike_rate_Hz
        record["spike_rate_Hz"] = sum(rates) / len(rates)
        if self.watched is not None:
            device = self.accelerator.device
            record["test_accuracy"] = evaluate(self.network, self.watched, device=device).accuracy
        values = {key: value for key, value in record.items() if key != "epoch"}
        self.accelerator.log(values, step=epoch)
        self._save()
        return record

    def _save(self) -> None:
        progress = self.progress
        save_checkpoint(self.accelerator, self.folder, progress.epoch, progress.step)
