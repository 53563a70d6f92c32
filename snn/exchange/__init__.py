"""Networks of other libraries, as graphs."""

from polychrony.snn.exchange.activations import from_torch
from polychrony.snn.exchange.snntorch import from_snntorch
from polychrony.snn.exchange.spikingjelly import from_spikingjelly

__all__ = ["from_snntorch", "from_spikingjelly", "from_torch"]
