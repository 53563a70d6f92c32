"""Where a training run stands; saved in every checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass
class Progress:
    """Counters, records and the best weights so far."""

    epoch: int = 0
    """Epoch under way, counted from 0."""
    step: int = 0
    """Steps of it that are done."""
    loss_sum: float = 0.0
    """Sum of the losses of its samples."""
    correct: int = 0
    """Samples of it that were classified correctly while learning."""
    seen: int = 0
    """Samples of it that were learned from."""
    train_time_s: float = 0.0
    """Time of its training steps, s."""
    best_accuracy: float = -1.0
    """Highest validation accuracy."""
    best_epoch: int = -1
    """Epoch of it, the later one among equals."""
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    """`state_dict` of the network then."""
    samples: int = 0
    """Samples of the training set."""
    history: list[dict[str, float]] = field(default_factory=list)
    """One record per finished epoch."""

    def add(self, loss: float, correct: int, samples: int, elapsed_s: float) -> None:
        """Count one step."""
        self.step += 1
        self.loss_sum += loss * samples
        self.correct += correct
        self.seen += samples
        self.train_time_s += elapsed_s

    def finish_epoch(self, valid_accuracy: float, weights: dict[str, Tensor]) -> dict[str, float]:
        """Close the epoch under way and return its record."""
        record = {
            "epoch": self.epoch,
            "train_loss": self.loss_sum / max(1, self.seen),
            "train_accuracy": self.correct / max(1, self.seen),
            "valid_accuracy": valid_accuracy,
            "epoch_time_s": self.train_time_s,
        }
        if valid_accuracy >= self.best_accuracy:
            self.best_accuracy = valid_accuracy
            self.best_epoch = self.epoch
            self.best_weights = {
                key: value.detach().cpu().clone() for key, value in weights.items()
            }
        self.history.append(record)
        self.epoch += 1
        self.step = self.correct = self.seen = 0
        self.loss_sum = self.train_time_s = 0.0
        return record

    def state_dict(self) -> dict[str, Any]:
        """Everything, for a checkpoint."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        vars(self).update(state)
