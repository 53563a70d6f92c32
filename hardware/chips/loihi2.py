"""Intel Loihi 2.

Works are abbreviated as in `references` below.

Nobody has published an energy or a time per operation of this chip. What is called assumed below is
taken over from the first Loihi, so that networks can be mapped and run.
"""

from __future__ import annotations

from dataclasses import replace

from polychrony.hardware.chip import Chip
from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.chips.loihi import NUMBERS as LOIHI_NUMBERS
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.profile import Cost, Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.router import Router

_NO_ENERGY = "no energy per operation of Loihi 2 is published; I21 compares it with Loihi only"
_NO_TIME = (
    "no time per operation of Loihi 2 is published; I21 claims neuron updates 2, synaptic "
    "operations 5 and spikes 10 times as fast as on Loihi, at most"
)
_AS_LOIHI = "assumed: as on Loihi; not published"
_AS_LOIHI_NUMBERS = "assumed: as on Loihi; neurons of Loihi 2 are programs"

_UNPUBLISHED = Cost(
    Quantity(None, "pJ", _NO_ENERGY, "unverified"),
    Quantity(None, "ns", _NO_TIME, "unverified"),
)

UNPUBLISHED = Profile(
    name="unpublished",
    active_when="spike",
    synapse=_UNPUBLISHED,
    neuron_active=_UNPUBLISHED,
    neuron_inactive=_UNPUBLISHED,
    spike=_UNPUBLISHED,
    hop_east_west=_UNPUBLISHED,
    hop_north_south=_UNPUBLISHED,
    within_tile=_UNPUBLISHED,
    axon_in=_UNPUBLISHED,
    axon_out=_UNPUBLISHED,
    barrier=None,
    static_power=Quantity(
        None, "mW", "no static power of one Loihi 2 is published", "unverified", scope="static"
    ),
    assumptions=(
        "nothing has a price here; for energies, write a profile of your own in a chip file",
        "a whole step takes less than 200 ns at least (I21, vendor): a bound, no time of a barrier",
    ),
)

NUMBERS = replace(LOIHI_NUMBERS, weight_bits=8)

LOIHI2 = Chip(
    name="loihi2",
    time="barrier",
    mesh=Mesh(columns=8, rows=4),
    cores_per_tile=4,
    neurons_per_core=8192,
    axons_in_per_core=LOIHI.axons_in_per_core,
    axons_out_per_core=LOIHI.axons_out_per_core,
    fan_in=None,
    destinations_per_neuron=None,
    synaptic_memory_bits=128 * 1024 * 8,
    delay_of="synapse",
    delay_bits=LOIHI.delay_bits,
    delay_min=LOIHI.delay_min,
    delay_max=LOIHI.delay_max,
    delay_guaranteed=LOIHI.delay_guaranteed,
    numbers=NUMBERS,
    router=Router(
        quantum=Quantity(1.0, "ns", "assumed: no time of a hop is published", "assumed"),
        pipeline="asynchronous",
        buffer_flits=LOIHI.router.buffer_flits,
    ),
    io_tile=0,
    readable_potential=True,
    profiles=(UNPUBLISHED,),
    sources={
        "mesh": "T26: a grid of 8 x 4 routers",
        "cores_per_tile": "T26: 4 cores on each router; 128 cores (I21, vendor)",
        "neurons_per_core": "I21, vendor: up to 8,192, depending on their program and state",
        "axons_in_per_core": _AS_LOIHI,
        "axons_out_per_core": _AS_LOIHI,
        "fan_in": "no limit of its own is published",
        "destinations_per_neuron": "no limit of its own is published",
        "synaptic_memory_bits": "I21, vendor: up to 128 KB of a core's 192 KB",
        "delay_bits": _AS_LOIHI,
        "delay_min": _AS_LOIHI,
        "delay_max": _AS_LOIHI,
        "delay_guaranteed": _AS_LOIHI,
        "weight_bits": "T26: stored weights of up to 8 bits, taken to hold the sign",
        "exponent_min": _AS_LOIHI_NUMBERS,
        "exponent_max": _AS_LOIHI_NUMBERS,
        "unit_bits": _AS_LOIHI_NUMBERS,
        "weight_limit": _AS_LOIHI_NUMBERS,
        "state_bits": _AS_LOIHI_NUMBERS,
        "decay_bits": _AS_LOIHI_NUMBERS,
        "threshold_bits": _AS_LOIHI_NUMBERS,
        "io_tile": "assumed: spikes from outside enter at the corner of the mesh",
        "learning": "I21 and T26 give no number of its learning engine",
    },
    references={
        "I21": (
            'Intel Labs, "Taking Neuromorphic Computing to the Next Level with Loihi 2", '
            "technology brief, 2021"
        ),
        "T26": ("Timcheck et al., arXiv:2601.10035, 2026"),
    },
    assumptions=(
        "neurons are leaky integrate-and-fire with the arithmetic of Loihi; programs of their own "
        "and graded spikes are not modelled",
        "spikes from outside enter at tile 0 and take no core",
        "a synapse takes 27 bits: weight 8, delay 6, index of its neuron 13",
        "beyond a delay of 8 steps, neurons of a core times its longest delay is constant, as "
        "assumed for Loihi",
        "one of its two networks on chip is modelled",
    ),
)
