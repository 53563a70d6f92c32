"""Spiking networks with learned delays: layers, kernels, and the graph that hardware takes."""

from polychrony.snn.activity import Activity
from polychrony.snn.adlif import AdLIF, AdLIFState
from polychrony.snn.cuba import CubaLIF, CubaLIFState
from polychrony.snn.delays import (
    DelayedConv2d,
    DelayedLinear,
    DelayedRecurrent,
    DelayState,
    RecurrentState,
    SigmaAnnealing,
)
from polychrony.snn.dropout import SequenceDropout
from polychrony.snn.errors import GraphError, SnnError
from polychrony.snn.export import to_graph
from polychrony.snn.general_lif import GeneralLIF, GeneralLIFState
from polychrony.snn.graph import NetworkGraph, Population, Projection, Resolution
from polychrony.snn.late import LateArrivals, LateState
from polychrony.snn.li import LI, LIState
from polychrony.snn.lif import LIF, LIFState
from polychrony.snn.multi_bit import MultiBitLIF
from polychrony.snn.network import NetworkState, SpikingNetwork
from polychrony.snn.norm import TemporalBatchNorm
from polychrony.snn.readout import decide, readout_loss, softmax_sum
from polychrony.snn.simulate import simulate
from polychrony.snn.surrogate import (
    SURROGATES,
    ATan,
    Boxcar,
    Sigmoid,
    SuperSpike,
    Surrogate,
    Triangle,
)

__all__ = [
    "LI",
    "LIF",
    "SURROGATES",
    "ATan",
    "Activity",
    "AdLIF",
    "AdLIFState",
    "Boxcar",
    "CubaLIF",
    "CubaLIFState",
    "DelayState",
    "DelayedConv2d",
    "DelayedLinear",
    "DelayedRecurrent",
    "GeneralLIF",
    "GeneralLIFState",
    "GraphError",
    "LIFState",
    "LIState",
    "LateArrivals",
    "LateState",
    "MultiBitLIF",
    "NetworkGraph",
    "NetworkState",
    "Population",
    "Projection",
    "RecurrentState",
    "Resolution",
    "SequenceDropout",
    "SigmaAnnealing",
    "Sigmoid",
    "SnnError",
    "SpikingNetwork",
    "SuperSpike",
    "Surrogate",
    "TemporalBatchNorm",
    "Triangle",
    "decide",
    "readout_loss",
    "simulate",
    "softmax_sum",
    "to_graph",
]
