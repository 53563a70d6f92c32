"""What a core computes with: the numbers of each kind of neuron circuit."""

from __future__ import annotations

from polychrony.hardware.numbers.analog import AnalogNumbers
from polychrony.hardware.numbers.axon_types import AxonTypeNumbers
from polychrony.hardware.numbers.mantissas import NumberFormat

Numbers = NumberFormat | AxonTypeNumbers | AnalogNumbers
"""One of the three arithmetics that networks are turned into."""

__all__ = ["AnalogNumbers", "AxonTypeNumbers", "NumberFormat", "Numbers"]
