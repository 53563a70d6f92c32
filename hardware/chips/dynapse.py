"""DYNAP-SE.

Works are abbreviated as in `references` below.

None of the energies and latencies below was checked against the text of M18: they are as its
readers quote them, and a profile made of them is used only when it is asked for by name.
"""

from __future__ import annotations

from polychrony.hardware.chip import Chip
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.numbers import AnalogNumbers
from polychrony.hardware.profile import Cost, Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.router import Router

_SOURCE = "M18, as quoted by others; not checked"


def _quoted(picojoules: float | None, nanoseconds: float | None, voltage: float) -> Cost:
    return Cost(
        Quantity(picojoules, "pJ", _SOURCE, "unverified", voltage),
        Quantity(nanoseconds, "ns", _SOURCE, "unverified", voltage),
    )


def _profile(
    name: str,
    voltage: float,
    *,
    generate: float,
    encode: float,
    broadcast: float,
    route: float,
    pulse: float,
    hop: float | None,
) -> Profile:
    nothing = _quoted(None, None, voltage)
    return Profile(
        name=name,
        active_when="spike",
        synapse=_quoted(pulse, None, voltage),
        neuron_active=nothing,
        neuron_inactive=nothing,
        spike=_quoted(generate, None, voltage),
        hop_east_west=_quoted(hop, 15.4, voltage),
        hop_north_south=_quoted(hop, 15.4, voltage),
        within_tile=_quoted(route, None, voltage),
        axon_in=_quoted(broadcast, 27.0, voltage),
        axon_out=_quoted(encode, None, voltage),
        barrier=None,
        static_power=Quantity(None, "mW", _SOURCE, "unverified", voltage, scope="static"),
        by_name_only=True,
        assumptions=(
            "all numbers of this profile are unverified",
            "a message is paid for when it is encoded, when it goes to another core of its chip, "
            "for each hop between chips, and for each core that broadcasts it",
            "the bias currents of the neurons are not in this energy",
        ),
    )


MORADI2018_1V8 = _profile(
    "moradi2018-1.8v",
    1.8,
    generate=883.0,
    encode=883.0,
    broadcast=6840.0,
    route=360.0,
    pulse=324.0,
    hop=None,
)
MORADI2018_1V3 = _profile(
    "moradi2018-1.3v",
    1.3,
    generate=260.0,
    encode=507.0,
    broadcast=2200.0,
    route=78.0,
    pulse=26.0,
    hop=17.0,
)

DYNAPSE = Chip(
    name="dynapse",
    time="continuous",
    mesh=Mesh(1, 1),
    chips=Mesh(4, 4),
    levels="tree",
    cores_per_tile=4,
    neurons_per_core=256,
    axons_in_per_core=1024,
    axons_out_per_core=None,
    fan_in=64,
    destinations_per_neuron=4,
    synaptic_memory_bits=None,
    delay_of="none",
    delay_bits=0,
    delay_min=0,
    delay_max=0,
    delay_guaranteed=None,
    numbers=AnalogNumbers(synapse_types=4, excitatory_types=2, mismatch=0.2),
    router=Router(
        quantum=Quantity(1.4, "ns", "assumed: an eleventh of a hop of 15.4 ns", "assumed"),
        pipeline="asynchronous",
        east_west_cycles=11,
        north_south_cycles=11,
        cycles_per_flit=11,
        eject_cycles_per_flit=19,
        buffer_flits=4,
        multicast=True,
    ),
    io_tile=0,
    readable_potential=False,
    profiles=(MORADI2018_1V8, MORADI2018_1V3),
    sources={
        "mesh": "M18: a chip has one router to its neighbours",
        "chips": "libcaer: two bits and a sign for each dimension reach 3 chips, a square of 4 x 4",
        "cores_per_tile": "libcaer: 4 cores on a chip",
        "neurons_per_core": "libcaer: 256 neurons",
        "axons_in_per_core": "libcaer: tags of 10 bits, 8 of the neuron and 2 of its core",
        "axons_out_per_core": "no limit beside the destinations of each neuron",
        "fan_in": "libcaer: 64 words of content-addressable memory for each neuron",
        "destinations_per_neuron": "libcaer: 4 words, each with a chip and a mask of its cores",
        "synaptic_memory_bits": "synapses are words of their neuron; see fan_in",
        "delay_bits": "libcaer: no field for a delay",
        "delay_min": "no programmable delay",
        "delay_max": "no programmable delay",
        "delay_guaranteed": "no programmable delay",
        "synapse_types": "libcaer: two bits",
        "excitatory_types": "M18: fast and slow excitatory, subtractive and shunting inhibitory",
        "mismatch": "assumed: 20 %, a parameter of each run",
        "io_tile": "assumed: spikes from outside enter at the corner of the mesh of chips",
        "learning": "it has no on-chip learning; libcaer sets synapses before a run",
    },
    references={
        "M18": (
            'Moradi, Qiao, Stefanini, Indiveri, "A Scalable Multicore Architecture With '
            "Heterogeneous Memory Structures for Dynamic Neuromorphic Asynchronous Processors "
            '(DYNAPs)", IEEE Transactions on Biomedical Circuits and Systems 12(1):106-122, '
            "2018, arXiv:1708.04198"
        ),
        "libcaer": ("headers of the driver, which hold the widths of its memory words"),
    },
    assumptions=(
        "neurons are leaky integrate-and-fire in continuous time; the exponential and adaptive "
        "terms of the circuits, and the time courses of their synapses, are not modelled",
        "a delay of one step is made by a relay neuron of its own; how exact such a neuron is, is "
        "not modelled",
        "the host sends inputs at any time, and runs readouts without spikes",
        "all synapses of a type have one weight in a population, which may span several cores",
        "a neuron that must reach more than four chips is copied within its core",
        "the tags of the sources of one core can be chosen so that none is heard for another",
    ),
)
