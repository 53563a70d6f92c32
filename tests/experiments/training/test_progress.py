"""Counters of a run."""

from __future__ import annotations

import torch

from polychrony.experiments.training.progress import Progress


def test_a_record_holds_means_over_samples():
    progress = Progress()
    progress.add(loss=2.0, correct=3, samples=6, elapsed_s=0.5)
    progress.add(loss=4.0, correct=1, samples=2, elapsed_s=0.25)
    assert (progress.step, progress.seen) == (2, 8)
    assert progress.finish_epoch(0.5, {}) == {
        "epoch": 0,
        "train_loss": (2.0 * 6 + 4.0 * 2) / 8,
        "train_accuracy": 0.5,
        "valid_accuracy": 0.5,
        "epoch_time_s": 0.75,
    }
    assert (progress.epoch, progress.step, progress.seen, progress.correct) == (1, 0, 0, 0)
    assert progress.loss_sum == progress.train_time_s == 0.0


def test_the_best_epoch_is_the_later_of_equals_and_its_weights_are_a_copy():
    progress = Progress()
    weight = torch.zeros(1)
    for accuracy in (0.0, 0.5, 0.7, 0.7, 0.6):
        weight += 1
        progress.finish_epoch(accuracy, {"w": weight})
    assert (progress.best_epoch, progress.best_accuracy) == (3, 0.7)
    assert progress.best_weights["w"].item() == 4.0
    assert [record["epoch"] for record in progress.history] == [0, 1, 2, 3, 4]


def test_its_state_is_everything():
    progress = Progress(samples=40)
    progress.add(1.0, 1, 2, 0.1)
    progress.finish_epoch(0.4, {"w": torch.ones(2)})
    progress.add(1.5, 2, 3, 0.2)
    other = Progress()
    other.load_state_dict(progress.state_dict())
    assert vars(other) == vars(progress)
