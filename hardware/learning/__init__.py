"""What learning on a chip would take beside inference: events, energy, time and memory."""

from polychrony.hardware.learning.account import LearningAccount, learning_account
from polychrony.hardware.learning.memory import CoreMemory, core_memory
from polychrony.hardware.learning.report import LearningReport, PolicyCost
from polychrony.hardware.learning.rule import LayerLearning, LearningRule

__all__ = [
    "CoreMemory",
    "LayerLearning",
    "LearningAccount",
    "LearningReport",
    "LearningRule",
    "PolicyCost",
    "core_memory",
    "learning_account",
]
