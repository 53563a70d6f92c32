"""Which neuron runs on which core, and where that core lies."""

from __future__ import annotations

from polychrony.hardware.mapping.mapping import Mapping, Placement, map_network
from polychrony.hardware.mapping.partition import partition
from polychrony.hardware.mapping.slices import CoreSlice

__all__ = ["CoreSlice", "Mapping", "Placement", "map_network", "partition"]
