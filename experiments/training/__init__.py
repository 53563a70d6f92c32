"""The training loop, its state, and the learning rules it can run."""

from polychrony.experiments.training.rule import Backprop, LearningRule, StepResult
from polychrony.experiments.training.trainer import Trainer

__all__ = ["Backprop", "LearningRule", "StepResult", "Trainer"]
