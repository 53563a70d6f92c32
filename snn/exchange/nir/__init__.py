"""Networks as files of NIR, the neuromorphic intermediate representation, and back."""

from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.heaps import check_entries, check_heaps
from polychrony.snn.exchange.nir.layers import layers_to_nir
from polychrony.snn.exchange.nir.network import NirNetwork, network_from_nir
from polychrony.snn.exchange.nir.reader import from_nir, read_nir
from polychrony.snn.exchange.nir.targets import Reader
from polychrony.snn.exchange.nir.times import Discretization
from polychrony.snn.exchange.nir.writer import to_nir, write_nir

__all__ = [
    "Discretization",
    "NirError",
    "NirNetwork",
    "Reader",
    "check_entries",
    "check_heaps",
    "from_nir",
    "layers_to_nir",
    "network_from_nir",
    "read_nir",
    "to_nir",
    "write_nir",
]
