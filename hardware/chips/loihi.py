"""Intel Loihi (first generation).

Works are abbreviated as in `references` below.
"""

from __future__ import annotations

from polychrony.hardware.chip import Chip
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.on_chip_learning import OnChipLearning
from polychrony.hardware.profile import Barrier, Cost, LearningCosts, Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.router import Router

_TABLE_2 = "D18 Table 2, p. 96"


def _published(energy_pj: float, latency_ns: float) -> Cost:
    return Cost(
        Quantity(energy_pj, "pJ", _TABLE_2, "pre-silicon", 0.75),
        Quantity(latency_ns, "ns", _TABLE_2, "pre-silicon", 0.75),
    )


def _unpublished(unit: str) -> Quantity:
    return Quantity(None, unit, "not in D18 Table 2", "unverified")


_UNPUBLISHED = Cost(_unpublished("pJ"), _unpublished("ns"))

DAVIES2018 = Profile(
    name="davies2018",
    active_when="spike",
    synapse=_published(23.6, 3.5),
    neuron_active=_published(81.0, 8.4),
    neuron_inactive=_published(52.0, 5.3),
    spike=_UNPUBLISHED,
    hop_east_west=_published(3.0, 4.1),
    hop_north_south=_published(4.0, 6.5),
    within_tile=_published(1.7, 2.1),
    axon_in=_UNPUBLISHED,
    axon_out=_UNPUBLISHED,
    barrier=Barrier(
        energy=_unpublished("pJ"),
        latency=(
            (1, Quantity(113.0, "ns", _TABLE_2, "pre-silicon", 0.75)),
            (32, Quantity(465.0, "ns", _TABLE_2, "pre-silicon", 0.75)),
        ),
    ),
    static_power=Quantity(
        104.0, "mW", "F20: 3.34 W for 32 chips", "measured", voltage=None, scope="static"
    ),
    contained={"spike": "neuron_active"},
    assumptions=(
        "a neuron takes the active update in a step in which it fires, the inactive one otherwise "
        "(D18 does not define active)",
        "the barrier lasts linearly longer with the number of tiles between the two published ends",
        "energies of synaptic operations are minima and their times maxima, as the table says",
        "the published update of a synapse is one of pairwise STDP; each visit of the learning "
        "engine to a synapse is charged as one, whatever the rule",
    ),
    learning=LearningCosts(
        synapse_update=_published(120.0, 6.1),
        pre_trace=_UNPUBLISHED,
        post_trace=_UNPUBLISHED,
        signal_product=_UNPUBLISHED,
    ),
)

_FITTED = "SANA-FE 2.2.9 arch/loihi.yaml, fitted to Nahuku silicon (B25)"


def _fitted(energy_pj: float | None, latency_ns: float | None) -> Cost:
    return Cost(
        Quantity(energy_pj, "pJ", _FITTED, "fitted"), Quantity(latency_ns, "ns", _FITTED, "fitted")
    )


def _fitted_barrier(tiles: int, microseconds: float) -> tuple[int, Quantity]:
    return tiles, Quantity(microseconds, "us", _FITTED, "fitted")


_NO_LEARNING = Cost(
    Quantity(None, "pJ", "SANA-FE describes no learning", "unverified"),
    Quantity(None, "ns", "SANA-FE describes no learning", "unverified"),
)

_CHARGES_NONE = Cost(
    Quantity(None, "pJ", "SANA-FE charges nothing for a message within a tile", "unverified"),
    Quantity(None, "ns", "SANA-FE charges nothing for a message within a tile", "unverified"),
)

SANAFE2025 = Profile(
    name="sanafe2025",
    active_when="input",
    synapse=_fitted(35.5, 3.8),
    # An access of 51.2 pJ and 6.0 ns in each step, and an update of 21.6 pJ and 3.7 ns more.
    neuron_active=_fitted(72.8, 9.7),
    neuron_inactive=_fitted(51.2, 6.0),
    spike=_fitted(69.3, 30.0),
    hop_east_west=_fitted(3.0, 4.1),
    hop_north_south=_fitted(4.2, 6.5),
    within_tile=_CHARGES_NONE,
    axon_in=_fitted(0.0, 16.0),
    axon_out=_fitted(111.0, 5.1),
    barrier=Barrier(
        energy=Quantity(None, "pJ", "not in SANA-FE's description", "unverified"),
        latency=(
            _fitted_barrier(1, 0.6),
            _fitted_barrier(2, 1.0),
            _fitted_barrier(4, 1.4),
            _fitted_barrier(29, 1.8),
            (32, Quantity(1.8, "us", "assumed: as with 29 tiles, the most fitted", "assumed")),
        ),
    ),
    static_power=Quantity(None, "mW", "not in SANA-FE's description", "unverified", scope="static"),
    assumptions=(
        "a neuron takes the active update in a step in which it receives an event",
        "synapses are of the dense format; sparse ones are fitted at 33.6 pJ and 4.7 ns, those of "
        "convolutions at 24.0 pJ and 3.1 ns",
        "its authors report errors against silicon of up to 12 % in energy and 25 % in latency",
        "the file credits D18, but of its numbers only those of hops look like D18's",
    ),
    learning=LearningCosts(_NO_LEARNING, _NO_LEARNING, _NO_LEARNING, _NO_LEARNING),
)

NUMBERS = NumberFormat(
    weight_bits=9,
    exponent_min=-8,
    exponent_max=7,
    unit_bits=6,
    weight_limit=2**21 - 64,
    state_bits=23,
    decay_bits=12,
    threshold_bits=17,
)

LOIHI = Chip(
    name="loihi",
    time="barrier",
    mesh=Mesh(columns=8, rows=4),
    cores_per_tile=4,
    neurons_per_core=1024,
    axons_in_per_core=4096,
    axons_out_per_core=4096,
    fan_in=None,
    destinations_per_neuron=None,
    synaptic_memory_bits=16384 * 64,
    delay_of="synapse",
    delay_bits=6,
    delay_min=0,
    delay_max=62,
    delay_guaranteed=8,
    numbers=NUMBERS,
    router=Router(
        quantum=Quantity(
            0.1, "ns", "assumed: the tenth that D18 Table 2 gives its times to", "assumed", 0.75
        ),
        pipeline="asynchronous",
        east_west_cycles=41,
        north_south_cycles=65,
        cycles_per_flit=12,
        buffer_flits=16,
    ),
    io_tile=0,
    readable_potential=True,
    profiles=(DAVIES2018, SANAFE2025),
    learning=OnChipLearning(
        trace_bits=7,
        tag_bits=9,
        tags_per_synapse=1,
        trace_memory_bits=None,
        core_memory_bits=2 * 2**20,
    ),
    sources={
        "mesh": "derived: 1-32 tiles in D18 Table 2; 8 x 4 as B25 arranges them (not printed)",
        "cores_per_tile": "derived: 128 cores (D18 p. 86) on 32 tiles",
        "neurons_per_core": "D18 p. 86 and 89: 1,024 compartments",
        "axons_in_per_core": "D18 p. 89, constraint 4: 4,096 distribution lists",
        "axons_out_per_core": "D18 p. 89, constraint 3: 4,096 core-to-core fan-out edges",
        "synaptic_memory_bits": "D18 p. 89, constraint 2: 16,384 words of 64 bits",
        "fan_in": "D18: no limit of its own; memory and distribution lists bound it",
        "destinations_per_neuron": "D18: no limit of its own; core-to-core edges bound it",
        "delay_bits": "D18 p. 92",
        "delay_min": "assumed: a delay of 0 acts in the step in which the spike is sent",
        "delay_max": "D18 p. 92: up to 62 when fewer compartments are used",
        "delay_guaranteed": "D18 p. 92: minimum guaranteed range of 8",
        "weight_bits": "D18 p. 87: 1 to 9 bits",
        "exponent_min": "unverified: 4 signed bits, as public emulators take it",
        "exponent_max": "unverified: 4 signed bits, as public emulators take it",
        "unit_bits": "Dey22 section 3.1.2: threshold shifted into the word of the potential",
        "weight_limit": "unverified: clip of public emulators",
        "state_bits": "Dey22 section 3.1.2: current and potential of 23 bits and sign",
        "decay_bits": "Dey22 section 3.1.2",
        "threshold_bits": "Dey22 section 3.1.2",
        "io_tile": "assumed: spikes from outside enter at the corner of the mesh",
        "trace_bits": "D18 p. 91-92",
        "tag_bits": "D18 p. 91-92",
        "tags_per_synapse": "D18 p. 91-92: a tag beside weight and delay",
        "trace_memory_bits": "not in D18",
        "core_memory_bits": "D18 p. 92: 2 Mb of SRAM, error correction included",
    },
    references={
        "D18": (
            'Davies et al., "Loihi: A Neuromorphic Manycore Processor with On-Chip Learning", '
            "IEEE Micro 38(1):82-99, 2018"
        ),
        "D21": ("Davies et al., Proceedings of the IEEE 109(5):911-934, 2021"),
        "F20": ("Frady et al., NICE 2020, arXiv:2004.12691"),
        "Dey22": ("Frontiers in Neuroscience 16, 2022"),
        "B25": ("Boyle et al., IEEE TCAD 44(8):3165-3178, 2025 (SANA-FE)"),
    },
    assumptions=(
        "spikes from outside enter at tile 0 and take no core",
        "beyond the guaranteed delay of 8 steps, neurons of a core times its longest delay is "
        "constant (D18 says that longer delays cost neurons, not how many)",
        "a synapse takes 25 bits: weight 9, delay 6, index of its neuron 10",
        "a spike is sent as one message to each core that holds targets",
        "every neuron may have a threshold and a decay of its own",
        "a spike of delay 0 acts in the step in which it is sent, as in the software; a step of "
        "transport per layer would shift a feed-forward network as a whole, and is not counted, "
        "and delays of loops are taken to contain it",
    ),
)
