"""Neuromorphic chips: limits, mapping, exact arithmetic, energy, latency and co-simulation."""

from __future__ import annotations

from pathlib import Path

from polychrony.hardware.arithmetic import loihi_lif
from polychrony.hardware.chip import Chip
from polychrony.hardware.chip_file import dump_chip
from polychrony.hardware.chips import chip_names, get_chip, load_chip
from polychrony.hardware.cosim import CosimResult, cosimulate
from polychrony.hardware.errors import (
    ChipLimitError,
    HardwareError,
    PotentialRangeError,
    UnknownQuantityError,
)
from polychrony.hardware.limits import check, violations
from polychrony.hardware.mapping import Mapping, map_network
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc import Ledger, Routes
from polychrony.hardware.numbers import AnalogNumbers, AxonTypeNumbers, NumberFormat
from polychrony.hardware.prepare import Preparation
from polychrony.hardware.profile import Barrier, Cost, Profile
from polychrony.hardware.quantity import Quantity, add
from polychrony.hardware.quantize import quantize
from polychrony.hardware.quantized import QuantizationError, QuantizedGraph
from polychrony.hardware.recorder import Recorder
from polychrony.hardware.report import CoreCost, CostReport
from polychrony.hardware.router import Router
from polychrony.hardware.simulate import run_on_chip
from polychrony.hardware.violation import Violation
from polychrony.snn.kernels.compiled import forget_stale

# Nothing compiled has been read by now: that happens when it is called first.
forget_stale(Path(__file__).parent)

__all__ = [
    "AnalogNumbers",
    "AxonTypeNumbers",
    "Barrier",
    "Chip",
    "ChipLimitError",
    "CoreCost",
    "CosimResult",
    "Cost",
    "CostReport",
    "HardwareError",
    "Ledger",
    "Mapping",
    "Mesh",
    "NumberFormat",
    "PotentialRangeError",
    "Preparation",
    "Profile",
    "Quantity",
    "QuantizationError",
    "QuantizedGraph",
    "Recorder",
    "Router",
    "Routes",
    "UnknownQuantityError",
    "Violation",
    "add",
    "check",
    "chip_names",
    "cosimulate",
    "dump_chip",
    "get_chip",
    "load_chip",
    "loihi_lif",
    "map_network",
    "quantize",
    "run_on_chip",
    "violations",
]
