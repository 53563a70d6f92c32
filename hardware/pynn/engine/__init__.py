"""The simulator behind the PyNN front end: numpy and numba, one clock, no PyNN.

Units are those of PyNN, which agree with each other: ms, mV, nF, nA and µS.
"""

from polychrony.hardware.pynn.engine.cells import Cells
from polychrony.hardware.pynn.engine.engine import Engine
from polychrony.hardware.pynn.engine.plastic import Plasticity
from polychrony.hardware.pynn.engine.renewal import RenewalSource
from polychrony.hardware.pynn.engine.short_term import ShortTerm, Unreliable
from polychrony.hardware.pynn.engine.sources import ArraySource, PoissonSource
from polychrony.hardware.pynn.engine.synapses import Synapses

__all__ = [
    "ArraySource",
    "Cells",
    "Engine",
    "Plasticity",
    "PoissonSource",
    "RenewalSource",
    "ShortTerm",
    "Synapses",
    "Unreliable",
]
