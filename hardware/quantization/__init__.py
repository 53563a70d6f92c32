"""One way for each arithmetic to turn real parameters into the numbers of a chip."""

from __future__ import annotations

from polychrony.hardware.quantization.analog import quantize_analog
from polychrony.hardware.quantization.axon_types import quantize_axon_types
from polychrony.hardware.quantization.mantissas import quantize_mantissas

__all__ = ["quantize_analog", "quantize_axon_types", "quantize_mantissas"]
