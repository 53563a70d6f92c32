"""ODIN, a small chip whose power is published as a sum of three measured terms.

Works are abbreviated as in `references` below.
"""

from __future__ import annotations

from dataclasses import replace

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.profile import COMPONENTS, Cost, Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.router import Router

_EQUATION = "F19 eq. 2: P = P_leak + P_idle f + E_SOP r_SOP"

LEAKAGE = Quantity(27.3, "uW", _EQUATION, "measured", 0.55, "static", "leakage power")
IDLE_CYCLE = Quantity(
    1.78, "pJ", f"{_EQUATION}; 1.78 uW/MHz", "measured", 0.55, name="one cycle of the clock"
)
SYNAPTIC_OPERATION = Quantity(8.43, "pJ", _EQUATION, "measured", 0.55, name="synaptic operation")

CYCLES_PER_OPERATION = 2
"""Cycles of the clock that one synaptic operation takes (F19; Doc section 2.2.1)."""

MAX_FREQUENCY_HZ = 75e6
"""Fastest clock at 0.55 V, Hz (F19)."""


def odin_power(frequency_hz: float, sop_per_s: float | None = None) -> Quantity:
    """Power of the whole chip at 0.55 V.

        P = 27.3 uW + 1.78 uW/MHz * f + 8.43 pJ * r_SOP

    Args:
        frequency_hz: clock f, Hz, at most 75 MHz.
        sop_per_s: synaptic operations per second r_SOP; the most that the clock allows, f / 2,
            without it.

    Returns:
        W, of scope all-in.

    Raises:
        HardwareError: the clock is not above 0 and at most 75 MHz, or too slow for the operations.
    """
    if not 0 < frequency_hz <= MAX_FREQUENCY_HZ:
        raise HardwareError(
            f"frequency_hz is {frequency_hz}, allowed are clocks above 0 and up to "
            f"{MAX_FREQUENCY_HZ:.0f} Hz, the fastest at 0.55 V"
        )
    most = frequency_hz / CYCLES_PER_OPERATION
    rate = most if sop_per_s is None else sop_per_s
    if not 0 <= rate <= most * (1 + 1e-9):
        raise HardwareError(
            f"sop_per_s is {sop_per_s}, allowed are 0 to {most:.6g}: a synaptic operation takes "
            f"{CYCLES_PER_OPERATION} cycles of the clock"
        )
    cycles, operations = IDLE_CYCLE.require("J"), SYNAPTIC_OPERATION.require("J")
    watts = LEAKAGE.require("W") + cycles * frequency_hz + operations * rate
    name = f"power at {frequency_hz / 1e6:g} MHz and {rate / 1e6:g} million operations per s"
    return Quantity(watts, "W", _EQUATION, "derived", 0.55, "all-in", name)


_NO_LATENCY = Quantity(None, "ns", "set by the clock; see odin_power", "unverified", 0.55)
_IN_OPERATION = Cost(
    Quantity(None, "pJ", "contained in the cost of a synaptic operation (F19)", "unverified", 0.55),
    _NO_LATENCY,
)

FRENKEL2019 = Profile(
    name="frenkel2019",
    active_when="spike",
    synapse=Cost(
        SYNAPTIC_OPERATION,
        Quantity(
            CYCLES_PER_OPERATION / MAX_FREQUENCY_HZ * 1e9,
            "ns",
            "derived from F19: 2 cycles at 75 MHz",
            "derived",
            0.55,
        ),
    ),
    neuron_active=_IN_OPERATION,
    neuron_inactive=_IN_OPERATION,
    spike=_IN_OPERATION,
    hop_east_west=_IN_OPERATION,
    hop_north_south=_IN_OPERATION,
    within_tile=_IN_OPERATION,
    axon_in=_IN_OPERATION,
    axon_out=_IN_OPERATION,
    barrier=None,
    static_power=replace(
        odin_power(MAX_FREQUENCY_HZ, 0.0),
        source=f"{_EQUATION}; leakage and the idle clock at 75 MHz",
        scope="static",
    ),
    static_always=True,
    contained={name: "synapse" for name in COMPONENTS if name != "synapse"},
    all_in=(
        Quantity(477.0, "uW", "F19: 75 MHz", "measured", 0.55, "all-in", "power at 75 MHz"),
        Quantity(35.0, "uW", "F19: 1.3 MHz", "measured", 0.55, "all-in", "power at 1.3 MHz"),
        Quantity(
            12.7,
            "pJ",
            "F19 eq. 3: power divided by synaptic operations, at 75 MHz",
            "measured",
            0.55,
            "all-in",
            "power per synaptic operation",
        ),
    ),
    assumptions=(
        "a synaptic operation contains reading and writing the neuron, the controller and the "
        "scheduler (F19)",
        "the clock runs at 75 MHz all the time: static power is 27.3 uW of leakage and 133.5 uW of "
        "the idle clock; odin_power gives other clocks",
        "synapses that exist are counted; the chip visits all 256 neurons for each spike "
        "(Doc section 2.2.1), so that an energy here is a lower bound where synapses are missing",
    ),
)

_LOIHI_RULE = "assumed: the arithmetic of Loihi takes the place of ODIN's; see assumptions"

ODIN = Chip(
    name="odin",
    time="continuous",
    mesh=Mesh(1, 1),
    cores_per_tile=1,
    neurons_per_core=256,
    axons_in_per_core=256,
    axons_out_per_core=None,
    fan_in=256,
    destinations_per_neuron=None,
    synaptic_memory_bits=None,
    delay_of="none",
    delay_bits=0,
    delay_min=0,
    delay_max=0,
    delay_guaranteed=None,
    numbers=NumberFormat(
        weight_bits=4,
        exponent_min=0,
        exponent_max=0,
        unit_bits=0,
        weight_limit=7,
        state_bits=8,
        decay_bits=7,
        threshold_bits=8,
    ),
    router=Router(
        quantum=Quantity(
            1e3 / (MAX_FREQUENCY_HZ / 1e6), "ns", "derived from F19: 75 MHz", "derived", 0.55
        ),
        pipeline="asynchronous",
    ),
    io_tile=0,
    readable_potential=False,
    profiles=(FRENKEL2019,),
    sources={
        "mesh": "F19: one core, and no network on chip",
        "cores_per_tile": "F19: one core",
        "neurons_per_core": "F19: 256 neurons",
        "axons_in_per_core": "Doc section 3.1: a row of synapses for each of 256 addresses",
        "axons_out_per_core": "one core: spikes return to it, and leave on one bus",
        "fan_in": "F19: a crossbar of 256 x 256 synapses",
        "destinations_per_neuron": "one core",
        "synaptic_memory_bits": "the crossbar holds a word for every pair (Doc section 3.1)",
        "delay_bits": "Doc: no delay of synapses",
        "delay_min": "Doc: no delay of synapses",
        "delay_max": "Doc: no delay of synapses",
        "delay_guaranteed": "Doc: no delay of synapses",
        "weight_bits": "Doc section 3.2: 3 bits of magnitude; the sign is that of the source",
        "exponent_min": "Doc section 3.2: weights have no exponent",
        "exponent_max": "Doc section 3.2: weights have no exponent",
        "unit_bits": "Doc section 3.3.2: weights and thresholds count units of the potential",
        "weight_limit": "Doc section 3.2: 3 bits",
        "state_bits": "Doc section 3.3.2: 8 bits",
        "decay_bits": _LOIHI_RULE,
        "threshold_bits": "Doc section 3.3.2: 8 bits",
        "io_tile": "there is one tile",
        "learning": "its synapses have one rule of their own (F19), and take no other",
    },
    references={
        "F19": (
            'Frenkel, Lefebvre, Legat, Bol, "A 0.086-mm2 12.7-pJ/SOP 64k-Synapse 256-Neuron '
            'Online-Learning Digital Spiking Neuromorphic Processor in 28-nm CMOS", IEEE '
            "Transactions on Biomedical Circuits and Systems 13(1):145-158, 2019, "
            "arXiv:1804.07858"
        ),
        "Doc": (
            "documentation of the open-source design, github.com/ChFrenkel/ODIN, doc/README.md"
        ),
    },
    assumptions=(
        "the chip is here to check energies: its neurons run with the decay of Loihi in the widths "
        "above, while ODIN subtracts a constant leak, holds no potential below 0, gives all "
        "synapses of a source one sign, and learns",
        "inputs take rows of the crossbar beside the neurons of the chip",
        "potentials are read only while the network is halted (Doc section 4), so that readouts "
        "without spikes run on the host",
        "a layer takes the whole core, which holds one spiking layer therefore",
        "one step of the network lasts as long as in the data",
    ),
)
