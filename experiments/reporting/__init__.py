"""A page that shows what became of a network on a chip."""

from __future__ import annotations

from polychrony.experiments.reporting.content import gather
from polychrony.experiments.reporting.outputs import Outputs

__all__ = ["Outputs", "gather"]
