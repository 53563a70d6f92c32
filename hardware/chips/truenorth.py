"""IBM TrueNorth.

Works are abbreviated as in `references` below.
"""

from __future__ import annotations

from polychrony.hardware.chip import Chip
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.numbers import AxonTypeNumbers
from polychrony.hardware.profile import COMPONENTS, Cost, Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.router import Router

_NO_LATENCY = Quantity(None, "ns", "no latency of an event is published", "unverified")
_SLOPE = "derived from A15 Fig. 17 p. 1551: 68 mW at 11.58 Hz and 94 mW at 95.93 Hz, 128 synapses"


def _cost(value: float | None, source: str, voltage: float | None = None) -> Cost:
    evidence = "unverified" if value is None else "measured"
    return Cost(Quantity(value, "pJ", source, evidence, voltage), _NO_LATENCY)  # type: ignore[arg-type]


_IN_SLOPE = _cost(None, "contained in the cost of a synaptic event")
_UNKNOWN = _cost(None, "M14 gives no cost of this event by itself")

AKOPYAN2015 = Profile(
    name="akopyan2015",
    active_when="spike",
    synapse=Cost(Quantity(2.297, "pJ", _SLOPE, "derived", 0.8), _NO_LATENCY),
    neuron_active=_IN_SLOPE,
    neuron_inactive=_IN_SLOPE,
    spike=_IN_SLOPE,
    hop_east_west=_IN_SLOPE,
    hop_north_south=_IN_SLOPE,
    within_tile=_IN_SLOPE,
    axon_in=_IN_SLOPE,
    axon_out=_IN_SLOPE,
    barrier=None,
    static_power=Quantity(64.43, "mW", _SLOPE, "derived", 0.8, scope="static"),
    static_always=True,
    contained={name: "synapse" for name in COMPONENTS if name != "synapse"},
    assumptions=(
        "the chip takes 64.43 mW and 2.297 pJ for each synaptic event at 0.8 V: a line through the "
        "two outer points of A15 Fig. 17; it gives 70.6 mW at 20.07 Hz, where 71 mW were measured",
        "the cost of a synaptic event contains routing over 21.3 hops in each dimension, and the "
        "neurons: this energy does not depend on the placement",
        "static power is that of the whole chip, however few cores are in use",
    ),
)

_HOP = "M14 Fig. S4 and section S5: 72 fJ per bit and hop, 32 bits"
_ALL_IN = Quantity(
    26.0,
    "pJ",
    "M14 p. 7, Fig. 4C: 72 mW at 20 Hz and 128 synapses per neuron",
    "measured",
    0.775,
    scope="all-in",
    name="power per synaptic event",
)

MEROLLA2014 = Profile(
    name="merolla2014",
    active_when="spike",
    synapse=_cost(None, "M14 gives 26 pJ per synaptic event, which is the power of the whole chip"),
    neuron_active=_UNKNOWN,
    neuron_inactive=_UNKNOWN,
    spike=_UNKNOWN,
    hop_east_west=_cost(2.3, _HOP, 0.775),
    hop_north_south=_cost(2.3, _HOP, 0.775),
    within_tile=_UNKNOWN,
    axon_in=_UNKNOWN,
    axon_out=_UNKNOWN,
    barrier=None,
    static_power=Quantity(
        None, "mW", "M14 gives no power of a chip at rest at 0.775 V", "unverified", scope="static"
    ),
    all_in=(
        _ALL_IN,
        Quantity(63.0, "mW", "M14 section S11: detection of objects", "measured", None, "all-in"),
    ),
    assumptions=(
        "26 pJ per synaptic event hold at 20 Hz and 128 synapses only: as a slope they would give "
        "41 % less than was measured at 11.58 Hz and 3.6 times as much at 95.93 Hz, so they price "
        "nothing here",
    ),
)

NUMBERS = AxonTypeNumbers(axon_types=4, weight_bits=9, state_bits=20, linear_reset=True)

TRUENORTH = Chip(
    name="truenorth",
    time="tick",
    mesh=Mesh(columns=64, rows=64),
    cores_per_tile=1,
    neurons_per_core=256,
    axons_in_per_core=256,
    axons_out_per_core=None,
    fan_in=256,
    destinations_per_neuron=1,
    synaptic_memory_bits=None,
    delay_of="axon",
    delay_bits=4,
    delay_min=1,
    delay_max=15,
    delay_guaranteed=None,
    numbers=NUMBERS,
    router=Router(
        quantum=Quantity(
            10.0, "ns", "assumed: no latency of a hop is published (A15: asynchronous)", "assumed"
        ),
        pipeline="asynchronous",
        buffer_flits=1,
    ),
    io_tile=0,
    readable_potential=False,
    profiles=(AKOPYAN2015, MEROLLA2014),
    delays_run_from="sending",
    tick=Quantity(1.0, "ms", "M14 p. 4", "measured", name="tick"),
    sources={
        "mesh": "A15 p. 1542: 64 x 64 cores",
        "cores_per_tile": "A15 p. 1542: each core has a router",
        "neurons_per_core": "M14 p. 3, section S1",
        "axons_in_per_core": "M14 p. 3, section S1",
        "axons_out_per_core": "no limit beside one destination for each neuron",
        "fan_in": "M14 section S1: the crossbar has 256 axons",
        "destinations_per_neuron": "M14 sections S1 and S4: one axon; more through other neurons",
        "synaptic_memory_bits": "the crossbar holds a bit for every pair (M14 section S1)",
        "delay_bits": "M14 p. 5, A15 p. 1544",
        "delay_min": "M14 p. 5: 1 to 15 ticks",
        "delay_max": "M14 p. 5: 1 to 15 ticks",
        "delays_run_from": "A15 p. 1543: a packet carries its tick, 4 bits (M14 Fig. S4)",
        "delay_guaranteed": "all axons reach the longest delay",
        "axon_types": "M14 sections S1 and S8",
        "weight_bits": "M14 sections S1 and S8: 9 bits with sign, for each neuron and type",
        "state_bits": "M14 sections S3 and S8: 20 bits with sign",
        "linear_reset": "Cassidy et al., IJCNN 2013: one of three modes of reset (unverified)",
        "io_tile": "assumed: spikes from outside enter at the corner of the mesh",
        "learning": "it has no on-chip learning; in M14 and A15 synapses are set before a run",
    },
    references={
        "M14": (
            'Merolla et al., "A million spiking-neuron integrated circuit with a scalable '
            'communication network and interface", Science 345:668-673, 2014, with its '
            "supplement (S)"
        ),
        "A15": (
            'Akopyan et al., "TrueNorth: Design and Tool Flow of a 65 mW 1 Million Neuron '
            'Programmable Neurosynaptic Chip", IEEE TCAD 34(10):1537-1557, 2015'
        ),
    },
    assumptions=(
        "one step of the network is one tick of the chip, 1 ms, whatever it stands for in the data",
        "a spike takes at least one tick to the next layer: each layer runs one tick later than in "
        "the software, its delays one tick longer, and the network as a whole is shifted; "
        "populations of a loop are shifted against each other, and its delays add up to the same",
        "a neuron that must reach several axons is copied within its core, where its inputs are",
        "each synapse takes an axon of the type of its weight, its source and its delay",
        "the host sends inputs to any axon at any tick, those first that are to act first",
        "the host runs readouts without spikes, since potentials cannot be read",
        "the leak that goes toward 0 from both sides is that of Cassidy et al., IJCNN 2013 "
        "(unverified); decays that are exponential in the software become constant leaks",
        "a hop of the network on chip takes 10 ns (assumed; nothing is published)",
    ),
)
