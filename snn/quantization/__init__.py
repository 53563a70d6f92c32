"""Training with weights and spikes of a few bits, and the integers that come of it."""

from polychrony.snn.quantization.assign import LayerBits, is_quantized, quantize
from polychrony.snn.quantization.deploy import deployed
from polychrony.snn.quantization.export import integers
from polychrony.snn.quantization.grids import GRIDS, Grid, Loihi, PowerOfTwo, Uniform
from polychrony.snn.quantization.integers import (
    IntegerActivity,
    IntegerLayer,
    IntegerNetwork,
    IntegerNeurons,
    IntegerPool,
    IntegerSynapses,
    integer_inference,
)
from polychrony.snn.quantization.weights import QuantizedWeight, quantizer_of

__all__ = [
    "GRIDS",
    "Grid",
    "IntegerActivity",
    "IntegerLayer",
    "IntegerNetwork",
    "IntegerNeurons",
    "IntegerPool",
    "IntegerSynapses",
    "LayerBits",
    "Loihi",
    "PowerOfTwo",
    "QuantizedWeight",
    "Uniform",
    "deployed",
    "integer_inference",
    "integers",
    "is_quantized",
    "quantize",
    "quantizer_of",
]
