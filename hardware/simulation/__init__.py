"""One way for each arithmetic to run the neurons of a population, and the host's."""

from __future__ import annotations

from polychrony.hardware.simulation.current import current
from polychrony.hardware.simulation.host import run_host
from polychrony.hardware.simulation.neurons import neurons_of

__all__ = ["current", "neurons_of", "run_host"]
