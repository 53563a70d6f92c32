"""One way for each arithmetic to run the neurons of a population, and the host's."""

from __future__ import annotations

from polychrony.hardware.simulation.analog import run_analog
from polychrony.hardware.simulation.axon_types import run_axon_types
from polychrony.hardware.simulation.current import Late
from polychrony.hardware.simulation.host import run_host
from polychrony.hardware.simulation.mantissas import run_mantissas

__all__ = ["Late", "run_analog", "run_axon_types", "run_host", "run_mantissas"]
