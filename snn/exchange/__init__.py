"""Networks of other libraries, as graphs."""

from polychrony.snn.exchange.spikingjelly import from_spikingjelly

__all__ = ["from_spikingjelly"]
